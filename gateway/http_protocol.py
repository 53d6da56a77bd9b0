"""uvicorn's HTTP protocol, except that nobody may take as long as they like.

uvicorn waits for ever for the rest of a request, keeps however much somebody sends, and waits for
ever until an answer is taken. Here a request has to arrive in time, within a bound, and what is
not taken is dropped. That goes for the handshakes of WebSockets as well, until they are complete.
"""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import TYPE_CHECKING, ClassVar, Final, cast

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from gateway.dropping import drop, give_up_after
from gateway.refusals import Refusals

if TYPE_CHECKING:
    from uvicorn._types import ASGI3Application
    from uvicorn.config import Config
    from uvicorn.server import ServerState

MOST_REQUEST: Final = 65_536
"""Bytes of a whole request: nothing here takes more than a few hundred."""
MOST_WAITING: Final = 16
"""Requests of one connection behind the one that is answered. They take some 4 KiB each, and one
read may bring more than a thousand."""


class _TooManyWait(Exception):
    """Stops the parser."""


class PromptRequests(HttpToolsProtocol):
    """One connection, until it becomes a WebSocket's."""

    request_s: ClassVar[float] = 10.0
    """How long a request may take to arrive, and an answer to be taken."""
    refusals: ClassVar[Refusals] = Refusals()
    """What was refused."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, object],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._arrives: asyncio.TimerHandle | None = None
        """Runs while a request is expected that has not arrived."""
        self._taken: asyncio.TimerHandle | None = None
        """Runs while there is no room for an answer, and from the end until all of it is taken."""
        self._head = 0
        self._running: RequestResponseCycle | None = None
        """The request that is being answered; others may have come behind it."""
        self._refusal = b""
        """The connection's last answer, once a request is refused."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        """Expect a request."""
        super().connection_made(transport)
        self._arrives = self.loop.call_later(self.request_s, self._late)

    def data_received(self, data: bytes) -> None:
        """Take a part of a request, unless that is too large or no HTTP; nothing once one was not.

        As uvicorn's, which would refuse in the middle of the answer to an earlier request.
        """
        if self._refusal:
            return
        if self._arrives is None and (last := self._last) is not None and last.response_complete:
            self._arrives = self.loop.call_later(self.request_s, self._late)
        self._head += len(data)
        if self._head > MOST_REQUEST:
            self._refuse("large_request", HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
            return
        self._unset_keepalive_if_required()
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserError as exc:
            if isinstance(exc.__context__, _TooManyWait):
                self._refuse("pipeline", HTTPStatus.TOO_MANY_REQUESTS)
            else:
                self._refuse("bad_request", HTTPStatus.BAD_REQUEST)
        except httptools.HttpParserUpgrade:
            # To anything else: the request is answered as it is. uvicorn would warn each time.
            if self._should_upgrade():
                self.handle_websocket_upgrade()

    def on_headers_complete(self) -> None:
        """Begin to answer a request, or let it wait for its turn."""
        if len(self.pipeline) >= MOST_WAITING:
            raise _TooManyWait
        super().on_headers_complete()

    def on_response_complete(self) -> None:
        """Go on to the next request; the one that is refused comes last."""
        super().on_response_complete()
        answered = self._running is not None and self._running.response_complete
        if self.transport.is_closing():
            self._closed()
        elif self._refusal and answered:
            self._send_refusal()

    def on_message_complete(self) -> None:
        """Note that a request has arrived."""
        self._arrived()
        super().on_message_complete()

    def handle_websocket_upgrade(self) -> None:
        """Let the WebSocket protocol go on, unless an answer to an earlier request is under way.

        That one would be written into the WebSocket, and nobody would wait until it is taken.
        """
        running = self._running
        answering = running is not None and not running.response_complete
        if answering or self.pipeline or self.flow.write_paused:
            self._refuse("bad_handshake", HTTPStatus.BAD_REQUEST)
            return
        self._arrived()
        super().handle_websocket_upgrade()

    def timeout_keep_alive_handler(self) -> None:
        """End the connection on which no other request has come."""
        super().timeout_keep_alive_handler()
        self._closed()

    def eof_received(self) -> None:
        """Note that no more requests will come: the transport closes itself."""
        super().eof_received()
        self._closed()

    def pause_writing(self) -> None:
        """Note that there is no more room in the write buffer."""
        super().pause_writing()
        self._drop_later()

    def resume_writing(self) -> None:
        """Note that there is room again."""
        super().resume_writing()
        self._stop_waiting()
        if self.transport.is_closing():
            self._drop_later()

    def connection_lost(self, exc: Exception | None) -> None:
        """Note that the connection is gone."""
        self._arrived()
        # uvicorn tells the request that came last only.
        if self._running is not None and not self._running.response_complete:
            self._running.disconnected = True
            self._running.message_event.set()
        super().connection_lost(exc)
        self._unset_keepalive_if_required()  # uvicorn forgets it after an error
        self._stop_waiting()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._running = cycle
        super()._start_asgi_task(cycle, app)

    @property
    def _last(self) -> RequestResponseCycle | None:
        """The request that came last, with its answer."""
        return cast("RequestResponseCycle | None", self.cycle)

    def _arrived(self) -> None:
        self._head = 0
        if self._arrives is not None:
            self._arrives.cancel()
            self._arrives = None

    def _stop_waiting(self) -> None:
        if self._taken is not None:
            self._taken.cancel()
            self._taken = None

    def _late(self) -> None:
        self._refuse("slow_request", HTTPStatus.REQUEST_TIMEOUT)

    def _closed(self) -> None:
        """Let nobody wait for ever for the rest to be taken."""
        self._drop_later()
        give_up_after(self.transport, self.request_s)

    def _drop_later(self) -> None:
        if self._taken is None:
            self._taken = self.loop.call_later(self.request_s, self._not_taken)

    def _not_taken(self) -> None:
        self._taken = None
        self._note_refusal("slow_reader", None)
        drop(self.transport)

    def _refuse(self, cause: str, status: HTTPStatus) -> None:
        """Answer the request that is arriving, when it is its turn; there is none behind it."""
        self._arrived()
        self._note_refusal(cause, status)
        head = f"HTTP/1.1 {status.value} {status.phrase}\r\nconnection: close\r\n"
        body = f'{{"error":"{status.phrase}"}}'
        kind = f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
        self._refusal = f"{head}{kind}{body}".encode()
        if self.pipeline and self.pipeline[0][0].more_body:
            self.pipeline.popleft()  # it is the one
        running = self._running
        if running is None or running.response_complete:
            self._send_refusal()
        elif running.more_body:  # it is the one
            running.disconnected = True
            running.message_event.set()
            if running.response_started:
                self.transport.abort()
            else:
                self._send_refusal()

    def _send_refusal(self) -> None:
        self.transport.write(self._refusal)
        self.transport.close()
        self._unset_keepalive_if_required()
        self._closed()

    def _note_refusal(self, cause: str, status: int | None) -> None:
        self.refusals.tell(cause, status, self.client)
