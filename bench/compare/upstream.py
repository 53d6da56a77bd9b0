"""Gemini Live for a comparison: as much of its wire as a session needs, over TLS, and cheap.

    python -m bench.compare.upstream CERTIFICATE KEY

The emulator does the same with all of the service's rules, at several times the price; this one has
to keep up with a compiled proxy on one core. It checks every byte, and notes when it came.
"""

from __future__ import annotations

import asyncio
import gc
import json
import ssl
import sys
import time
from typing import Any, Final, cast

import uvloop

from bench.compare import frames, wire
from bench.compare.heard import Hearing, Tally, is_sound, session_of
from bench.compare.orders import obey_orders
from bench.compare.percentiles import percentiles

_BACKLOG: Final = 4096


class Upstream:
    """All connections, and what they have received."""

    def __init__(self) -> None:
        self.tally = Tally.begun()
        self.open: set[Connection] = set()
        self.sessions: dict[int, Hearing] = {}
        self.answers = 0
        self.calls = 0
        self.broken = 0
        self.accepted = 0
        self.words = len(wire.PRODUCTS)
        self.port = 0

    async def obey(self, order: dict[str, Any]) -> dict[str, Any]:
        """Carry out one order."""
        match order["do"]:
            case "port":
                return {"port": self.port}
            case "count":
                ready = sum(connection.ready for connection in self.open)
                return {
                    "chunks": self.tally.chunks,
                    "ready": ready,
                    "open": len(self.open),
                    "accepted": self.accepted,
                    "calls": self.calls,
                    "answers": self.answers,
                }
            case "begin":
                self.words = order.get("words", self.words)
                self._begin()
                return {}
            case "report":
                return self._report()
            case other:
                raise ValueError(other)

    def _begin(self) -> None:
        self.tally = Tally.begun()
        self.answers = 0
        self.calls = 0
        self.broken = 0
        for hearing in self.sessions.values():
            hearing.calls_before = len(hearing.calls)

    def _report(self) -> dict[str, Any]:
        tally = self.tally
        calls = [
            (hearing.session, number + 1, *hearing.calls[number])
            for hearing in self.sessions.values()
            for number in range(hearing.calls_before, len(hearing.calls))
        ]
        return {
            "chunks": tally.chunks,
            "missing": tally.missing,
            "repeated": tally.repeated,
            "spoilt": tally.spoilt,
            "broken": self.broken,
            "delay_ms": percentiles([delay / 1e6 for delay in tally.delays_ns]),
            "calls": calls,
        }


class Connection(asyncio.Protocol):
    """One connection: a handshake, a setup, then sound and answers.

    Attributes:
        ready: the setup has come.
    """

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream
        self._buffer = b""
        self._upgraded = False
        self._transport: asyncio.Transport
        self._hearing: Hearing | None = None
        self.ready = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Note that it is open."""
        # uvloop's own are none of asyncio's classes.
        self._transport = cast("asyncio.Transport", transport)
        self._upstream.open.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Note that it is gone."""
        del exc
        self._upstream.open.discard(self)

    def data_received(self, data: bytes) -> None:
        """Take what came."""
        now_ns = time.monotonic_ns()
        buffer = self._buffer + data if self._buffer else data
        if not self._upgraded:
            head, end, buffer = buffer.partition(b"\r\n\r\n")
            if not end:
                self._buffer = head
                return
            self._upgraded = True
            self._transport.write(frames.accepted(head))
        found, self._buffer = frames.split(buffer)
        for opcode, payload in found:
            self._take(opcode, payload, now_ns)

    def _take(self, opcode: int, payload: bytes, now_ns: int) -> None:
        if opcode <= frames.BINARY and is_sound(payload):
            hearing = self._hearing or self._begin(payload)
            if hearing and hearing.take(payload, now_ns, self._upstream.tally):
                self._call(hearing)
        elif opcode <= frames.BINARY:
            self._take_rest(json.loads(payload))
        elif opcode == frames.PING:
            self._transport.write(frames.frame(frames.PONG, payload, masked=False))
        elif opcode == frames.CLOSE:
            self._transport.write(frames.goodbye(masked=False))
            self._transport.close()

    def _begin(self, payload: bytes) -> Hearing | None:
        """Find out who speaks; what was said again may begin within a chunk, even with its end."""
        session = session_of(payload)
        if session is None:
            return None
        hearing = self._hearing = self._upstream.sessions.setdefault(session, Hearing(session))
        hearing.begin()
        return hearing

    def _call(self, hearing: Hearing) -> None:
        number = len(hearing.calls) + 1
        message = wire.called(hearing.session, number, self._upstream.words)
        hearing.calls.append((time.monotonic_ns(), hearing.counting))
        self._upstream.calls += 1
        self._transport.write(message)

    def _take_rest(self, message: dict[str, Any]) -> None:
        if "setup" in message:
            self.ready = True
            self._upstream.accepted += 1
            self._transport.write(wire.SETUP_COMPLETE)
        for answered in wire.answered(message):
            hearing = self._hearing
            if hearing is None:
                continue
            self._upstream.answers += 1
            if answered != wire.call_id(hearing.session, len(hearing.calls)):
                self._upstream.broken += 1
            self._transport.write(wire.completed(hearing.session, len(hearing.calls)))


async def _serve(certificate: str, key: str) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    upstream = Upstream()
    server = await asyncio.get_running_loop().create_server(
        lambda: Connection(upstream), "127.0.0.1", 0, ssl=context, backlog=_BACKLOG
    )
    upstream.port = server.sockets[0].getsockname()[1]
    # What it keeps are lists of numbers: nothing to collect, and a pause would be taken for delay.
    gc.disable()
    await obey_orders(upstream.obey)
    server.close()


if __name__ == "__main__":
    uvloop.run(_serve(sys.argv[1], sys.argv[2]))
