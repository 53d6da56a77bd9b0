"""A phone's connection that grows old is replaced again and again, and nothing is noticed of it."""

from __future__ import annotations

import asyncio
import json
import time

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from bench.phone import paced
from bench.tones import tones
from gateway.client import ShoppingClient
from gateway.client_retry import Loss
from gateway.talk_socket import SocketClosed
from gateway.talk_wire import Heard
from schemas.server import ProductDetected, SessionInfo
from tests.support.gateway_process import GatewayProcess
from tests.support.processes import EmulatorProcess

AGE_S = 4.0
SETTINGS = {"CONNECTION_AGE_S": f"{AGE_S:g}", "DRAIN_TIMEOUT": "2", "STOP_LIMIT_S": "1"}
PRODUCTS = ("mleko", "chleb", "masło", "ser")
REPLACED = 3


class Phone:
    """An app that keeps what it hears."""

    def __init__(self) -> None:
        self.messages: list[Heard] = []
        self.losses: list[Loss] = []

    def heard(self, message: Heard) -> None:
        self.messages.append(message)

    def puzzled(self, problem: str) -> None:
        raise AssertionError(problem)

    def lost(self, loss: Loss) -> None:
        self.losses.append(loss)


async def test_a_shopper_who_speaks_on_and_on_is_heard_over_many_connections() -> None:
    phone = Phone()
    with (
        EmulatorProcess("--ears", "tones") as emulator,
        GatewayProcess.on(emulator, SETTINGS) as gateway,
    ):
        gateway.line("ready")
        client = ShoppingClient(gateway.ws_url, "old", app=phone)
        asked: list[tuple[str, float]] = []
        async with asyncio.TaskGroup() as group:
            running = group.create_task(client.run(), name="client")
            client.start("pl-PL")
            ends_at = time.monotonic() + 30
            while len(phone.losses) < REPLACED and time.monotonic() < ends_at:
                name, number = PRODUCTS[len(asked) % len(PRODUCTS)], len(asked) + 2
                asked.append((name, number))
                # Too short a pause for a quiet moment: what is being said is cut in two.
                voice = tones(f"dodaj {number} {name}") + bytes(32 * 700)
                async for piece, _ in paced(voice + bytes(-len(voice) % 3_200)):
                    client.speak(piece)
            async for piece, _ in paced(bytes(32 * 3_000)):
                client.speak(piece)
            running.cancel()
    codes = [loss.code for loss in phone.losses if isinstance(loss, SocketClosed)]
    assert codes[:REPLACED] == [1012] * REPLACED
    assert len(codes) == len(phone.losses)
    sessions = [each for each in phone.messages if isinstance(each, SessionInfo)]
    assert [each.resumed for each in sessions] == [False, *[True] * (len(sessions) - 1)]
    came = [each for each in phone.messages if isinstance(each, ProductDetected)]
    assert [(each.product.name, each.product.quantity) for each in came] == asked
    assert [each.seq for each in came] == [*range(1, len(came) + 1)]
    assert max(client.statistics().gaps_s) < 3


async def test_a_version_1_phone_that_says_nothing_is_sent_away_in_time() -> None:
    with (
        EmulatorProcess("--ears", "none") as emulator,
        GatewayProcess.on(emulator, SETTINGS) as gateway,
    ):
        gateway.line("ready")
        connected_at = time.monotonic()
        async with connect(f"{gateway.ws_url}/ws/old") as phone:
            told = []
            try:
                while True:
                    told.append(json.loads(await phone.recv()))
            except ConnectionClosed:
                pass
        assert [each["status"] for each in told] == ["draining"]
        assert phone.close_code == 1012
        assert time.monotonic() - connected_at < AGE_S + 3
