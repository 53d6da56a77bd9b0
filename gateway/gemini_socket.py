"""A WebSocket client's connection, with as little as possible behind each message.

websockets' sans-I/O protocol opens it, answers pings and closes; messages, which are nearly all
that comes and goes, are framed and found without it (`gateway.whole_frames`). There are no tasks:
one timer beside what the event loop calls.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Final, Protocol

from websockets.client import ClientProtocol
from websockets.frames import CloseCode, Frame, Opcode
from websockets.http11 import USER_AGENT, Response
from websockets.protocol import Event, State
from websockets.uri import WebSocketURI

from actors.signal import Signal
from gateway.tls_stream import Receiver
from gateway.websocket_frames import text_frame
from gateway.whole_frames import Beginning, frame_end, server_messages

CLOSE_WITHIN_S = 0.5
"""How long the peer may take to answer a close frame and to end the connection."""
_MAX_MESSAGE: Final = 16 << 20
"""Bytes of the largest message read; websockets' default of 1 MiB would close with 1009."""
_PING_INTERVAL_S: Final = 20
_PING_TIMEOUT_S: Final = 60
"""Pongs of healthy Gemini sessions were seen to take 8 to 30 s (sip-to-ai#14)."""
_PING: Final = b"keepalive"
_RESPONSE: Final = b"HTTP/1.1 101 "
_HEAD_ENDS: Final = b"\r\n\r\n"
_QUEUE_HIGH: Final = 16
_QUEUE_LOW: Final = 4
"""Messages: reading stops when so many wait to be taken, and goes on when so few are left."""


class Stream(Protocol):
    """What the connection runs on: `gateway.tls_stream.TlsStream`.

    Attributes:
        full: something waits to be written.
    """

    full: bool

    def start(self, receiver: Receiver) -> None:
        """Give all that comes to `receiver`."""

    def pause(self) -> None:
        """Read no more."""

    def resume(self) -> None:
        """Read again."""

    def write(self, data: bytes) -> None:
        """Write now, or later what the peer does not take now; never raises."""

    async def drain(self) -> None:
        """Return when nothing waits to be written, or the stream has ended."""

    def close(self) -> None:
        """End the connection in an orderly way."""

    def abort(self) -> None:
        """End the connection at once."""


class GeminiSocket:
    """One WebSocket connection: `handshake` first, then messages.

    Args:
        uri: what is asked for.
        stream: an open connection to the URI's host; it is ended with the WebSocket.
        masks: one of 4 random bytes for each frame.
    """

    __slots__ = (
        "_closing",
        "_fragments",
        "_held",
        "_loop",
        "_masks",
        "_messages",
        "_news",
        "_open",
        "_paused",
        "_protocol",
        "_stream",
        "_timer",
        "_unanswered_s",
        "_whole",
    )

    def __init__(self, uri: WebSocketURI, stream: Stream, masks: Iterator[bytes]) -> None:
        self._protocol = ClientProtocol(uri, max_size=_MAX_MESSAGE)
        self._stream = stream
        self._masks = masks
        self._loop = asyncio.get_running_loop()
        self._messages: deque[bytes] = deque()
        self._fragments: bytearray | None = None
        self._whole = False
        """The protocol has got whole frames only, so that it is known where one begins."""
        self._held: Beginning | None = None
        self._paused = False
        self._open = False
        """Messages can be sent: what the protocol's state says, without asking it each time."""
        self._closing = False
        self._unanswered_s = 0
        self._timer: asyncio.TimerHandle | None = None
        self._news = Signal()
        """Something has come, or the stream has ended."""
        stream.start(self)

    async def handshake(self, headers: Mapping[str, str]) -> None:
        """Open the WebSocket; on failure the stream is ended.

        Raises:
            InvalidHandshake: the peer does not agree; `InvalidStatus` holds its HTTP response.
        """
        protocol = self._protocol
        request = protocol.connect()
        request.headers.update(headers)
        request.headers.setdefault("User-Agent", USER_AGENT)
        protocol.send_request(request)
        self._write_out()
        try:
            while protocol.state is State.CONNECTING and protocol.handshake_exc is None:
                await self._news.wait()
        except BaseException:  # also when cancelled: no connection is left behind
            self.abort()
            raise
        if protocol.handshake_exc is not None:
            self.abort()
            raise protocol.handshake_exc
        # It may be closing already.
        if protocol.state is State.OPEN:
            self._open = True
            self._timer = self._loop.call_later(_PING_INTERVAL_S, self._keep_alive)

    def send_now(self, payload: bytes) -> bool:
        """Send a text message unless it would have to wait, or the connection is closing.

        Returns whether it was sent.
        """
        stream = self._stream
        if stream.full or not self._open:
            return False
        stream.write(text_frame(payload, next(self._masks)))
        return True

    async def send(self, payload: bytes) -> None:
        """Send a text message, and wait until the peer has room for it.

        Cancelling cuts the waiting short; the message is sent.

        Raises:
            ConnectionClosed: the connection is closing, or ended meanwhile.
        """
        if self._protocol.state is not State.OPEN:
            await self._end()
        else:
            self._stream.write(text_frame(payload, next(self._masks)))
            await self._stream.drain()
        if self._over:
            raise self._protocol.close_exc

    async def recv(self) -> bytes:
        """Return the next message, text or binary; it is safe to cancel. One caller at a time.

        Raises:
            ConnectionClosed: the connection has ended and every message was taken.
        """
        while not self._messages:
            if self._over:
                raise self._protocol.close_exc
            await self._news.wait()
        return self._next()

    def recv_now(self) -> bytes | None:
        """Return the next message if one has come already; for who calls `recv`."""
        return self._next() if self._messages else None

    def _next(self) -> bytes:
        message = self._messages.popleft()
        if self._paused and len(self._messages) <= _QUEUE_LOW:
            self._paused = False
            self._stream.resume()
        return message

    async def close(self) -> None:
        """Close with 1000 and wait for the connection to end; the peer has half a second for that.

        When the peer reads nothing, not even the close frame gets out, and whoever waits in
        `send` is let go. Cancelling ends the connection at once.
        """
        if self._protocol.state is State.OPEN:
            self._protocol.send_close(CloseCode.NORMAL_CLOSURE)
            self._write_out()
        # The answer may be behind messages that nobody takes any more.
        self._paused = False
        self._stream.resume()
        try:
            await self._end()
        finally:
            self.abort()

    def abort(self) -> None:
        """End the connection at once, without a close frame."""
        self._stream.abort()

    def received(self, data: bytes) -> None:
        """Take what the stream brings."""
        if self._held is not None:
            data = self._held.completed(data)
            if not data:
                return
            self._held = None
        at = 0
        while at < len(data):
            at = self._take_frames(data, at)
        self._news.pulse()

    def _take_frames(self, data: bytes, at: int) -> int:
        """Take the messages from `at` on, and let the protocol have the first frame that is none.

        The beginning of a frame whose rest has not arrived is kept. From a frame that the protocol
        refuses, or closes the connection for, it gets all that comes, as it comes.

        Returns:
            Where what was dealt with ends.
        """
        size = len(data)
        if not self._whole:
            self._parse(data[at:])
            return size
        if self._fragments is None and self._protocol.state is State.OPEN:
            found, at = server_messages(data, at, _MAX_MESSAGE)
            self._messages += found
            self._keep_bound()
            if at == size:
                return size
        end = frame_end(data, at, _MAX_MESSAGE, masked=False)
        if end is None:
            self._whole = False
            return at
        if end > size:
            self._held = Beginning(data, at, end)
            return size
        self._parse(data[at:end])
        return end

    def _parse(self, data: bytes) -> None:
        protocol = self._protocol
        connecting = protocol.state is State.CONNECTING
        protocol.receive_data(data)
        for event in protocol.events_received():
            self._take(event)
        self._write_out()
        if connecting and protocol.state is State.OPEN:
            # The response has come by itself: Gemini says nothing before it was told the setup.
            at = data.find(_HEAD_ENDS)
            self._whole = data.startswith(_RESPONSE) and at + len(_HEAD_ENDS) == len(data)

    def ended(self) -> None:
        """Take note that the stream has ended."""
        self._open = False
        if self._held is not None:
            self._protocol.receive_data(bytes(self._held.data))
        self._protocol.receive_eof()
        # An HTTP response of unknown length ends with the connection.
        self._protocol.events_received()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._news.pulse()

    def _take(self, event: Event) -> None:
        match event:
            case Response(status_code=HTTPStatus.SWITCHING_PROTOCOLS):
                # websockets' parser holds on to the response.
                event.headers.clear()
            case Frame(opcode=Opcode.TEXT | Opcode.BINARY | Opcode.CONT):
                self._take_data(event)
            case Frame(opcode=Opcode.PONG, data=data) if data == _PING:
                self._unanswered_s = 0
            case _:
                pass

    def _take_data(self, frame: Frame) -> None:
        data = bytes(frame.data)
        if self._fragments is not None:
            self._fragments += data
        elif not frame.fin:
            self._fragments = bytearray(data)
        if not frame.fin:
            return
        if self._fragments is not None:
            data = bytes(self._fragments)
            self._fragments = None
        if self._closing and self._protocol.close_rcvd is None:
            # Nobody takes what comes between our close frame and the peer's.
            return
        self._messages.append(data)
        self._keep_bound()

    def _keep_bound(self) -> None:
        if len(self._messages) >= _QUEUE_HIGH and not self._paused:
            self._paused = True
            self._stream.pause()

    def _write_out(self) -> None:
        """Write what the protocol has to say, and see to it that a connection that closes ends."""
        protocol, stream = self._protocol, self._stream
        for data in protocol.data_to_send():
            if data:
                stream.write(data)
            else:
                stream.close()
        self._open = self._open and protocol.state is State.OPEN
        if not self._closing and protocol.close_expected():
            self._closing = True
            if self._timer is not None:
                self._timer.cancel()
            self._timer = self._loop.call_later(CLOSE_WITHIN_S, self.abort)

    def _keep_alive(self) -> None:
        protocol = self._protocol
        if self._unanswered_s >= _PING_TIMEOUT_S:
            protocol.fail(CloseCode.INTERNAL_ERROR, "keepalive ping timeout")
            self._write_out()
            return
        if not self._unanswered_s:
            protocol.send_ping(_PING)
            self._write_out()
        self._unanswered_s += _PING_INTERVAL_S
        self._timer = self._loop.call_later(_PING_INTERVAL_S, self._keep_alive)

    @property
    def _over(self) -> bool:
        return self._protocol.state is State.CLOSED

    async def _end(self) -> None:
        while not self._over:
            await self._news.wait()
