"""What attackers do once they were let in, with a token of their own."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any, Final

from bench.hostile.case import Attack, Target, somebody
from bench.hostile.moves import let_in
from bench.hostile.wire import CLOSE, PATIENCE_S, TEXT, Wire, frame

Talk = Callable[[Wire, Target, str], Awaitable[str]]
"""What is done on a socket of a user."""
START: Final = {"type": "start_session"}
_GOODBYE: Final = frame(CLOSE, b"\x03\xe8")


def inside(talk: Talk, *, token: Callable[[Target, str], str] | None = None) -> Attack:
    """Return an attack by somebody whom the service knows."""

    async def attack(target: Target) -> str:
        user = somebody()
        wire = await let_in(target, user, token=None if token is None else token(target, user))
        return wire if isinstance(wire, str) else await talk(wire, target, user)

    return attack


def frames(*sent: bytes) -> Attack:
    """Return an attack that sends frames, and waits for how the socket ends."""

    async def talk(wire: Wire, _: Target, __: str) -> str:
        for each in sent:
            await wire.send(each)
        return await ending(wire)

    return inside(talk)


def message(sent: bytes | str | Mapping[str, Any], *, times: int = 1) -> Attack:
    """Return an attack that sends a text message, and waits for the error or the end."""

    async def talk(wire: Wire, _: Target, __: str) -> str:
        for _time in range(times):
            await wire.send(text(sent))
        return await (ending(wire) if times > 1 else first_error(wire))

    return inside(talk)


def text(sent: bytes | str | Mapping[str, Any]) -> bytes:
    """Return a text frame."""
    told = sent if isinstance(sent, bytes | str) else json.dumps(sent)
    return frame(TEXT, told if isinstance(told, bytes) else told.encode())


async def ending(wire: Wire, *, within_s: float = PATIENCE_S) -> str:
    """Return how the service ends the socket: with which close code, or without."""
    while (got := await wire.frame(within_s=within_s)) is not None:
        opcode, payload = got
        if opcode == CLOSE:
            return f"close {int.from_bytes(payload[:2], 'big')}"
    return "dropped"


async def first_error(wire: Wire) -> str:
    """Return the code of the first `error`, or how the socket ends."""
    async for got in messages(wire):
        if isinstance(got, str):
            return got
        if got["type"] == "error":
            return f"error {got['code']}"
    raise AssertionError("messages do not end")


async def first_of(wire: Wire, kind: str) -> dict[str, Any] | str:
    """Return the first message of a type, or how the socket ends."""
    async for got in messages(wire):
        if isinstance(got, str) or got["type"] == kind:
            return got
    raise AssertionError("messages do not end")


async def messages(wire: Wire) -> AsyncIterator[dict[str, Any] | str]:
    """Yield what comes, and in the end how the socket ends."""
    while (got := await wire.frame()) is not None:
        opcode, payload = got
        if opcode == CLOSE:
            yield f"close {int.from_bytes(payload[:2], 'big')}"
            return
        if opcode == TEXT:
            yield json.loads(payload)
    yield "dropped"


async def answers(wire: Wire) -> str:
    """Return `answers` if the socket still does, or how it ends."""
    await wire.send(text({"type": "ping"}))
    got = await first_of(wire, "pong")
    return got if isinstance(got, str) else "answers"


async def leave(wire: Wire) -> None:
    """Say goodbye, and wait until the socket is gone."""
    await wire.send(_GOODBYE)
    await wire.end()


async def everybody(*work: Awaitable[str]) -> list[str]:
    """Do things at the same time, and return what came of them."""

    async def one(each: Awaitable[str]) -> str:
        return await each

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(each), name=f"one-{n}") for n, each in enumerate(work)]
    return [task.result() for task in tasks]
