"""SIGKILL at each step of one product's way; the phone resumes on the other instance.

Real processes, stopped from outside at the step: what they say to Redis or Gemini is held back on
its way, or what they are told is. Nothing is lost and nothing comes twice.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from bench.asked import Asked
from bench.chaos.only_redis import stored_users
from bench.line import LineEnded
from bench.list_phone import ListPhone
from bench.phone import paced
from bench.recording import item_of
from bench.redis_server import RedisServer, redis_server
from bench.shopper import language_of
from bench.tones import tones
from tests.support.gate import Gate
from tests.support.gateway_process import GatewayProcess
from tests.support.processes import EmulatorProcess

MILK = ("add", "mleko", 2)
NAME = b"mleko"
SENTENCE = "dodaj do listy 2 mleko"
WITHIN_S = 30.0
users = iter(range(900))


@pytest.fixture(scope="module")
def emulator() -> Iterator[EmulatorProcess]:
    with EmulatorProcess("--ears", "tones") as process:
        yield process


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with redis_server(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture(scope="module")
def other(emulator: EmulatorProcess, redis: RedisServer) -> Iterator[GatewayProcess]:
    """The instance that lives on."""
    with GatewayProcess.on(emulator, {"SESSION_STORE": redis.url}) as process:
        yield process


@dataclass(frozen=True)
class Way:
    """A product's way, with what can be held back on it.

    Attributes:
        phone: the shopper's.
        doomed: the instance that is going to be killed.
        to_redis: its way to Redis.
        to_gemini: its way to Gemini.
    """

    phone: ListPhone
    doomed: GatewayProcess
    to_redis: Gate
    to_gemini: Gate
    emulator: EmulatorProcess
    other: GatewayProcess
    group: asyncio.TaskGroup

    async def type(self) -> None:
        await self.phone.request("text", text=SENTENCE)

    async def say(self) -> None:
        line = await self.phone.online()
        with contextlib.suppress(LineEnded):
            async for piece, _ in paced(tones(SENTENCE) + bytes(32 * 1_000)):
                await line.send(piece)

    def record(self) -> dict[str, Any]:
        """Return the emulator's record of the newest link of this phone."""
        language = self.phone.started_with["language"]
        records = [r for r in self.emulator.connections() if str(language) in str(r["setup"])]
        newest: dict[str, Any] = max(records, key=lambda record: int(record["number"]))
        return newest

    def calls(self) -> list[dict[str, Any]]:
        calls: list[dict[str, Any]] = self.record()["tool_calls"]
        return calls

    async def resumed_elsewhere(self) -> None:
        """Kill the instance, and go on at the other."""
        self.doomed.kill()
        assert self.phone.line is not None
        self.phone.line.drop()
        self.phone.port = self.other.port
        await self.phone.connect(self.group)
        assert (self.phone.resumed, self.phone.fresh) == (1, 0)


@contextlib.asynccontextmanager
async def a_way(
    emulator: EmulatorProcess, redis: RedisServer, other: GatewayProcess
) -> AsyncIterator[Way]:
    target = int(emulator.tls_url.rpartition(":")[2])
    async with Gate.to(redis.port) as to_redis, Gate.to(target) as to_gemini:
        settings = {
            "SESSION_STORE": f"redis://127.0.0.1:{to_redis.port}/0",
            "GOOGLE_GEMINI_BASE_URL": f"https://localhost:{to_gemini.port}",
        }
        with GatewayProcess.on(emulator, settings) as doomed:
            number = next(users)
            phone = ListPhone(doomed.port, f"killed-{number}", language=language_of(number))
            async with asyncio.TaskGroup() as group:
                line = await phone.connect(group)
                way = Way(phone, doomed, to_redis, to_gemini, emulator, other, group)
                await until(lambda: "listening" in statuses(phone))
                yield way
                if phone.line is not None and phone.line is not line:
                    await phone.line.close()


def statuses(phone: ListPhone) -> list[str]:
    return [told["status"] for _, told in phone.told if told["type"] == "status"]


def came(phone: ListPhone) -> list[tuple[str, str, float]]:
    return [item_of(event["product"]) for _, event in phone.notebook.events]


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(WITHIN_S):
        while not condition():  # noqa: ASYNC110 - it looks at other processes
            await asyncio.sleep(0.01)


async def happened(gate: Gate) -> None:
    async with asyncio.timeout(WITHIN_S):
        await gate.held.wait()


async def is_there_once(way: Way) -> None:
    """Assert that the product is on the phone's list and on the service's, once."""
    phone = way.phone
    await until(lambda: MILK in came(phone))
    await until(lambda: not phone.pending)
    await until(lambda: statuses(phone)[-1:] == ["listening"])
    # Whatever comes twice comes with the turn that is open, at the latest.
    assert phone.line is not None
    await phone.request("text", text="dodaj do listy 3 chleb")
    await until(lambda: ("add", "chleb", 3) in came(phone))
    await until(lambda: not phone.pending)
    assert came(phone) == [MILK, ("add", "chleb", 3)]
    asked = Asked()
    asked.note(way.emulator.connections())
    assert {*asked.of(str(phone.started_with["language"]))} == {*came(phone)}
    assert (phone.notebook.holes, phone.notebook.amounts()) == (0, {"mleko": 2, "chleb": 3})
    await phone.line.close()
    await phone.connect(way.group)
    assert phone.notebook.differences(phone.session["list"]) == []


async def test_gateway_has_told_gemini_and_gemini_has_not_heard(
    emulator: EmulatorProcess, redis: RedisServer, other: GatewayProcess
) -> None:
    async with a_way(emulator, redis, other) as way:
        way.to_gemini.hold("up")
        await way.type()
        await happened(way.to_gemini)
        await way.resumed_elsewhere()
        await is_there_once(way)


async def test_gemini_has_called_and_the_gateway_has_not_heard(
    emulator: EmulatorProcess, redis: RedisServer, other: GatewayProcess
) -> None:
    async with a_way(emulator, redis, other) as way:
        way.to_gemini.hold("down")
        await way.type()
        await until(lambda: bool(way.calls()))
        await way.resumed_elsewhere()
        await is_there_once(way)


async def test_store_was_asked_and_has_not_heard(
    emulator: EmulatorProcess, redis: RedisServer, other: GatewayProcess
) -> None:
    async with a_way(emulator, redis, other) as way:
        way.to_redis.hold("up", NAME)
        await way.type()
        await happened(way.to_redis)
        assert came(way.phone) == []
        await way.resumed_elsewhere()
        await is_there_once(way)


async def test_store_hears_it_from_the_dead_when_the_session_is_elsewhere(
    emulator: EmulatorProcess, redis: RedisServer, other: GatewayProcess
) -> None:
    async with a_way(emulator, redis, other) as way:
        way.to_redis.hold("up", NAME)
        await way.type()
        await happened(way.to_redis)
        await way.resumed_elsewhere()
        way.to_redis.let_go()
        await is_there_once(way)


async def test_store_hears_it_from_the_dead_before_the_phone_is_back(
    emulator: EmulatorProcess, redis: RedisServer, other: GatewayProcess
) -> None:
    async with a_way(emulator, redis, other) as way:
        way.to_redis.hold("up", NAME)
        await way.type()
        await happened(way.to_redis)
        way.doomed.kill()
        way.to_redis.let_go()
        await way.resumed_elsewhere()
        await is_there_once(way)


async def test_store_has_it_and_the_gateway_does_not_know(
    emulator: EmulatorProcess, redis: RedisServer, other: GatewayProcess
) -> None:
    async with a_way(emulator, redis, other) as way:
        way.to_redis.hold_answer(NAME)
        await way.type()
        await happened(way.to_redis)
        assert came(way.phone) == []
        await way.resumed_elsewhere()
        await is_there_once(way)


async def test_it_is_stored_and_gemini_has_no_answer(
    emulator: EmulatorProcess, redis: RedisServer, other: GatewayProcess
) -> None:
    async with a_way(emulator, redis, other) as way:
        way.to_gemini.hold("up")
        emulator.act(way.record()["id"], {"say": {"text": SENTENCE}})
        await happened(way.to_gemini)
        assert [call["answer"] for call in way.calls()] == [None]
        await way.resumed_elsewhere()
        await is_there_once(way)


async def test_gemini_has_its_answer_and_the_phone_was_not_told(
    emulator: EmulatorProcess, redis: RedisServer, other: GatewayProcess
) -> None:
    async with a_way(emulator, redis, other) as way:
        line = await way.phone.online()
        await way.phone.request("text", text=SENTENCE)
        line.stop_reading()
        await until(lambda: any(call["answer"] for call in way.calls()))
        assert came(way.phone) == []
        await way.resumed_elsewhere()
        await is_there_once(way)


async def test_phone_was_told_and_has_not_acknowledged(
    emulator: EmulatorProcess, redis: RedisServer, other: GatewayProcess
) -> None:
    async with a_way(emulator, redis, other) as way:
        way.phone.acknowledging = False
        await way.type()
        await until(lambda: MILK in came(way.phone))
        await way.resumed_elsewhere()
        way.phone.acknowledging = True
        await is_there_once(way)


async def test_phone_was_told_and_does_not_remember(
    emulator: EmulatorProcess, redis: RedisServer, other: GatewayProcess
) -> None:
    """An app that died before it could store what it was told."""
    async with a_way(emulator, redis, other) as way:
        way.phone.acknowledging = False
        await way.type()
        await until(lambda: MILK in came(way.phone))
        way.phone.notebook.events.clear()
        way.phone.notebook.items.clear()
        way.phone.notebook.last_seq = 0
        await way.resumed_elsewhere()
        way.phone.acknowledging = True
        await is_there_once(way)


async def test_phone_has_acknowledged(
    emulator: EmulatorProcess, redis: RedisServer, other: GatewayProcess
) -> None:
    async with a_way(emulator, redis, other) as way:
        await way.type()
        await until(lambda: MILK in came(way.phone))
        await way.resumed_elsewhere()
        await is_there_once(way)


async def test_all_is_said_and_done(
    emulator: EmulatorProcess, redis: RedisServer, other: GatewayProcess
) -> None:
    async with a_way(emulator, redis, other) as way:
        await way.type()
        await until(lambda: MILK in came(way.phone))
        await until(lambda: not way.phone.pending)
        await until(lambda: bool(way.record()["turns"]))
        await way.resumed_elsewhere()
        await is_there_once(way)


@pytest.mark.parametrize("known", [False, True], ids=["not stored", "stored"])
async def test_what_was_spoken_is_stored_or_can_be_said_again(
    emulator: EmulatorProcess,
    redis: RedisServer,
    other: GatewayProcess,
    known: bool,  # noqa: FBT001
) -> None:
    async with a_way(emulator, redis, other) as way:
        if known:
            way.to_redis.hold_answer(NAME)
        else:
            way.to_redis.hold("up", NAME)
        speaking = way.group.create_task(way.say(), name="says")
        await happened(way.to_redis)
        way.doomed.kill()
        await speaking
        await way.resumed_elsewhere()
        if not known:
            await way.say()
        await is_there_once(way)


@pytest.mark.parametrize("known", [False, True], ids=["not carried out", "carried out"])
async def test_instance_on_which_it_is_resumed_is_killed_too(
    emulator: EmulatorProcess,
    redis: RedisServer,
    other: GatewayProcess,
    known: bool,  # noqa: FBT001
) -> None:
    async with a_way(emulator, redis, other) as way, Gate.to(redis.port) as to_redis:
        store = {"SESSION_STORE": f"redis://127.0.0.1:{to_redis.port}/0"}
        with GatewayProcess.on(emulator, store) as second:
            await way.type()
            await until(lambda: MILK in came(way.phone))
            way.doomed.kill()
            if known:
                to_redis.hold_answer(way.phone.user.encode())
            else:
                to_redis.hold("up", way.phone.user.encode())
            way.phone.port = second.port
            coming_back = way.group.create_task(_tries(way), name="comes back")
            await happened(to_redis)
            second.kill()
            await coming_back
            await way.resumed_elsewhere()
            await is_there_once(way)


async def test_redis_is_emptied_and_told_again_before_the_instance_is_killed(
    emulator: EmulatorProcess, redis: RedisServer, other: GatewayProcess
) -> None:
    """Nothing is bought meanwhile: what Redis has lost is found out without."""
    async with a_way(emulator, redis, other) as way:
        await way.type()
        await until(lambda: MILK in came(way.phone))
        await until(lambda: not way.phone.pending)
        redis.flush()
        await until(lambda: way.phone.user in stored_users(redis.port))
        await way.resumed_elsewhere()
        await is_there_once(way)


async def _tries(way: Way) -> None:
    with contextlib.suppress(LineEnded):
        await way.phone.connect(way.group)
