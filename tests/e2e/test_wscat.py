"""The documents' walk-throughs and errors, typed into a real wscat at a real gateway."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from tests.support import wscat
from tests.support.gateway_process import GatewayProcess
from tests.support.markdown import fits, rows, walk_through, walk_throughs
from tests.support.processes import EmulatorProcess

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
PROTOCOL = (ROOT / "docs/protocol.md").read_text()
PING, PONG = '{"type":"ping"}', '{"type":"pong"}'
A_MEGABYTE = 1024 * 1024
TOO_LONG, BINARY = "a text frame of 1 048 576 characters", "a binary frame"
TOLERATED = 20
pytestmark = pytest.mark.timeout(200)
"""The first test installs wscat from a package registry, which may be slow."""


ERRORS = dict(rows(PROTOCOL, "| what was sent | `message` |"))


def error(message: str) -> str:
    quoted = message.replace('"', '\\"')
    return f'{{"type":"error","message":"{quoted}"}}'


@pytest.fixture(scope="module")
def command(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    return wscat.installed(tmp_path_factory.mktemp("wscat"))


@pytest.fixture(scope="module")
def gateway() -> Iterator[GatewayProcess]:
    with EmulatorProcess("--ears", "none") as emulator, GatewayProcess.on(emulator) as process:
        process.line("ready")
        yield process


@pytest.mark.parametrize("document", [README, PROTOCOL], ids=["README", "protocol"])
async def test_walk_through_goes_as_written(
    command: list[str], gateway: GatewayProcess, document: str
) -> None:
    user = "readme" if document is README else "protocol"
    async with wscat.connected(command, gateway, user) as terminal:
        for line in walk_through(document):
            if line.startswith("> "):
                await terminal.type(line[2:])
            else:
                assert await terminal.answer() == line[2:]


async def test_the_walk_through_of_version_2_goes_as_written(
    command: list[str], gateway: GatewayProcess
) -> None:
    token = ""
    for nth, lines in enumerate(walk_throughs(PROTOCOL, "-s"), start=1):
        options = ("-s", "shopping.v2")
        async with wscat.connected(command, gateway, "ola", *options, nth=nth) as terminal:
            for line in lines:
                if line.startswith("> "):
                    await terminal.type(line[2:].replace('"token":"…"', f'"token":"{token}"'))
                    continue
                answer = await terminal.answer()
                assert fits(answer, line[2:]), f"{answer} is not {line[2:]}"
                token = json.loads(answer).get("resume_token", token)


def test_readme_shows_all_four_messages() -> None:
    typed = [line for line in walk_through(README) if line.startswith("> ")]
    types = [re.findall(r'"type":"(\w+)"', line)[0] for line in typed]
    assert types == ["ping", "start_session", "audio_chunk", "stop_session"]


async def test_every_documented_error_comes_and_the_session_goes_on(
    command: list[str], gateway: GatewayProcess
) -> None:
    assert TOO_LONG in ERRORS
    async with wscat.connected(command, gateway, "careless") as terminal:
        await terminal.type('{"type":"start_session"}')
        assert "connecting" in await terminal.answer()
        assert "listening" in await terminal.answer()
        for sent, message in ERRORS.items():
            if sent == BINARY:
                continue
            await terminal.type("x" * A_MEGABYTE if sent == TOO_LONG else sent)
            assert await terminal.answer() == error(message)
            await terminal.type(PING)
            assert await terminal.answer() == PONG
        await terminal.type('{"type":"stop_session"}')
        assert "stopped" in await terminal.answer()


async def test_binary_frame_is_an_error_and_the_session_goes_on(gateway: GatewayProcess) -> None:
    async with connect(f"{gateway.ws_url}/ws/binary", compression=None) as phone:
        await phone.send(b"\0\1" * 1_600)
        assert await phone.recv() == error(ERRORS[BINARY])
        await phone.send(PING)
        assert await phone.recv() == PONG


async def test_a_thousand_pings_at_once_are_a_thousand_pongs(
    command: list[str], gateway: GatewayProcess
) -> None:
    async with wscat.connected(command, gateway, "eager") as terminal:
        await terminal.type(*[PING] * 1_000)
        assert [await terminal.answer() for _ in range(1_000)] == [PONG] * 1_000
        await terminal.type('{"type":"stop_session"}')
        assert "stopped" in await terminal.answer()


async def test_a_thousand_bad_messages_at_once_close_the_connection(
    command: list[str], gateway: GatewayProcess
) -> None:
    async with wscat.connected(command, gateway, "stubborn") as terminal:
        await terminal.type(*['{"type":"dance"}'] * 1_000)
        answers = [await terminal.answer() for _ in range(TOLERATED + 1)]
        assert answers == [error(ERRORS['{"type":"dance"}'])] * (TOLERATED + 1)
        assert await terminal.answer() == ""
        assert await terminal.ended() == 0
    async with wscat.connected(command, gateway, "forgiven") as terminal:
        await terminal.type(PING)
        assert await terminal.answer() == PONG


async def closing(phone: ClientConnection, *frames: str) -> tuple[int, str]:
    """Return code and reason of the close that follows `frames`."""
    with contextlib.suppress(ConnectionClosed):
        for frame in frames:
            await phone.send(frame)
        while True:
            await phone.recv()
    assert phone.close_code is not None
    assert phone.close_reason is not None
    return phone.close_code, phone.close_reason


async def test_close_codes_are_as_documented(gateway: GatewayProcess) -> None:
    documented = {row[0] for row in rows(PROTOCOL, "| code | when | reconnect? |")}
    assert {"1008", "1009", "4009"} <= documented
    url = f"{gateway.ws_url}/ws/closed"
    async with connect(url, compression=None) as phone:
        assert (await closing(phone, *["{}"] * (TOLERATED + 1)))[0] == 1008
    async with connect(url, compression=None) as phone:
        assert (await closing(phone, "x" * (2 << 20)))[0] == 1009
    async with connect(url, compression=None) as older, connect(url, compression=None) as newer:
        assert await closing(older) == (4009, "connected elsewhere")
        await newer.send(PING)
        assert await newer.recv() == PONG


async def test_handshakes_are_refused_as_documented(gateway: GatewayProcess) -> None:
    documented = rows(PROTOCOL, "| status | `error` |")
    for path, subprotocols in (
        ("/ws/a%20b", None),
        ("/ws/anna", [Subprotocol("chat")]),
        ("/other", None),
    ):
        with pytest.raises(InvalidStatus) as refusal:
            await connect(gateway.ws_url + path, subprotocols=subprotocols)
        response = refusal.value.response
        said = bytes(response.body or b"").decode()
        assert [f"{response.status_code}", said[len('{"error":"') : -2]] in documented
