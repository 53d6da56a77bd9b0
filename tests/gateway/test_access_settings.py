"""What the settings of access allow; tests/e2e/test_refused_starts.py has what they refuse."""

from __future__ import annotations

import pytest

from gateway.settings import Settings, WrongSettings
from tests.support.tokens import SECRET
from tests.support.unsafe_settings import EVERYWHERE, JWKS, PASSWORD, UNSAFE


def read(**environment: str) -> Settings:
    return Settings.from_environment(environment)


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"HOST": "::1"},
        {"HOST": "localhost"},
        {"HOST": EVERYWHERE, "ALLOW_ANONYMOUS": "true"},
        {"HOST": EVERYWHERE, "AUTH_JWT_SECRET": SECRET},
        {"HOST": EVERYWHERE, **JWKS},
        {"AUTH_JWT_SECRET": SECRET, "ALLOW_ANONYMOUS": "false"},
        {"AUTH_JWT_SECRET": SECRET, "AUTH_ISSUER": "i", "AUTH_AUDIENCE": "a", "ADMIN_ROLE": "r"},
        {"TRUSTED_PROXIES": "10.0.0.1", "AUTH_JWT_SECRET": SECRET},
        {"TRUSTED_PROXIES": "10.0.0.1", "ALLOW_ANONYMOUS": "true"},
        {"ADMIN_TOKEN": "t", "METRICS_TOKEN": "m"},
        {"HOST": EVERYWHERE, "ALLOW_ANONYMOUS": "true", "ADMIN_TOKEN": "0123456789abcdef"},
    ],
)
def test_these_are_safe_or_asked_for_by_name(environment: dict[str, str]) -> None:
    settings = read(**environment)
    assert settings.asks == any(name.startswith("AUTH_JW") for name in environment)


def test_nothing_set_listens_where_only_this_machine_is() -> None:
    assert read().host == "127.0.0.1"


def test_the_signing_secret_is_hidden() -> None:
    settings = read(AUTH_JWT_SECRET=SECRET)
    assert SECRET not in repr(settings)
    assert SECRET in [secret.text for secret in settings.secrets]
    with pytest.raises(WrongSettings) as caught:
        read(AUTH_JWT_SECRET="geheim")  # noqa: S106 - too short
    assert "geheim" not in str(caught.value)


@pytest.mark.parametrize(("environment", "variable", "remedy"), UNSAFE)
def test_these_are_not_and_the_variable_and_the_remedy_are_named(
    environment: dict[str, str], variable: str, remedy: str
) -> None:
    with pytest.raises(WrongSettings) as caught:
        read(**environment)
    assert str(caught.value).startswith(f"{variable} ")
    assert remedy in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not any(hidden in str(caught.value) for hidden in (PASSWORD, SECRET))
