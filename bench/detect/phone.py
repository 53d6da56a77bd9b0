"""A phone of protocol v2: types and speaks, and keeps what it is told about the list."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any, Final

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from bench.detect.corpus import Operation, Sign

_V2: Final = Subprotocol("shopping.v2")
_SIGN: Final[dict[str, Sign]] = {"add": "+", "update": "=", "remove": "-"}
_CHUNK_MS: Final = 100
_CHUNK_BYTES: Final = _CHUNK_MS * 32
_STATUS_S: Final = 30.0
_HEARD_S: Final = 15.0
"""So late a sentence may be transcribed, by ears that have others to listen to."""
_QUIET_S: Final = 0.4
"""So long nothing comes after what a sentence had to give: it gives no more."""
_SILENT_S: Final = 1.5
"""So long nothing comes: a sentence gives no more than that, if it is less than it had to."""
_LONGEST_S: Final = 5.0
"""So long an event is waited for of which the next sentence cannot do without."""
_LOOKS_S: Final = 0.01


@dataclass(slots=True)
class ListPhone:
    """One connected phone.

    Attributes:
        socket: its WebSocket.
        told: what became of the list, in order.
        errors: the errors that came.
        statuses: the statuses that came.
        transcripts: how many utterances were transcribed.
    """

    socket: ClientConnection
    told: list[Operation] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    statuses: list[str] = field(default_factory=list)
    transcripts: int = 0
    _names: dict[str, str] = field(default_factory=dict)
    _told_at: float = 0.0

    async def start(self, language: str) -> None:
        """Start a session with an empty list, and return when it is listened to."""
        await self._send({"type": "start_session", "language": language})
        await self._wait_for("listening")

    async def type(self, text: str, *, gives: int | None = None) -> None:
        """Type a sentence, and return when all has come that follows from it.

        Args:
            text: the sentence.
            gives: how many events are to follow; None: some, before there is a next sentence.
        """
        before = len(self.told)
        await self._send({"type": "text", "text": text})
        await self.settle(before, gives=gives)

    async def settle(self, before: int, *, gives: int | None) -> None:
        """Return when all has come that follows after the first `before` events."""
        loop = asyncio.get_running_loop()
        self._told_at = loop.time()
        while loop.time() - self._told_at < _wait_s(len(self.told) - before, gives):
            await asyncio.sleep(_LOOKS_S)

    async def speak(self, pcm: bytes) -> None:
        """Stream PCM16 mono 16 kHz at speaking pace, and return when it was transcribed.

        What is taken for noise is not: after `_HEARD_S` that is what it was.
        """
        loop = asyncio.get_running_loop()
        start, before = loop.time(), self.transcripts
        for number, offset in enumerate(range(0, len(pcm), _CHUNK_BYTES), start=1):
            await asyncio.sleep(max(0.0, start + number * _CHUNK_MS / 1000 - loop.time()))
            await self.socket.send(pcm[offset : offset + _CHUNK_BYTES])
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_HEARD_S):
                while self.transcripts == before:
                    await asyncio.sleep(_LOOKS_S)

    async def stop(self) -> None:
        """Stop the session, and return when what was said is finished."""
        await self._send({"type": "stop_session"})
        await self._wait_for("stopped")

    async def listen(self) -> None:
        """Take what comes until the phone hangs up."""
        with contextlib.suppress(ConnectionClosed):
            while True:
                frame = await self.socket.recv()
                if isinstance(frame, str):
                    self._take(json.loads(frame))

    def _take(self, message: dict[str, Any]) -> None:
        match message:
            case {"type": "product_detected", "product": product}:
                self._names[product["id"]] = product["name"]
                self._tell(operation_of(product))
            case {"type": "product_retracted", "id": item}:
                self._tell(Operation("~", self._names.get(item, "?")))
            case {"type": "status", "status": status}:
                self.statuses.append(status)
            case {"type": "transcript", "isUser": True, "final": True}:
                self.transcripts += 1
            case {"type": "error", "message": text}:
                self.errors.append(text)
            case _:
                pass

    def _tell(self, operation: Operation) -> None:
        self.told.append(operation)
        self._told_at = asyncio.get_running_loop().time()

    async def _send(self, message: dict[str, Any]) -> None:
        await self.socket.send(json.dumps(message))

    async def _wait_for(self, status: str) -> None:
        async with asyncio.timeout(_STATUS_S):
            while self.statuses[-1:] != [status]:
                await asyncio.sleep(_LOOKS_S)


def _wait_s(come: int, gives: int | None) -> float:
    """Return how long nothing may come before a sentence is over."""
    if gives is None:
        return _QUIET_S if come else _LONGEST_S
    return _QUIET_S if 0 < gives <= come else _SILENT_S


def operation_of(product: dict[str, Any]) -> Operation:
    """Return what a product event tells; what leaves the list has no amount."""
    sign = _SIGN[product["action"]]
    if sign == "-":
        return Operation(sign, product["name"])
    return Operation(sign, product["name"], float(product["quantity"]), product["unit"])


@contextlib.asynccontextmanager
async def connected(port: int, user: str) -> AsyncIterator[ListPhone]:
    """Connect a phone to the gateway on 127.0.0.1, and hang up afterwards."""
    url = f"ws://127.0.0.1:{port}/ws/{user}"
    async with asyncio.TaskGroup() as group:
        async with connect(url, subprotocols=[_V2], compression=None, max_queue=None) as socket:
            phone = ListPhone(socket)
            listening = group.create_task(phone.listen(), name=f"listen-{user}")
            yield phone
        await listening
