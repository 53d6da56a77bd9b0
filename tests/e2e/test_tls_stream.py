"""Tests for `gateway.tls_stream` with real sockets, on asyncio's loop and on uvloop.

The two tell a connection's end in different ways: uvloop says only once that one was reset.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import ssl
import struct
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from pathlib import Path
from typing import cast

import pytest

from gateway.tcp import connect_tcp
from gateway.tls_stream import TlsStream, open_tls
from tests.support.certificates import write_certificate

pytestmark = pytest.mark.both_loops

SOON_S = 20.0
Peer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_certificate(tmp_path_factory.mktemp("tls") / "localhost.pem")


class Received:
    """A receiver that keeps what it gets."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.ends = 0
        self.news = asyncio.Event()
        self.on_data: Callable[[], None] = lambda: None

    def received(self, data: bytes) -> None:
        assert not self.ends
        self.data += data
        self.news.set()
        self.on_data()

    def ended(self) -> None:
        self.ends += 1
        self.news.set()

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(SOON_S):
            while not condition():
                self.news.clear()
                await self.news.wait()

    async def until_ended(self) -> None:
        await self.until(lambda: self.ends > 0)
        assert self.ends == 1


@contextlib.asynccontextmanager
async def stream_to(
    certificate: Path, peer: Peer, *, room: int | None = None
) -> AsyncIterator[tuple[TlsStream, Received]]:
    """Yield a stream to `peer`, and what it receives.

    Args:
        certificate: the peer's, and trusted.
        peer: serves the connection.
        room: bytes that the kernel keeps on either side for what is not read, about.
    """
    async with listening(certificate, peer, room=room) as port:
        connected = await connect_tcp("localhost", port)
        if room is not None:
            connected.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, room)
            connected.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
        trusting = ssl.create_default_context(cafile=certificate)
        stream = await open_tls(connected, trusting, "localhost")
        received = Received()
        stream.start(received)
        try:
            yield stream, received
        finally:
            stream.abort()
            assert received.ends == 1


@contextlib.asynccontextmanager
async def listening(
    certificate: Path, peer: Peer, *, room: int | None = None
) -> AsyncIterator[int]:
    """Yield the port of a TLS server for one connection after the other."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    bound = socket.create_server(("127.0.0.1", 0))
    if room is not None:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
                await peer(reader, writer)
        finally:
            writer.transport.abort()

    async with await asyncio.start_server(serve, sock=bound, ssl=context, limit=4_096):
        yield bound.getsockname()[1]


async def fill(stream: TlsStream) -> int:
    """Write until the peer and both kernels take no more; return how many bytes."""
    written = settled = 0
    while settled < 3:
        await asyncio.sleep(0.02)
        settled = settled + 1 if stream.full else 0
        if not settled:
            stream.write(bytes(100_000))
            written += 100_000
    return written


def is_full(stream: TlsStream) -> bool:
    return stream.full


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65_536):
        writer.write(data)
        await writer.drain()


async def test_what_is_written_arrives_and_what_arrives_is_given_on(certificate: Path) -> None:
    async with stream_to(certificate, echo) as (stream, received):
        for size in (1, 16_384, 100_000):
            data = os.urandom(size)
            received.data.clear()
            stream.write(data)
            await received.until(lambda data=data: len(received.data) >= len(data))  # type: ignore[misc]
            assert received.data == data
        assert not stream.full
        await stream.drain()


async def test_what_a_slow_peer_does_not_take_is_kept_and_arrives_whole_and_in_order(
    certificate: Path,
) -> None:
    may_read, done = asyncio.Event(), asyncio.Event()
    seen, sent = bytearray(), bytearray()

    async def peer(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await may_read.wait()
        while data := await reader.read(10_000):
            seen.extend(data)
            if len(seen) == len(sent):
                done.set()

    async with stream_to(certificate, peer, room=8_192) as (stream, _):
        sent += bytes(await fill(stream))
        for _ in range(10):
            piece = os.urandom(50_000)
            stream.write(piece)
            sent += piece
        draining = asyncio.ensure_future(stream.drain())
        cancelled = asyncio.ensure_future(stream.drain())
        await asyncio.sleep(0.05)
        assert not draining.done()
        cancelled.cancel()
        # It goes behind what waits.
        stream.write(b"last")
        sent += b"last"
        may_read.set()
        async with asyncio.timeout(SOON_S):
            await draining
            await done.wait()
        assert not is_full(stream)
        await asyncio.wait([cancelled])
    assert seen == sent


async def test_waiting_for_a_peer_that_reads_nothing_ends_with_the_stream(
    certificate: Path,
) -> None:
    over = asyncio.Event()

    async def peer(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await over.wait()

    async with stream_to(certificate, peer, room=8_192) as (stream, received):
        await fill(stream)
        draining = asyncio.ensure_future(stream.drain())
        await asyncio.sleep(0.05)
        assert not draining.done()
        stream.close()
        async with asyncio.timeout(SOON_S):
            await draining
        assert received.ends == 1
        stream.write(b"into nothing")
        stream.resume()
        stream.close()
        await stream.drain()
        over.set()


async def test_a_paused_stream_reads_nothing_until_it_is_resumed(certificate: Path) -> None:
    async def peer(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(bytes(8_000_000))
        writer.close()
        await writer.wait_closed()

    async with stream_to(certificate, peer, room=65_536) as (stream, received):
        received.on_data = stream.pause
        await received.until(lambda: len(received.data) > 0)
        await asyncio.sleep(0.2)
        assert len(received.data) <= 16_384
        received.on_data = lambda: None
        stream.resume()
        await received.until(lambda: len(received.data) == 8_000_000)
        await received.until_ended()


async def test_a_farewell_of_the_peer_ends_the_stream_after_all_it_said(certificate: Path) -> None:
    async def peer(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"good bye")
        writer.close()
        await writer.wait_closed()

    async with stream_to(certificate, peer) as (_, received):
        await received.until_ended()
        assert received.data == b"good bye"


async def test_an_end_without_tls_own_farewell_is_an_end(certificate: Path) -> None:
    async def peer(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"cut off")
        await asyncio.sleep(0.05)
        writer.get_extra_info("socket").shutdown(socket.SHUT_WR)
        await asyncio.sleep(1)

    async with stream_to(certificate, peer) as (_, received):
        await received.until_ended()
        assert received.data == b"cut off"


async def reset(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"why it ends")
    # The kernel may hold a small write back for a moment, and a reset discards it.
    await asyncio.sleep(0.05)
    linger = struct.pack("ii", 1, 0)
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)


@pytest.mark.parametrize("paused", [False, True])
async def test_what_came_before_a_reset_is_read_and_then_the_stream_ends(
    certificate: Path, *, paused: bool
) -> None:
    async with stream_to(certificate, reset) as (stream, received):
        if paused:
            stream.pause()
            await asyncio.sleep(0.2)
            assert received.ends == 0
            stream.resume()
        await received.until_ended()
        assert received.data == b"why it ends"


@pytest.mark.parametrize("paused", [False, True])
async def test_a_write_that_fails_does_not_hide_what_the_peer_said_last(
    certificate: Path, *, paused: bool
) -> None:
    async with stream_to(certificate, reset) as (stream, received):
        stream.pause()
        await asyncio.sleep(0.2)
        if not paused:
            stream.resume()
        # Nothing of the loop's runs in between: the first finds out, the second is kept.
        stream.write(b"too late")
        stream.write(b"much too late")
        assert stream.full
        if paused:
            await asyncio.sleep(0.2)
            assert received.ends == 0
            stream.resume()
        await received.until_ended()
        assert received.data == b"why it ends"


async def test_a_write_that_waits_and_then_fails_ends_the_stream(certificate: Path) -> None:
    may_end = asyncio.Event()

    async def peer(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await may_end.wait()
        await reset(_reader, writer)

    async with stream_to(certificate, peer, room=8_192) as (stream, received):
        await fill(stream)
        stream.pause()
        may_end.set()
        await asyncio.sleep(0.2)
        stream.resume()
        async with asyncio.timeout(SOON_S):
            await stream.drain()
        await received.until_ended()


async def test_a_receiver_may_end_the_stream_in_the_middle(certificate: Path) -> None:
    async def peer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(bytes(100_000))
        await reader.read()

    async with stream_to(certificate, peer) as (stream, received):
        received.on_data = stream.close
        await received.until_ended()
        assert len(received.data) <= 16_384


async def test_a_certificate_that_is_not_trusted_or_not_the_hosts_is_refused(
    certificate: Path, tmp_path: Path
) -> None:
    other = write_certificate(tmp_path / "other.pem")
    async with listening(certificate, echo) as port:
        for trusted, host, problem in (
            (other, "localhost", "CERTIFICATE_VERIFY_FAILED"),
            (certificate, "gemini.test", "Hostname mismatch"),
        ):
            context = ssl.create_default_context(cafile=trusted)
            connected = await connect_tcp("localhost", port)
            with pytest.raises(ssl.SSLCertVerificationError, match=problem):
                await open_tls(connected, context, host)
            assert connected.fileno() == -1


async def test_a_peer_that_does_not_speak_tls_or_leaves_in_the_handshake_is_an_os_error() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"SSH-2.0-OpenSSH_9.9\r\n" if next(speaks) else b"")
        writer.close()

    speaks = iter((True, False))
    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        for _ in range(2):
            connected = await connect_tcp("127.0.0.1", port)
            with pytest.raises(OSError):  # noqa: PT011 - which one is OpenSSL's affair
                await open_tls(connected, ssl.create_default_context(), "localhost")


async def test_a_handshake_that_is_cancelled_closes_the_socket() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        asked.set()
        while await reader.read(1_000):
            pass
        writer.close()
        left.set()

    asked, left = asyncio.Event(), asyncio.Event()
    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        connected = await connect_tcp("127.0.0.1", server.sockets[0].getsockname()[1])
        opening = asyncio.ensure_future(
            open_tls(connected, ssl.create_default_context(), "localhost")
        )
        await asked.wait()
        opening.cancel()
        async with asyncio.timeout(SOON_S):
            await left.wait()
        assert opening.cancelled()


async def test_a_socket_that_tls_cannot_be_put_on_is_closed() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        connected = await connect_tcp("127.0.0.1", listener.getsockname()[1])
        with pytest.raises(ValueError, match="server_hostname"):
            await open_tls(connected, ssl.create_default_context(), "")
        assert connected.fileno() == -1


class ScriptedTls:
    """Does what OpenSSL may do and does not do here: it follows a script, then would block.

    Attributes:
        sent: what it took.
        closed: whether it is.
    """

    def __init__(
        self, *, sends: Iterable[int | OSError] = (), brings: Iterable[bytes | OSError]
    ) -> None:
        self.sent = bytearray()
        self.closed = False
        self._sends = deque(sends)
        self._brings = deque(brings)
        self._ours, self._theirs = socket.socketpair()
        # Readable and writable, always.
        self._theirs.send(b"x")

    def fileno(self) -> int:
        return self._ours.fileno()

    def send(self, data: bytes) -> int:
        match self._sends.popleft() if self._sends else len(data):
            case OSError() as exc:
                raise exc
            case int(taken):
                self.sent += data[:taken]
                return taken

    def recv(self, _size: int) -> bytes:
        match self._brings.popleft() if self._brings else ssl.SSLWantReadError():
            case OSError() as exc:
                raise exc
            case bytes(data):
                return data

    def unwrap(self) -> None:
        raise ssl.SSLWantReadError

    def close(self) -> None:
        self.closed = True
        self._ours.close()
        self._theirs.close()


def started(tls: ScriptedTls) -> tuple[TlsStream, Received]:
    stream, received = TlsStream(cast("ssl.SSLSocket", tls)), Received()
    stream.start(received)
    return stream, received


async def test_openssl_may_take_a_part_or_want_to_read_or_to_write_first() -> None:
    tls = ScriptedTls(
        sends=[2, ssl.SSLWantWriteError(), 3, ssl.SSLWantReadError(), 1],
        brings=[ssl.SSLWantWriteError(), b"one", ssl.SSLWantReadError(), b"two"],
    )
    stream, received = started(tls)
    stream.write(b"abcdefgh")
    assert stream.full
    async with asyncio.timeout(SOON_S):
        await stream.drain()
    await received.until(lambda: received.data == b"onetwo")
    assert tls.sent == b"abcdefgh"
    stream.close()
    assert tls.closed


async def test_a_write_that_fails_ends_the_stream_though_the_read_would_wait_for_ever() -> None:
    tls = ScriptedTls(sends=[ssl.SSLError("broken")], brings=[b"last words"])
    stream, received = started(tls)
    stream.write(b"x")
    await received.until_ended()
    assert received.data == b"last words"
    assert tls.closed


async def test_a_read_that_fails_ends_the_stream() -> None:
    tls = ScriptedTls(brings=[b"good", ssl.SSLError("bad record mac")])
    _, received = started(tls)
    await received.until_ended()
    assert received.data == b"good"


async def test_others_get_their_turn_while_a_stream_brings_much() -> None:
    stream, received = started(ScriptedTls(brings=[b"x"] * 40))
    received.on_data = received.news.set
    async with asyncio.timeout(SOON_S):
        await received.news.wait()
    assert len(received.data) == 16
    await received.until(lambda: len(received.data) == 40)
    stream.abort()
