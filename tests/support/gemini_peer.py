"""The other end of a Gemini link in memory: a stream with websockets' own server side behind it."""

from __future__ import annotations

import asyncio

from websockets.frames import Frame
from websockets.http11 import Request
from websockets.server import ServerProtocol
from websockets.uri import parse_uri

from gateway.gemini_socket import GeminiSocket
from gateway.tls_stream import Receiver
from gateway.websocket_frames import masks

URI = parse_uri("wss://gemini.test/live")


class Peer:
    """A stream in memory, and what is at its other end.

    Attributes:
        server: websockets' server side.
        request: of the handshake, once it was received.
        frames: what it received after the handshake.
        answers: cleared, it takes what it gets and says nothing.
        reading: whether the client's side reads.
        full: whether the client's side has something to write still.
        ended: how the stream was ended by the client, if it was.
    """

    def __init__(self) -> None:
        self.server = ServerProtocol()
        self.request: Request
        self.frames: list[Frame] = []
        self.answers = True
        self.reading = False
        self.full = False
        self.ended: str | None = None
        self.receiver: Receiver | None = None
        self._drained = asyncio.Event()

    def start(self, receiver: Receiver) -> None:
        """Give all that comes to `receiver`."""
        self.receiver = receiver
        self.reading = True

    def pause(self) -> None:
        """Read no more."""
        self.reading = False

    def resume(self) -> None:
        """Read again."""
        self.reading = self.receiver is not None

    def write(self, data: bytes) -> None:
        """Have the server's side read this, and answer it."""
        if self.receiver is None:
            return
        self.server.receive_data(data)
        for event in self.server.events_received():
            match event:
                case Request():
                    self.request = event
                    if self.answers:
                        self.server.send_response(self.server.accept(event))
                case Frame():
                    self.frames.append(event)
                case _:
                    raise AssertionError(event)
        if self.answers:
            asyncio.get_running_loop().call_soon(self.say)

    async def drain(self) -> None:
        """Return when nothing waits to be written."""
        if self.full:
            await self._drained.wait()

    def close(self) -> None:
        """End in an orderly way."""
        self._end("closed")

    def abort(self) -> None:
        """End at once."""
        self._end("aborted")

    def say(self) -> None:
        """Bring what the server's side has to say, at once."""
        self.receiver_gets(b"".join(self.server.data_to_send()))

    def receiver_gets(self, data: bytes) -> None:
        """Bring these bytes."""
        if data and self.receiver is not None:
            self.receiver.received(data)

    def hang_up(self) -> None:
        """End the stream from the other end."""
        self._end("by the peer")

    def _end(self, how: str) -> None:
        receiver, self.receiver = self.receiver, None
        if receiver is not None:
            self.ended = how
            self.reading = False
            self._drained.set()
            receiver.ended()


async def opened(peer: Peer) -> GeminiSocket:
    """Return a connection to `peer` that is open."""
    socket = GeminiSocket(URI, peer, masks())
    await socket.handshake({"x-goog-api-key": "sentinel"})
    return socket
