"""Adapter: an ASGI connection as `actors.ports.ClientSocket`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from starlette.types import Message, Receive, Scope, Send

from actors.ports import ClientGone, Taker
from gateway.websocket_protocol import HANGING_UP, OFFERING, SENDING

_SendNow: TypeAlias = Callable[[Sequence[str | bytes]], bool]
_HangUp: TypeAlias = Callable[[int, str], None]
_NO_STATUS = 1005
"""RFC 6455 section 7.4.1: there was no close code."""
_ABNORMAL = 1006
"""The same section: there was no close frame."""


class AsgiSocket:
    """One WebSocket; frames are handed on as they are.

    It has no more between the session and the server than it needs: Starlette's WebSocket costs
    memory for as long as the connection lasts, for checks of the order in which it is used.
    """

    __slots__ = (
        "_code",
        "_gone",
        "_hang_up",
        "_offer_to",
        "_receive",
        "_send",
        "_send_now",
        "_shut",
    )

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send
        extensions = scope.get("extensions", {})
        self._hang_up: _HangUp | None = extensions.get(HANGING_UP, {}).get("with")
        self._offer_to = extensions.get(OFFERING, {}).get("to")
        self._send_now: _SendNow | None = extensions.get(SENDING, {}).get("now")
        self._code = _ABNORMAL
        self._gone = False
        """The server has said that the phone is."""
        self._shut = False
        """Nothing can be sent any more."""

    async def accept(self, subprotocol: str | None) -> None:
        """Accept the handshake."""
        await self._receive()  # "websocket.connect"
        await self._send({"type": "websocket.accept", "subprotocol": subprotocol, "headers": []})

    def offer_to(self, taker: Taker | None) -> None:
        """Offer frames to `taker` when they arrive, where the server can do that."""
        if self._offer_to is not None:
            self._offer_to(taker)

    async def receive(self) -> str | bytes:
        """Return the next text or binary frame, or raise `ClientGone`."""
        if self._gone:
            raise ClientGone(self._code)
        message = await self._receive()
        if message["type"] == "websocket.disconnect":
            self._gone = True
            self._code = int(message.get("code") or _NO_STATUS)
            raise ClientGone(self._code)
        text: str | None = message.get("text")
        frame: bytes = message.get("bytes") or b""
        return frame if text is None else text

    async def send(self, frame: str | bytes) -> None:
        """Send one frame, waiting while the phone takes nothing, or raise `ClientGone`."""
        kind = "text" if isinstance(frame, str) else "bytes"
        if self._shut or not await self._sent({"type": "websocket.send", kind: frame}):
            raise ClientGone(self._code)

    def send_now(self, frames: Sequence[str | bytes]) -> bool:
        """Send frames if the server can do that at once and the phone takes them; return whether.

        Between this and the phone's TCP connection there is no task and no ASGI message.
        """
        return self._send_now is not None and not self._shut and self._send_now(frames)

    async def close(self, code: int, reason: str) -> None:
        """Close with `code`; does nothing when the socket is closed already."""
        if not self._shut:
            self._shut = True
            await self._sent({"type": "websocket.close", "code": code, "reason": reason})

    async def hang_up(self, code: int, reason: str) -> None:
        """Close with `code`, and go on receiving what comes before the phone's close frame."""
        if self._hang_up is None:
            await self.close(code, reason)
        elif not self._shut:
            self._shut = True
            self._hang_up(code, reason)

    async def _sent(self, message: Message) -> bool:
        try:
            await self._send(message)
        except (OSError, RuntimeError):  # ASGI's word for a client that is gone, and uvicorn's
            self._shut = True
            return False
        return True
