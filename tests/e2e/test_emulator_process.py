"""The emulator as a process: how it starts, what it says about itself, and how it ends."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from websockets.asyncio import client as live
from websockets.exceptions import ConnectionClosedError, ConnectionClosedOK
from websockets.sync.client import connect

from emulator import listeners
from emulator.__main__ import main
from emulator.listeners import PortTaken, PortWish
from tests.support.emulator_app import DEVELOPER_PATH, SETUP, WITHIN_S
from tests.support.processes import EmulatorProcess

QUIET = ("--ears", "none")
ANY_PORTS = ("--port", "0", "--tls-port", "0")


@pytest.fixture
def no_input() -> Iterator[None]:
    """Let standard input be at its end, as if the parent process had died."""
    kept = os.dup(0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    try:
        yield
    finally:
        os.dup2(kept, 0)
        os.close(kept)
        os.close(nothing)


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.mark.usefixtures("no_input")
def test_one_json_line_tells_all_that_a_parent_process_needs(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    options = ("--json", "--until-stdin-closes", "--state-dir", str(tmp_path))
    assert main([*QUIET, *ANY_PORTS, *options]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    ready = json.loads(line)
    assert ready.pop("plain_url").startswith("http://127.0.0.1:")
    assert ready.pop("tls_url").startswith("https://localhost:")
    assert ready == {
        "event": "ready",
        "certificate": str(tmp_path / "certificate.pem"),
        "pid": os.getpid(),
    }


@pytest.mark.usefixtures("no_input")
def test_people_are_told_which_variables_to_set(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*QUIET, *ANY_PORTS, "--until-stdin-closes"]) == 0
    told = capsys.readouterr().out
    assert "GOOGLE_GEMINI_BASE_URL=https://localhost:" in told
    assert "SSL_CERT_FILE=/" in told
    assert 'baseUrl: "http://127.0.0.1:' in told


def test_a_port_that_was_asked_for_and_is_taken_ends_it_with_2(
    capsys: pytest.CaptureFixture[str], taken_port: int
) -> None:
    assert main([*QUIET, "--port", str(taken_port)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    expected = f"emulator: cannot listen on 127.0.0.1 port {taken_port}: Address already in use"
    assert line == expected


@pytest.mark.usefixtures("no_input")
@pytest.mark.parametrize(
    ("host", "plain", "tls"),
    [
        ("0.0.0.0", "http://localhost:", "https://localhost:"),  # noqa: S104  # for a moment
        ("127.0.0.2", "http://127.0.0.2:", "https://127.0.0.2:"),
    ],
)
def test_the_urls_shown_are_those_of_the_address_listened_on(
    capsys: pytest.CaptureFixture[str], host: str, plain: str, tls: str
) -> None:
    assert main([*QUIET, *ANY_PORTS, "--json", "--until-stdin-closes", "--host", host]) == 0
    ready = json.loads(capsys.readouterr().out)
    assert ready["plain_url"].startswith(plain)
    assert ready["tls_url"].startswith(tls)


def test_a_state_directory_that_cannot_be_written_ends_it_with_2(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    taken = tmp_path / "file"
    taken.touch()
    assert main([*QUIET, *ANY_PORTS, "--state-dir", str(taken)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line == f"emulator: cannot write the certificate to {taken}: File exists"


def test_a_script_that_cannot_be_read_ends_it_with_2(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    script = tmp_path / "script.json"
    script.write_text('{"connections": [{"connection": 0, "steps": []}]}')
    assert main([*QUIET, *ANY_PORTS, "--script", str(script)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"emulator: {script}: ")
    assert "connections[0].connection" in line


def test_a_default_port_that_is_taken_is_replaced_by_a_free_one(taken_port: int) -> None:
    with listeners.bind("127.0.0.1", PortWish(taken_port)) as bound:
        assert bound.getsockname()[1] != taken_port


def test_an_address_of_another_machine_cannot_be_listened_on() -> None:
    with pytest.raises(PortTaken, match=r"cannot listen on 192\.0\.2\.1"):
        listeners.bind("192.0.2.1", PortWish(0))


def test_a_signal_ends_it_and_its_certificate_goes_with_it() -> None:
    emulator = EmulatorProcess(*QUIET)
    with emulator:
        assert Path(emulator.certificate).exists()
        os.kill(emulator.pid, signal.SIGTERM)
        assert emulator.wait() == 0
        assert not Path(emulator.certificate).parent.exists()


def test_clients_trust_an_emulator_that_was_started_again_in_its_place(tmp_path: Path) -> None:
    options = (*QUIET, "--state-dir", str(tmp_path))
    with EmulatorProcess(*options) as emulator:
        trusted = ssl.create_default_context(cafile=emulator.certificate)
        os.kill(emulator.pid, signal.SIGKILL)
    port = emulator.tls_url.rpartition(":")[2]
    with EmulatorProcess(*options, "--tls-port", port) as emulator:
        assert emulator.tls_url == f"https://localhost:{port}"
        models = urllib.request.urlopen(f"{emulator.tls_url}/v1/models", context=trusted)  # noqa: S310  # our own server
        with models:
            assert models.status == 200


def test_the_control_endpoint_is_on_the_plain_listener_only() -> None:
    with EmulatorProcess(*QUIET) as emulator:
        assert emulator.connections() == []
        context = ssl.create_default_context(cafile=emulator.certificate)
        for path in ("/emulator/connections", "/emulator/connections/c1", "/emulator/faults"):
            with pytest.raises(urllib.error.HTTPError) as caught:
                urllib.request.urlopen(f"{emulator.tls_url}{path}", context=context, timeout=10)  # noqa: S310  # our own server
            with caught.value:
                assert caught.value.code == 404


def test_it_runs_without_pocketsphinx_when_it_need_not_hear() -> None:
    blocked = "import sys; sys.modules['pocketsphinx'] = None; import emulator.__main__ as m; "
    finished = subprocess.run(  # noqa: S603  # the command is ours
        [
            *(sys.executable, "-c", f"{blocked} sys.exit(m.main(sys.argv[1:]))"),
            *(*QUIET, *ANY_PORTS, "--until-stdin-closes"),
        ],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
        cwd=Path(__file__).parents[2],
    )
    assert finished.returncode == 0, finished.stderr


def test_without_pocketsphinx_it_ends_with_2_and_says_what_to_do() -> None:
    hidden = "import importlib.util as u; find = u.find_spec; u.find_spec = lambda name, *rest: "
    hidden += "None if name == 'pocketsphinx' else find(name, *rest); "
    finished = subprocess.run(  # noqa: S603  # the command is ours
        [
            *(
                sys.executable,
                "-c",
                f"{hidden} import sys, emulator.__main__ as m; sys.exit(m.main())",
            ),
            *(*ANY_PORTS, "--until-stdin-closes"),
        ],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
        cwd=Path(__file__).parents[2],
    )
    assert finished.returncode == 2
    (line,) = finished.stderr.splitlines()
    assert line.startswith("emulator: the ears need PocketSphinx")
    assert line.endswith(", or --ears none")


@asynccontextmanager
async def open_live(
    emulator: EmulatorProcess, *, tls: bool
) -> AsyncIterator[live.ClientConnection]:
    """Open a session with a client library that is not the emulator's own."""
    context = ssl.create_default_context(cafile=emulator.certificate) if tls else None
    url = emulator.tls_url if tls else emulator.plain_url
    address = f"{url.replace('http', 'ws', 1)}{DEVELOPER_PATH}?key=any"
    async with asyncio.timeout(WITHIN_S), live.connect(address, ssl=context) as client:
        await client.send(json.dumps(SETUP))
        assert json.loads(await client.recv()) == {"setupComplete": {}}
        yield client


@pytest.mark.parametrize("tls", [True, False])
async def test_an_aborted_connection_is_reset_without_a_close_frame(*, tls: bool) -> None:
    with EmulatorProcess(*QUIET) as emulator:
        async with open_live(emulator, tls=tls) as client:
            emulator.act("c1", {"abort": True})
            with pytest.raises(ConnectionClosedError) as caught:
                await client.recv()
            assert caught.value.rcvd is None
            assert emulator.connection("c1")["close"]["code"] is None


def test_a_signal_closes_connections_without_waiting_for_their_setup() -> None:
    with EmulatorProcess(*QUIET) as emulator:
        url = emulator.plain_url.replace("http", "ws", 1)
        with connect(f"{url}{DEVELOPER_PATH}?key=any") as client:
            began = time.monotonic()
            os.kill(emulator.pid, signal.SIGTERM)
            with pytest.raises(ConnectionClosedOK) as caught:
                client.recv(timeout=30)
            assert caught.value.rcvd is not None
            assert caught.value.rcvd.code == 1001
            assert emulator.wait() == 0
            assert time.monotonic() - began < 10  # it would wait 60 for a setup


async def test_a_signal_closes_open_sessions_first() -> None:
    with EmulatorProcess(*QUIET) as emulator:
        async with open_live(emulator, tls=True) as client:
            os.kill(emulator.pid, signal.SIGTERM)
            with pytest.raises(ConnectionClosedOK) as caught:
                await client.recv()
            assert caught.value.rcvd is not None
            assert caught.value.rcvd.code == 1001
        assert emulator.wait() == 0
