"""A TCP connection that sends whatever it likes, and reads HTTP answers and WebSocket frames."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar, cast

CONTINUATION: Final = 0
TEXT: Final = 1
BINARY: Final = 2
CLOSE: Final = 8
PING: Final = 9
PONG: Final = 10
PATIENCE_S: Final = 25.0
"""How long an answer is waited for."""
_TWO_BYTES: Final = 126
_EIGHT_BYTES: Final = 127
_NO_LINGER: Final = struct.pack("ii", 1, 0)
_LEAST_BUFFER: Final = 4_096
_HEAD_END: Final = b"\r\n\r\n"
_WORD: Final = re.compile(r"([A-Za-z_]+): ")

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer: its status, its headers in lower case and its body as JSON, if it is that."""

    status: int
    headers: dict[str, str]
    body: Any

    @property
    def told(self) -> str:
        """The status, and the `reason` or what the `error` is about, if it says so."""
        body = self.body if isinstance(self.body, dict) else {}
        word = _WORD.match(str(body.get("error", "")))
        about = body.get("reason") or (word[1] if word else "")
        return f"{self.status} {about}".strip()


class Wire(asyncio.Protocol):
    """One connection.

    Attributes:
        received: what came and was not taken yet.
        ended: it is gone.
    """

    def __init__(self) -> None:
        self.received = bytearray()
        self.ended = False
        self._changed = asyncio.Event()
        self._writable = asyncio.Event()
        self._writable.set()
        self._transport: asyncio.Transport

    # asyncio's side.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Keep what comes."""
        self.received += data
        self._changed.set()

    def connection_lost(self, exc: Exception | None) -> None:
        """Note that it is gone."""
        del exc
        self.ended = True
        self._changed.set()
        self._writable.set()

    def pause_writing(self) -> None:
        """Let whoever sends wait."""
        self._writable.clear()

    def resume_writing(self) -> None:
        """Let whoever sends go on."""
        self._writable.set()

    # The attacker's side.

    async def send(self, data: bytes) -> None:
        """Send bytes, waiting for room; nothing once the connection is gone."""
        if not self.ended:
            self._transport.write(data)
            await self._writable.wait()

    async def send_slowly(self, data: bytes, *, every_s: float) -> None:
        """Send byte after byte, until all are sent or the connection is gone."""
        for byte in data:
            if self.ended:
                return
            await self.send(bytes([byte]))
            await asyncio.sleep(every_s)

    def stop_reading(self) -> None:
        """Take nothing any more."""
        if not self._transport.is_closing():
            self._transport.pause_reading()

    def take_nothing(self) -> None:
        """Take nothing any more, nor let the kernel do so."""
        kernels: socket.socket = self._transport.get_extra_info("socket")
        kernels.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _LEAST_BUFFER)
        self.stop_reading()

    def go_on_reading(self) -> None:
        """Take what waits, and what comes."""
        if not self._transport.is_closing():
            self._transport.resume_reading()

    def half_close(self) -> None:
        """Say that nothing more will be sent."""
        if not self._transport.is_closing():
            self._transport.write_eof()

    def reset(self) -> None:
        """Break it off with a TCP reset."""
        if not self._transport.is_closing():
            linger: socket.socket = self._transport.get_extra_info("socket")
            linger.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        self._transport.abort()

    async def until(self, look: Callable[[], Found | None], *, within_s: float) -> Found | None:
        """Return what `look` finds; `None` once there is nothing to come, or in time.

        Raises:
            TimeoutError: neither.
        """
        async with asyncio.timeout(within_s):
            while True:
                self._changed.clear()
                found = look()
                if found is not None or self.ended:
                    return found
                await self._changed.wait()

    async def answer(self, *, within_s: float = PATIENCE_S) -> Answer | None:
        """Take an HTTP answer; `None` if the connection ended without one."""
        return await self.until(self._answer, within_s=within_s)

    async def told(self, *, within_s: float = PATIENCE_S) -> str:
        """Take an HTTP answer, and return what it tells; `dropped` without one."""
        answer = await self.answer(within_s=within_s)
        return "dropped" if answer is None else answer.told

    async def frame(self, *, within_s: float = PATIENCE_S) -> tuple[int, bytes] | None:
        """Take a frame, its opcode and payload; `None` if the connection ended without one."""
        return await self.until(self._frame, within_s=within_s)

    async def end(self, *, within_s: float = PATIENCE_S) -> None:
        """Wait until the connection is gone, passing over what comes."""
        await self.until(self.received.clear, within_s=within_s)

    def _answer(self) -> Answer | None:
        end = self.received.find(_HEAD_END)
        if end < 0:
            return None
        first, *lines = self.received[:end].decode("latin-1").split("\r\n")
        pairs = (line.partition(":") for line in lines)
        headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
        status = int(first.split(" ")[1])
        length = int(headers.get("content-length", 0)) if status != 101 else 0  # noqa: PLR2004
        start = end + len(_HEAD_END)
        if len(self.received) < start + length and not self.ended:
            return None
        body = bytes(self.received[start : start + length])
        del self.received[: start + length]
        try:
            return Answer(status, headers, json.loads(body))
        except ValueError:
            return Answer(status, headers, body)

    def _frame(self) -> tuple[int, bytes] | None:
        data = self.received
        if len(data) < 2:  # noqa: PLR2004 - a frame's first two bytes
            return None
        length, start = data[1], 2
        if length >= _TWO_BYTES:
            start = 4 if length == _TWO_BYTES else 10
            length = int.from_bytes(data[2:start], "big")
        if len(data) < max(start + length, start):
            return None
        opcode, payload = data[0] & 15, bytes(data[start : start + length])
        del data[: start + length]
        return opcode, payload


async def dial(port: int, *, source: str) -> Wire:
    """Connect to a port of 127.0.0.1, coming from a loopback address."""
    _, wire = await asyncio.get_running_loop().create_connection(
        Wire, "127.0.0.1", port, local_addr=(source, 0)
    )
    return wire


def frame(  # noqa: PLR0913 - a frame has as many parts
    opcode: int,
    payload: bytes = b"",
    *,
    final: bool = True,
    reserved: int = 0,
    masked: bool = True,
    claimed: int | None = None,
) -> bytes:
    """Return a client's frame, right or wrong; its mask is four zeros.

    Args:
        opcode: 0 to 15.
        payload: what it carries.
        final: it is the last of its message.
        reserved: the three bits that extensions may use, from 0 to 7.
        masked: as a client's has to be.
        claimed: the length that it says it has; by default its own.
    """
    length = len(payload) if claimed is None else claimed
    first, mask = (final << 7) | (reserved << 4) | opcode, masked << 7
    if length < _TWO_BYTES:
        head = struct.pack("!BB", first, mask | length)
    elif length < 1 << 16:
        head = struct.pack("!BBH", first, mask | _TWO_BYTES, length)
    else:
        head = struct.pack("!BBQ", first, mask | _EIGHT_BYTES, length)
    return head + (bytes(4) if masked else b"") + payload
