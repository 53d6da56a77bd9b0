"""`gateway serve` from outside: exit codes, lines, sockets and signals."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.support.gateway_process import ROOT, GatewayProcess, environment
from tests.support.processes import EmulatorProcess

KEY = "geheim-0123456789"
SILENCE = base64.b64encode(bytes(3_200)).decode()


@pytest.fixture
def deaf_upstream() -> Iterator[str]:
    """An address where connections are accepted and nothing is ever said."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"https://127.0.0.1:{listener.getsockname()[1]}"


@pytest.fixture
def gateway(deaf_upstream: str) -> Iterator[GatewayProcess]:
    settings = {
        "GEMINI_API_KEY": KEY,
        "GOOGLE_GEMINI_BASE_URL": deaf_upstream,
        "STOP_LIMIT_S": "4",
        "LOG_LEVEL": "DEBUG",
    }
    with GatewayProcess(settings) as process:
        yield process


def phone(gateway: GatewayProcess, path: str = "/ws/anna") -> connect:
    return connect(f"ws://127.0.0.1:{gateway.port}{path}", max_size=None)


async def say(client: ClientConnection, kind: str, **fields: object) -> dict[str, object]:
    """Send a message and return the answer."""
    await client.send(json.dumps({"type": kind, **fields}))
    answer: dict[str, object] = json.loads(await client.recv())
    return answer


async def closing(client: ClientConnection) -> int | None:
    """Read until the socket closes; return the code."""
    with contextlib.suppress(ConnectionClosed):
        while True:
            await client.recv()
    return client.close_code


def errors(gateway: GatewayProcess) -> list[dict[str, object]]:
    """Return the lines that would wake somebody up."""
    return [line for line in gateway.lines if line["severity"] in {"ERROR", "CRITICAL"}]


def run(*, directory: Path = ROOT, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "gateway", "serve"],
        env=environment({"PYTHONPATH": str(ROOT), **settings}),
        cwd=directory,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def test_a_wrong_setting_ends_it_with_code_2_and_one_line() -> None:
    ended = run(PORT="eight", LOG_LEVEL="LOUD")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.count("\n") == 1
    assert "PORT is 'eight': set it to a whole number" in ended.stderr
    assert "LOG_LEVEL is 'LOUD'" in ended.stderr


def test_a_port_that_is_taken_ends_it_with_code_2_and_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ended = run(PORT=str(taken.getsockname()[1]))
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.count("\n") == 1
    assert "Address already in use" in ended.stderr


def test_vertex_ai_without_credentials_ends_it_with_code_2_and_one_line() -> None:
    ended = run(
        GOOGLE_GENAI_USE_VERTEXAI="true",
        GOOGLE_CLOUD_PROJECT="shop",
        GOOGLE_CLOUD_LOCATION="europe-west4",
        GOOGLE_APPLICATION_CREDENTIALS="/nowhere.json",
    )
    assert ended.returncode == 2
    assert ended.stderr.count("\n") == 1
    assert ended.stderr.startswith("gateway: GOOGLE_GENAI_USE_VERTEXAI is on, but no credentials")
    assert "File /nowhere.json was not found" in ended.stderr
    assert "run `gcloud auth application-default login`" in ended.stderr
    said = [json.loads(line)["message"] for line in ended.stdout.splitlines()]
    assert said == ["listening", "anybody_may_speak"]


def test_vertex_ai_without_a_project_ends_it_with_code_2_and_one_line(tmp_path: Path) -> None:
    nobody = {"type": "authorized_user", "client_id": "c", "client_secret": "s"}
    credentials = tmp_path / "credentials.json"
    credentials.write_text(json.dumps({**nobody, "refresh_token": "t"}))
    ended = run(GOOGLE_GENAI_USE_VERTEXAI="true", GOOGLE_APPLICATION_CREDENTIALS=str(credentials))
    assert ended.returncode == 2
    assert ended.stderr.count("\n") == 1
    assert ended.stderr.startswith("gateway: GOOGLE_CLOUD_PROJECT is not set, and the application")


def test_a_locale_that_cannot_be_used_ends_it_with_code_2_and_one_line(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "shopping", tmp_path / "shopping")
    (tmp_path / "shopping" / "data" / "en.toml").write_text("product = ")
    ended = run(directory=tmp_path, GEMINI_API_KEY=KEY)
    assert ended.returncode == 2
    assert ended.stderr.count("\n") == 1
    assert ended.stderr.startswith("gateway: a locale's data file cannot be used: en.toml")


def test_an_application_that_cannot_be_loaded_ends_it_with_an_error_line(tmp_path: Path) -> None:
    (tmp_path / "starlette.py").write_text("raise ImportError('it is broken')")
    ended = run(directory=tmp_path, GEMINI_API_KEY=KEY)
    assert ended.returncode == 1
    lines = [json.loads(line) for line in ended.stdout.splitlines()]
    said = [line["message"] for line in lines]
    assert said == ["listening", "anybody_may_speak", "service_broke"]
    assert "it is broken" in lines[-1]["stack_trace"]


@pytest.fixture
def chosen_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


async def first_answer(port: int) -> None:
    """Return as soon as it says that it is alive; that the rest is loaded takes longer."""
    async with asyncio.timeout(30):
        while True:
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.001)
                continue
            writer.write(b"GET /livez HTTP/1.1\r\nHost: gateway\r\nConnection: close\r\n\r\n")
            answer = await reader.read()
            writer.close()
            await writer.wait_closed()
            assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
            return


async def test_a_phone_that_connects_while_it_is_loaded_is_served(
    deaf_upstream: str, chosen_port: int
) -> None:
    settings = {"GEMINI_API_KEY": KEY, "GOOGLE_GEMINI_BASE_URL": deaf_upstream}
    with GatewayProcess({**settings, "PORT": str(chosen_port)}) as gateway:
        await first_answer(chosen_port)
        async with connect(f"ws://127.0.0.1:{chosen_port}/ws/anna") as client:
            assert await say(client, "ping") == {"type": "pong"}
        gateway.terminate()
        assert gateway.wait() == 0
        assert errors(gateway) == []


async def test_at_sigterm_while_it_is_loaded_it_refuses_and_exits(
    deaf_upstream: str, chosen_port: int
) -> None:
    settings = {"GEMINI_API_KEY": KEY, "GOOGLE_GEMINI_BASE_URL": deaf_upstream}
    with GatewayProcess({**settings, "PORT": str(chosen_port)}) as gateway:
        await first_answer(chosen_port)
        signalled_at = time.monotonic()
        gateway.terminate()
        assert gateway.wait() == 0
        assert time.monotonic() - signalled_at < 5
        assert gateway.lines[-1]["message"] == "stopped"
        assert gateway.stderr == ""


def test_it_answers_before_google_genai_is_loaded(gateway: GatewayProcess) -> None:
    assert gateway.get("/livez") == (200, {"status": "ok"})
    assert "ready" not in [line["message"] for line in gateway.lines]
    gateway.line("ready")
    assert gateway.get("/readyz") == (200, {"status": "ok"})


async def test_at_sigterm_it_takes_no_more_and_closes_with_1012_when_done(
    gateway: GatewayProcess,
) -> None:
    gateway.line("ready")
    async with phone(gateway) as client:
        await say(client, "audio_chunk", audio_data=SILENCE)
        signalled_at = time.monotonic()
        gateway.terminate()
        gateway.line("draining")
        assert gateway.get("/readyz") == (503, {"status": "draining"})
        assert gateway.get("/livez") == (200, {"status": "ok"})
        with pytest.raises(InvalidStatus) as refused:
            await phone(gateway, "/ws/jan")
        assert refused.value.response.status_code == 503
        assert await closing(client) == 1012
    assert gateway.wait() == 0
    assert time.monotonic() - signalled_at < 10


async def test_at_a_second_sigterm_it_exits_at_once(deaf_upstream: str) -> None:
    patient = {"DRAIN_TIMEOUT": "60", "STOP_LIMIT_S": "30"}
    settings = {"GEMINI_API_KEY": KEY, "GOOGLE_GEMINI_BASE_URL": deaf_upstream, **patient}
    with GatewayProcess(settings) as gateway:
        gateway.line("ready")
        async with phone(gateway) as client:
            await say(client, "audio_chunk", audio_data=SILENCE)
            gateway.terminate()
            gateway.line("draining")
            signalled_at = time.monotonic()
            gateway.terminate()
            assert await closing(client) == 1012
        assert gateway.wait() == 0
    assert time.monotonic() - signalled_at < 15  # its session would have taken 30


def test_without_sessions_it_exits_at_the_first_sigterm(gateway: GatewayProcess) -> None:
    gateway.line("ready")
    signalled_at = time.monotonic()
    gateway.terminate()
    assert gateway.wait() == 0
    assert time.monotonic() - signalled_at < 5  # the limit of a drain is 7.5
    assert gateway.lines[-1]["message"] == "stopped"


async def test_bad_frames_are_told_and_the_session_goes_on(gateway: GatewayProcess) -> None:
    most_of_a_megabyte = base64.b64encode(bytes(750_000)).decode()
    frames: list[str | bytes] = [
        "{not json",
        '{"type":"dance"}',
        '{"type":"audio_chunk","audio_data":"%%%"}',
        json.dumps({"type": "audio_chunk", "audio_data": base64.b64encode(bytes(641)).decode()}),
        json.dumps({"type": "audio_chunk", "audio_data": most_of_a_megabyte}),
        bytes(640),
    ]
    async with phone(gateway) as client:
        for frame in frames:
            await client.send(frame)
            assert json.loads(await client.recv())["type"] == "error"
            assert await say(client, "ping") == {"type": "pong"}
    gateway.terminate()
    gateway.wait()
    assert errors(gateway) == []


async def test_frames_that_cannot_be_read_close_the_socket(gateway: GatewayProcess) -> None:
    frames: list[tuple[str | bytes, int]] = [("x" * 1_100_000, 1009), (b"\xff\xfe", 1007)]
    for frame, code in frames:
        async with phone(gateway) as client:
            with contextlib.suppress(ConnectionClosed):  # while the frame is still being sent
                await client.send(frame, text=True)
            assert await closing(client) == code
    gateway.terminate()
    gateway.wait()
    assert errors(gateway) == []


async def test_refused_handshakes_say_why_and_are_no_errors(gateway: GatewayProcess) -> None:
    for path, status in [("/ws/a%20b", 400), ("/elsewhere", 404), ("/ws/a%2Fb", 400)]:
        with pytest.raises(InvalidStatus) as refused:
            await phone(gateway, path)
        assert refused.value.response.status_code == status
        assert json.loads(bytes(refused.value.response.body))["error"]
    gateway.terminate()
    gateway.wait()
    assert errors(gateway) == []


async def test_no_key_query_string_or_transcript_is_logged_even_at_debug() -> None:
    with EmulatorProcess("--ears", "none") as emulator:
        settings = {
            "GEMINI_API_KEY": KEY,
            "LOG_LEVEL": "DEBUG",
            "SESSION_LANGUAGE": "en-US",
            **emulator.client_environment(),
        }
        with GatewayProcess(settings) as gateway:
            async with phone(gateway, "/ws/anna?token=geheim-token") as client:
                await client.send('{"type":"start_session"}')
                while json.loads(await client.recv()).get("status") != "listening":
                    pass
                (connection,) = emulator.connections()
                emulator.act(connection["id"], {"say": {"text": "add two bananas"}})
                while json.loads(await client.recv())["type"] != "product_detected":
                    pass
            gateway.terminate()
            assert gateway.wait() == 0
    log = json.dumps(gateway.lines) + gateway.stderr
    assert "link_opened" in log
    assert "geheim" not in log
    assert "banana" not in log


def test_without_a_key_it_runs_an_emulator_and_says_so_loudly() -> None:
    with GatewayProcess({}) as gateway:
        loud = gateway.line("emulator_serves")
        assert loud["severity"] == "WARNING"
        assert loud["control_url"].startswith("http://127.0.0.1:")
        assert gateway.get("/health")[1]["upstream"]["kind"] == "emulator"
        assert gateway.get("/readyz")[0] == 200
        gateway.terminate()
        assert gateway.wait() == 0
        with pytest.raises(ProcessLookupError):
            os.kill(loud["emulator_pid"], 0)


async def test_an_emulator_that_dies_is_started_again_on_its_ports() -> None:
    with GatewayProcess({}) as gateway:
        first = gateway.line("emulator_serves")
        os.kill(first["emulator_pid"], signal.SIGKILL)
        gateway.line("emulator_ended")
        gateway.lines.clear()
        second = gateway.line("emulator_serves")
        assert second["emulator_pid"] != first["emulator_pid"]
        assert second["control_url"] == first["control_url"]
