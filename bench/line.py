"""One connection of a phone that speaks version 2, and the ways in which connections die."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from collections.abc import Callable, Mapping
from typing import Any, Final

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.typing import Subprotocol

V2: Final = Subprotocol("shopping.v2")
_NO_LINGER: Final = struct.pack("ii", 1, 0)
_OPEN_S: Final = 20.0


class LineEnded(Exception):
    """The connection is gone, or could not be opened: the network's doing, or the gateway's.

    Attributes:
        code: of the close frame that the gateway sent, `None` without one.
    """

    def __init__(self, code: int | None = None) -> None:
        super().__init__(f"the connection ended: {code or 'without a close frame'}")
        self.code = code


class Line:
    """One WebSocket; as soon as it is known to have ended, nothing is sent or read any more.

    Attributes:
        ended: set when the phone should connect anew.
        cut: it was the phone, or the network, that made it end.
        code: of the close frame that the gateway sent, `None` without one.
    """

    def __init__(self, websocket: ClientConnection) -> None:
        self._websocket = websocket
        self._reading: asyncio.Task[None] | None = None
        self.ended = asyncio.Event()
        self.cut = False
        self.code: int | None = None

    def read_with(self, task: asyncio.Task[None]) -> None:
        """Say which task reads from it."""
        self._reading = task

    async def send(self, message: Mapping[str, Any] | bytes) -> None:
        """Send a message, or speech.

        Raises:
            LineEnded: the phone knows that nothing is sent here any more.
        """
        if self.ended.is_set():
            raise LineEnded(self.code)
        try:
            await self._websocket.send(
                message if isinstance(message, bytes) else json.dumps(message)
            )
        except ConnectionClosed as exc:
            raise self._over() from exc

    async def receive(self) -> dict[str, Any] | bytes:
        """Return the next message, or a piece of sound.

        Raises:
            LineEnded: there is no other.
        """
        try:
            frame = await self._websocket.recv()
        except ConnectionClosed as exc:
            raise self._over() from exc
        if isinstance(frame, bytes):
            return frame
        message: dict[str, Any] = json.loads(frame)
        return message

    async def close(self) -> None:
        """Say goodbye."""
        self._cut()
        await self._websocket.close()

    # How it dies.

    def reset(self) -> None:
        """Break it off with a TCP reset."""
        if not self._websocket.transport.is_closing():
            linger: socket.socket = self._websocket.transport.get_extra_info("socket")
            linger.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        self.drop()

    def fall_silent(self) -> None:
        """Be half-open: neither read nor write, and do not close. `drop` is to follow."""
        self._cut()
        self.stop_reading()

    def stop_reading(self) -> None:
        """Read nothing any more; what is sent still goes."""
        if self._reading is not None:
            self._reading.cancel()
        if not self._websocket.transport.is_closing():
            self._websocket.transport.pause_reading()

    def drop(self) -> None:
        """Let the socket go without a close frame."""
        self._cut()
        self._websocket.transport.abort()

    def _cut(self) -> None:
        self.cut = self.cut or not self.ended.is_set()
        self.ended.set()

    def _over(self) -> LineEnded:
        self.code = self._websocket.close_code
        self.ended.set()
        return LineEnded(self.code)


async def opened(
    port: int,
    user: str,
    *,
    tuned: Callable[[socket.socket], None] | None = None,
    notices_s: float | None = None,
) -> Line:
    """Connect to the gateway on 127.0.0.1 as a phone that speaks version 2.

    Args:
        port: the gateway's.
        user: whose phone it is.
        tuned: sets options of the socket before it connects.
        notices_s: how soon it notices a gateway that is silent, by pings; never by default.

    Raises:
        LineEnded: that failed.
    """
    plain = socket.socket()
    try:
        if tuned is not None:
            tuned(plain)
        plain.setblocking(False)  # noqa: FBT003 - has no other form
        async with asyncio.timeout(notices_s or _OPEN_S):
            await asyncio.get_running_loop().sock_connect(plain, ("127.0.0.1", port))
            return Line(
                await connect(
                    f"ws://127.0.0.1:{port}/ws/{user}",
                    sock=plain,
                    subprotocols=[V2],
                    compression=None,
                    max_queue=None,
                    ping_interval=None if notices_s is None else notices_s / 2,
                    ping_timeout=None if notices_s is None else notices_s / 2,
                    proxy=None,
                )
            )
    except (OSError, TimeoutError, WebSocketException) as exc:
        plain.close()
        raise LineEnded from exc
