"""A client's WebSocket as the emulator uses it: frames in, messages out, and both ways to end."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections import deque

from aiohttp import ClientConnectionResetError, WebSocketError, WSMsgType, web

from emulator import wire
from emulator.milestones import Milestones
from emulator.record import ConnectionRecord
from emulator.wire import Closing, ServerMessage

CLOSE_WITHIN_S = 2.0
"""How long a client may take to read what was sent to it and to answer a close frame."""
AHEAD_FRAMES = 256
"""Frames kept of a client that sends before its setup is complete; it has to wait beyond."""
_RESET = struct.pack("ii", 1, 0)
"""SO_LINGER: on, for 0 s. Closing the socket then sends RST instead of FIN."""


class ClientGone(Exception):
    """The client's connection took no more frames."""


class ClientSocket:
    """Sends and receives, and notes on the record what went over the wire."""

    def __init__(  # noqa: PLR0913  # its collaborators, all but the first two by keyword
        self,
        request: web.Request,
        upgraded: web.WebSocketResponse,
        *,
        record: ConnectionRecord,
        milestones: Milestones,
        pretty: bool,
        binary: bool,
    ) -> None:
        self._request = request
        self._upgraded = upgraded
        self._record = record
        self._milestones = milestones
        self._pretty = pretty
        self._binary = binary
        self._ahead: deque[bytes] = deque()

    async def receive(self) -> bytes | None:
        """Return the next frame's bytes, text and binary alike; `None` when no more will come."""
        return self._ahead.popleft() if self._ahead else await self._next_frame()

    async def stays(self, seconds: float | None) -> bool:
        """Let time pass, `None` for ever; return whether the client is still there.

        Pings are answered meanwhile, and what else it sends is kept for `receive`.
        """
        try:
            async with asyncio.timeout(seconds):
                await self._read_ahead()
        except TimeoutError:
            return True
        return False

    async def _read_ahead(self) -> None:
        while len(self._ahead) < AHEAD_FRAMES:
            frame = await self._next_frame()
            if frame is None:
                return
            self._ahead.append(frame)
        await asyncio.get_running_loop().create_future()

    async def _next_frame(self) -> bytes | None:
        message = await self._upgraded.receive()
        if message.type in {WSMsgType.TEXT, WSMsgType.BINARY}:
            data = message.data
            return data.encode() if isinstance(data, str) else bytes(data)
        if message.type is WSMsgType.CLOSE:
            self._record.ended(by="client", closing=Closing(message.data, message.extra or ""))
        elif isinstance(message.data, WebSocketError):
            # A frame that is too large, or no UTF-8: aiohttp has closed with the code it names.
            closing = Closing(message.data.code, str(message.data))
            self._record.ended(by="server", closing=closing)
        return None

    async def send(self, message: ServerMessage) -> None:
        """Send one message, waiting while the client takes none; raise `ClientGone` if it left."""
        frame = wire.encode(message, pretty=self._pretty)
        turns = self._record.turns
        self._record.sending(message)
        try:
            if self._binary:
                await self._upgraded.send_bytes(frame)
            else:
                await self._upgraded.send_str(frame.decode())
        except (ClientConnectionResetError, ConnectionError) as exc:
            raise ClientGone from exc
        if self._record.turns > turns:
            self._milestones.turn_completed()

    async def close(self, closing: Closing) -> None:
        """Send a close frame and wait, briefly, for the client's."""
        self._record.ended(by="server", closing=closing)
        try:
            # aiohttp's own limit does not hold while its buffer waits for a client to read.
            async with asyncio.timeout(CLOSE_WITHIN_S):
                await self._upgraded.close(code=closing.code, message=closing.wire_reason())
        except TimeoutError:
            self._reset()

    def abort(self) -> None:
        """Break the connection off with a TCP reset, without a close frame."""
        self._record.ended(by="server", closing=None)
        self._reset()

    def _reset(self) -> None:
        transport = self._request.transport
        if transport is None:
            return
        raw = transport.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        transport.abort()
