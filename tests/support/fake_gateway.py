"""A gateway that is a script, for tests of its clients: in memory, or on a real socket."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from gateway.talk_socket import SocketClosed
from schemas import client, server
from schemas.client import AudioChunk, ClientMessage, Ping, StartSession, StopSession
from schemas.product import Product
from schemas.server import Pong, ProductDetected, Status, Transcript


@dataclass(frozen=True, slots=True)
class Close:
    """An answer that closes the socket."""

    code: int
    reason: str = ""


Answer: TypeAlias = server.ServerMessage | str | bytes | Close
Script: TypeAlias = Callable[[ClientMessage], Iterator[Answer]]
MILK = Product("p1", "mleko", "add", 1, "l", "Nabiał", 0.95, 1_234_567_890)


def obliging(message: ClientMessage) -> Iterator[Answer]:
    """Do what protocol v1 says; every session hears "dodaj mleko"."""
    match message:
        case StartSession():
            yield Status("connecting", "Opening the link to Gemini")
            yield Status("listening", "Gemini Live API ready")
        case StopSession():
            yield Transcript("Dodaj mleko", is_user=True)
            yield ProductDetected(MILK)
            yield Status("stopped", "Session stopped")
        case Ping():
            yield Pong()
        case AudioChunk():
            pass


@dataclass
class FakeGateway:
    """One client's socket, in memory: satisfies `gateway.talk_socket.PhoneSocket`.

    Attributes:
        received: every message, and the loop's time at which it came.
    """

    script: Script = obliging
    received: list[tuple[float, ClientMessage]] = field(default_factory=list)
    _answers: asyncio.Queue[Answer] = field(default_factory=asyncio.Queue)
    _closed: SocketClosed | None = None

    async def send(self, frame: str) -> None:
        if self._closed is not None:
            raise self._closed
        message = client.decode(frame)
        self.received.append((asyncio.get_running_loop().time(), message))
        for answer in self.script(message):
            self.say(answer)

    async def receive(self) -> str | bytes:
        match await self._answers.get():
            case Close(code, reason):
                self._closed = SocketClosed(code, reason)
                raise self._closed
            case str() | bytes() as raw:
                return raw
            case message:
                return server.encode(message)

    def say(self, answer: Answer) -> None:
        """Say something unasked."""
        self._answers.put_nowait(answer)

    @property
    def audio(self) -> bytes:
        """All the sound that came."""
        return b"".join(m.audio_data for _, m in self.received if isinstance(m, AudioChunk))

    @property
    def audio_times(self) -> list[float]:
        """When each chunk came."""
        return [time for time, m in self.received if isinstance(m, AudioChunk)]

    @property
    def types(self) -> list[str]:
        """The types of what came, runs of audio as one."""
        types: list[str] = []
        for _, message in self.received:
            name = type(message).__name__
            if types[-1:] != [name]:
                types.append(name)
        return types


@contextlib.asynccontextmanager
async def serving(gateway: FakeGateway, *, refuse: int | None = None) -> AsyncIterator[str]:
    """Put `gateway` on a loopback port; yield its URL. `refuse` is an HTTP status for all."""

    async def connected(connection: ServerConnection) -> None:
        with contextlib.suppress(ConnectionClosed):
            async for frame in connection:
                message = client.decode(str(frame))
                gateway.received.append((asyncio.get_running_loop().time(), message))
                for answer in gateway.script(message):
                    await _deliver(connection, answer)

    def handshake(connection: ServerConnection, _request: Request) -> Response | None:
        if refuse is None:
            return None
        return connection.respond(refuse, '{"error":"not for you"}')

    async with serve(connected, "127.0.0.1", 0, process_request=handshake) as listening:
        port = next(iter(listening.sockets)).getsockname()[1]
        yield f"ws://127.0.0.1:{port}"


async def _deliver(connection: ServerConnection, answer: Answer) -> None:
    match answer:
        case Close(code, reason):
            await connection.close(code, reason)
        case str() | bytes() as raw:
            await connection.send(raw)
        case message:
            await connection.send(server.encode(message))
