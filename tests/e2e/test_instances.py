"""Two services as processes of their own, which share a Redis."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, Final

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from bench.redis_server import RedisServer
from schemas.close_codes import CloseCode
from tests.support.gateway_process import GatewayProcess
from tests.support.processes import EmulatorProcess

V2: Final = [Subprotocol("shopping.v2")]
WITHIN_S: Final = 30.0
POLL_S: Final = 0.05
PASSWORD: Final = "geheimgeheim"  # noqa: S105 - of nothing
IN_HASTE: Final = {"DRAIN_TIMEOUT": "2", "STOP_LIMIT_S": "1"}
"""As what Redis is owed is waited for."""


@pytest.fixture(scope="module")
def emulator() -> Iterator[EmulatorProcess]:
    with EmulatorProcess("--ears", "none") as process:
        yield process


@pytest.fixture
def two(emulator: EmulatorProcess, redis: RedisServer) -> Iterator[list[GatewayProcess]]:
    with contextlib.ExitStack() as stack:
        settings = {"SESSION_STORE": redis.url}
        started = [GatewayProcess.on(emulator, settings) for _ in range(2)]
        both = [stack.enter_context(process) for process in started]
        for process in both:
            process.line("ready")
        yield both


@contextlib.asynccontextmanager
async def phone(gateway: GatewayProcess, **start: object) -> AsyncIterator[ClientConnection]:
    async with connect(f"{gateway.ws_url}/ws/ala", subprotocols=V2, compression=None) as socket:
        await socket.send(json.dumps({"type": "start_session", **start}))
        yield socket


async def told(socket: ClientConnection, kind: str) -> dict[str, Any]:
    """Return the next message of a type, passing over the others."""
    async with asyncio.timeout(WITHIN_S):
        while True:
            message: dict[str, Any] = json.loads(await socket.recv())
            if message["type"] == kind:
                return message


async def adds(socket: ClientConnection, name: str) -> dict[str, Any]:
    """Add a product by hand; return its event."""
    await socket.send(json.dumps({"type": "edit", "operations": [{"op": "add", "name": name}]}))
    return await told(socket, "product_detected")


def until(fact: Callable[[], bool]) -> None:
    """Return once it holds; nothing else happens in this process meanwhile."""
    deadline = time.monotonic() + WITHIN_S
    while not fact():
        assert time.monotonic() < deadline
        time.sleep(POLL_S)


def until_health_says(gateway: GatewayProcess, status: str) -> dict[str, Any]:
    until(lambda: bool(gateway.get("/health")[1]["status"] == status))
    health: dict[str, Any] = gateway.get("/health")[1]
    return health


async def test_a_session_goes_on_at_another_instance_and_leaves_the_first(
    two: list[GatewayProcess],
) -> None:
    async with phone(two[0]) as first:
        begun = await told(first, "session")
        await adds(first, "chleb")
        resume = {"token": begun["resume_token"], "last_seq": 1}
        async with phone(two[1], resume=resume) as second:
            session = await told(second, "session")
            assert (session["resumed"], session["seq"]) == (True, 1)
            assert [item["name"] for item in session["list"]] == ["chleb"]
            assert (await adds(second, "ser"))["seq"] == 2
            with pytest.raises(ConnectionClosed):
                await adds(first, "mleko")
            assert first.close_code == CloseCode.REPLACED
            assert (await adds(second, "sok"))["seq"] == 3
    assert all(line["severity"] != "ERROR" for process in two for line in process.log())


async def test_a_conversation_goes_on_while_redis_is_away_and_is_stored_when_it_is_back(
    two: list[GatewayProcess], redis: RedisServer
) -> None:
    async with phone(two[0]) as first:
        begun = await told(first, "session")
        await adds(first, "chleb")
        redis.stop()
        assert (await adds(first, "ser"))["seq"] == 2
        health = until_health_says(two[0], "degraded")
        assert health["store"]["kind"] == "redis"
        assert health["store"]["available"] is False
        resume = {"token": begun["resume_token"], "last_seq": 2}
        async with phone(two[1], resume=resume) as refused:
            with pytest.raises(ConnectionClosed):
                await told(refused, "session")
            assert refused.close_code == CloseCode.TRY_AGAIN_LATER
        redis.start()
        until_health_says(two[0], "healthy")
        until_health_says(two[1], "healthy")
        # It is stored with nothing more being said; Redis had lost everything.
        until(lambda: "db0" in redis.info("keyspace"))
        async with phone(two[1], resume=resume) as second:
            session = await told(second, "session")
            assert [item["name"] for item in session["list"]] == ["chleb", "ser"]
    for process in two:
        assert [line["message"] for line in process.log()].count("redis_away") == 1
        assert [line["message"] for line in process.log()].count("redis_back") == 1


async def test_what_is_left_while_redis_is_away_is_stored_when_it_is_back(
    two: list[GatewayProcess], redis: RedisServer
) -> None:
    async with phone(two[0]) as first:
        begun = await told(first, "session")
        await adds(first, "chleb")
        redis.stop()
        await adds(first, "ser")
    until(lambda: bool(two[0].get("/health")[1]["store"]["owed"]))
    redis.start()
    until(lambda: not two[0].get("/health")[1]["store"]["owed"])
    until_health_says(two[1], "healthy")
    resume = {"token": begun["resume_token"], "last_seq": 2}
    async with phone(two[1], resume=resume) as second:
        session = await told(second, "session")
        assert [item["name"] for item in session["list"]] == ["chleb", "ser"]


async def test_the_stores_password_is_shown_nowhere(
    emulator: EmulatorProcess, redis: RedisServer
) -> None:
    address = redis.url.replace("//", f"//nobody:{PASSWORD}@")
    settings = {"SESSION_STORE": address, "LOG_LEVEL": "DEBUG", **IN_HASTE}
    with GatewayProcess.on(emulator, settings) as gateway:
        gateway.line("ready")
        async with phone(gateway) as one:
            await told(one, "session")
            health = until_health_says(gateway, "degraded")
        assert PASSWORD not in json.dumps(health)
        gateway.terminate()
        assert gateway.wait() == 0
        assert PASSWORD not in json.dumps(gateway.log()) + gateway.stderr
    with GatewayProcess({"SESSION_STORE": f"redis://:{PASSWORD}@h/x"}) as refused:
        assert refused.wait() == 2
        assert refused.stderr.startswith("gateway: SESSION_STORE has a wrong value: set it to")
        assert PASSWORD not in refused.stderr
