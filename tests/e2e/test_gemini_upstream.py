"""Tests for `gateway.gemini_upstream` and what it opens, against a TLS server that misbehaves."""

from __future__ import annotations

import asyncio
import contextlib
import http
import json
import logging
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request, Response

from actors.ports import GeminiLink, LinkClosed, LinkRequest
from gateway.gemini_options import UpstreamOptions
from gateway.gemini_upstream import GeminiUpstream
from gateway.telemetry import LogObserver, session_lines
from schemas.gemini import (
    AudioStreamEnd,
    CallOutcome,
    FunctionResponse,
    ServerContent,
    ToolResponse,
)
from tests.support.a_log import Log, restored_logging
from tests.support.certificates import write_certificate
from tests.support.recording_observer import RecordingObserver

REQUEST = LinkRequest(language="pl-PL", handle="h1")
READY = b'{\n  "setupComplete": {}\n}\n'
Peer = Callable[[ServerConnection], Awaitable[None]]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with a certificate for localhost, and its key."""
    return write_certificate(tmp_path_factory.mktemp("tls") / "localhost.pem")


@pytest.fixture
def log() -> Iterator[Log]:
    with restored_logging():
        yield Log("INFO")


@contextlib.asynccontextmanager
async def upstream_of(
    certificate: Path,
    peer: Peer,
    *,
    refuse: http.HTTPStatus | None = None,
    model: str = "gemini-3.8-live",
    timeout_s: float = 10.0,
) -> AsyncIterator[GeminiUpstream]:
    """Yield an upstream whose every link ends at `peer`."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)

    def process(connection: ServerConnection, _request: Request) -> Response | None:
        return None if refuse is None else connection.respond(refuse, "quota exceeded\n")

    async with serve(
        peer, "localhost", 0, ssl=context, process_request=process, compression=None
    ) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        yield GeminiUpstream(
            UpstreamOptions(
                kind="emulator",
                model=model,
                api_key="sentinel",
                base_url=f"https://localhost:{port}",
                ca_file=str(certificate),
                connect_timeout_s=timeout_s,
            ),
            LogObserver(logging.getLogger("gateway")),
        )


async def accept(connection: ServerConnection) -> None:
    """Take the setup and accept it."""
    await connection.recv()
    await connection.send(READY)


async def test_what_the_link_sends_is_what_gemini_documents(certificate: Path) -> None:
    received: list[object] = []

    async def peer(connection: ServerConnection) -> None:
        await accept(connection)
        received.extend([json.loads(await connection.recv()) for _ in range(3)])
        await connection.wait_closed()
        received.append(connection.close_code)

    answer = FunctionResponse("c1", "update_shopping_list", CallOutcome("accepted"), "SILENT")
    async with upstream_of(certificate, peer) as upstream:
        async with upstream.connect(REQUEST) as link:
            assert upstream.health().open_links == 1
            await link.send_audio(b"\x00\x01")
            await link.send_control(ToolResponse((answer,)))
            await link.send_control(AudioStreamEnd())
        assert upstream.health().open_links == 0
        assert upstream.health().last_failure is None
    audio = {"mimeType": "audio/pcm;rate=16000", "data": "AAE="}
    response = {
        "id": "c1",
        "name": "update_shopping_list",
        "response": {"status": "accepted"},
        "scheduling": "SILENT",
    }
    assert received == [
        {"realtimeInput": {"audio": audio}},
        {"toolResponse": {"functionResponses": [response]}},
        {"realtimeInput": {"audioStreamEnd": True}},
        1000,
    ]


async def test_a_model_without_scheduling_gets_none(certificate: Path) -> None:
    received: list[str] = []

    async def peer(connection: ServerConnection) -> None:
        await accept(connection)
        received.append(str(await connection.recv()))

    answer = FunctionResponse("c1", "f", CallOutcome("accepted"), "SILENT")
    model = "gemini-3.1-flash-live-preview"
    async with (
        upstream_of(certificate, peer, model=model) as upstream,
        upstream.connect(REQUEST) as link,
    ):
        await link.send_control(ToolResponse((answer,)))
        with pytest.raises(LinkClosed):
            await link.receive()
    assert "scheduling" not in received[0]


async def test_a_frame_that_cannot_be_read_is_passed_over_with_a_line_in_the_log(
    certificate: Path, log: Log
) -> None:
    async def peer(connection: ServerConnection) -> None:
        await accept(connection)
        await connection.send(b"{")
        await connection.send(b'{"serverContent":{"turnComplete":"yes"}}')
        await connection.send(b'{"futureKey":{}}')
        await connection.send(b'{"serverContent":{"turnComplete":true,"later":[]}}')
        await connection.wait_closed()

    with session_lines(session_id="s-1", user_id="anna"):
        async with (
            upstream_of(certificate, peer) as upstream,
            upstream.connect(REQUEST) as link,
        ):
            assert (await link.receive()).server_content is None
            assert (await link.receive()).server_content == ServerContent(turn_complete=True)
    not_json, wrong_type = log.lines
    for line in (not_json, wrong_type):
        assert (line["severity"], line["message"]) == ("WARNING", "gemini_message_invalid")
        assert (line["session_id"], line["user_id"]) == ("s-1", "anna")
    assert "truncated" in not_json["problem"]
    assert "turnComplete" in wrong_type["problem"]


@pytest.mark.parametrize("send", ["audio", "control", "receive"])
async def test_a_link_that_gemini_closed_says_so(certificate: Path, send: str) -> None:
    async def peer(connection: ServerConnection) -> None:
        await accept(connection)
        await connection.close(1011, "Internal error encountered.")

    async def use(link: GeminiLink) -> None:
        while True:
            await asyncio.sleep(0)
            match send:
                case "audio":
                    await link.send_audio(b"\x00\x00")
                case "control":
                    await link.send_control(AudioStreamEnd())
                case _:
                    await link.receive()

    async with upstream_of(certificate, peer) as upstream:
        with pytest.raises(LinkClosed) as caught:
            async with upstream.connect(REQUEST) as link:
                await use(link)
        assert upstream.health().last_failure_class == "1011"
    assert (caught.value.code, caught.value.closed_by) == (1011, "peer")
    assert caught.value.reason == "Internal error encountered."


async def test_a_connection_cut_without_a_close_frame_is_nobodys_close(certificate: Path) -> None:
    async def peer(connection: ServerConnection) -> None:
        await accept(connection)
        connection.transport.abort()

    async with upstream_of(certificate, peer) as upstream:
        with pytest.raises(LinkClosed) as caught:
            async with upstream.connect(REQUEST) as link:
                await link.receive()
    assert (caught.value.code, caught.value.closed_by) == (1006, "nobody")


async def silent(connection: ServerConnection) -> None:
    await connection.wait_closed()


async def something_else(connection: ServerConnection) -> None:
    await connection.recv()
    await connection.send(b'{"serverContent":{}}')
    await connection.wait_closed()


async def not_json(connection: ServerConnection) -> None:
    await connection.recv()
    await connection.send(b"<html>")
    await connection.wait_closed()


async def only_unknown_keys(connection: ServerConnection) -> None:
    await connection.recv()
    await connection.send(b'{"futureKey":{}}')
    await connection.wait_closed()


@pytest.mark.parametrize("peer", [silent, something_else, not_json, only_unknown_keys])
async def test_a_link_without_setup_complete_is_not_granted(certificate: Path, peer: Peer) -> None:
    async with upstream_of(certificate, peer, timeout_s=1.0) as upstream:
        with pytest.raises(LinkClosed) as caught:
            async with upstream.connect(REQUEST):
                pass
    assert (caught.value.code, caught.value.closed_by) == (1006, "us")


async def test_messages_before_setup_complete_are_passed_over(certificate: Path) -> None:
    async def peer(connection: ServerConnection) -> None:
        await connection.recv()
        for frame in (b'{"serverContent":{}}', b"<html>", b'{"setupComplete":{}}'):
            await connection.send(frame)
        await connection.send(b'{"goAway":{"timeLeft":"7s"}}')
        await connection.wait_closed()

    async with upstream_of(certificate, peer) as upstream, upstream.connect(REQUEST) as link:
        assert (await link.receive()).go_away is not None


async def test_a_setup_that_gemini_refuses_keeps_its_code_and_reason(certificate: Path) -> None:
    async def peer(connection: ServerConnection) -> None:
        await connection.recv()
        await connection.close(1007, "Request contains an invalid argument.")

    async with upstream_of(certificate, peer) as upstream:
        with pytest.raises(LinkClosed) as caught:
            async with upstream.connect(REQUEST):
                pass
        assert upstream.health().last_failure_class == "1007"
    assert (caught.value.code, caught.value.closed_by) == (1007, "peer")
    assert caught.value.reason == "Request contains an invalid argument."


async def test_an_upgrade_that_is_refused_keeps_its_status(certificate: Path) -> None:
    refuse = http.HTTPStatus.TOO_MANY_REQUESTS
    async with upstream_of(certificate, silent, refuse=refuse) as upstream:
        with pytest.raises(LinkClosed) as caught:
            async with upstream.connect(REQUEST):
                pass
    assert (caught.value.code, caught.value.reason) == (429, "quota exceeded\n")


async def test_only_the_certificates_in_the_options_are_trusted(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    async with upstream_of(certificate, accept) as trusting:
        options = UpstreamOptions(
            kind="emulator",
            model="gemini-3.8-live",
            api_key="sentinel",
            base_url=trusting.health().url,
        )
        with pytest.raises(LinkClosed, match="CERTIFICATE_VERIFY_FAILED") as caught:
            async with GeminiUpstream(options, RecordingObserver()).connect(REQUEST):
                pass
    assert (caught.value.code, caught.value.closed_by) == (1006, "nobody")


async def test_a_port_where_nobody_listens_is_a_closed_link(
    certificate: Path, unused_port: int
) -> None:
    upstream = GeminiUpstream(
        UpstreamOptions(
            kind="gemini",
            model="gemini-3.8-live",
            api_key="sentinel",
            base_url=f"https://localhost:{unused_port}",
            ca_file=str(certificate),
        ),
        RecordingObserver(),
    )
    before = upstream.ready
    await asyncio.gather(upstream.warm_up(), upstream.warm_up())
    assert (before, upstream.ready) == (False, True)
    with pytest.raises(LinkClosed) as caught:
        async with upstream.connect(REQUEST):
            pass
    assert caught.value.code == 1006


@pytest.fixture
def service_account(
    tmp_path: Path, unused_port: int, monkeypatch: pytest.MonkeyPatch
) -> dict[str, str]:
    """A service account that the environment names; its tokens are asked for in vain."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    account = {
        "type": "service_account",
        "client_email": "gateway@shop.test",
        "project_id": "shop",
        "token_uri": f"http://127.0.0.1:{unused_port}/token",
        "private_key": key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ).decode(),
    }
    path = tmp_path / "account.json"
    path.write_text(json.dumps(account))
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(path))
    return account


def vertex_ai(certificate: Path, port: int) -> GeminiUpstream:
    return GeminiUpstream(
        UpstreamOptions(
            kind="vertex",
            model="gemini-live-2.5-flash-native-audio",
            api_key=None,
            api_version="v1beta1",
            base_url=f"https://localhost:{port}",
            ca_file=str(certificate),
            location="europe-west4",
        ),
        RecordingObserver(),
    )


@pytest.mark.usefixtures("service_account")
async def test_a_token_endpoint_that_cannot_be_reached_is_no_refusal(
    certificate: Path, unused_port: int
) -> None:
    with pytest.raises(LinkClosed) as caught:
        async with vertex_ai(certificate, unused_port).connect(REQUEST):
            pass
    assert (caught.value.code, caught.value.closed_by) == (1006, "nobody")
    assert caught.value.reason == "TransportError"


async def test_vertex_ai_is_spoken_to_with_a_token_in_the_credentials_own_project(
    certificate: Path, service_account: dict[str, str], tmp_path: Path
) -> None:
    seen: list[str] = []

    async def grant(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        body = b'{"access_token":"ya29.granted","expires_in":3600}'
        head = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body)
        writer.write(head + body)
        await writer.drain()
        writer.close()

    async def peer(connection: ServerConnection) -> None:
        assert connection.request is not None
        seen.append(connection.request.headers["Authorization"])
        seen.append(json.loads(await connection.recv())["setup"]["model"])
        await connection.send(READY)
        await connection.wait_closed()

    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    async with (
        await asyncio.start_server(grant, "127.0.0.1", 0) as tokens,
        serve(peer, "localhost", 0, ssl=context, compression=None) as server,
    ):
        token_port = tokens.sockets[0].getsockname()[1]
        account = {**service_account, "token_uri": f"http://127.0.0.1:{token_port}/token"}
        (tmp_path / "account.json").write_text(json.dumps(account))
        port = next(iter(server.sockets)).getsockname()[1]
        async with vertex_ai(certificate, port).connect(REQUEST):
            pass
    model = "publishers/google/models/gemini-live-2.5-flash-native-audio"
    assert seen == ["Bearer ya29.granted", f"projects/shop/locations/europe-west4/{model}"]


@pytest.fixture
def unused_port() -> Iterator[int]:
    """A port that is bound, so that nobody else takes it, but not listened on."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]
