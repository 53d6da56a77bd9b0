"""Carries the faults out: cuts beside everything else, all others one at a time.

What would combine two losses is kept apart, because nobody promises anything about it: before an
instance is killed, every session is told on its phone and Redis holds all of them; before Redis is
emptied, too. So a session is always somewhere. After each fault there is time to recover.
"""

from __future__ import annotations

import asyncio
import random
import signal
import time
from collections.abc import Sequence
from typing import Any, Final

from bench.chaos.faults import Fault
from bench.chaos.only_redis import flush, stored_users
from bench.chaos.roamer import Roamer
from bench.chaos.seen import Seen
from bench.cluster import Cluster
from bench.line import Line
from bench.processes import GatewayProcess

REDIS_PAUSED_S: Final = 5.0
STOPPED_S: Final = 7.5
"""The lease is 6 s."""
_SENT_AWAY: Final = 4
"""Phones that are out of reach when Redis is emptied, so that it holds what nobody else does."""
_PARKED_AFTER_S: Final = 4.0
"""A session waits two seconds for its phone, and finishes what was said."""
_SENTENCE_S: Final = 8.0
_RECOVERED_WITHIN_S: Final = 30.0
_STORED_WITHIN_S: Final = 10.0
"""The renewal of an instance's lease finds out within 2 s that Redis has lost everything."""
_BACK_S: Final = 1.0
"""From the moment that instances say Redis is there, for what they have to store."""
_APART_S: Final = (0.2, 1.2)
_ENDS_WITHIN_S: Final = 12.0
_DOWN_S: Final = 0.5
_HALF_OPEN: Final = 1 / 3
_LEFT_OPEN_S: Final = (2.0, 6.0)
_NOTE_S: Final = 8.0
_LOOK_S: Final = 0.05


class Chaos:
    """One run.

    Attributes:
        seen: what was done and seen.
    """

    def __init__(self, cluster: Cluster, roamers: Sequence[Roamer], seed: int) -> None:
        self.seen = Seen()
        self._cluster = cluster
        self._roamers = roamers
        self._chance = random.Random(f"{seed} chaos")  # noqa: S311 - no secret
        self._may_cut = asyncio.Event()
        self._may_cut.set()

    async def run(self, faults: Sequence[Fault], *, rest_s: float) -> list[list[dict[str, Any]]]:
        """Have everybody shop while the faults come; return the lists that the service has then.

        Args:
            faults: in their order.
            rest_s: how long what was said is waited for in the end.
        """
        going_on = True
        async with asyncio.TaskGroup() as group:
            noting = group.create_task(self._note(), name="asked")
            staying = [
                group.create_task(one.stay_connected(), name=f"line-{one.number}")
                for one in self._roamers
            ]
            for one in self._roamers:
                await one.phone.online()
            shopping = [
                group.create_task(one.shop(lambda: going_on), name=f"shopper-{one.number}")
                for one in self._roamers
            ]
            await self._break(faults, group)
            going_on = False
            await asyncio.wait(shopping)
            saying = [
                group.create_task(one.say_the_rest(), name=f"rest-{one.number}")
                for one in self._roamers
            ]
            await asyncio.wait(saying, timeout=rest_s)
            for task in (noting, *saying, *staying):
                task.cancel()
            lists = [await self._last_list(one, group) for one in self._roamers]
        self.seen.asked.note(await asyncio.to_thread(self._cluster.emulator.connections))
        return lists

    async def _break(self, faults: Sequence[Fault], group: asyncio.TaskGroup) -> None:
        """Carry out the faults; cuts are spread over the time that the others take."""
        cuts = faults.count(Fault.CUT)
        others = [fault for fault in faults if fault is not Fault.CUT]
        each = cuts / max(1, len(others))
        due = 0.0
        for fault in others:
            due += each
            cutting = group.create_task(self._cut_some(int(due), group), name="cuts")
            due -= int(due)
            await self._carry_out(fault)
            await cutting
            await asyncio.sleep(self._chance.uniform(*_APART_S))
        await self._cut_some(cuts - self.seen.done[Fault.CUT], group)
        await self._recovered("the last cut")

    # Cuts.

    async def _cut_some(self, count: int, group: asyncio.TaskGroup) -> None:
        for _ in range(count):
            await asyncio.sleep(self._chance.uniform(*_APART_S))
            await self._may_cut.wait()
            while not (online := [one for one in self._roamers if one.online]):
                await asyncio.sleep(_LOOK_S)
            line = await self._chance.choice(online).phone.online()
            self.seen.done[Fault.CUT] += 1
            if self._chance.random() < _HALF_OPEN:
                line.fall_silent()
                group.create_task(
                    _drop(line, self._chance.uniform(*_LEFT_OPEN_S)), name="left open"
                )
            else:
                line.reset()

    # All else.

    async def _carry_out(self, fault: Fault) -> None:
        if fault in (Fault.KILLED, Fault.TERMINATED, Fault.STOPPED, Fault.REDIS_FLUSHED):
            await self._recovered(f"before {fault}")
        print(f"  {_clock()} {fault}", flush=True)
        gateway = self._busy_one()
        self.seen.windows.append((time.time(), fault))
        self.seen.done[fault] += 1
        match fault:
            case Fault.TERMINATED:
                await self._terminate(gateway)
            case Fault.KILLED:
                await self._kill(gateway)
            case Fault.STOPPED:
                await self._stop(gateway)
            case _:
                await self._upset_redis(fault)
        await self._recovered(str(fault))

    def _busy_one(self) -> GatewayProcess:
        """Return an instance by chance: the more phones it has, the more likely."""
        port = self._chance.choice(self._roamers).phone.port
        return next(each for each in self._cluster.gateways if each.port == port)

    async def _upset_redis(self, fault: Fault) -> None:
        if fault is Fault.REDIS_FLUSHED:
            await self._flush()
        elif fault is Fault.REDIS_RESTARTED:
            await asyncio.to_thread(self._cluster.redis.restart)
        else:
            self._cluster.redis.pause()
            try:
                await asyncio.sleep(REDIS_PAUSED_S)
            finally:
                self._cluster.redis.go_on()

    async def _terminate(self, gateway: GatewayProcess) -> None:
        began = time.monotonic()
        gateway.terminate()
        self.seen.exit_codes[await asyncio.to_thread(gateway.exit_code, _ENDS_WITHIN_S)] += 1
        self.seen.drains_s.append(time.monotonic() - began)
        await asyncio.to_thread(gateway.start, self._cluster.emulator)

    async def _kill(self, gateway: GatewayProcess) -> None:
        gateway.signal(signal.SIGKILL)
        await asyncio.to_thread(gateway.exit_code, _ENDS_WITHIN_S)
        await asyncio.sleep(_DOWN_S)
        await asyncio.to_thread(gateway.start, self._cluster.emulator)

    async def _stop(self, gateway: GatewayProcess) -> None:
        gateway.signal(signal.SIGSTOP)
        try:
            await asyncio.sleep(STOPPED_S)
        finally:
            gateway.signal(signal.SIGCONT)

    async def _flush(self) -> None:
        """Send some phones out of reach at the end of a sentence, and empty Redis meanwhile."""
        self._may_cut.clear()
        away = self._chance.sample([*self._roamers], min(_SENT_AWAY, len(self._roamers)))
        async with asyncio.TaskGroup() as group:
            for one in away:
                group.create_task(_send_away(one), name="sends away")
        await asyncio.sleep(_PARKED_AFTER_S)
        emptied = await asyncio.to_thread(flush, self._cluster.redis.port)
        self.seen.flushes.append(emptied)
        for one in away:
            one.come_back()
        users = {one.user for one in self._roamers}
        took_s = await self._until_stored(users)
        self.seen.stored_again_s.append(took_s)
        self._may_cut.set()

    async def _until_stored(self, users: set[str]) -> float:
        """Return in how many seconds Redis holds all their sessions; infinite if it does not."""
        began = time.monotonic()
        while not users <= await asyncio.to_thread(stored_users, self._cluster.redis.port):
            if time.monotonic() - began > _STORED_WITHIN_S:
                return float("inf")
            await asyncio.sleep(_LOOK_S)
        return time.monotonic() - began

    async def _recovered(self, after: str) -> None:
        """Return when every session is told, and the instances have Redis."""
        deadline = time.monotonic() + _RECOVERED_WITHIN_S
        while not all(one.online for one in self._roamers) or not await self._have_redis():
            if time.monotonic() > deadline:
                self.seen.not_recovered.append(after)
                return
            await asyncio.sleep(_LOOK_S)
        await asyncio.sleep(_BACK_S)

    async def _have_redis(self) -> bool:
        return all([await asyncio.to_thread(_has_redis, each) for each in self._cluster.gateways])

    async def _note(self) -> None:
        while True:
            await asyncio.sleep(_NOTE_S)
            self.seen.asked.note(await asyncio.to_thread(self._cluster.emulator.connections))

    async def _last_list(self, one: Roamer, group: asyncio.TaskGroup) -> list[dict[str, Any]]:
        """Hang up, come back at the other instance and return the list that it has."""
        line = await one.phone.online()
        await line.close()
        one.next_port()
        line = await one.phone.connect(group)
        await line.close()
        items: list[dict[str, Any]] = one.phone.session["list"]
        return items


async def _send_away(one: Roamer) -> None:
    one.voiced.clear()
    try:
        async with asyncio.timeout(_SENTENCE_S):
            await one.voiced.wait()
    except TimeoutError:
        pass
    one.go_out_of_reach()


async def _drop(line: Line, after_s: float) -> None:
    await asyncio.sleep(after_s)
    line.drop()


def _has_redis(gateway: GatewayProcess) -> bool:
    try:
        store: dict[str, Any] = gateway.health().get("store", {})
    except OSError:
        return False
    return store.get("available") is not False and not store.get("owed")


def _clock() -> str:
    return time.strftime("%H:%M:%S")
