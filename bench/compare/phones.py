"""The load generator's phones: protocols on bare transports, whose frames are made beforehand."""

from __future__ import annotations

import asyncio
import binascii
import json
import time
from typing import Final, cast

from bench.compare import frames
from bench.compare.dialects import Dialect, Envelope
from bench.compare.stamps import Stamp, written

_HTTP_OK: Final = b"HTTP/1.1 101"


class LoadPhone(asyncio.Protocol):
    """One phone.

    Attributes:
        session: its number, which is in every chunk.
        sent: how many chunks it has sent.
        products: the number of each that came, and when, by the monotonic clock.
        usable: it can be spoken to, or has failed.
        failure: what went wrong; empty if nothing did.
    """

    __slots__ = (
        "_buffer",
        "_dialect",
        "_transport",
        "_upgraded",
        "failure",
        "products",
        "sent",
        "session",
        "usable",
    )

    def __init__(self, session: int, dialect: Dialect) -> None:
        self.session = session
        self.sent = 0
        self.products: list[tuple[int, int]] = []
        self.usable = asyncio.Event()
        self.failure = ""
        self._dialect = dialect
        self._buffer = b""
        self._upgraded = False
        self._transport: asyncio.Transport

    # asyncio's side.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for a WebSocket."""
        # uvloop's own are none of asyncio's classes.
        self._transport = cast("asyncio.Transport", transport)
        path = self._dialect.path(f"phone-{self.session}")
        self._transport.write(frames.upgrade("localhost", path, self._dialect.headers))

    def connection_lost(self, exc: Exception | None) -> None:
        """Note that it is gone."""
        self.failure = self.failure or f"the connection was lost: {exc}"
        self.usable.set()

    def data_received(self, data: bytes) -> None:
        """Take what came."""
        now_ns = time.monotonic_ns()
        buffer = self._buffer + data if self._buffer else data
        if not self._upgraded:
            head, end, buffer = buffer.partition(b"\r\n\r\n")
            if not end:
                self._buffer = head
                return
            if not head.startswith(_HTTP_OK):
                self.failure = head.partition(b"\r\n")[0].decode(errors="replace")
                self._transport.close()
                return
            self._upgraded = True
            self._transport.write(self._dialect.opening)
            if self._dialect.silent:
                self.usable.set()
        found, self._buffer = frames.split(buffer)
        for opcode, payload in found:
            self._take(opcode, payload, now_ns)

    def _take(self, opcode: int, payload: bytes, now_ns: int) -> None:
        match opcode:
            case frames.TEXT | frames.BINARY:
                self._read(payload, now_ns)
            case frames.PING:
                self._transport.write(frames.frame(frames.PONG, payload, masked=True))
            case frames.CLOSE:
                code = int.from_bytes(payload[:2], "big")
                self.failure = f"closed with {code} {payload[2:].decode(errors='replace')}"
                self._transport.close()
            case _:
                pass

    def _read(self, payload: bytes, now_ns: int) -> None:
        message = json.loads(payload)
        if not self.usable.is_set() and self._dialect.ready(message):
            self.usable.set()
        found = self._dialect.product(message)
        if found is not None:
            number, answer = found
            self.products.append((number, now_ns))
            if answer:
                self._transport.write(answer)

    # The generator's side.

    def say(self, envelope: Envelope, *, counted: bool) -> None:
        """Send a chunk."""
        now_ns = time.monotonic_ns()
        stamp = Stamp(self.session, self.sent, now_ns, envelope.chunk_ms, envelope.speech, counted)
        first = written(stamp)
        if envelope.base64:
            first = binascii.b2a_base64(first, newline=False)
        self._transport.write(envelope.before + first + envelope.after)
        self.sent += 1

    def hang_up(self) -> None:
        """Close it; what comes after that is not looked at."""
        self.failure = "hung up"
        if not self._transport.is_closing():
            self._transport.write(frames.goodbye(masked=True))
            self._transport.close()
