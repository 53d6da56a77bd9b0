"""Where a phone shows who it is: one place, for two might disagree.

A header is the best place. Browsers can set none for a WebSocket: they have the subprotocols, and
the query, which proxies like to log, so that a ticket, which is good once, is better there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import parse_qsl

from starlette.types import Scope

from actors.ports import NotAdmitted

_BEARER: Final = "bearer."
_TICKET: Final = "ticket."
_MOST_PARAMETERS: Final = 20
_QUERY: Final[dict[str, Literal["token", "ticket"]]] = {
    "access_token": "token",
    "ticket": "ticket",
}


@dataclass(frozen=True, slots=True)
class Credential:
    """What a phone shows.

    Attributes:
        kind: a token of the issuer's, or a ticket of ours.
        text: it.
    """

    kind: Literal["token", "ticket"]
    text: str

    def __repr__(self) -> str:
        return f"Credential({self.kind})"


def credential_in(scope: Scope) -> Credential:
    """Return what the request shows.

    Raises:
        NotAdmitted: that is nothing, or more than one thing.
    """
    found = [*_in_header(scope), *_in_subprotocols(scope), *_in_query(scope)]
    if not found:
        raise NotAdmitted(
            "nothing_shown",
            "say who you are: Authorization: Bearer with a token, the subprotocol "
            "bearer.<token> or ticket.<ticket>, or the query access_token= or ticket=",
        )
    if len(found) > 1:
        raise NotAdmitted("two_shown", "say who you are in one place only")
    return found[0]


def without_credentials(offered: list[str]) -> list[str]:
    """Return the subprotocols that are some."""
    return [each for each in offered if not each.startswith((_BEARER, _TICKET))]


def forget(scope: Scope) -> None:
    """Let go of what was shown: the scope lives as long as its connection."""
    scope["query_string"] = b""
    scope["subprotocols"] = without_credentials(scope["subprotocols"])


def bearer_of(authorization: str) -> str | None:
    """Return the token of an `Authorization` header."""
    scheme, _, token = authorization.partition(" ")
    token = token.strip()
    return token if scheme.lower() == "bearer" and token else None


def _in_header(scope: Scope) -> Iterator[Credential]:
    for name, value in scope["headers"]:
        if name == b"authorization":
            token = bearer_of(value.decode("latin-1"))
            if token is None:
                raise NotAdmitted("malformed", "the Authorization header has to be Bearer <token>")
            yield Credential("token", token)


def _in_subprotocols(scope: Scope) -> Iterator[Credential]:
    for offered in scope.get("subprotocols", ()):
        if offered.startswith(_BEARER):
            yield Credential("token", offered.removeprefix(_BEARER))
        elif offered.startswith(_TICKET):
            yield Credential("ticket", offered.removeprefix(_TICKET))


def _in_query(scope: Scope) -> Iterator[Credential]:
    try:
        pairs = parse_qsl(
            scope["query_string"].decode("latin-1"),
            keep_blank_values=True,
            max_num_fields=_MOST_PARAMETERS,
        )
    except ValueError as exc:
        raise NotAdmitted("malformed", "the query has too many parts") from exc
    for name, value in pairs:
        kind = _QUERY.get(name)
        if kind is not None:
            yield Credential(kind, value)
