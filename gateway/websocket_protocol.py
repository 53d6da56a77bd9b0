"""uvicorn's sans-I/O WebSocket protocol, except that a phone that takes nothing is got rid of.

uvicorn waits for room in the write buffer before it writes a close frame, and `transport.close()`
waits until everything is written. A phone that answers TCP but reads nothing would keep its socket
for ever. Here the close frame is written at once, and what is not taken within a while is dropped.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from actors.ports import Taker
from gateway.client_socket import OFFERING

if TYPE_CHECKING:
    from uvicorn._types import ASGISendEvent


class PromptlyClosed(WebSocketsSansIOProtocol):
    """One connection, gone at the latest `linger_s` after its session closed it."""

    linger_s: ClassVar[float] = 5.0
    """For the phone to take what was sent before the close frame, and to answer that."""

    _abort_timer: asyncio.TimerHandle | None = None
    _taker: Taker | None = None

    async def send(self, message: ASGISendEvent) -> None:
        """Send one ASGI message; a close frame does not wait for room."""
        if message["type"] == "websocket.close" and self.handshake_complete:
            self._abort_later()
            # Nothing may follow it, so that letting everybody through exceeds no bound.
            self.writable.set()
        await super().send(message)
        if message["type"] == "websocket.http.response.body":
            # uvicorn 0.54 forgets this, and logs each refused handshake as an error of the
            # application. Our refusals come in one piece.
            self.handshake_complete = True

    def send_receive_event_to_app(self) -> None:
        """Offer a whole message to whoever takes it at once; queue it for the application if not.

        A message that is taken costs no queue, no task switch, and reading is not paused for it.
        """
        taker = self._taker
        if taker is not None and len(self.frames) == 1 and self.queue.empty():
            data = self.frames[0]
            frame = _text(data) if self.curr_msg_data_type == "text" else bytes(data)
            if frame is not None and taker(frame):
                self.frames = []
                return
        super().send_receive_event_to_app()

    async def run_asgi(self) -> None:
        """Run the application, which may also end without having closed the socket."""
        extensions: dict[str, object] = self.scope["extensions"]  # type: ignore[assignment]  # ours is none that uvicorn knows
        extensions[OFFERING] = {"to": self._offer_to}
        await super().run_asgi()
        self._abort_later()

    def connection_lost(self, exc: Exception | None) -> None:
        """Note that the socket is gone."""
        if self._abort_timer is not None:
            self._abort_timer.cancel()
        super().connection_lost(exc)

    def _offer_to(self, taker: Taker) -> None:
        self._taker = taker

    def _abort_later(self) -> None:
        if self._abort_timer is None and not self.disconnected:
            self._abort_timer = self.loop.call_later(self.linger_s, self.transport.abort)


def _text(data: bytes) -> str | None:
    """Return a text frame's text; uvicorn deals with one that is none."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return None
