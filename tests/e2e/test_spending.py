"""What may be spent, over two instances with a real Redis: a cap holds within a turn's worth."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from bench.redis_server import RedisServer
from gateway.cluster.counters import RedisCounters
from gateway.cluster.shared import SharedRedis
from schemas.bill import Bill
from schemas.close_codes import CloseCode
from schemas.messages import SpendingTold
from tests.support.gateway_process import GatewayProcess
from tests.support.instances import NOON, TwiceRedis, instance
from tests.support.processes import EmulatorProcess
from tests.support.recording_observer import RecordingObserver

HOURS_MS = 12 * 3_600_000
V2 = [Subprotocol("shopping.v2")]
WITHIN_S = 30.0
POLL_S = 0.05
CAP = 6_000
CUT_OFF = 900
"""Tokens that a turn of a session's beginning comes to at least: those of the setup."""
SENTENCES = 200
"""More than it takes to come to the cap."""


@pytest.fixture(scope="module")
def emulator() -> Iterator[EmulatorProcess]:
    with EmulatorProcess("--ears", "none") as process:
        yield process


@contextlib.contextmanager
def instances(
    emulator: EmulatorProcess, redis: RedisServer, **settings: str
) -> Iterator[list[GatewayProcess]]:
    """Run two instances with caps."""
    with contextlib.ExitStack() as stack:
        chosen = {"SESSION_STORE": redis.url, **settings}
        started = [GatewayProcess.on(emulator, chosen) for _ in range(2)]
        both = [stack.enter_context(process) for process in started]
        for process in both:
            process.line("ready")
        yield both


@contextlib.asynccontextmanager
async def phone(gateway: GatewayProcess, user: str) -> AsyncIterator[ClientConnection]:
    async with connect(f"{gateway.ws_url}/ws/{user}", subprotocols=V2) as socket:
        await socket.send(json.dumps({"type": "start_session"}))
        yield socket


async def says(socket: ClientConnection, ref: str, warnings: list[str]) -> bool:
    """Type a sentence and wait for the answer; return whether the session goes on."""
    with contextlib.suppress(ConnectionClosed):
        await socket.send(json.dumps({"type": "text", "text": "dodaj mleko", "ref": ref}))
    with contextlib.suppress(ConnectionClosed):
        async with asyncio.timeout(WITHIN_S):
            while True:
                message = json.loads(await socket.recv())
                if message["type"] == "error":
                    warnings.append(message["code"])
                if message["type"] == "received":
                    return True
    return False


async def spent(redis: RedisServer, user: str = "*") -> Bill:
    """Return what was counted today."""
    shared = SharedRedis(redis.url, RecordingObserver())
    keeping = asyncio.create_task(shared.keep())
    try:
        day = datetime.now(UTC).date().isoformat()
        found = await shared.call("HMGET", f"gw:{{{user}}}:day:{day}", "tokens", "nanos")
        return Bill(*(int(each or 0) for each in found))
    finally:
        keeping.cancel()
        await asyncio.wait([keeping])


async def test_what_a_user_may_spend_holds_though_the_user_changes_instances(
    emulator: EmulatorProcess, redis: RedisServer
) -> None:
    with instances(emulator, redis, USER_DAY_TOKENS=str(CAP)) as both:
        codes: list[str] = []
        before, dearest = Bill(), 0
        for turn in range(SENTENCES):
            async with phone(both[turn % 2], "ala") as socket:
                goes_on = await says(socket, f"t{turn}", codes)
                if not goes_on:
                    assert socket.close_code == CloseCode.SPENT
                    break
            now = await spent(redis, "ala")
            dearest, before = max(dearest, now.tokens - before.tokens), now
        else:
            pytest.fail("it went on")
        total = await spent(redis, "ala")
        assert CAP <= total.tokens < CAP + dearest
        assert codes[0] == "budget_low"
        assert codes[-1] == "budget_spent"
        assert total == await spent(redis)
        assert total.nanos > 0
        for gateway in both:
            total = await refuses(gateway, redis, total, codes)


async def refuses(
    gateway: GatewayProcess, redis: RedisServer, total: Bill, codes: list[str]
) -> Bill:
    """See a user refused who has spent everything; return what has been spent then.

    An instance that Redis does not answer within a second, as on a machine that stands still, goes
    by what it knew, and says so; each time costs a turn.
    """
    excused = 0
    while True:
        async with phone(gateway, "ala") as socket:
            if not await says(socket, "late", codes):
                assert socket.close_code == CloseCode.SPENT
                assert await spent(redis, "ala") == total
                return total
        said = sum(line["message"] == "spending_not_counted" for line in gateway.log())
        assert said > excused, "somebody who has spent everything got another turn"
        excused = said
        total = await spent(redis, "ala")


async def test_what_all_may_spend_holds_within_a_turn_of_each_that_speaks(
    emulator: EmulatorProcess, redis: RedisServer
) -> None:
    with instances(emulator, redis, DAY_TOKENS=str(CAP)) as both:
        codes: list[str] = []
        dearest = [0, 0]

        async def shops(which: int) -> None:
            user, before = f"user{which}", 0
            async with phone(both[which], user) as socket:
                for turn in range(SENTENCES):
                    if not await says(socket, f"t{turn}", codes):
                        break
                    now = (await spent(redis, user)).tokens
                    dearest[which], before = max(dearest[which], now - before), now
                    await asyncio.sleep(POLL_S)
                assert socket.close_code == CloseCode.SPENT

        async with asyncio.TaskGroup() as group:
            for which in (0, 1):
                group.create_task(shops(which))
        total = await spent(redis)
        assert CAP <= total.tokens < CAP + sum(dearest)
        assert "budget_low" in codes
        assert codes.count("budget_spent") == 2
        for gateway in both:
            line = await asyncio.to_thread(gateway.line, "budget_spent", scope="day")
            assert line["cap_tokens"] == CAP
            health = (await asyncio.to_thread(gateway.get, "/health"))[1]
            assert (health["status"], health["degraded_by"]) == ("degraded", ["day_budget"])


async def test_what_was_known_holds_a_user_while_redis_is_away(
    emulator: EmulatorProcess, redis: RedisServer
) -> None:
    settings = {"SESSION_STORE": redis.url, "USER_DAY_TOKENS": str(CAP), "CONNECTS_PER_USER": "0"}
    codes: list[str] = []
    with GatewayProcess.on(emulator, settings) as gateway:
        gateway.line("ready")
        total = Bill()
        async with phone(gateway, "ela") as socket:
            for turn in range(SENTENCES):
                if total.tokens >= CAP - CUT_OFF:
                    break
                assert await says(socket, f"t{turn}", codes)
                total = await spent(redis, "ela")
        assert total.tokens < CAP
        redis.stop()
        answered = 0
        for _ in range(3):
            async with phone(gateway, "ela") as socket:
                while await says(socket, f"away{answered}", codes):
                    answered += 1
                assert socket.close_code == CloseCode.SPENT
        # One comes to the cap, and another may before it is known that none can be counted.
        assert answered <= 2
        assert gateway.line("spending_not_counted")


async def cut_off(socket: ClientConnection, how: str) -> None:
    """End the connection in the middle of a turn, unless the next one does."""
    sent = {"violations": 25 * ["x"], "too fast": 4_100 * ['{"type":"ping"}']}
    match how:
        case "violations" | "too fast":
            for frame in sent[how]:
                await socket.send(frame)
            async for _ in socket:
                pass
        case "aborted":
            socket.transport.abort()
        case "stopped":
            await socket.send('{"type":"stop_session"}')
            await socket.close()
        case _:
            pass


@pytest.mark.parametrize("how", ["violations", "too fast", "replaced", "aborted", "stopped"])
async def test_what_a_user_may_spend_holds_though_each_turn_is_cut_off(
    emulator: EmulatorProcess, how: str
) -> None:
    settings = {"USER_DAY_TOKENS": str(CAP), "CONNECTS_PER_USER": "0"}
    text = json.dumps({"type": "text", "text": "dodaj mleko"})
    most = 1 + -(-CAP // CUT_OFF)
    with GatewayProcess.on(emulator, settings) as gateway:
        gateway.line("ready")
        answered = 0
        async with contextlib.AsyncExitStack() as stack:
            for _ in range(SENTENCES):
                connecting = connect(f"{gateway.ws_url}/ws/ala", subprotocols=V2)
                socket = await stack.enter_async_context(connecting)
                with contextlib.suppress(ConnectionClosed):
                    await socket.send(json.dumps({"type": "start_session", "reply": "audio"}))
                    await socket.send(text)
                    async with asyncio.timeout(WITHIN_S):
                        while b"product_detected" not in await socket.recv(decode=False):
                            pass
                    answered += 1
                    await cut_off(socket, how)
                if socket.close_code == CloseCode.SPENT:
                    break
            else:
                pytest.fail("it went on")
        assert 1 < answered <= most
        ended = gateway.line("session_ended")
        assert ended["estimated_tokens"] > 0 or how in ("aborted", "stopped")


@pytest.mark.parametrize("twice", [False, True])
async def test_what_is_carried_out_twice_is_counted_once(
    redis: RedisServer, *, twice: bool
) -> None:
    async with instance(redis.url, twice=twice) as one:
        assert isinstance(one.redis, TwiceRedis) is twice
        counters = RedisCounters(one.redis, wall_clock=lambda: NOON)
        assert await counters.everybody() == Bill()
        told = await counters.add(1, "ala", Bill(10, 5), 100)
        assert told == SpendingTold(Bill(10, 5), Bill(10, 5))
        assert await counters.add(1, "ala", Bill(10, 5), 100) == told
        told = await counters.add(2, "ola", Bill(1, 2), 50)
        assert told == SpendingTold(Bill(1, 2), Bill(11, 7))
        # It is known for long what was counted, should Redis be away for as long.
        keys = [key.decode() for key in await one.redis.call("KEYS", "gw:{*}:spent:*")]
        assert all([await one.redis.call("PTTL", key) > HOURS_MS for key in keys])
        assert await counters.add(2, "ola", Bill(1, 2), 50) == told
        another = RedisCounters(one.redis, wall_clock=lambda: NOON)
        assert await another.add(1, "ela", Bill(), 0) == SpendingTold(Bill(), Bill(11, 7))
        assert await counters.everybody() == Bill(11, 7)
        keys = [key.decode() for key in await one.redis.call("KEYS", "gw:{*")]
        assert all([await one.redis.call("PTTL", key) > 0 for key in keys])
        day = datetime.fromtimestamp(NOON, UTC).date().isoformat()
        assert await one.redis.call("HGET", f"gw:{{*}}:day:{day}", "spoken_ms") == b"150"
