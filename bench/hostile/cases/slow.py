"""Sockets that take their time, say nothing, or read nothing."""

from __future__ import annotations

import asyncio
from typing import Final

from bench.hostile.case import Attack, Case, Target, somebody
from bench.hostile.moves import asked, head, let_in, upgrade
from bench.hostile.talk import answers, ending, inside, text
from bench.hostile.wire import PING, PONG, TEXT, Wire, frame

_LINGER_S: Final = 12.0
"""Longest from a close frame until the socket is gone, whatever the phone does."""
_CUT_OFF_S: Final = 10.0
"""`REQUEST_TIMEOUT_S`, behind the 5 s in which another request may come, and some more."""
_PAGES: Final = 50
"""About as many as the kernel has room for."""


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


async def _unfinished(wire: Wire, _: Target, __: str) -> str:
    """Begin a message and never end it, but send pongs as if asked for them."""

    async def pong() -> None:
        while not wire.ended:
            await wire.send(frame(PONG))
            await asyncio.sleep(1)

    await wire.send(frame(TEXT, b" " * (1 << 19), final=False))
    async with asyncio.TaskGroup() as group:
        ponging = group.create_task(pong(), name="pong")
        ended = await ending(wire)
        ponging.cancel()
    return ended


def _takes_no_answer(behind: bytes) -> Attack:
    """Return an attack that asks for pages and takes none, and ends with something else."""

    async def attack(target: Target) -> str:
        wire = await target.dial()
        wire.take_nothing()
        page = head("GET /docs/asyncapi HTTP/1.1", [("Host", f"127.0.0.1:{target.port}")])
        await wire.send(page * _PAGES)
        # The answers are to be under way.
        await asyncio.sleep(1)
        await wire.send(behind)
        await asyncio.sleep(_CUT_OFF_S)
        wire.go_on_reading()
        await wire.until(lambda: None, within_s=_LINGER_S)
        kept = wire.received.count(b"HTTP/1.1 200") == _PAGES
        return "kept" if kept else "cut off"

    return attack


CASES: Final = (
    Case("reset in the handshake, 20 times", "serves on, 200", _reset_in_the_handshake),
    Case("reset in mid-frame, 10 times", "serves on, 200", _reset_in_a_session),
    Case("closed, and it stays", "cut off", inside(_never_says_goodbye)),
    Case("half-closed", "cut off", inside(_half_closed)),
    Case("a frame byte after byte", "answers", inside(_slow_frame)),
    Case("pings whose pongs nobody takes", "answers", inside(_pings)),
    Case("a message that is begun and never ended", "close 4008", inside(_unfinished)),
    Case("pages that nobody takes", "cut off", _takes_no_answer(b"")),
    Case("a refusal that nobody takes", "cut off", _takes_no_answer(b"no HTTP\r\n\r\n")),
    Case("a bad handshake behind pages that nobody takes", "cut off", _takes_no_answer(
        b"GET /ws/anna HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\n"
        b"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAA\r\n\r\n"
    )),
)  # fmt: skip
