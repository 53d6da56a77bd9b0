"""One open Gemini Live connection: google-genai has opened it, we drive its WebSocket.

The SDK's own path costs 100 to 190 µs of CPU a message, this one a few (docs/architecture.md).
"""

from __future__ import annotations

import asyncio

import msgspec
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed
from websockets.protocol import State

from actors.ports import LinkClosed, Observer
from gateway.gemini_models import ModelProfile
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
CLOSE_WITHIN_S = 0.5
"""How long Gemini may take to answer a close frame. The next link waits for that: Gemini refuses to
resume a session whose older socket is open (sip-to-ai#14)."""


class WebSocketLink:
    """`actors.ports.GeminiLink` on a websockets connection."""

    def __init__(
        self, connection: ClientConnection, *, profile: ModelProfile, observer: Observer
    ) -> None:
        self._connection = connection
        self._profile = profile
        self._observer = observer

    async def send_audio(self, pcm: bytes) -> None:
        """Send PCM16 mono 16 kHz; raise `LinkClosed` when the connection is gone."""
        try:
            await self._connection.send(encode_audio(pcm), text=True)
        except ConnectionClosed as exc:
            raise link_closed(exc) from exc

    def send_audio_now(self, pcm: bytes) -> bool:
        """Send PCM16 mono 16 kHz unless that would take waiting; raise `LinkClosed` if gone.

        websockets' `send` costs a task switch's worth of bookkeeping for each message; here its
        sans-I/O protocol makes the frame, and the transport gets it.
        """
        connection = self._connection
        protocol = connection.protocol
        if protocol.state is not State.OPEN or connection.paused or connection.send_in_progress:
            return False
        protocol.send_text(encode_audio(pcm))
        connection.send_data()
        return True

    async def send_control(self, message: ControlMessage) -> None:
        """Send one control message; raise `LinkClosed` when the connection is gone."""
        if isinstance(message, ToolResponse) and not self._profile.scheduling:
            message = _unscheduled(message)
        try:
            await self._connection.send(encode_control(message))
        except ConnectionClosed as exc:
            raise link_closed(exc) from exc

    async def receive(self) -> GeminiMessage:
        """Return the next message that can be read; raise `LinkClosed` when there is none.

        A frame that cannot be read is passed over with a warning: Google adds to its wire
        without notice, and one odd frame is no reason to hang up on a shopper.
        """
        while True:
            try:
                return decode(await self._connection.recv(decode=False))
            except ConnectionClosed as exc:
                raise link_closed(exc) from exc
            except GeminiMessageInvalid as exc:
                self._observer.warn("gemini_message_invalid", problem=str(exc))


async def hang_up(connection: ClientConnection) -> None:
    """Close with 1000, and end the TCP connection if Gemini does not answer in time.

    It also ends when Gemini reads nothing, so that not even the close frame gets out: whoever
    waits in `send` is let go then. Cancelling only cuts the waiting short.
    """
    try:
        async with asyncio.timeout(CLOSE_WITHIN_S):
            await connection.close()
    except TimeoutError:
        pass
    finally:
        cut(connection)


def cut(connection: ClientConnection) -> None:
    """End the TCP connection at once, if there is one; Gemini sees that, but no close frame."""
    # websockets sets it once there is a connection.
    transport: asyncio.Transport | None = getattr(connection, "transport", None)
    if transport is not None:
        transport.abort()


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
