"""A client's WebSocket as the emulator uses it: frames in, messages out, and the ways to end."""

from __future__ import annotations

import asyncio
import contextlib
import enum
from collections import deque
from collections.abc import Awaitable
from typing import TypeAlias

from aiohttp import ClientConnectionResetError, WebSocketError, WSMsgType, web

from emulator import wire
from emulator.held import HeldConnection, reset_on_close
from emulator.milestones import Milestones
from emulator.pongs import Pongs
from emulator.record import ConnectionRecord
from emulator.wire import Closing, ServerMessage

CLOSE_WITHIN_S = 2.0
"""How long a client may take to read what was sent to it and to answer a close frame."""
AHEAD_FRAMES = 256
"""Frames kept of a client that sends before its setup is complete; it has to wait beyond."""


class ClientGone(Exception):
    """The client's connection took no more frames."""


class Cut(enum.Enum):
    """How a connection ends without a close frame."""

    GONE = enum.auto()
    """It is gone, or was broken off: nothing is left to do."""
    HALF_OPEN = enum.auto()
    """It stays, and nobody serves it any more."""


Ending: TypeAlias = Closing | Cut


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
        """Take the socket over; it must leave pings alone, which are answered here."""
        self._request = request
        self._upgraded = upgraded
        self._record = record
        self._milestones = milestones
        self._pretty = pretty
        self._binary = binary
        self._ahead: deque[bytes] = deque()
        self._reads = asyncio.Event()
        self._reads.set()
        self._stall: asyncio.TimerHandle | None = None
        self._held: HeldConnection | None = None
        self._let_go = asyncio.Event()
        self.pongs = Pongs(self._pong)

    @property
    def is_half_open(self) -> bool:
        """Whether only the kernel still knows the connection."""
        return self._held is not None

    async def receive(self) -> bytes | None:
        """Return the next frame's bytes, text and binary alike; `None` when no more will come."""
        return self._ahead.popleft() if self._ahead else await self._next_frame()

    async def stays(self, seconds: float | None) -> bool:
        """Let time pass, `None` for ever; return whether the client is still there.

        Pings are answered meanwhile, and what else it sends is kept for `receive`.
        """
        if seconds == 0:
            return True
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
        while True:
            await self._reads.wait()
            message = await self._upgraded.receive()
            if message.type is WSMsgType.PING:
                await self.pongs.answer(bytes(message.data))
            elif message.type is not WSMsgType.PONG:
                break
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

    def stall_reads(self, seconds: float) -> None:
        """Read nothing for that long, so that pings wait and TCP backs up; 0 ends a stall."""
        if self._stall is not None:
            self._stall.cancel()
        self._reads.clear()
        self._request.protocol.pause_reading()
        self._stall = asyncio.get_running_loop().call_later(seconds, self._read_again)

    def forget_stall(self) -> None:
        """Let no stall outlive the connection."""
        if self._stall is not None:
            self._stall.cancel()

    def _read_again(self) -> None:
        if self._stall is not None:
            self._stall.cancel()
            self._stall = None
            self._reads.set()
            self._request.protocol.resume_reading()

    async def send(self, message: ServerMessage) -> None:
        """Send one message, waiting while the client takes none; raise `ClientGone` if it left."""
        turns = self._record.turns
        self._record.sending(message)
        await self._send(wire.encode(message, pretty=self._pretty))
        if self._record.turns > turns:
            self._milestones.turn_completed()

    async def send_text(self, text: str) -> None:
        """Send exactly this as one frame; raise `ClientGone` if the client left."""
        await self._send(text.encode())

    async def _send(self, frame: bytes) -> None:
        if self._binary:
            await _sent(self._upgraded.send_bytes(frame))
        else:
            await _sent(self._upgraded.send_str(frame.decode()))

    async def _pong(self, ping: bytes) -> None:
        await _sent(self._upgraded.pong(ping))

    async def close(self, closing: Closing) -> None:
        """Send a close frame and wait, briefly, for the client's."""
        self._record.ended(by="server", closing=closing)
        self._read_again()
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
        if self._held is not None:
            self._held.reset()
            self.let_go()
            return
        transport = self._request.transport
        if transport is not None:
            reset_on_close(transport.get_extra_info("socket"))
            transport.abort()

    def go_half_open(self) -> None:
        """Neither read nor write ever again; raise `ClientGone` when there is nothing to hold."""
        transport = self._request.transport
        if transport is None:
            raise ClientGone
        try:
            self._held = HeldConnection(transport.get_extra_info("socket"))
        except OSError as exc:
            raise ClientGone from exc
        transport.abort()

    def let_go(self) -> None:
        """Let `stay_half_open` end now."""
        self._let_go.set()

    async def stay_half_open(self, seconds: float) -> None:
        """Keep the half-open connection for that long, then drop it without a word."""
        assert self._held is not None  # noqa: S101  # `go_half_open` came first
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._let_go.wait()
        finally:
            self._record.ended(by="server", closing=None)
            self._held.drop()


async def _sent(sending: Awaitable[None]) -> None:
    try:
        await sending
    except (ClientConnectionResetError, ConnectionError) as exc:
        raise ClientGone from exc
