"""uvicorn's sans-I/O WebSocket protocol, except that a phone that takes nothing is got rid of.

uvicorn waits for room in the write buffer before it writes a close frame, and `transport.close()`
waits until everything is written. A phone that answers TCP but reads nothing would keep its socket
for ever. Here the close frame is written at once, and what is not taken within a while is dropped.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Final

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request
from websockets.protocol import State

from gateway.dropping import drop, give_up_after
from gateway.refusals import Refusals
from gateway.wake_ups import UNSPACED, WakeUps
from gateway.websocket_frames import server_frame
from gateway.whole_frames import TEXT, Beginning, frame_end, is_ping, messages
from schemas.close_codes import CloseCode

if TYPE_CHECKING:
    from uvicorn._types import ASGIReceiveEvent, ASGISendEvent
    from uvicorn.config import Config
    from uvicorn.server import ServerState

    from actors.ports import Taker

OFFERING: Final = "shopping.offering"
"""Our own ASGI extension: `to` takes what frames are offered to before they are received."""
SENDING: Final = "shopping.sending"
"""Another one: `now` sends frames together, or returns that this would take waiting."""
HANGING_UP: Final = "shopping.hanging_up"
"""A third: `with` sends a close frame, and what comes before the phone's is received as usual."""
_UNREADABLE: Final = (
    b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-type: application/json\r\n"
    b'content-length: 41\r\n\r\n{"error":"the handshake cannot be read"}\n'
)
_FRAMES_A_TURN: Final = 64
"""So many frames of one connection are dealt with, and then others have their turn. A frame for the
parser takes some 10 µs, and one read may bring thousands."""
_LOOK_AGAIN_S: Final = 1.0
"""So often it is looked whether we read on, while we are what a message waits for."""
_WRITABLE: Final = asyncio.Event()
"""Shared by all connections with room in their write buffers; nobody ever waits for it."""
_WRITABLE.set()


class _Received:
    """What waits for the application: a queue for one reader, a tenth of asyncio's in memory."""

    __slots__ = ("_events", "_reader")

    def __init__(self) -> None:
        self._events: deque[ASGIReceiveEvent] | None = None
        self._reader: asyncio.Future[None] | None = None

    def empty(self) -> bool:
        """Whether nothing waits."""
        return self._events is None

    def put_nowait(self, event: ASGIReceiveEvent) -> None:
        """Add `event`."""
        if self._events is None:
            self._events = deque()
        self._events.append(event)
        if self._reader is not None and not self._reader.done():
            self._reader.set_result(None)

    async def get(self) -> ASGIReceiveEvent:
        """Return the next event, waiting for it."""
        while self._events is None:
            self._reader = asyncio.get_running_loop().create_future()
            try:
                await self._reader
            finally:
                self._reader = None
        event = self._events.popleft()
        if not self._events:
            self._events = None
        return event


class PromptlyClosed(WebSocketsSansIOProtocol):
    """One connection, gone at the latest `linger_s` after its session closed it."""

    linger_s: ClassVar[float] = 5.0
    """For the phone to take what was sent before the close frame, and to answer that."""
    wake_ups: ClassVar[WakeUps] = UNSPACED
    """Is told of speech."""
    most_frames: ClassVar[int] = 0
    """How many frames the parser takes within `frames_s`, pings and parts of messages included; 0
    is any number. What is taken at once does not get there."""
    frames_s: ClassVar[float] = 10.0
    message_s: ClassVar[float] = 60.0
    """How long the rest of a message may take that has begun to arrive, in whatever parts."""
    refusals: ClassVar[Refusals] = Refusals()
    """What was refused."""

    _parsed: int = 0
    _parsed_since: float = 0.0
    _abort_timer: asyncio.TimerHandle | None = None
    _begun_at: float | None = None
    """When the message began to arrive whose rest has not."""
    _rest_timer: asyncio.TimerHandle | None = None
    """Runs from then on, and not always anew: most messages are whole a moment later."""
    _taker: Taker | None = None
    _held: Beginning | None = None
    _put_off: bytearray | None = None
    """What has arrived and is dealt with in the next turn."""
    _pong: bytes = b""
    """What answers the newest ping, if nothing else has been dealt with since."""
    _refuses: bool = False

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, object],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.queue = _Received()  # type: ignore[assignment]  # it has what uvicorn uses
        self.writable = _WRITABLE

    async def send(self, message: ASGISendEvent) -> None:
        """Send one ASGI message; a close frame does not wait for room."""
        if message["type"] == "websocket.close" and self.handshake_complete:
            self._abort_later()
            self._taker = None
            # Nothing may follow it, so that letting everybody through exceeds no bound.
            self.writable.set()
        await super().send(message)
        if message["type"] == "websocket.accept":
            self._forget_request()
        elif message["type"] == "websocket.http.response.body":
            # uvicorn 0.54 forgets this, and logs each refused handshake as an error of the
            # application. Our refusals come in one piece.
            self.handshake_complete = True
            self._refused()

    def data_received(self, data: bytes) -> None:
        """Offer whole messages to whoever takes them at once; uvicorn gets everything else.

        A message that is taken costs no parser, no queue and no task switch, and reading is not
        paused for it. uvicorn gets its bytes in whole frames, so that it is known where one begins.
        """
        # The request for the upgrade comes by itself, from uvicorn's HTTP side.
        if self._refuses or not self.handshake_initiated:
            super().data_received(data)
            self._refuse_unreadable()
        elif self._put_off is not None:
            self._put_off += data
            self._rest_from_reading()
        else:
            if self._held is not None:
                data = self._held.completed(data)
                self._held = None if data else self._held
            self._take_turn(data)

    def _take_turn(self, data: bytes) -> None:
        """Deal with frames, and put off those that are too many for one turn."""
        at, size, handled = 0, len(data), 0
        while at < size:
            if handled >= _FRAMES_A_TURN:
                self._put_off = bytearray(memoryview(data)[at:])
                self._rest_from_reading()
                self.loop.call_soon(self._next_turn)
                break
            taker = self._taker
            # Reading is paused while a message waits to be received; `current_size` is set in the
            # middle of a fragmented one.
            if taker is not None and not self.read_paused and self.conn.current_size is None:
                found, ends = messages(data, at, self.config.ws_max_size, _FRAMES_A_TURN)
                if found:
                    taken = taker(found, text=data[at] == TEXT)
                    handled += taken
                    if taken:
                        self._begun_at = None
                        self.wake_ups.space_out(self.loop)
                        at = ends[taken - 1]
                    if taken == len(found):
                        continue
            at = self._hand_on(data, at)
            handled += 1
        if self._pong:
            self._answer_ping()

    def _next_turn(self) -> None:
        if self._put_off is None:
            return
        data, self._put_off = bytes(self._put_off), None
        # Whatever is paused again is so for a message that waits, or for the turn after this one.
        if not (self.read_paused or self.transport.is_closing()):
            self.transport.resume_reading()
        self._take_turn(data)

    def _rest_from_reading(self) -> None:
        """Read nothing until the next turn, also if a message is received meanwhile."""
        if not self.transport.is_closing():
            self.transport.pause_reading()

    def _hand_on(self, data: bytes, at: int) -> int:
        """Let uvicorn deal with the frame that begins at `at`, and return where it ends.

        The beginning of a frame whose rest has not arrived is kept. A frame that the parser refuses
        ends the connection: it gets that, and all that comes, as it comes.
        """
        size = len(data)
        end = frame_end(data, at, self.config.ws_max_size)
        if end is None:
            self._refuses = True
            end = size
        elif end > size:
            self._held = Beginning(data, at, end)
            self._await_rest()
            return size
        if self._pong and not is_ping(data, at):
            self._answer_ping()
        if self.most_frames and self.conn.state is State.OPEN and self._too_many():
            return size
        super().data_received(data[at:end])
        if self.conn.state is not State.OPEN:
            self._taker = None
        if self.conn.current_size is None:
            self._begun_at = None
        else:
            self._await_rest()
        return size if self.transport.is_closing() else end

    def _await_rest(self) -> None:
        """Note that a message has begun to arrive, unless its beginning is noted."""
        if self._begun_at is None:
            self._begun_at = self.loop.time()
            if self._rest_timer is None:
                self._rest_timer = self.loop.call_later(self.message_s, self._look_for_rest)

    def _look_for_rest(self) -> None:
        """Close if the rest of a message is late; what we have not read yet is not."""
        self._rest_timer = None
        if self._begun_at is None or self.conn.state > State.OPEN:
            return
        now = self.loop.time()
        left = self._begun_at + self.message_s - now
        if self.read_paused or self._put_off is not None or self.conn.state is not State.OPEN:
            self._begun_at, left = now, _LOOK_AGAIN_S
        if left > 0:
            self._rest_timer = self.loop.call_later(left, self._look_for_rest)
        else:
            self._note_refusal("slow_message", None)
            self._held = None
            self._fail(CloseCode.TOO_SLOW, "the rest of a message did not come")

    def _too_many(self) -> bool:
        """Count a frame; if that is one too many, close."""
        if self._parsed == 0:
            self._parsed_since = self.loop.time()
        self._parsed += 1
        if self._parsed <= self.most_frames:
            return False
        self._parsed = 0
        if self.loop.time() - self._parsed_since >= self.frames_s:
            return False
        self._note_refusal("too_many_frames", None)
        self._fail(CloseCode.TOO_FAST, "too many frames")
        return True

    def _fail(self, code: CloseCode, reason: str) -> None:
        """Close, and take nothing any more."""
        self._refuses, self._taker = True, None
        self.conn.fail(code, reason)
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})
        self._abort_later()

    def handle_connect(self, event: Request) -> None:
        """Begin to run the application, with our extensions; some requests are answered at once.

        Their `Sec-WebSocket-Key` is none, for one.
        """
        super().handle_connect(event)
        if self.handshake_complete:
            self._note_refusal("bad_handshake", self.response.status_code)
            self._refused()
            return
        extensions: dict[str, object] = self.scope["extensions"]  # type: ignore[assignment]  # ours is none that uvicorn knows
        extensions[OFFERING] = {"to": self._offer_to}
        extensions[SENDING] = {"now": self._send_now}
        extensions[HANGING_UP] = {"with": self._hang_up}

    def handle_ping(self) -> None:
        """Keep the answer: of pings in a row the newest gets one (RFC 6455 section 5.5.3)."""
        self._pong = b"".join(self.conn.data_to_send())

    def _answer_ping(self) -> None:
        """Answer, unless the phone takes nothing: pongs would pile up without a bound."""
        pong, self._pong = self._pong, b""
        # Nothing follows a close frame.
        if self.writable.is_set() and self.conn.state is State.OPEN:
            self.transport.write(pong)

    def on_task_complete(self, task: asyncio.Task[None]) -> None:
        """Note that the application has ended, which it may without having closed the socket."""
        super().on_task_complete(task)
        self._abort_later()

    def keepalive_timeout(self) -> None:
        """Close, because no ping was answered for too long."""
        super().keepalive_timeout()
        self._abort_later()

    def eof_received(self) -> None:
        """Note that nothing more will come: the transport closes itself."""
        super().eof_received()
        self._abort_later()

    def pause_writing(self) -> None:
        """Note that there is no more room in the write buffer."""
        self.writable = asyncio.Event()

    def resume_writing(self) -> None:
        """Note that there is room again."""
        self.writable.set()
        self.writable = _WRITABLE

    def connection_lost(self, exc: Exception | None) -> None:
        """Note that the socket is gone."""
        for timer in (self._abort_timer, self._rest_timer):
            if timer is not None:
                timer.cancel()
        super().connection_lost(exc)
        self._taker = self._put_off = None

    def _forget_request(self) -> None:
        """Free what is only of use in the handshake; the parser keeps the request for ever."""
        self.request.headers.clear()
        self.request.path = ""  # its query may have had a token
        self.response.headers.clear()
        self.scope["headers"] = []

    def _send_now(self, frames: Sequence[str | bytes]) -> bool:
        """Write messages unless the phone is behind with reading, or its socket closes."""
        closing = self.conn.state is not State.OPEN or self.transport.is_closing()
        if closing or not self.writable.is_set():
            return False
        self.transport.write(b"".join(map(server_frame, frames)))
        return True

    def _hang_up(self, code: int, reason: str) -> None:
        """Begin the closing handshake; uvicorn would pass over what the phone says meanwhile."""
        if self.conn.state is not State.OPEN or self.transport.is_closing():
            return
        # No frame may follow this one, not even a ping.
        self.stop_keepalive()
        self.conn.send_close(code, reason)
        self.transport.write(b"".join(self.conn.data_to_send()))
        self._abort_later()

    def shutdown(self) -> None:
        """Close for the server's own end; the closing handshake may be under way."""
        if self.conn.state is State.CLOSING:
            self.close_sent = True
        super().shutdown()

    def _refuse_unreadable(self) -> None:
        """Answer a request that websockets' parser does not take, such as one with a long line.

        uvicorn would say nothing, and keep the connection for as long as the phone does.
        """
        if self.conn.handshake_exc is None or self.handshake_initiated:
            return
        # websockets has an answer to lines that are too long or too many.
        large = b"".join(self.conn.data_to_send())
        answer = large or _UNREADABLE
        status = int(answer.split(maxsplit=2)[1])
        self._note_refusal("large_request" if large else "bad_handshake", status)
        self.transport.write(answer)
        self.transport.close()
        self._refused()

    def _note_refusal(self, cause: str, status: int | None) -> None:
        self.refusals.tell(cause, status, self.client)

    def _offer_to(self, taker: Taker | None) -> None:
        self._taker = taker if self.conn.state is State.OPEN else None

    def _refused(self) -> None:
        """Let nobody wait for ever for the answer to be taken, or for those before it."""
        self._abort_later()
        if not self.disconnected:
            give_up_after(self.transport, self.linger_s)

    def _abort_later(self) -> None:
        if self._abort_timer is None and not self.disconnected:
            self._abort_timer = self.loop.call_later(self.linger_s, drop, self.transport)
