"""Adapter: a Starlette WebSocket as `actors.ports.ClientSocket`."""

from __future__ import annotations

from starlette.websockets import WebSocket, WebSocketDisconnect

from actors.ports import ClientGone, Taker

OFFERING = "shopping.offering"
"""Our own ASGI extension: `to` takes what frames are offered to before they are received."""
_NO_STATUS = 1005
"""RFC 6455 section 7.4.1: there was no close code."""
_ABNORMAL = 1006
"""The same section: there was no close frame."""


class StarletteSocket:
    """One accepted WebSocket; frames are handed on as they are."""

    def __init__(self, websocket: WebSocket) -> None:
        self._websocket = websocket
        self._code = _ABNORMAL

    def offer_to(self, taker: Taker) -> None:
        """Offer each frame to `taker` when it arrives, where the server can do that."""
        offering = self._websocket.scope.get("extensions", {}).get(OFFERING)
        if offering is not None:
            offering["to"](taker)

    async def receive(self) -> str | bytes:
        """Return the next text or binary frame, or raise `ClientGone`."""
        try:
            message = await self._websocket.receive()
        except RuntimeError as exc:  # Starlette's word for "you were told already"
            raise ClientGone(self._code) from exc
        if message["type"] == "websocket.disconnect":
            self._code = int(message.get("code") or _NO_STATUS)
            raise ClientGone(self._code)
        text: str | None = message.get("text")
        frame: bytes = message.get("bytes") or b""
        return frame if text is None else text

    async def send(self, frame: str | bytes) -> None:
        """Send one frame, waiting while the phone takes nothing, or raise `ClientGone`."""
        kind = "text" if isinstance(frame, str) else "bytes"
        try:
            await self._websocket.send({"type": "websocket.send", kind: frame})
        except (WebSocketDisconnect, RuntimeError) as exc:
            raise ClientGone(self._code) from exc

    async def close(self, code: int, reason: str) -> None:
        """Close with `code`; does nothing when the socket is closed already."""
        try:
            await self._websocket.close(code, reason)
        except (WebSocketDisconnect, RuntimeError):
            return
