"""Sessions that are somebody else's, or are over (docs/protocol.md, "Resume")."""

from __future__ import annotations

from typing import Any, Final

from bench.hostile.case import Attack, Case, Target, somebody
from bench.hostile.moves import let_in
from bench.hostile.talk import START, first_of, inside, leave, text
from bench.hostile.wire import Wire

_SECRET_ITEM: Final = {"id": "s1", "name": "mleko"}


async def _begun(wire: Wire, start: dict[str, Any]) -> dict[str, Any]:
    await wire.send(text({**START, **start}))
    session = await first_of(wire, "session")
    return {"refused": session} if isinstance(session, str) else session


def _told(session: dict[str, Any]) -> str:
    """Return what a resume gave away."""
    if "refused" in session:
        return str(session["refused"])
    owner = "resumed" if session["resumed"] else "a fresh session"
    return owner + (", with a list" if session["list"] else "")


async def _parked(target: Target, user: str) -> dict[str, Any]:
    """Leave a session with a list behind."""
    wire = await let_in(target, user)
    if isinstance(wire, str):
        return {"refused": wire}
    session = await _begun(wire, {"list": [_SECRET_ITEM]})
    await leave(wire)
    return session


async def _as(target: Target, user: str, token: str, last_seq: int = 0) -> dict[str, Any]:
    wire = await let_in(target, user)
    if isinstance(wire, str):
        return {"refused": wire}
    return await _begun(wire, {"resume": {"token": token, "last_seq": last_seq}})


async def _of_another_user(target: Target) -> str:
    session = await _parked(target, somebody())
    return _told(await _as(target, somebody(), session["resume_token"]))


async def _of_another_user_running(target: Target) -> str:
    wire = await let_in(target, somebody())
    if isinstance(wire, str):
        return wire
    session = await _begun(wire, {"list": [_SECRET_ITEM]})
    return _told(await _as(target, somebody(), session["resume_token"]))


async def _replaced(target: Target) -> str:
    """A token is replaced by each resume, and is over once the phone has shown the new one."""
    user = somebody()
    session = await _parked(target, user)
    wire = await let_in(target, user)
    if isinstance(wire, str):
        return wire
    again = await _begun(wire, {"resume": {"token": session["resume_token"], "last_seq": 0}})
    await wire.send(text({"type": "ack", "seq": again["seq"]}))
    await wire.send(text({"type": "ping"}))
    await first_of(wire, "pong")
    await leave(wire)
    return _told(await _as(target, user, session["resume_token"]))


def _guessed(token: str, last_seq: int = 0) -> Attack:
    async def attack(target: Target) -> str:
        user = somebody()
        await _parked(target, user)
        return _told(await _as(target, user, token, last_seq))

    return attack


async def _session_id(target: Target) -> str:
    """The id is in logs; it resumes nothing."""
    user = somebody()
    session = await _parked(target, user)
    return _told(await _as(target, user, session["session_id"]))


async def _too_long(wire: Wire, _: Target, __: str) -> str:
    await wire.send(text({**START, "resume": {"token": "a" * 201}}))
    error = await first_of(wire, "error")
    return error if isinstance(error, str) else f"error {error['code']}"


CASES: Final = (
    Case("another user's session", "a fresh session", _of_another_user),
    Case("another user's session that runs", "a fresh session", _of_another_user_running),
    Case("a token that was replaced", "a fresh session", _replaced),
    Case("a token that was guessed", "a fresh session", _guessed("A" * 43)),
    Case("a token that is a pattern", "a fresh session", _guessed("*")),
    Case("a token with Redis in it", "a fresh session", _guessed("a\r\nFLUSHALL\r\n")),
    Case("a token that climbs", "a fresh session", _guessed("../../sessions")),
    Case("a session's id for its token", "a fresh session", _session_id),
    Case("a token of 201 characters", "error invalid_field", inside(_too_long)),
    Case("a guess, and all events before", "a fresh session", _guessed("A" * 43, 2**53)),
)
