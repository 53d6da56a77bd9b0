"""Tickets that were used, tokens that come again, and those that end in mid-session."""

from __future__ import annotations

import time
from typing import Final

from bench.hostile.case import Case, Target, somebody
from bench.hostile.moves import NONE, asked, handshake, let_in, request, upgrade
from bench.hostile.talk import answers, ending, everybody, first_error, inside, text
from bench.hostile.wire import Wire

_SKEW_S: Final = 1
"""`AUTH_CLOCK_SKEW_S` of the service that is attacked."""


async def _bought(target: Target, user: str) -> str:
    answer = await asked(target, "POST", "/tickets", bearer=target.token(user))
    if answer is None or answer.status != 201:  # noqa: PLR2004 - Created
        return "no ticket"
    ticket: str = answer.body["ticket"]
    return ticket


async def _shown(target: Target, user: str, ticket: str) -> str:
    wire = await target.dial()
    await wire.send(upgrade(target, f"/ws/{user}?ticket={ticket}"))
    return await wire.told()


async def _used_twice(target: Target) -> str:
    user = somebody()
    ticket = await _bought(target, user)
    return f"{await _shown(target, user, ticket)}, {await _shown(target, user, ticket)}"


async def _used_by_many(target: Target) -> str:
    user = somebody()
    ticket = await _bought(target, user)
    got = await everybody(*(_shown(target, user, ticket) for _ in range(10)))
    return ", ".join(f"{got.count(each)} x {each}" for each in sorted(set(got)))


async def _anothers(target: Target) -> str:
    user = somebody()
    ticket = await _bought(target, user)
    return f"{await _shown(target, somebody(), ticket)}, {await _shown(target, user, ticket)}"


async def _ticket_for_ticket(target: Target) -> str:
    ticket = await _bought(target, somebody())
    answer = await asked(target, "POST", f"/tickets?ticket={ticket}")
    return "dropped" if answer is None else answer.told


async def _ticket_for_admin(target: Target) -> str:
    ticket = await _bought(target, somebody())
    answer = await asked(target, "GET", f"/sessions?ticket={ticket}")
    return "dropped" if answer is None else answer.told


async def _replayed_after_expiry(target: Target) -> str:
    user = somebody()
    token = target.token(user, exp=int(time.time()) + 2)
    wire = await let_in(target, user, token=token)
    if isinstance(wire, str):
        return wire
    ended = await ending(wire)
    again = await let_in(target, user, token=token)
    return f"{ended}, {again if isinstance(again, str) else 'let in'}"


async def _stolen_takes_over(target: Target) -> str:
    """The token is good: whoever has it is the user, and the one before is told."""
    user = somebody()
    first = await let_in(target, user)
    second = await let_in(target, user)
    if isinstance(first, str) or isinstance(second, str):
        return "refused"
    return f"{await ending(first)}, {await answers(second)}"


async def _auth_of_another(wire: Wire, target: Target, _: str) -> str:
    await wire.send(text({"type": "auth", "token": target.token(somebody())}))
    return await ending(wire)


async def _auth_expired(wire: Wire, target: Target, user: str) -> str:
    token = target.token(user, exp=int(time.time()) - 60)
    await wire.send(text({"type": "auth", "token": token}))
    return f"{await first_error(wire)}, {await answers(wire)}"


async def _auth_forged(wire: Wire, target: Target, user: str) -> str:
    head, claims, signature = target.token(user).split(".")
    await wire.send(text({"type": "auth", "token": f"{head}.{claims}.{signature[::-1]}"}))
    return f"{await first_error(wire)}, {await answers(wire)}"


async def _auth_with_a_ticket(wire: Wire, target: Target, user: str) -> str:
    await wire.send(text({"type": "auth", "token": await _bought(target, user)}))
    return await first_error(wire)


CASES: Final = (
    Case("a ticket without a token", "401 nothing_shown", request("POST", "/tickets")),
    Case(
        "a ticket for a forged token",
        "401 malformed",
        request("POST", "/tickets", shown=lambda *_: "a.b.c"),
    ),
    Case("a ticket for a ticket", "401 ticket", _ticket_for_ticket),
    Case("a ticket that was guessed", "401 bad_ticket", handshake(
        NONE, query=lambda *_: "ticket=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    )),
    Case("an empty ticket", "401 bad_ticket", handshake(NONE, query=lambda *_: "ticket=")),
    Case("a ticket and a token", "401 two_shown", handshake(query=lambda *_: "ticket=a")),
    Case("a ticket used twice", "101, 401 bad_ticket", _used_twice),
    Case("a ticket used ten times at once", "1 x 101, 9 x 401 bad_ticket", _used_by_many),
    Case("another user's ticket", "403 other_user, 401 bad_ticket", _anothers),
    Case("a ticket shown to the admins", "401", _ticket_for_admin),
    Case("a token replayed after its time", "close 4001, 401 expired", _replayed_after_expiry),
    Case("a good token replayed", "close 4009, answers", _stolen_takes_over),
    Case("auth with another user's token", "close 4003", inside(_auth_of_another)),
    Case("auth with an expired token", "error not_authenticated, answers", inside(_auth_expired)),
    Case("auth with a forged token", "error not_authenticated, answers", inside(_auth_forged)),
    Case("auth with a ticket", "error not_authenticated", inside(_auth_with_a_ticket)),
)  # fmt: skip
