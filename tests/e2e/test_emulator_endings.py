"""How connections to the emulator end when their clients do not help."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from emulator.actions import Action, Close
from emulator.client_socket import ClientGone
from emulator.connection import Connection
from emulator.faculties import Behaviour
from tests.support.emulator_app import SETUP, WITHIN_S, RunningApp, running_app

MORE_THAN_BUFFERS_HOLD = Action(send={"text": "x" * 100_000})


@asynccontextmanager
async def a_client_that_stopped_reading(app: RunningApp) -> AsyncIterator[Connection]:
    """Yield the connection of a client that takes nothing more, while a message waits for it."""
    await app.open()
    connection = app.app.ledger.find_open("c1")
    assert connection is not None
    stuck = asyncio.Event()

    async def send_until_gone() -> None:
        with suppress(ClientGone):
            while True:
                alarm = asyncio.get_running_loop().call_later(0.5, stuck.set)
                await connection.act(MORE_THAN_BUFFERS_HOLD)
                alarm.cancel()

    async with asyncio.timeout(WITHIN_S), asyncio.TaskGroup() as group:
        group.create_task(send_until_gone())
        await stuck.wait()
        yield connection


async def test_a_client_that_stopped_reading_is_closed_all_the_same() -> None:
    async with running_app() as app, a_client_that_stopped_reading(app) as connection:
        await connection.act(Action(close=Close(1011, "enough")))
        await app.app.ledger.until_all_closed()
        assert (await app.record())["close"]["code"] == 1011


async def test_a_client_that_does_not_read_its_close_frame_can_be_broken_off() -> None:
    async with running_app() as app, a_client_that_stopped_reading(app) as connection:
        await connection.act(Action(close=Close(1011, "enough")))
        await app.closed_record()
        assert app.app.ledger.find_open("c1") is connection
        assert (await app.act("c1", {"say": {"text": "hi"}}))[0] == 409
        assert (await app.act("c1", {"abort": True}))[0] == 200
        async with asyncio.timeout(WITHIN_S):
            await app.app.ledger.until_all_closed()


async def test_shutting_down_does_not_wait_for_a_client_that_stopped_reading() -> None:
    async with running_app() as app, a_client_that_stopped_reading(app):
        await app.app.end_all(0.1)
        async with asyncio.timeout(WITHIN_S):
            await app.app.ledger.until_all_closed()


async def test_a_connection_can_be_closed_before_its_setup() -> None:
    async with running_app() as app:
        client = await app.connect()
        assert (await app.act("c1", {"close": {"code": 1013, "reason": "full"}}))[0] == 200
        assert await client.closed() == (1013, "full")


async def test_a_connection_can_be_broken_off_before_its_setup() -> None:
    async with running_app() as app:
        client = await app.connect()
        assert (await app.act("c1", {"abort": True}))[0] == 200
        assert await client.closed() == (1006, "")


async def test_a_connection_can_be_closed_while_its_setup_is_delayed() -> None:
    async with running_app(behaviour=Behaviour(setup_delay_s=60)) as app:
        client = await app.connect()
        await client.send(SETUP)
        await app.act("c1", {"close": {"code": 1011}})
        assert await client.closed() == (1011, "")


async def test_a_goaway_keeps_to_its_earlier_time_when_told_twice() -> None:
    async with running_app() as app:
        client = await app.open()
        await app.act("c1", {"go_away": "0.05s"})
        await app.act("c1", {"go_away": "600s"})
        assert (await client.closed())[0] == 1011


async def test_malformed_messages_are_sent_as_they_are() -> None:
    message = {"toolCall": {"functionCalls": [{"name": "f"}, 5]}}
    async with running_app() as app:
        client = await app.open()
        assert (await app.act("c1", {"send": message}))[0] == 200
        assert await client.receive() == message


async def test_messages_of_several_megabytes_can_be_sent() -> None:
    message = {"text": "x" * 3_000_000}
    async with running_app() as app:
        client = await app.open()
        body = io.BytesIO(json.dumps({"send": message}).encode())
        async with app.session.post(f"{app.url}/emulator/connections/c1", data=body) as answer:
            assert answer.status == 200
        assert await client.receive() == message
