"""Sockets that take their time, say nothing, or read nothing."""

from __future__ import annotations

from typing import Final

from bench.hostile.case import Case, Target, somebody
from bench.hostile.moves import asked, let_in, upgrade
from bench.hostile.talk import answers, inside, text
from bench.hostile.wire import PING, TEXT, Wire, frame

_LINGER_S: Final = 12.0
"""Longest from a close frame until the socket is gone, whatever the phone does."""


async def _reset_in_the_handshake(target: Target) -> str:
    for _ in range(20):
        wire = await target.dial()
        user = somebody()
        await wire.send(upgrade(target, f"/ws/{user}", bearer=target.token(user)))
        wire.reset()
    return await _still_serves(target)


async def _reset_in_a_session(target: Target) -> str:
    for _ in range(10):
        wire = await let_in(target, somebody())
        if isinstance(wire, str):
            return wire
        await wire.send(text({"type": "start_session"}) + frame(TEXT, b"{", claimed=1_000))
        wire.reset()
    return await _still_serves(target)


async def _still_serves(target: Target) -> str:
    answer = await asked(target, "GET", "/livez")
    return "dropped" if answer is None else f"serves on, {answer.told}"


async def _never_says_goodbye(wire: Wire, _: Target, __: str) -> str:
    """Be closed with 1008, read nothing, and keep the socket."""
    wire.stop_reading()
    await wire.send(text("hello") * 30)
    wire.go_on_reading()
    await wire.end(within_s=_LINGER_S)
    return "cut off"


async def _half_closed(wire: Wire, _: Target, __: str) -> str:
    wire.half_close()
    await wire.end(within_s=_LINGER_S)
    return "cut off"


async def _slow_frame(wire: Wire, _: Target, __: str) -> str:
    """A frame byte after byte costs nobody anything, and is a frame in the end."""
    await wire.send_slowly(frame(TEXT, b'{"type":"ping"}'), every_s=0.05)
    return await answers(wire)


async def _pings(wire: Wire, _: Target, __: str) -> str:
    """Ask for pongs and take none: none may pile up."""
    wire.stop_reading()
    for _round in range(20):
        await wire.send(frame(PING, bytes(125)) * 100)
    wire.go_on_reading()
    return await answers(wire)


CASES: Final = (
    Case("reset in the handshake, 20 times", "serves on, 200", _reset_in_the_handshake),
    Case("reset in mid-frame, 10 times", "serves on, 200", _reset_in_a_session),
    Case("closed, and it stays", "cut off", inside(_never_says_goodbye)),
    Case("half-closed", "cut off", inside(_half_closed)),
    Case("a frame byte after byte", "answers", inside(_slow_frame)),
    Case("pings whose pongs nobody takes", "answers", inside(_pings)),
)
