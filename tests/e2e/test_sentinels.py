"""Nothing secret or said is in what the service writes, at LOG_LEVEL=DEBUG and on every path.

The API key, tokens, speech, transcripts, replies, products' names, handles and arguments are texts
of their own here. All of them go through the service, over real sockets and with a Gemini that says
everything it may and much that it may not; then they are looked for in its log, on stderr, in the
metrics, in the traces and in what admins are shown.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import ssl
import urllib.request
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import InvalidStatus

from tests.support.certificates import write_certificate
from tests.support.gateway_process import GatewayProcess
from tests.support.otlp_receiver import OtlpReceiver

WITHIN_S: Final = 30.0
KEY = "sentinel-api-key-0123456789"
METRICS = "sentinel-metrics-token-0123456789"
ADMIN = "sentinel-admin-token-0123456789"
WRONG = "sentinel-wrong-token"
IN_QUERY = "sentinel-query-token"
IN_SUBPROTOCOL = "sentinel-subprotocol-token"
IN_COOKIE = "sentinel-cookie"
RESUME = "sentinel-resume-token"
HANDLE = "sentinel-handle"
HEARD = "sentinel-transcript"
REPLIED = "sentinel-reply"
TYPED = "sentinel-typed"
PRODUCT = "sentinel-product"
EDITED = "sentinel-edited"
IDENTIFIER = "sentinel-identifier"
GARBAGE = "sentinel-garbage"
SOUND = b"sentinel-sound-of-a-voice-......"
SPEECH = SOUND * 100
TEXTS = (
    KEY, ADMIN, METRICS, WRONG, IN_QUERY, IN_SUBPROTOCOL, IN_COOKIE, RESUME, HANDLE, HEARD,
    REPLIED, TYPED, PRODUCT, EDITED, IDENTIFIER, GARBAGE,
)  # fmt: skip


def in_base64(sound: bytes) -> list[str]:
    """Return what of `sound` stands in any text that has it in base64, wherever it begins."""
    return [base64.b64encode(sound[skip:])[:24].decode() for skip in range(3)]


def call(call_id: str, name: str, args: object) -> dict[str, object]:
    return {"toolCall": {"functionCalls": [{"id": call_id, "name": name, "args": args}]}}


def add(name: str) -> dict[str, object]:
    return {"action": "add", "name": name}


SAYS: Final[tuple[object, ...]] = (
    {"serverContent": {"inputTranscription": {"text": HEARD}}},
    call(IDENTIFIER, "update_shopping_list", add(PRODUCT)),
    call("c2", "update_shopping_list", {"action": GARBAGE, "name": [GARBAGE]}),
    call("c3", GARBAGE, add(PRODUCT)),
    call("c4", "update_shopping_list", GARBAGE),
    {"serverContent": {"outputTranscription": {"text": REPLIED}}},
    {
        "serverContent": {
            "modelTurn": {
                "parts": [
                    {"text": REPLIED},
                    {
                        "inlineData": {
                            "mimeType": "audio/pcm;rate=24000",
                            "data": base64.b64encode(SPEECH).decode(),
                        }
                    },
                    {"inlineData": {"mimeType": "audio/pcm", "data": GARBAGE}},
                ]
            }
        }
    },
    {"toolCallCancellation": {"ids": [IDENTIFIER]}},
    {"sessionResumptionUpdate": {"newHandle": HANDLE, "resumable": True}},
    {
        "usageMetadata": {
            "promptTokenCount": 9,
            "promptTokensDetails": [{"modality": GARBAGE, "tokenCount": 9}],
        }
    },
    {"serverContent": {"turnComplete": True}},
    # What cannot be read.
    {"serverContent": {"inputTranscription": {"text": [HEARD]}}},
    {"serverContent": HEARD},
    {"goAway": {"timeLeft": [HEARD]}},
    {"usageMetadata": {"promptTokenCount": GARBAGE}},
    {GARBAGE: GARBAGE},
    [GARBAGE],
)
FRAMES_V1: Final = (
    f'{{"type":"start_session","language":"{GARBAGE}"}}',
    f'{{"type":"{GARBAGE}"}}',
    f'{{"type":"audio_chunk","audio_data":"{GARBAGE}!"}}',
    f'{{"type":"audio_chunk","audio_data":["{GARBAGE}"]}}',
    f'{{"{GARBAGE}',
    f'"{GARBAGE}"',
    '{"type":"start_session"}',
    json.dumps({"type": "audio_chunk", "audio_data": base64.b64encode(SPEECH).decode()}),
    '{"type":"ping"}',
)
FRAMES_V2: Final = (
    f'{{"type":"start_session","resume":{{"token":"{RESUME}"}},"reply":"audio"}}',
    SPEECH,
    SPEECH[:101],
    f'{{"type":"text","text":"{TYPED}","ref":"{IDENTIFIER}"}}',
    f'{{"type":"text","text":["{TYPED}"]}}',
    f'{{"type":"edit","operations":[{{"op":"add","name":"{EDITED}"}}]}}',
    f'{{"type":"edit","operations":[{{"op":"{GARBAGE}","name":"{EDITED}"}}]}}',
    f'{{"type":"edit","operations":[{{"op":"remove","id":"{IDENTIFIER}"}}],"{GARBAGE}":1}}',
    f'{{"type":"confirm","id":"{IDENTIFIER}"}}',
    '{"type":"undo"}',
    '{"type":"ack","seq":1}',
)


class Gemini:
    """Accepts any setup, says all of `SAYS` once it hears sound, and hangs up."""

    def __init__(self) -> None:
        self.heard = ""

    async def __call__(self, link: ServerConnection) -> None:
        """Serve one link."""
        await link.recv()
        await link.send('{"setupComplete":{}}')
        said = False
        heard = ""
        async for frame in link:
            heard += frame if isinstance(frame, str) else frame.decode()
            self.heard += heard
            if '"audio":{' in heard and not said:
                said = True
                for message in SAYS:
                    await link.send(json.dumps(message))
                await link.send(f"{{{GARBAGE}")
                await link.send(GARBAGE.encode())
            if said and EDITED in heard:
                await link.close(1011, "internal error")


@contextlib.asynccontextmanager
async def served(gemini: Gemini, certificate: Path) -> AsyncIterator[str]:
    """Serve links over TLS, and yield the address."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    async with serve(gemini, "127.0.0.1", 0, ssl=context) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        yield f"https://localhost:{port}"


async def told(phone: ClientConnection, kind: str) -> dict[str, Any]:
    """Return the next message of a type, passing over the others."""
    async with asyncio.timeout(WITHIN_S):
        while True:
            message = await phone.recv()
            if isinstance(message, str) and (told := json.loads(message))["type"] == kind:
                found: dict[str, Any] = told
                return found


async def speak_v1(gateway: GatewayProcess) -> None:
    headers = {"Authorization": f"Bearer {WRONG}", "Cookie": f"token={IN_COOKIE}"}
    url = f"{gateway.ws_url}/ws/anna?token={IN_QUERY}"
    async with connect(url, additional_headers=headers, compression=None) as phone:
        for frame in FRAMES_V1:
            await phone.send(frame)
        await told(phone, "transcript")
        await told(phone, "product_detected")


async def speak_v2(gateway: GatewayProcess) -> list[str]:
    """Speak, type and edit, and come back; return the tokens that were given."""
    v2: Any = {"subprotocols": ["shopping.v2", f"bearer.{IN_SUBPROTOCOL}"], "compression": None}
    url = f"{gateway.ws_url}/ws/jan"
    async with connect(url, **v2) as phone:
        await phone.send(FRAMES_V2[0])
        info = await told(phone, "session")
        # The gate is open once there is a link; before, sound waits for it.
        for frame in FRAMES_V2[1:]:
            await phone.send(frame)
        await told(phone, "product_detected")
        async with asyncio.timeout(WITHIN_S):
            while (await told(phone, "status"))["status"] != "reconnecting":
                pass
    async with connect(url, **v2) as phone:
        resume = {"token": info["resume_token"], "last_seq": 0}
        await phone.send(json.dumps({"type": "start_session", "resume": resume}))
        again = await told(phone, "session")
        assert again["resumed"]
        await phone.send(SPEECH)
        await told(phone, "transcript")
    return [info["resume_token"], again["resume_token"]]


async def knock(gateway: GatewayProcess) -> None:
    """Try what is refused, with secrets in it."""
    for path in (f"/ws/a%20b?token={IN_QUERY}", f"/{GARBAGE}"):
        with contextlib.suppress(InvalidStatus):
            async with connect(f"{gateway.ws_url}{path}"):
                pass
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
    writer.write(f"GET /?{GARBAGE} {GARBAGE}\r\n{GARBAGE}\r\n\r\n".encode())
    await reader.read()
    writer.close()


def ask(gateway: GatewayProcess, path: str, token: str, method: str = "GET") -> str:
    """Return an answer's text, whatever its status."""
    request = urllib.request.Request(  # noqa: S310 - our own
        f"{gateway.http_url}{path}?token={IN_QUERY}",
        headers={"Authorization": f"Bearer {token}"},
        method=method,
    )
    opener = urllib.request.build_opener(_AnyStatus())
    with opener.open(request, timeout=20) as answer:
        text: bytes = answer.read()
        return text.decode()


class _AnyStatus(urllib.request.HTTPErrorProcessor):
    def http_response(self, _: object, response: Any) -> Any:  # noqa: ANN401 - urllib's
        return response


async def test_nothing_secret_or_said_is_written_anywhere(tmp_path: Path) -> None:
    certificate = write_certificate(tmp_path / "localhost.pem")
    gemini = Gemini()
    with OtlpReceiver() as receiver:
        async with served(gemini, certificate) as url:
            settings = {
                "GEMINI_API_KEY": KEY,
                "GOOGLE_GEMINI_BASE_URL": url,
                "SSL_CERT_FILE": str(certificate),
                "ADMIN_TOKEN": ADMIN,
                "METRICS_TOKEN": METRICS,
                "LOG_LEVEL": "DEBUG",
                "OTEL_EXPORTER_OTLP_ENDPOINT": receiver.url,
                "PHONE_GRACE_S": "0",
            }
            with GatewayProcess(settings) as gateway:
                await asyncio.to_thread(gateway.line, "ready")
                await speak_v1(gateway)
                tokens = await speak_v2(gateway)
                await knock(gateway)
                shown = [
                    await asyncio.to_thread(ask, gateway, path, token, method)
                    for token in (ADMIN, METRICS, WRONG)
                    for method, path in (
                        ("GET", "/sessions"),
                        ("PUT", "/sessions/jan/debug"),
                        ("GET", "/health"),
                        ("GET", "/metrics"),
                        ("GET", f"/{GARBAGE}"),
                    )
                ]
                await asyncio.to_thread(gateway.line, "session_ended", nth=3)
                gateway.terminate()
                assert await asyncio.to_thread(gateway.wait) == 0
    written = gateway.text + gateway.stderr
    traced = b"".join(receiver.bodies).decode("latin-1")
    # All of it was done.
    for event in ("function_called", "gemini_message_invalid", "link_lost", "event_handled"):
        assert event in written
    assert "tool call" in traced
    assert sum("gateway_events_total" in answer for answer in shown) == 1
    assert TYPED in gemini.heard
    # The path of what is not there is told to whoever asks for it, and to nobody else.
    told_back = [shown.pop(at) for at in (14, 9, 4)]
    assert all(GARBAGE in text for text in told_back)
    for text in (*TEXTS, *tokens, SOUND.decode(), *in_base64(SOUND)):
        assert text not in written
        assert text not in traced
        for answer in shown:
            assert text not in answer
