"""`gateway sessions` against a real gateway."""

from __future__ import annotations

import argparse
import asyncio
import http.server
import json
import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from gateway import sessions_command
from tests.support.gateway_process import ADMIN_TOKEN, GatewayProcess
from tests.support.processes import EmulatorProcess


@pytest.fixture(scope="module")
def gateway() -> Iterator[GatewayProcess]:
    with EmulatorProcess("--ears", "none") as emulator, GatewayProcess.on(emulator) as process:
        process.line("ready")
        yield process


@pytest.fixture(autouse=True)
def _token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADMIN_TOKEN", ADMIN_TOKEN)
    monkeypatch.setenv("COLUMNS", "80")


async def outcome(url: str, *arguments: str) -> int:
    parser = argparse.ArgumentParser(prog="gateway sessions")
    sessions_command.add_arguments(parser)
    return await sessions_command.run(parser.parse_args([*arguments, "--url", url]))


def phone(gateway: GatewayProcess, user: str) -> connect:
    return connect(f"{gateway.ws_url}/ws/{user}", compression=None)


async def settled(connection: ClientConnection) -> None:
    """Return when the session runs."""
    await connection.send('{"type":"ping"}')
    await connection.recv()


async def test_sessions_are_listed_and_shown(
    gateway: GatewayProcess, capsys: pytest.CaptureFixture[str]
) -> None:
    async with phone(gateway, "anna@example.org") as anna, phone(gateway, "b~b") as other:
        await settled(anna)
        await settled(other)
        assert await outcome(gateway.http_url, "list") == 0
        printed = capsys.readouterr().out
        assert "anna@example.org" in printed
        assert "2 active sessions, times in UTC" in printed
        assert await outcome(gateway.http_url, "show", "anna@example.org") == 0
        assert "anna@example.org" in capsys.readouterr().out
        assert await outcome(gateway.http_url, "show", "anna@example.org", "--json") == 0
        detail = json.loads(capsys.readouterr().out)
        assert detail["state"] == "idle"
        assert await outcome(gateway.http_url, "list", "--json") == 0
        assert json.loads(capsys.readouterr().out)["active_sessions"] == 2


async def test_health_does_not_call_an_emulator_elsewhere_gemini(gateway: GatewayProcess) -> None:
    upstream = gateway.get("/health")[1]["upstream"]
    assert upstream["kind"] == "custom"
    assert upstream["url"].startswith("https://")
    assert gateway.line("ready")["upstream"] == "custom"


async def test_gateway_of_this_machine_is_found_by_the_port_in_the_environment(
    gateway: GatewayProcess, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORT", f"{gateway.port}")
    parser = argparse.ArgumentParser(prog="gateway sessions")
    sessions_command.add_arguments(parser)
    assert await sessions_command.run(parser.parse_args(["list"])) == 0
    assert "0 active sessions, times in UTC" in capsys.readouterr().out
    monkeypatch.setenv("PORT", "none")
    assert await sessions_command.run(parser.parse_args(["list"])) == 2
    assert capsys.readouterr().err.startswith("gateway sessions: PORT: a whole number from 1 to ")
    assert await outcome(gateway.http_url, "list") == 0


async def test_stopped_session_is_closed_with_4010(
    gateway: GatewayProcess, capsys: pytest.CaptureFixture[str]
) -> None:
    async with phone(gateway, "anna") as anna:
        await settled(anna)
        assert await outcome(gateway.http_url, "stop", "anna") == 0
        with pytest.raises(ConnectionClosed) as closed:
            await anna.recv()
        assert closed.value.rcvd is not None
        assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (4010, "ended by an admin")
    assert capsys.readouterr().out.startswith("Session ")


@pytest.mark.parametrize(
    ("arguments", "exit_code", "problem"),
    [
        (("show", "nobody"), 1, "HTTP 404: this user has no session here"),
        (("stop", "no/body"), 1, "HTTP 404: "),
        (("list", "--token", "guess"), 3, "HTTP 401: send the header Authorization: Bearer"),
    ],
)
async def test_gateways_own_words_are_shown(
    gateway: GatewayProcess,
    arguments: tuple[str, ...],
    exit_code: int,
    problem: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert await outcome(gateway.http_url, *arguments) == exit_code
    assert f"gateway sessions: {problem}" in capsys.readouterr().err


async def test_gateway_without_a_token_says_how_to_set_one(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with EmulatorProcess("--ears", "none") as emulator:
        settings = {"ADMIN_TOKEN": ""}
        with GatewayProcess.on(emulator, settings) as gateway:
            url = await asyncio.to_thread(lambda: gateway.http_url)
            assert await outcome(url, "list") == 3
    assert "HTTP 403: the admin endpoints are switched off: set" in capsys.readouterr().err


async def test_nobody_there_is_4(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert await outcome(f"http://127.0.0.1:{port}", "list") == 4
    assert f"no gateway answers at 127.0.0.1:{port}: " in capsys.readouterr().err


@contextmanager
def something_else(status: int, body: bytes) -> Iterator[str]:
    """Serve one answer to everything; yield the address."""

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Length", f"{len(body)}")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/base"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("status", "body", "problem"),
    [
        (500, b"<html>", "HTTP 500: it does not say why; is this a gateway?"),
        (200, b"<html>", "the answer is not a gateway's: "),
        (200, b"{}", "the answer is not a gateway's: "),
        (503, b'{"error":"late","unanswered":["a","b"]}', "HTTP 503: late; no reply from a, b"),
    ],
)
async def test_something_else_at_the_address_is_told_apart(
    status: int, body: bytes, problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with something_else(status, body) as url:
        assert await outcome(url, "list") == 3
    assert problem in capsys.readouterr().err


async def test_a_session_is_debugged_until_that_is_switched_off(
    gateway: GatewayProcess, capsys: pytest.CaptureFixture[str]
) -> None:
    async with phone(gateway, "anna") as anna:
        await settled(anna)
        assert await outcome(gateway.http_url, "debug", "anna", "on") == 0
        assert capsys.readouterr().out.endswith(" is debugged\n")
        assert await outcome(gateway.http_url, "show", "anna", "--json") == 0
        assert json.loads(capsys.readouterr().out)["debugged"]
        assert await outcome(gateway.http_url, "debug", "anna", "off") == 0
        assert capsys.readouterr().out.endswith(" is debugged no more\n")
        assert await outcome(gateway.http_url, "show", "anna") == 0
        shown = capsys.readouterr().out.splitlines()
        assert ["debug", "off"] in [line.split() for line in shown]


async def test_instances_are_named_also_without_sessions(
    gateway: GatewayProcess, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await outcome(gateway.http_url, "instances") == 0
    name, sessions = capsys.readouterr().out.splitlines()[3].split()
    assert sessions == "0"
    assert await outcome(gateway.http_url, "instances", "--json") == 0
    told = json.loads(capsys.readouterr().out)["instances"]
    assert told == [{"instance": name, "sessions": 0}]


async def test_a_gateway_that_does_not_name_its_instances_is_told_apart(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with something_else(200, b'{"active_sessions":0,"sessions":[]}') as url:
        assert await outcome(url, "instances") == 3
    assert "of a version that does not name its instances" in capsys.readouterr().err


async def test_sessions_are_chosen_and_paged(
    gateway: GatewayProcess, capsys: pytest.CaptureFixture[str]
) -> None:
    async with phone(gateway, "anna") as anna, phone(gateway, "anna2") as other:
        await settled(anna)
        await settled(other)
        assert await outcome(gateway.http_url, "list", "--user", "anna", "--limit", "1") == 0
        first = " ".join(capsys.readouterr().out.split())
        assert "2 active sessions" in first
        after = first.partition("--after ")[2].replace(" ", "")
        assert after.startswith("anna/")
        assert await outcome(gateway.http_url, "list", "--after", after, "--state", "idle") == 0
        assert "anna2" in capsys.readouterr().out
        assert await outcome(gateway.http_url, "list", "--limit", "none") == 3
        assert "limit: a whole number" in capsys.readouterr().err


@pytest.mark.parametrize("more", [(), ("--json",)])
async def test_what_happens_is_watched_until_the_gateway_drains(more: tuple[str, ...]) -> None:
    with EmulatorProcess("--ears", "none") as emulator, GatewayProcess.on(emulator) as gateway:
        gateway.line("ready")
        url = gateway.http_url
        watcher = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "gateway", "sessions", "watch", "--url", gateway.http_url),
            *more,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        assert watcher.stdout is not None
        assert watcher.stderr is not None
        async with asyncio.timeout(40):
            # There is no session yet, and it is known that it watches.
            connected = (await watcher.stderr.readline()).decode()
            async with phone(gateway, "anna") as anna:
                await settled(anna)
                began = (await watcher.stdout.readline()).decode()
                assert await outcome(gateway.http_url, "stop", "anna") == 0
            ended = (await watcher.stdout.readline()).decode()
            assert await outcome(gateway.http_url, "drain") == 0
            rest = (await watcher.stdout.read()).decode()
            assert await watcher.wait() == 0
        assert gateway.wait() == 0
    assert connected.startswith(f"watching the sessions at {url.removeprefix('http://')}, ")
    assert "began" in began
    assert "anna" in began
    assert "ended" in ended
    assert ('"close_code":4010' if more else "closed 4010") in ended
    assert "draining" in rest
    assert more or rest.endswith("goes: connect again\n")
    assert [line["action"] for line in gateway.lines if line["message"] == "admin_acted"] == [
        *("stop", "drain")
    ]


async def test_a_watcher_leaves_at_once_when_it_is_interrupted(gateway: GatewayProcess) -> None:
    watcher = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "gateway", "sessions", "watch", "--url", gateway.http_url),
        stdout=asyncio.subprocess.PIPE,
    )
    assert watcher.stdout is not None
    async with asyncio.timeout(40), phone(gateway, "anna") as anna:
        await settled(anna)
        assert await watcher.stdout.readline()
        watcher.send_signal(signal.SIGINT)
        assert await watcher.wait() == 130


async def test_a_watcher_whose_lines_nobody_reads_leaves_quietly(gateway: GatewayProcess) -> None:
    reading, writing = os.pipe()
    watcher = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "gateway", "sessions", "watch", "--url", gateway.http_url),
        stdout=writing,
        stderr=asyncio.subprocess.PIPE,
    )
    os.close(writing)
    os.close(reading)
    assert watcher.stderr is not None
    async with asyncio.timeout(40), phone(gateway, "anna") as anna:
        await settled(anna)
        said = (await watcher.stderr.read()).decode()
        assert await watcher.wait() == 141
    assert said.count("\n") == 1
    assert "watching" in said


async def test_an_instance_that_is_not_there_cannot_be_drained(
    gateway: GatewayProcess, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await outcome(gateway.http_url, "drain", "--instance", "nowhere") == 1
    assert "there is no such instance" in capsys.readouterr().err
