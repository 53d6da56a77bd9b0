"""What can be done to an open connection, on real sockets."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import ssl
import time
import urllib.error
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import WSMsgType
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosedError

from emulator.faculties import Behaviour
from tests.support.emulator_app import (
    DEVELOPER_PATH,
    SETUP,
    WITHIN_S,
    LiveClient,
    Message,
    running_app,
)
from tests.support.processes import EmulatorProcess

LATE_S = 1.0
SOON_S = 8.0
"""Beside what is timed, on a busy machine."""
DEADLINE = (1011, "Deadline expired before operation could complete.")


async def is_silent(client: LiveClient, seconds: float = 0.15) -> bool:
    try:
        await client.socket.receive(timeout=seconds)
    except TimeoutError:
        return True
    return False


def is_tool_call(message: Message) -> bool:
    return "toolCall" in message


@pytest.mark.parametrize(
    ("then", "end"), [("close", DEADLINE), ("abort", (1006, "")), (None, DEADLINE)]
)
async def test_a_goaway_is_followed_by_the_end_that_was_asked_for(
    then: str | None, end: tuple[int, str]
) -> None:
    async with running_app() as app:
        client = await app.open()
        wanted = {"time_left": "0.05s", **({"then": then} if then else {})}
        await app.act("c1", {"go_away": wanted})
        assert await client.receive() == {"goAway": {"timeLeft": "0.05s"}}
        assert await client.closed() == end


async def test_nothing_may_follow_a_goaway() -> None:
    async with running_app() as app:
        client = await app.open()
        await app.act("c1", {"go_away": {"time_left": "0s", "then": "nothing"}})
        await app.act("c1", {"say": {"text": "add milk"}})
        await client.until(is_tool_call)


async def test_after_a_silent_goaway_nothing_is_said_until_the_end() -> None:
    async with running_app() as app:
        client = await app.open()
        await app.act("c1", {"go_away": {"time_left": "0.2s", "silent": True}})
        await app.act("c1", {"say": {"text": "add milk"}})
        assert "goAway" in await client.receive()
        assert await client.closed() == DEADLINE
        record = await app.record()
        assert [one["text"] for one in record["heard"]] == ["add milk"]
        assert record["tool_calls"] == []


async def test_a_mute_model_says_later_what_it_has_to_say() -> None:
    async with running_app() as app:
        client = await app.open()
        await app.act("c1", {"mute": True})
        await client.send({"realtimeInput": {"text": "add milk"}})
        assert await is_silent(client)
        await app.act("c1", {"mute": False})
        await client.until(is_tool_call)


async def test_a_model_without_generation_only_transcribes() -> None:
    async with running_app() as app:
        client = await app.open()
        await app.act("c1", {"mute": "generation"})
        await app.act("c1", {"say": {"text": "add milk"}})
        heard = await client.receive()
        assert heard["serverContent"] == {"inputTranscription": {"text": "add milk"}}
        assert await is_silent(client)
        await app.act("c1", {"mute": False})
        await app.act("c1", {"say": {"text": "add bread"}})
        assert (await client.until(is_tool_call))[-1]["toolCall"]["functionCalls"]


async def test_a_frame_may_be_any_text() -> None:
    async with running_app(behaviour=Behaviour(binary=False)) as app:
        client = await app.connect()
        await client.send(SETUP)
        assert (await client.socket.receive()).type is WSMsgType.TEXT
        await app.act("c1", {"send_text": '{"serverContent": {'})
        frame = await client.socket.receive()
        assert (frame.type, frame.data) == (WSMsgType.TEXT, '{"serverContent": {')
    async with running_app() as app:
        client = await app.open()
        await app.act("c1", {"send_text": "not JSON"})
        assert (await client.socket.receive()).data == b"not JSON"


async def test_a_filler_is_a_message_of_an_unknown_type_and_of_that_size() -> None:
    async with running_app() as app:
        client = await app.open()
        await app.act("c1", {"send_filler": 2_000_000})
        frame = await client.socket.receive()
        assert len(frame.data) >= 2_000_000
        assert list(json.loads(frame.data)) == ["filler"]


@pytest.mark.parametrize("action", [{"mute": True}, {"send_text": "x"}, {"go_away": "1s"}])
async def test_what_needs_a_session_is_refused_before_its_setup(action: Message) -> None:
    async with running_app() as app:
        await app.connect()
        assert (await app.act("c1", action))[0] == 409


@asynccontextmanager
async def dialled(
    url: str, certificate: str | None = None, close_timeout: float = 10
) -> AsyncIterator[ClientConnection]:
    """Connect with websockets' client for asyncio: the other one may hang over TLS."""
    context = ssl.create_default_context(cafile=certificate) if certificate else None
    address = f"{url.replace('http', 'ws', 1)}{DEVELOPER_PATH}?key=any"
    async with connect(
        address, ssl=context, ping_interval=None, close_timeout=close_timeout
    ) as client:
        yield client


async def received(client: ClientConnection) -> Message:
    async with asyncio.timeout(WITHIN_S):
        message: Message = json.loads(await client.recv())
        return message


@asynccontextmanager
async def opened(
    url: str, certificate: str | None = None, close_timeout: float = 10
) -> AsyncIterator[ClientConnection]:
    async with dialled(url, certificate, close_timeout) as client:
        await client.send(json.dumps(SETUP))
        assert await received(client) == {"setupComplete": {}}
        yield client


async def a_handle(client: ClientConnection) -> str:
    """Return the handle that comes after a turn."""
    await client.send(json.dumps({"realtimeInput": {"text": "hello"}}))
    while True:
        update = (await received(client)).get("sessionResumptionUpdate", {})
        if handle := str(update.get("newHandle", "")):
            return handle


async def answer_to_a_resume(url: str, certificate: str | None, handle: str) -> object:
    """Return setupComplete, or the code and reason of the close that came instead."""
    async with dialled(url, certificate) as client:
        resumption = {"sessionResumption": {"handle": handle}}
        await client.send(json.dumps({"setup": {**SETUP["setup"], **resumption}}))
        try:
            return await received(client)
        except ConnectionClosedError as exc:
            return exc.rcvd and (exc.rcvd.code, exc.rcvd.reason)


async def pong_after(client: ClientConnection) -> float:
    """Ping, and return how many seconds later the pong came."""
    began = time.monotonic()
    async with asyncio.timeout(WITHIN_S):
        await (await client.ping())
    return time.monotonic() - began


async def is_ponged_within(client: ClientConnection, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            await (await client.ping())
    except TimeoutError:
        return False
    return True


async def takes_megabytes(client: ClientConnection, count: int, *, within_s: float) -> bool:
    try:
        async with asyncio.timeout(within_s):
            for _ in range(count):
                await client.send(bytes(1_000_000))
    except TimeoutError:
        return False
    return True


async def test_pongs_come_late_and_in_time_again() -> None:
    with EmulatorProcess("--ears", "none") as emulator:
        async with opened(emulator.plain_url) as client:
            assert await pong_after(client) < LATE_S
            emulator.act("c1", {"pong_delay": LATE_S})
            assert LATE_S <= await pong_after(client) < LATE_S + SOON_S
            emulator.act("c1", {"pong_delay": 0})
            assert await pong_after(client) < LATE_S


async def test_pongs_come_late_by_rule(tmp_path: Path) -> None:
    script = tmp_path / "script.json"
    rules = [
        {"connections": "all", "pong_delay": 0.4},
        {"connections": 2, "only": "fresh", "pong_delay": 0},
    ]
    script.write_text(json.dumps({"faults": rules}))
    with EmulatorProcess("--ears", "none", "--script", str(script)) as emulator:
        async with opened(emulator.plain_url) as client:
            assert 0.4 <= await pong_after(client) < 2
        async with opened(emulator.plain_url) as client:
            assert await pong_after(client) < LATE_S


@pytest.mark.parametrize("tls", [True, False])
async def test_a_stall_answers_no_ping_and_ends_with_all_that_came(*, tls: bool) -> None:
    with EmulatorProcess("--ears", "none") as emulator:
        url = emulator.tls_url if tls else emulator.plain_url
        async with opened(url, emulator.certificate if tls else None) as client:
            emulator.act("c1", {"stall_reads": 60})
            await client.send(json.dumps({"realtimeInput": {"text": "hello"}}))
            assert not await is_ponged_within(client, 0.2)
            emulator.act("c1", {"stall_reads": 0.1})
            assert await pong_after(client) < LATE_S + SOON_S
            assert await received(client)


@pytest.mark.parametrize("tls", [True, False])
async def test_a_stalled_connection_backs_up(*, tls: bool) -> None:
    with EmulatorProcess("--ears", "none") as emulator:
        url = emulator.tls_url if tls else emulator.plain_url
        async with opened(url, emulator.certificate if tls else None, close_timeout=0.1) as client:
            emulator.act("c1", {"stall_reads": 60})
            assert not await takes_megabytes(client, 20, within_s=1)
            client.transport.abort()


@pytest.mark.parametrize("tls", [True, False])
async def test_a_half_open_connection_answers_nothing_and_keeps_its_session(*, tls: bool) -> None:
    options = ("--ears", "none", "--half-open-lasts", "1", "--playback-speed", "100")
    with EmulatorProcess(*options) as emulator:
        url = emulator.tls_url if tls else emulator.plain_url
        certificate = emulator.certificate if tls else None
        async with opened(url, certificate, close_timeout=0.2) as client:
            handle = await a_handle(client)
            emulator.act("c1", {"half_open": True})
            assert not await is_ponged_within(client, 0.1)
        assert client.close_code == 1006
        assert emulator.connection("c1")["state"] == "open"
        refusal = await answer_to_a_resume(url, certificate, handle)
        assert refusal == (1011, "Internal error encountered.")
        emulator.wait_for(lambda _: emulator.connection("c1")["state"] == "closed")
        assert await answer_to_a_resume(url, certificate, handle) == {"setupComplete": {}}
        ended = {"by": "server", "code": None, "reason": None}
        assert emulator.connection("c1")["close"] == ended


async def test_a_half_open_connection_sends_nothing_until_it_is_dropped() -> None:
    with EmulatorProcess("--ears", "none", "--half-open-lasts", "0.5") as emulator:
        async with opened(emulator.plain_url) as client:
            began = time.monotonic()
            emulator.act("c1", {"half_open": True})
            with pytest.raises(urllib.error.HTTPError, match="409") as refused:
                emulator.act("c1", {"say": {"text": "hi"}})
            refused.value.close()
            with pytest.raises(ConnectionClosedError) as caught:
                await received(client)
            assert caught.value.rcvd is None
            assert 0.5 <= time.monotonic() - began < 0.5 + SOON_S


async def test_a_half_open_connection_can_be_reset() -> None:
    with EmulatorProcess("--ears", "none") as emulator:
        async with opened(emulator.plain_url) as client:
            emulator.act("c1", {"half_open": True})
            emulator.act("c1", {"abort": True})
            with pytest.raises(ConnectionClosedError) as caught:
                await received(client)
            assert isinstance(caught.value.__cause__, ConnectionResetError)


async def test_a_signal_does_not_wait_for_a_half_open_connection() -> None:
    with EmulatorProcess("--ears", "none") as emulator:
        async with opened(emulator.plain_url, close_timeout=0.1):
            emulator.act("c1", {"half_open": True})
            began = time.monotonic()
            os.kill(emulator.pid, signal.SIGTERM)
            assert emulator.wait() == 0
            assert time.monotonic() - began < SOON_S  # it is kept half-open for 20


async def test_a_connection_becomes_half_open_even_before_its_setup() -> None:
    async with running_app(behaviour=Behaviour(half_open_lasts_s=0.1)) as app:
        client = await app.connect()
        assert (await app.act("c1", {"half_open": True}))[0] == 200
        assert (await app.record())["state"] == "open"
        assert await client.closed() == (1006, "")
        assert (await app.closed_record())["close"]["by"] == "server"


async def test_a_stalled_connection_can_be_closed() -> None:
    async with running_app() as app:
        client = await app.open()
        await app.act("c1", {"stall_reads": 60})
        await app.act("c1", {"stall_reads": 60})
        await app.act("c1", {"close": {"code": 1011, "reason": "x"}})
        assert await client.closed() == (1011, "x")
        async with asyncio.timeout(WITHIN_S):
            await app.app.ledger.until_all_closed()
