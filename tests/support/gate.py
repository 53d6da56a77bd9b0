"""A way to a server on which bytes can be held back, to stop a process at one step of its work."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Literal, Self, TypeAlias

_READ_BYTES = 65_536
Direction: TypeAlias = Literal["up", "down"]


class Gate:
    """Passes bytes on between its own port and a server's, until it is told to hold some.

    Attributes:
        port: what to connect to instead of the server's.
        held: set when something was held back.
    """

    def __init__(self, target: int) -> None:
        self.port = 0
        self.held = asyncio.Event()
        self._target = target
        self._let_go = asyncio.Event()
        self._direction: Direction | None = None
        self._needle = b""
        self._answers = False
        self._writers: set[asyncio.StreamWriter] = set()

    @classmethod
    @contextlib.asynccontextmanager
    async def to(cls, target: int) -> AsyncIterator[Self]:
        """Be a gate to the port `target` on loopback within the block."""
        gate = cls(target)
        server = await asyncio.start_server(gate._connected, "127.0.0.1", 0)
        async with server:
            gate.port = server.sockets[0].getsockname()[1]
            try:
                yield gate
            finally:
                gate.let_go()
                gate._break_off()
                while gate._writers:  # noqa: ASYNC110 - a moment, in which they notice
                    await asyncio.sleep(0)

    def hold(self, direction: Direction, needle: bytes = b"") -> None:
        """Hold back what goes up to the server, or down, from the first that has `needle` on."""
        self._direction, self._needle, self._answers = direction, needle, False

    def hold_answer(self, needle: bytes) -> None:
        """Let what has `needle` go up, and hold back the answer to it."""
        self._direction, self._needle, self._answers = "up", needle, True

    def let_go(self) -> None:
        """Pass on what was held back, also for somebody who is gone; hold nothing any more."""
        self._direction = None
        self._let_go.set()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there_writer = await asyncio.open_connection("127.0.0.1", self._target)
        connection = _Connection()
        self._writers |= {writer, there_writer}
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._pass_on("up", reader, there_writer, connection))
                group.create_task(self._pass_on("down", there_reader, writer, connection))
        finally:
            writer.transport.abort()
            there_writer.transport.abort()
            self._writers -= {writer, there_writer}

    def _break_off(self) -> None:
        for writer in self._writers:
            writer.transport.abort()

    async def _pass_on(
        self,
        direction: Direction,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        connection: _Connection,
    ) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(_READ_BYTES):
                if self._is_held(direction, data, connection):
                    self.held.set()
                    await self._let_go.wait()
                writer.write(data)
                await writer.drain()
            writer.write_eof()

    def _is_held(self, direction: Direction, data: bytes, connection: _Connection) -> bool:
        if direction == "down" and connection.holds_answer:
            return not self._let_go.is_set()
        if self._direction != direction or self._needle not in data:
            return False
        connection.holds_answer = self._answers
        return not self._answers


class _Connection:
    """One connection.

    Attributes:
        holds_answer: what comes down is held back.
    """

    holds_answer = False
