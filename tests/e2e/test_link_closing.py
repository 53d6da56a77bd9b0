"""How a link ends that we close, when Gemini's end does not play its part."""

from __future__ import annotations

import asyncio
import contextlib
import re
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from websockets.utils import accept_key, apply_mask

from actors.ports import GeminiLink, LinkClosed, LinkRequest
from gateway.gemini_options import UpstreamOptions
from gateway.gemini_socket import CLOSE_WITHIN_S
from gateway.gemini_upstream import GeminiUpstream
from tests.support.certificates import write_certificate
from tests.support.moments import a_moment
from tests.support.recording_observer import RecordingObserver

REQUEST = LinkRequest("pl-PL")
READY = b'{"setupComplete":{}}'
CLOSE_FRAME = 8
AT_MOST_S = CLOSE_WITHIN_S + 5.0
"""With room for a slow machine."""


class RudePeer:
    """Accepts a setup, if it is told to, and then never says a word: no close frame, no pong.

    Attributes:
        frames: opcode and payload of each frame that it read.
        reading: cleared, it takes nothing from its socket.
        ended: set when it has seen the end of the TCP connection.
    """

    def __init__(self, *, accepts: bool = True) -> None:
        self._accepts = accepts
        self.frames: list[tuple[int, bytes]] = []
        self.set_up = asyncio.Event()
        self.reading = asyncio.Event()
        self.reading.set()
        self.ended = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._shake_hands(reader, writer)
            while True:
                await self.reading.wait()
                self.frames.append(await _frame(reader))
        except (asyncio.IncompleteReadError, ConnectionError):
            self.ended.set()
        finally:
            writer.transport.abort()

    async def _shake_hands(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        key = re.search(rb"(?i)sec-websocket-key: *(\S+)", head)
        assert key is not None
        writer.write(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + accept_key(key[1].decode()).encode() + b"\r\n\r\n"
        )
        self.frames.append(await _frame(reader))
        self.set_up.set()
        if self._accepts:
            writer.write(b"\x82" + bytes([len(READY)]) + READY)


async def _frame(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    first, second = await reader.readexactly(2)
    length = second & 0x7F
    if length > 125:
        length = int.from_bytes(await reader.readexactly({126: 2, 127: 8}[length]), "big")
    mask = await reader.readexactly(4)
    return first & 0x0F, apply_mask(await reader.readexactly(length), mask)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_certificate(tmp_path_factory.mktemp("tls") / "localhost.pem")


@contextlib.asynccontextmanager
async def upstream_of(certificate: Path, peer: RudePeer) -> AsyncIterator[GeminiUpstream]:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    async with await asyncio.start_server(peer.serve, "localhost", 0, ssl=context) as server:
        port = server.sockets[0].getsockname()[1]
        options = UpstreamOptions(
            kind="emulator",
            model="gemini-3.8-live",
            api_key="sentinel",
            base_url=f"https://localhost:{port}",
            ca_file=str(certificate),
        )
        upstream = GeminiUpstream(options, RecordingObserver())
        await upstream.warm_up()
        yield upstream


def now() -> float:
    return asyncio.get_running_loop().time()


async def test_a_peer_that_never_answers_the_close_frame_is_hung_up_on(certificate: Path) -> None:
    peer = RudePeer()
    async with upstream_of(certificate, peer) as upstream:
        async with upstream.connect(REQUEST):
            left_at = now()
        assert CLOSE_WITHIN_S <= now() - left_at < AT_MOST_S
        async with asyncio.timeout(AT_MOST_S):
            await peer.ended.wait()
    opcode, payload = peer.frames[-1]
    assert (opcode, int.from_bytes(payload[:2], "big")) == (CLOSE_FRAME, 1000)


async def test_a_peer_that_reads_nothing_is_hung_up_on_and_whoever_sends_is_let_go(
    certificate: Path,
) -> None:
    peer = RudePeer()
    peer.reading.clear()
    sent = 0

    async def send(link: GeminiLink) -> None:
        nonlocal sent
        with contextlib.suppress(LinkClosed):
            while True:
                await link.send_audio(bytes(32_000))
                sent += 1

    async with upstream_of(certificate, peer) as upstream, asyncio.TaskGroup() as group:
        async with upstream.connect(REQUEST) as link:
            sending = group.create_task(send(link), name="sender")
            before = -1
            while sent != before:
                before = sent
                await asyncio.sleep(0.2)
            assert not sending.done()
            left_at = now()
        assert CLOSE_WITHIN_S <= now() - left_at < AT_MOST_S
        async with asyncio.timeout(AT_MOST_S):
            await sending
            peer.reading.set()
            await peer.ended.wait()


async def test_a_session_that_is_cancelled_twice_leaves_no_connection_behind(
    certificate: Path,
) -> None:
    """It is told to close its link, and then that the process ends."""
    peer = RudePeer()
    async with upstream_of(certificate, peer) as upstream, asyncio.TaskGroup() as group:
        is_open = asyncio.Event()

        async def session() -> None:
            async with upstream.connect(REQUEST):
                is_open.set()
                await asyncio.Event().wait()

        task = group.create_task(session(), name="session")
        await is_open.wait()
        await _cancel_twice(task)
        async with asyncio.timeout(AT_MOST_S):
            await peer.ended.wait()


async def test_an_opening_that_is_cancelled_twice_leaves_no_connection_behind(
    certificate: Path,
) -> None:
    peer = RudePeer(accepts=False)
    async with upstream_of(certificate, peer) as upstream, asyncio.TaskGroup() as group:

        async def session() -> None:
            async with upstream.connect(REQUEST):
                pass

        task = group.create_task(session(), name="session")
        await peer.set_up.wait()
        await _cancel_twice(task)
        async with asyncio.timeout(AT_MOST_S):
            await peer.ended.wait()


async def _cancel_twice(task: asyncio.Task[None]) -> None:
    task.cancel()
    await a_moment()
    assert not task.done()
    task.cancel()
    await asyncio.wait([task], timeout=AT_MOST_S)
    assert task.done()
