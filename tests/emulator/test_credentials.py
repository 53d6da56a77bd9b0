from __future__ import annotations

import pytest

from emulator.credentials import Credential, find_credential, is_refused


@pytest.mark.parametrize(
    ("headers", "query", "found"),
    [
        ({"x-goog-api-key": "k"}, {}, Credential("x-goog-api-key", "k")),
        ({}, {"key": "k"}, Credential("query-key", "k")),
        ({}, {"access_token": "t"}, Credential("query-access_token", "t")),
        (
            {"Authorization": "Token auth_tokens/1", "x-goog-api-key": "auth_tokens/1"},
            {},
            Credential("authorization-token", "auth_tokens/1"),
        ),
        ({"Authorization": "Bearer ya29"}, {}, Credential("authorization-bearer", "ya29")),
        ({"Authorization": "Basic dTpw"}, {}, None),
        ({"Authorization": "Bearer "}, {}, None),
        ({"x-goog-api-key": ""}, {"key": ""}, None),
    ],
)
def test_credentials_are_found_in_every_form(
    headers: dict[str, str], query: dict[str, str], found: Credential | None
) -> None:
    assert find_credential(headers, query) == found


def test_bad_and_listed_keys_are_refused() -> None:
    assert is_refused(Credential("query-key", "bad-key"), frozenset())
    assert is_refused(Credential("query-key", "revoked"), frozenset({"revoked"}))
    assert not is_refused(Credential("query-key", "good"), frozenset({"revoked"}))


def test_a_credential_does_not_show_its_secret() -> None:
    assert "hush" not in repr(Credential("query-key", "hush"))
