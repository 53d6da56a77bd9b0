from __future__ import annotations

from collections.abc import Sequence

import pytest
from starlette.types import Scope

from actors.ports import NotAdmitted
from gateway.access.credentials import (
    Credential,
    bearer_of,
    credential_in,
    forget,
    without_credentials,
)


def scope(
    *, headers: Sequence[str] = (), subprotocols: Sequence[str] = (), query: str = ""
) -> Scope:
    return {
        "type": "websocket",
        "headers": [(b"authorization", value.encode("latin-1")) for value in headers],
        "subprotocols": list(subprotocols),
        "query_string": query.encode(),
    }


@pytest.mark.parametrize(
    ("shown", "found"),
    [
        (scope(headers=["Bearer a.b.c"]), Credential("token", "a.b.c")),
        (scope(headers=["bearer  a.b.c "]), Credential("token", "a.b.c")),
        (
            scope(subprotocols=["shopping.v2", "bearer.a.b.c"]),
            Credential("token", "a.b.c"),
        ),
        (scope(subprotocols=["ticket.xyz"]), Credential("ticket", "xyz")),
        (scope(query="access_token=a.b.c&x=1"), Credential("token", "a.b.c")),
        (scope(query="x=1&ticket=x%2Dyz"), Credential("ticket", "x-yz")),
    ],
)
def test_a_phone_shows_who_it_is_in_one_of_these_places(shown: Scope, found: Credential) -> None:
    assert credential_in(shown) == found


@pytest.mark.parametrize(
    ("shown", "reason"),
    [
        (scope(), "nothing_shown"),
        (scope(subprotocols=["shopping.v2"], query="x=1"), "nothing_shown"),
        (scope(headers=["Bearer a"], query="ticket=b"), "two_shown"),
        (scope(headers=["Bearer a", "Bearer a"]), "two_shown"),
        (scope(subprotocols=["bearer.a", "ticket.b"]), "two_shown"),
        (scope(query="ticket=a&ticket=a"), "two_shown"),
        (scope(headers=["Basic YTpi"]), "malformed"),
        (scope(headers=["Bearer"]), "malformed"),
        (scope(headers=[""]), "malformed"),
        (scope(query="&".join(f"a{n}=1" for n in range(21))), "malformed"),
    ],
)
def test_nothing_and_too_much_let_nobody_in(shown: Scope, reason: str) -> None:
    with pytest.raises(NotAdmitted) as caught:
        credential_in(shown)
    assert caught.value.reason == reason


def test_a_plain_request_has_no_subprotocols() -> None:
    plain = scope(headers=["Bearer a"])
    del plain["subprotocols"]
    assert credential_in(plain).text == "a"


def test_what_was_shown_is_in_no_repr_and_does_not_stay() -> None:
    shown = scope(subprotocols=["bearer.geheim", "shopping.v2"], query="ticket=geheim")
    assert "geheim" not in repr(Credential("token", "geheim"))
    forget(shown)
    assert "geheim" not in repr(shown)
    assert shown["subprotocols"] == ["shopping.v2"]
    assert without_credentials(["ticket.a", "bearer.b", "c"]) == ["c"]


@pytest.mark.parametrize(
    ("header", "token"),
    [("Bearer a", "a"), ("BEARER a", "a"), ("Bearer ", None), ("a", None), ("Basic a", None)],
)
def test_a_bearer_is_one_by_its_scheme(header: str, token: str | None) -> None:
    assert bearer_of(header) == token
