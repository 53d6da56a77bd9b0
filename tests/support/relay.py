"""A way to a server that can be cut: what a phone in a lift is left with."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Self
from urllib.parse import urlsplit

_READ_BYTES = 65_536


class Relay:
    """Passes bytes on between its own port and a server.

    Attributes:
        url: what to connect to instead of the server.
        connections: how many there were.
    """

    def __init__(self, url: str) -> None:
        self.url = ""
        self.connections = 0
        self._target = urlsplit(url)
        self._writers: set[asyncio.StreamWriter] = set()
        self._open = True

    @classmethod
    @contextlib.asynccontextmanager
    async def to(cls, url: str) -> AsyncIterator[Self]:
        """Relay to the server at `url` within the block."""
        relay = cls(url)
        server = await asyncio.start_server(relay._connected, "127.0.0.1", 0)
        async with server:
            relay.url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            yield relay
            relay.cut()

    def cut(self) -> None:
        """End all connections at once, without a close frame, and let nobody in any more."""
        self._open = False
        for writer in self._writers:
            writer.transport.abort()

    def mend(self) -> None:
        """Let connections in again."""
        self._open = True

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self._open:
            writer.transport.abort()
            return
        self.connections += 1
        there = await asyncio.open_connection(self._target.hostname, self._target.port)
        self._writers |= {writer, there[1]}
        async with asyncio.TaskGroup() as group:
            group.create_task(_pass_on(reader, there[1]), name="relay up")
            group.create_task(_pass_on(there[0], writer), name="relay down")
        self._writers -= {writer, there[1]}


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(_READ_BYTES):
            writer.write(data)
            await writer.drain()
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()
