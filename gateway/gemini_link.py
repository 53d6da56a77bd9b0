"""One open Gemini Live connection: our messages in Gemini's wire, on a WebSocket."""

from __future__ import annotations

import msgspec
from websockets.exceptions import ConnectionClosed

from actors.ports import LinkClosed, Observer
from gateway.gemini_models import ModelProfile
from gateway.gemini_socket import GeminiSocket
from schemas.gemini import (
    ControlMessage,
    GeminiMessage,
    GeminiMessageInvalid,
    ToolResponse,
    decode,
    encode_audio,
    encode_control,
)

NO_CLOSE_FRAME = 1006


class WebSocketLink:
    """`actors.ports.GeminiLink` on a WebSocket connection that is open."""

    __slots__ = ("_observer", "_profile", "_socket")

    def __init__(self, socket: GeminiSocket, *, profile: ModelProfile, observer: Observer) -> None:
        self._socket = socket
        self._profile = profile
        self._observer = observer

    async def send_audio(self, pcm: bytes) -> None:
        """Send PCM16 mono 16 kHz; raise `LinkClosed` when the connection is gone."""
        try:
            await self._socket.send(encode_audio(pcm))
        except ConnectionClosed as exc:
            raise link_closed(exc) from exc

    def send_audio_now(self, pcm: bytes) -> bool:
        """Send PCM16 mono 16 kHz; return `False` if that would take waiting, or the link closes."""
        return self._socket.send_now(encode_audio(pcm))

    async def send_control(self, message: ControlMessage) -> None:
        """Send one control message; raise `LinkClosed` when the connection is gone."""
        if isinstance(message, ToolResponse) and not self._profile.scheduling:
            message = _unscheduled(message)
        try:
            await self._socket.send(encode_control(message).encode())
        except ConnectionClosed as exc:
            raise link_closed(exc) from exc

    async def receive(self) -> GeminiMessage:
        """Return the next message that can be read; raise `LinkClosed` when there is none.

        A frame that cannot be read is passed over with a warning: Google adds to its wire
        without notice, and one odd frame is no reason to hang up on a shopper.
        """
        while True:
            try:
                return decode(await self._socket.recv())
            except ConnectionClosed as exc:
                raise link_closed(exc) from exc
            except GeminiMessageInvalid as exc:
                self._pass_over(exc)

    def receive_now(self) -> GeminiMessage | None:
        """Return the next message that can be read if one has come already."""
        while (frame := self._socket.recv_now()) is not None:
            try:
                return decode(frame)
            except GeminiMessageInvalid as exc:
                self._pass_over(exc)
        return None

    def _pass_over(self, problem: GeminiMessageInvalid) -> None:
        self._observer.warn("gemini_message_invalid", problem=str(problem))


def link_closed(closed: ConnectionClosed) -> LinkClosed:
    """Translate websockets' exception: the code, the reason and who closed."""
    if closed.rcvd is not None and closed.rcvd_then_sent is not False:
        return LinkClosed(closed.rcvd.code, closed.rcvd.reason, closed_by="peer")
    if closed.sent is not None:
        return LinkClosed(closed.sent.code, closed.sent.reason, closed_by="us")
    return LinkClosed(NO_CLOSE_FRAME, "no close frame", closed_by="nobody")


def _unscheduled(message: ToolResponse) -> ToolResponse:
    return ToolResponse(
        tuple(
            msgspec.structs.replace(response, scheduling=None)
            for response in message.function_responses
        )
    )
