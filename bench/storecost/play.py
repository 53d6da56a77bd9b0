"""Has phones do one thing at a time, and looks at what Redis was asked meanwhile."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from itertools import count
from typing import Final

from bench.asked import Asked
from bench.list_phone import ListPhone
from bench.parked import a_few_at_once, fill
from bench.phone import BYTES_PER_MS, paced
from bench.processes import EmulatorProcess, GatewayProcess
from bench.recording import item_of
from bench.redis_server import RedisServer
from bench.shopper import NAMES, language_of
from bench.storecost.report import Costs
from bench.storecost.stats import Work, calls_of, p99_ms, work
from bench.tones import tones

_TALK: Final = "dzień dobry, jak się masz"
"""Bought nothing by."""
_PAUSE_MS: Final = 1_500
_WITHIN_S: Final = 30.0
_GLANCE_S: Final = 0.002


@dataclass(frozen=True, slots=True)
class Size:
    """How much is done.

    Attributes:
        phones: at once.
        products_each: that each of them types.
        seconds: of speech, of silence, and of nothing at all.
        parked: sessions that are left.
        rounds: in which the two gateways take turns.
        settle_s: in which sessions are parked, and what is done late is done.
        counted_s: in which what was spent before is counted, which is done once a minute.
    """

    phones: int
    products_each: int
    seconds: float
    parked: int
    rounds: int
    settle_s: float
    counted_s: float


class Measurement:
    """One measurement.

    Attributes:
        costs: what came of it so far.
    """

    def __init__(
        self,
        redis: RedisServer,
        emulator: EmulatorProcess,
        *,
        shared: GatewayProcess,
        in_memory: GatewayProcess,
    ) -> None:
        self.costs = Costs()
        self._redis = redis
        self._emulator = emulator
        self._shared = shared
        self._in_memory = in_memory
        self._numbers = count()

    async def run(self, size: Size) -> None:
        """Do all of it."""
        await asyncio.sleep(size.settle_s)
        self.costs.alone = await self._seen(lambda: asyncio.sleep(size.seconds))
        await self._products(size)
        await self._talk(size)
        await self._comings(size)
        await self._parked(size)

    async def _seen(self, do: Callable[[], Awaitable[None]]) -> Work:
        """Return what Redis did while something was done."""
        before, began = await self._calls(), time.monotonic()
        await do()
        after = await self._calls()
        return work(before, after, time.monotonic() - began)

    async def _calls(self) -> dict[str, int]:
        return calls_of(await asyncio.to_thread(self._redis.info, "commandstats"))

    def _phones(self, gateway: GatewayProcess, many: int) -> list[ListPhone]:
        numbers = [next(self._numbers) for _ in range(many)]
        return [
            ListPhone(gateway.port, f"cost-{number:04}", language=language_of(number))
            for number in numbers
        ]

    async def _products(self, size: Size) -> None:
        """Have products typed at both gateways in turn.

        What they do first counts for neither: the emulator does it for the first time as well, and
        that would be the first gateway's delay.
        """
        done: list[Work] = []
        for number in range(-2, 2 * size.rounds):
            gateway = (self._shared, self._in_memory)[number % 2]
            phones = self._phones(gateway, size.phones)
            async with asyncio.TaskGroup() as group:
                for phone in phones:
                    await phone.connect(group)
                await asyncio.sleep(size.settle_s)
                seen = await self._seen(lambda: _typed(phones, size.products_each // size.rounds))  # noqa: B023 - done at once
                for phone in phones:
                    await (await phone.online()).close()
            delays = await self._delays_ms(phones)
            if number < 0:
                continue
            if gateway is self._shared:
                done.append(seen)
                self.costs.products += len(delays)
                self.costs.delays_ms += delays
            else:
                self.costs.memory_delays_ms += delays
        self.costs.selling = Work(
            sum(each.seconds for each in done),
            sum(each.sent for each in done),
            sum(each.inside for each in done),
        )
        latency = await asyncio.to_thread(self._redis.info, "latencystats")
        self.costs.script_p99_ms = p99_ms(latency, "evalsha")

    async def _delays_ms(self, phones: list[ListPhone]) -> list[float]:
        asked = Asked()
        asked.note(await asyncio.to_thread(self._emulator.connections))
        delays = []
        for phone in phones:
            called = asked.of(str(phone.started_with["language"]))
            came = {item_of(event["product"]): at for at, event in phone.notebook.events}
            delays += [(came[item] - at) * 1000 for item, at in called.items() if item in came]
        return delays

    async def _talk(self, size: Size) -> None:
        """Have phones speak and buy nothing, and then be silent."""
        phones = self._phones(self._shared, size.phones)
        self.costs.sessions = len(phones)
        async with asyncio.TaskGroup() as group:
            for phone in phones:
                await phone.connect(group)
            # Else what others have spent would be counted while these speak, and theirs in silence.
            await asyncio.sleep(size.settle_s + size.counted_s)
            self.costs.speaking = await self._seen(lambda: _all_talk(phones, size.seconds))
            await asyncio.sleep(size.counted_s)
            self.costs.silent = await self._seen(lambda: asyncio.sleep(size.seconds))
            for phone in phones:
                await (await phone.online()).close()
        await asyncio.sleep(size.settle_s)

    async def _comings(self, size: Size) -> None:
        """Have phones come back to their sessions, and leave."""
        phones = self._phones(self._shared, size.phones)
        await a_few_at_once(_comes_and_goes, phones)
        await asyncio.sleep(size.settle_s)
        self.costs.comings = len(phones)

        async def come() -> None:
            await a_few_at_once(_comes_and_goes, phones)
            await asyncio.sleep(size.settle_s)

        self.costs.coming = await self._seen(come)

    async def _parked(self, size: Size) -> None:
        """Have phones fill their lists and leave."""
        before = await self._memory()
        users = (f"parked-{number:04}" for number in range(size.parked))
        phones = [ListPhone(self._shared.port, user) for user in users]
        await a_few_at_once(_fills_and_goes, phones)
        await asyncio.sleep(size.settle_s)
        self.costs.parked = size.parked
        self.costs.parked_bytes = await self._memory() - before

    async def _memory(self) -> int:
        return int((await asyncio.to_thread(self._redis.info, "memory"))["used_memory"])


async def _typed(phones: list[ListPhone], each: int) -> None:
    async with asyncio.TaskGroup() as group:
        for phone in phones:
            group.create_task(_types(phone, each), name=f"{phone.user} types")


async def _types(phone: ListPhone, products: int) -> None:
    for number in range(products):
        amount, name = 2 + number // len(NAMES), NAMES[number % len(NAMES)]
        await phone.request("text", text=f"dodaj do listy {amount} {name}")
        async with asyncio.timeout(_WITHIN_S):
            while len(phone.notebook.events) <= number:
                await asyncio.sleep(_GLANCE_S)


async def _all_talk(phones: list[ListPhone], seconds: float) -> None:
    ends_at = time.monotonic() + seconds
    async with asyncio.TaskGroup() as group:
        for phone in phones:
            group.create_task(_talks(phone, ends_at), name=f"{phone.user} talks")


async def _talks(phone: ListPhone, ends_at: float) -> None:
    line = await phone.online()
    while time.monotonic() < ends_at:
        async for piece, _ in paced(tones(_TALK) + bytes(_PAUSE_MS * BYTES_PER_MS)):
            await line.send(piece)


async def _comes_and_goes(phone: ListPhone) -> None:
    async with asyncio.TaskGroup() as group:
        line = await phone.connect(group)
        await line.close()


async def _fills_and_goes(phone: ListPhone) -> None:
    async with asyncio.TaskGroup() as group:
        line = await phone.connect(group)
        await fill(phone)
        await line.close()
