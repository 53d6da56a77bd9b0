"""Tests for `gateway.gemini_dial` and `gateway.tcp` with real sockets, on both event loops."""

from __future__ import annotations

import asyncio
import contextlib
import http
import os
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import (
    InvalidProxy,
    InvalidProxyMessage,
    InvalidProxyStatus,
    InvalidStatus,
    InvalidURI,
    SecurityError,
)
from websockets.http11 import Request, Response

from gateway.gemini_dial import Dialler, headers_at
from gateway.gemini_socket import GeminiSocket
from gateway.tcp import connect_first
from tests.support.certificates import write_certificate

pytestmark = pytest.mark.both_loops

SOON_S = 20.0
KEY = {"x-goog-api-key": "sentinel", "X-Other": "kept"}
Process = Callable[[ServerConnection, Request], Response | None]
Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_certificate(tmp_path_factory.mktemp("tls") / "localhost.pem")


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


def serving(certificate: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    return context


async def echo(connection: ServerConnection) -> None:
    async for message in connection:
        await connection.send(message)


@contextlib.asynccontextmanager
async def server_of(
    certificate: Path, process: Process | None = None
) -> AsyncIterator[tuple[int, list[Request]]]:
    """Yield the port of a WebSocket server, and what it has been asked for."""
    asked: list[Request] = []

    def note(connection: ServerConnection, request: Request) -> Response | None:
        asked.append(request)
        return None if process is None else process(connection, request)

    async with serve(
        echo, "localhost", 0, ssl=serving(certificate), process_request=note, max_size=None
    ) as server:
        yield next(iter(server.sockets)).getsockname()[1], asked


def dialler(certificate: Path, *, proxied: bool = False) -> Dialler:
    return Dialler(ssl.create_default_context(cafile=certificate), proxied=proxied)


async def works(connection: GeminiSocket) -> bool:
    await connection.send(b"hello")
    heard = await connection.recv()
    await connection.close()
    return heard == b"hello"


def open_sockets() -> int:
    """Return how many sockets this process has."""
    links = Path("/proc/self/fd").iterdir()
    return sum(
        1 for link in links if link.is_symlink() and str(link.readlink()).startswith("socket:")
    )


async def test_a_connection_carries_messages_of_any_size(certificate: Path) -> None:
    async with server_of(certificate) as (port, asked):
        connection = await dialler(certificate).dial(f"wss://localhost:{port}/live", KEY)
        big = b"x" * 1_000_000
        await connection.send(big)
        assert await connection.recv() == big
        assert await works(connection)
    assert asked[0].path == "/live"
    assert asked[0].headers["x-goog-api-key"] == "sentinel"
    assert asked[0].headers["User-Agent"].startswith("Python/")


@pytest.mark.parametrize("status", [401, 403, 404, 429, 503])
async def test_a_refusal_is_told_with_its_status_and_body(certificate: Path, status: int) -> None:
    def refuse(connection: ServerConnection, _request: Request) -> Response:
        return connection.respond(http.HTTPStatus(status), "the reason\n")

    async with server_of(certificate, refuse) as (port, _):
        before = open_sockets()
        with pytest.raises(InvalidStatus) as caught:
            await dialler(certificate).dial(f"wss://localhost:{port}/", KEY)
        assert caught.value.response.status_code == status
        assert caught.value.response.body == b"the reason\n"
        await settled(before)


async def settled(sockets: int) -> None:
    async with asyncio.timeout(SOON_S):
        while open_sockets() > sockets:  # noqa: ASYNC110 - the kernel has no event for it
            await asyncio.sleep(0.01)


def to(location: str, status: int = 307) -> Process:
    def redirect(connection: ServerConnection, request: Request) -> Response | None:
        if request.path == "/there":
            return None
        response = connection.respond(http.HTTPStatus(status), "")
        response.headers["Location"] = location
        return response

    return redirect


@pytest.mark.parametrize("status", [300, 301, 302, 303, 307, 308])
async def test_a_redirect_is_followed(certificate: Path, status: int) -> None:
    async with server_of(certificate, to("/there", status)) as (port, asked):
        connection = await dialler(certificate).dial(f"wss://localhost:{port}/here", KEY)
        assert await works(connection)
    assert [request.path for request in asked] == ["/here", "/there"]
    assert asked[1].headers["x-goog-api-key"] == "sentinel"


async def test_another_origin_gets_no_credentials(certificate: Path) -> None:
    async with server_of(certificate) as (other, asked):
        location = f"wss://localhost:{other}/there"
        async with server_of(certificate, to(location)) as (port, _):
            connection = await dialler(certificate).dial(f"wss://localhost:{port}/here", KEY)
            assert await works(connection)
    assert "x-goog-api-key" not in asked[0].headers
    assert asked[0].headers["X-Other"] == "kept"


def test_the_same_origin_is_scheme_host_and_port() -> None:
    headers = {"Authorization": "Bearer x"}
    assert headers_at("wss://a:443/b", headers, instead_of="wss://a/c") == headers
    assert headers_at("wss://b/c", headers, instead_of="wss://a/c") == {}


async def test_redirects_end_and_do_not_lead_out_of_tls(certificate: Path) -> None:
    async with server_of(certificate, to("/again")) as (port, asked):
        with pytest.raises(SecurityError, match="more than 10 redirects"):
            await dialler(certificate).dial(f"wss://localhost:{port}/", KEY)
        assert len(asked) == 10
    async with server_of(certificate, to("ws://localhost/there")) as (port, _):
        with pytest.raises(InvalidURI):
            await dialler(certificate).dial(f"wss://localhost:{port}/", KEY)


@contextlib.asynccontextmanager
async def listening(serve_one: Serve, context: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """Yield the port of a TCP or TLS server."""

    async def served(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
                await serve_one(reader, writer)
        finally:
            writer.transport.abort()

    async with await asyncio.start_server(served, "127.0.0.1", 0, ssl=context) as server:
        yield server.sockets[0].getsockname()[1]


class Silence:
    """A server that says nothing and waits until it is left."""

    def __init__(self) -> None:
        self.reached = asyncio.Event()
        self.left = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        try:
            while await reader.read(1_000):
                self.reached.set()
        finally:
            self.left.set()


@pytest.mark.parametrize("stage", ["tls", "websocket", "proxy", "tls of the proxy"])
async def test_dialling_that_is_cancelled_leaves_no_socket_open(
    certificate: Path, stage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    silence = Silence()
    context = serving(certificate) if stage == "websocket" else None
    async with listening(silence.serve, context) as port:
        if "proxy" in stage:
            scheme = "https" if "tls" in stage else "http"
            monkeypatch.setenv("https_proxy", f"{scheme}://127.0.0.1:{port}")
        before = open_sockets()
        dial = dialler(certificate, proxied=True).dial(f"wss://localhost:{port}/", KEY)
        dialling = asyncio.ensure_future(dial)
        async with asyncio.timeout(SOON_S):
            await silence.reached.wait()
            dialling.cancel()
            await asyncio.wait([dialling])
            await silence.left.wait()
        assert dialling.cancelled()
        await settled(before)


async def test_an_address_that_does_not_answer_is_followed_by_the_next() -> None:
    with socket.create_server(("127.0.0.1", 0)) as there, socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        silent, answering = ((socket.AF_INET, each.getsockname()) for each in (bound, there))
        with await connect_first([silent, answering]) as connected:
            assert connected.getpeername() == there.getsockname()
            assert connected.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        with pytest.raises(ConnectionRefusedError):
            await connect_first([silent])
        with pytest.raises(OSError, match=r"refused.*; .*refused|failed.*; .*failed"):
            await connect_first([silent, silent])
        with pytest.raises(OSError, match="no address"):
            await connect_first([])


class TunnelProxy:
    """An HTTP proxy that opens tunnels, unless it has another answer.

    Attributes:
        asked: the head of each request.
    """

    def __init__(self, answer: bytes | None = None) -> None:
        self.asked: list[bytes] = []
        self._answer = answer

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        self.asked.append(head)
        if self._answer is not None:
            writer.write(self._answer)
            await writer.drain()
            return
        port = int(head.split()[1].rpartition(b":")[2])
        there, back = await asyncio.open_connection("localhost", port)
        # In two pieces, as a network may bring it.
        writer.write(b"HTTP/1.1 200 Connection")
        await writer.drain()
        await asyncio.sleep(0.05)
        writer.write(b" established\r\n\r\n")
        async with asyncio.TaskGroup() as group:
            group.create_task(_pass_on(reader, back), name="there")
            group.create_task(_pass_on(there, writer), name="back")


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    writer.close()


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_a_proxy_from_the_environment_is_used(
    certificate: Path, scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    proxy = TunnelProxy()
    context = serving(certificate) if scheme == "https" else None
    async with server_of(certificate) as (port, asked), listening(proxy.serve, context) as at:
        before = open_sockets()
        monkeypatch.setenv("https_proxy", f"{scheme}://me:secret@localhost:{at}")
        for proxied in (True, False):
            dial = dialler(certificate, proxied=proxied).dial(f"wss://localhost:{port}/", KEY)
            connection = await dial
            big = os.urandom(2_000_000).hex().encode()
            await connection.send(big)
            assert await connection.recv() == big
            assert await works(connection)
        await settled(before)
    (head,) = proxy.asked
    assert head.startswith(b"CONNECT localhost:%d HTTP/1.1\r\n" % port)
    assert b"Proxy-Authorization: Basic bWU6c2VjcmV0\r\n" in head
    assert b"sentinel" not in head
    assert len(asked) == 2


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n", 407),
        (b"SSH-2.0-OpenSSH_9.9\r\n", InvalidProxyMessage),
        (b"", InvalidProxyMessage),
    ],
)
async def test_a_proxy_that_opens_no_tunnel_is_an_error_and_leaves_no_socket(
    certificate: Path,
    scheme: str,
    answer: bytes,
    error: type[Exception] | int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    context = serving(certificate) if scheme == "https" else None
    async with listening(TunnelProxy(answer).serve, context) as at:
        before = open_sockets()
        monkeypatch.setenv("https_proxy", f"{scheme}://localhost:{at}")
        expected = InvalidProxyStatus if isinstance(error, int) else error
        with pytest.raises(expected):
            await dialler(certificate, proxied=True).dial("wss://gemini.test/", KEY)
        await settled(before)


async def test_a_proxy_of_another_kind_is_an_error(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("https_proxy", "socks5h://localhost:1080")
    with pytest.raises(InvalidProxy, match="socks5h is not supported"):
        await dialler(certificate, proxied=True).dial("wss://gemini.test/", KEY)


@pytest.mark.parametrize(
    "url",
    ["socks5h://me:s3cret@localhost:1080", "http://me:s3cret#1@localhost:1", "ftp://me:s3cret@h"],
)
async def test_a_proxys_password_is_not_told(
    certificate: Path, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("https_proxy", url)
    with pytest.raises(InvalidProxy) as refused:
        await dialler(certificate, proxied=True).dial("wss://gemini.test/", KEY)
    assert "s3cret" not in str(refused.value)
    assert refused.value.__suppress_context__ or refused.value.__context__ is None
