"""Admins who are none (docs/access.md, "Admins")."""

from __future__ import annotations

from typing import Final

from bench.hostile.case import Case, Target
from bench.hostile.moves import GOOD, asked, request
from bench.hostile.tokens import claims_of, jwt


def _with_the_role(target: Target, user: str) -> str:
    """Return a token of somebody who has made themself an admin, but cannot sign."""
    return jwt(claims_of(user, 2e9, roles=["admin"]), target.secret[::-1])


async def _in_the_query(target: Target) -> str:
    return _told(await asked(target, "GET", f"/sessions?access_token={target.admin_token}"))


async def _basic(target: Target) -> str:
    shown = [("Authorization", f"Basic {target.admin_token}")]
    return _told(await asked(target, "GET", "/sessions", more=shown))


async def _beginning(target: Target) -> str:
    return _told(await asked(target, "GET", "/sessions", bearer=target.admin_token[:-1]))


async def _twice(target: Target) -> str:
    """A proxy may have looked at the other one."""
    shown = [("Authorization", "Bearer guess"), ("Authorization", f"Bearer {target.admin_token}")]
    return _told(await asked(target, "GET", "/sessions", more=shown))


async def _from_a_page(target: Target) -> str:
    page = [("Origin", "https://evil.example")]
    answer = await asked(target, "DELETE", "/sessions/anna", bearer=target.admin_token, more=page)
    return _told(answer)


def _told(answer: object) -> str:
    return str(getattr(answer, "told", "dropped"))


_OVERRIDE: Final = (("X-HTTP-Method-Override", "DELETE"),)
_LOCAL: Final = (("X-Forwarded-For", "127.0.0.1"), ("X-Real-IP", "127.0.0.1"))
_REWRITTEN: Final = (("X-Original-URL", "/sessions"), ("X-Rewrite-URL", "/sessions"))

CASES: Final = (
    Case("the list, without a credential", "401", request("GET", "/sessions")),
    Case("a session, without a credential", "401", request("GET", "/sessions/anna")),
    Case("ending a session, without one", "401", request("DELETE", "/sessions/anna")),
    Case("debugging a session, without one", "401", request("PUT", "/sessions/anna/debug")),
    Case("a guessed token", "401", request("GET", "/sessions", shown=lambda *_: "guess")),
    Case("all but the token's last letter", "401", _beginning),
    Case("a shopper's token", "403", request("GET", "/sessions", shown=GOOD)),
    Case("a role that nobody signed", "401", request("GET", "/sessions", shown=_with_the_role)),
    Case("the token in the query", "401", _in_the_query),
    Case("the token as Basic", "401", _basic),
    Case("the token behind a guess", "401", _twice),
    Case("from an address that claims to be ours", "401", request(
        "GET", "/sessions", more=_LOCAL
    )),
    Case("ending a session from another page", "403 Origin", _from_a_page),
    Case("another method in a header", "405", request("POST", "/sessions", more=_OVERRIDE)),
    Case("another path in a header", "404", request("GET", "/nothing", more=_REWRITTEN)),
    Case("a path with dots", "404", request("GET", "/livez/../sessions")),
    Case("a path with a double slash", "404", request("GET", "//sessions")),
    Case("a path with an encoded slash", "404", request("GET", "/sessions%2Fanna%2Fdebug%2Fx")),
    Case("TRACE", "405", request("TRACE", "/sessions")),
)  # fmt: skip
