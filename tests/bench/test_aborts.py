from __future__ import annotations

import asyncio

import pytest
from websockets.asyncio.client import ClientConnection
from websockets.client import ClientProtocol
from websockets.uri import parse_uri

from bench.aborts import listening_again
from bench.phone import WAIT_S, Phone

BEFORE = (1.0, {"type": "status", "status": "listening"})
LOST = (2.0, {"type": "status", "status": "reconnecting"})
BACK = (3.5, {"type": "status", "status": "listening"})


@pytest.fixture
async def phone() -> Phone:
    """A phone that is not connected to anything."""
    return Phone(ClientConnection(ClientProtocol(parse_uri("ws://phone.test"))))


async def test_only_a_link_that_came_back_counts(phone: Phone) -> None:
    phone.received = [BEFORE, LOST]
    asyncio.get_running_loop().call_later(1, phone.received.append, BACK)
    assert await listening_again(phone, seen=1) == 3.5


async def test_a_link_that_does_not_come_back_is_waited_for_only_so_long(phone: Phone) -> None:
    phone.received = [BEFORE, LOST]
    started_at = asyncio.get_running_loop().time()
    with pytest.raises(TimeoutError):
        await listening_again(phone, seen=1)
    assert asyncio.get_running_loop().time() - started_at == pytest.approx(WAIT_S)
