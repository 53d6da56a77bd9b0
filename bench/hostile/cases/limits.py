"""Those who want more than their share (docs/limits.md)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Final

from bench.hostile.case import Case, Target, somebody
from bench.hostile.moves import asked, head, let_in, request, upgrade
from bench.hostile.talk import START, ending, first_error, first_of, frames, inside, text
from bench.hostile.wire import BINARY, CONTINUATION, PING, PONG, TEXT, Wire, frame

_NO_TOKEN: Final = "none"  # noqa: S105 - it is not one
_A_SECOND: Final = bytes(32_000)
_LET_IN: Final = "101, without Retry-After"
_MOST_OF_USER: Final = 40
_MOST_OF_ADDRESS: Final = 60
_SESSIONS_OF_ADDRESS: Final = 25
_LIKE_ANYBODY: Final = {"X-Forwarded-For": "192.0.2.{n}", "X-Real-IP": "192.0.2.{n}",
                        "Forwarded": "for=192.0.2.{n}"}  # fmt: skip


# Who is let in.


async def _often(target: Target) -> str:
    """Connect again and again as one user, from many addresses."""
    user, began = somebody(), time.monotonic()
    for _ in range(_MOST_OF_USER):
        wire = await let_in(target, user, source=target.elsewhere())
        if isinstance(wire, str):
            return f"too early: {wire}"
        wire.reset()
    return await _too_often(
        lambda: _refused(target, user, target.elsewhere()), _MOST_OF_USER, since=began
    )


async def _often_from_here(target: Target) -> str:
    began = time.monotonic()
    for _ in range(_MOST_OF_ADDRESS):
        await let_in(target, somebody(), token=_NO_TOKEN)
    return await _too_often(lambda: _refused(target, somebody()), _MOST_OF_ADDRESS, since=began)


async def _often_in_disguise(target: Target) -> str:
    """Claim to come from another address each time."""
    began = time.monotonic()
    for n in range(_MOST_OF_ADDRESS):
        more = {name: value.format(n=n) for name, value in _LIKE_ANYBODY.items()}
        await let_in(target, somebody(), token=_NO_TOKEN, **more)
    return await _too_often(
        lambda: _refused(target, somebody(), **{"X-Forwarded-For": "192.0.2.99"}),
        _MOST_OF_ADDRESS,
        since=began,
    )


async def _too_often(knock: Callable[[], Awaitable[str]], most: int, *, since: float) -> str:
    """Knock once more; and again for each that has become free `since`, at `most` a minute."""
    knocks = 0
    while True:
        outcome = await knock()
        knocks += 1
        free = (time.monotonic() - since) * most / 60
        if outcome != _LET_IN or knocks > free:
            return outcome


async def _many_from_here(target: Target) -> str:
    for _ in range(_SESSIONS_OF_ADDRESS):
        wire = await let_in(target, somebody())
        if isinstance(wire, str):
            return f"too early: {wire}"
    return await _refused(target, somebody())


async def _refused(target: Target, user: str, source: str | None = None, **more: str) -> str:
    wire = await target.dial(source=source)
    headers = list(more.items())
    await wire.send(upgrade(target, f"/ws/{user}", bearer=target.token(user), more=headers))
    answer = await wire.answer()
    if answer is None:
        return "dropped"
    later = "Retry-After" if "retry-after" in answer.headers else "without Retry-After"
    return f"{answer.status}, {later}"


async def _full(target: Target) -> str:
    """Take all places of the instance; those who are in notice nothing."""
    for _ in range(10_000):
        wire = await let_in(target, somebody(), source=target.elsewhere())
        if isinstance(wire, str):
            break
    ready = await asked(target, "GET", "/readyz")
    told = "dropped" if ready is None else f"{ready.status} {ready.body['status']}"
    return f"{await _refused(target, somebody(), target.elsewhere())}, readyz {told}"


# What is sent.


async def _messages(wire: Wire, _: Target, __: str) -> str:
    await wire.send(text({"type": "ping"}) * 5_000)
    return await _too_fast(wire)


async def _sound(wire: Wire, _: Target, __: str) -> str:
    await wire.send(text(START))
    begun = await first_of(wire, "session")
    if isinstance(begun, str):
        return begun
    for _second in range(200):
        await wire.send(frame(BINARY, _A_SECOND))
    return await _too_fast(wire)


async def _bytes(wire: Wire, _: Target, __: str) -> str:
    for _frame in range(24):
        await wire.send(text(b" " * (1 << 20)))
    return await ending(wire)


async def _too_fast(wire: Wire) -> str:
    return f"{await first_error(wire)}, {await ending(wire)}"


async def _only_pings(wire: Wire, _: Target, __: str) -> str:
    """Ask for a pong each second, and nothing else."""

    async def ping() -> None:
        while not wire.ended:
            await wire.send(text({"type": "ping"}))
            await asyncio.sleep(1)

    async with asyncio.TaskGroup() as group:
        pinging = group.create_task(ping(), name="ping")
        ended = await ending(wire)
        pinging.cancel()
    return ended


async def _behind_each_other(target: Target) -> str:
    """Send a thousand requests without waiting for an answer."""
    wire = await target.dial()
    await wire.send((_beginning(target) + b"\r\n") * 1_000)
    answered = 0
    while (told := await wire.told()).startswith("200"):
        answered += 1
    await wire.end(within_s=15)
    return f"{answered} answered, {told}, cut off"


# Who is slow.


async def _nothing(target: Target) -> str:
    return await (await target.dial()).told()


async def _slow_head(target: Target) -> str:
    """A header's byte every fifth of a second: slow loris."""
    wire = await target.dial()
    await wire.send_slowly(_beginning(target) + b"X-A: " + b"a" * 200, every_s=0.2)
    return await wire.told()


async def _slow_handshake(target: Target) -> str:
    wire = await target.dial()
    user = somebody()
    request_ = upgrade(target, f"/ws/{user}", bearer=target.token(user))
    await wire.send_slowly(request_, every_s=0.2)
    return await wire.told()


async def _slow_body(target: Target) -> str:
    wire = await target.dial()
    await wire.send(_beginning(target, "POST /nothing") + b"Content-Length: 1000\r\n\r\n")
    await wire.send_slowly(b"a" * 100, every_s=0.2)
    return "cut off" if wire.ended else "goes on"


async def _slow_chunks(target: Target) -> str:
    wire = await target.dial()
    await wire.send(_beginning(target, "POST /nothing") + b"Transfer-Encoding: chunked\r\n\r\n")
    await wire.send_slowly(b"1\r\na\r\n" * 20, every_s=0.2)
    return "cut off" if wire.ended else "goes on"


async def _large_body(target: Target) -> str:
    """Send more than is taken to somebody who answers without having read it."""
    wire = await target.dial()
    size = 1 << 20
    await wire.send(_beginning(target, "POST /tickets") + b"Content-Length: %d\r\n\r\n" % size)
    await wire.send(bytes(size))
    await wire.end(within_s=15)
    return "cut off"


async def _stays_after_an_answer(target: Target) -> str:
    wire = await target.dial()
    await wire.send(_beginning(target) + b"\r\n")
    first = await wire.told()
    await wire.end(within_s=15)
    return f"{first}, cut off"


async def _reads_nothing(target: Target) -> str:
    """Ask for much, and take none of it."""
    wire = await target.dial()
    wire.stop_reading()
    page = head("GET /openapi.json HTTP/1.1", [("Host", f"127.0.0.1:{target.port}")])
    for _ in range(75):
        if wire.ended:
            return "cut off"
        # Sending shows that the connection is gone; what is not taken waits here.
        await wire.send(page * 10)
        await asyncio.sleep(0.2)
    return "goes on"


def _beginning(target: Target, asked_for: str = "GET /livez") -> bytes:
    return f"{asked_for} HTTP/1.1\r\nHost: 127.0.0.1:{target.port}\r\n".encode()


def _many(one: bytes, *, first: bytes = b"") -> Iterator[bytes]:
    yield first
    for _ in range(50):
        yield one * 200


CASES: Final = (
    Case("41 handshakes of one user", "429, Retry-After", _often),
    Case("61 handshakes from one address", "429, Retry-After", _often_from_here),
    Case("61 handshakes in disguise", "429, Retry-After", _often_in_disguise),
    Case("26 sessions from one address", "429, Retry-After", _many_from_here),
    Case("5 000 messages at once", "error too_fast, close 4029", inside(_messages)),
    Case("200 s of sound at once", "error too_fast, close 4029", inside(_sound)),
    Case("24 MiB at once", "close 4029", inside(_bytes)),
    Case("10 000 pings", "close 4029", frames(*_many(frame(PING)))),
    Case("10 000 pongs", "close 4029", frames(*_many(frame(PONG)))),
    Case("10 000 parts of nothing", "close 4029", frames(
        *_many(frame(CONTINUATION, final=False), first=frame(TEXT, final=False))
    )),
    Case("nothing but pings", "close 4011", inside(_only_pings)),
    Case("headers of 1 MiB", "431", request("GET", "/", more=(("X-A", "a" * (1 << 20)),))),
    Case("a body of 1 MiB", "cut off", _large_body),
    Case("1 000 requests behind each other", "17 answered, 429, cut off", _behind_each_other),
    Case("a socket that says nothing", "408", _nothing),
    Case("a head byte after byte", "408", _slow_head),
    Case("a handshake byte after byte", "408", _slow_handshake),
    Case("a body byte after byte", "cut off", _slow_body),
    Case("chunks byte after byte", "cut off", _slow_chunks),
    Case("a socket that stays after its answer", "200, cut off", _stays_after_an_answer),
    Case("answers that nobody takes", "cut off", _reads_nothing),
)  # fmt: skip
ALONE: Final = (Case("all places taken", "503, Retry-After, readyz 503 full", _full),)
"""What keeps the other cases from being tried."""
