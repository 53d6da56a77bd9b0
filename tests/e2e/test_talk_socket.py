"""Tests for `gateway.talk_socket` on a real socket."""

from __future__ import annotations

import asyncio

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.typing import Subprotocol

from gateway.talk_socket import dial
from gateway.talk_wire import SUBPROTOCOL


async def test_whoever_is_cancelled_while_talking_hangs_up_with_1000() -> None:
    left: asyncio.Future[int | None] = asyncio.get_running_loop().create_future()

    async def answer(connection: ServerConnection) -> None:
        await connection.wait_closed()
        left.set_result(connection.close_code)

    async def talk(port: int) -> None:
        async with dial(f"ws://127.0.0.1:{port}/ws/anna") as socket:
            connected.set()
            await socket.receive()

    connected = asyncio.Event()
    offered = [Subprotocol(SUBPROTOCOL)]
    async with serve(answer, "127.0.0.1", 0, subprotocols=offered) as server:
        talking = asyncio.create_task(talk(server.sockets[0].getsockname()[1]))
        await connected.wait()
        talking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await talking
        assert await left == 1000
