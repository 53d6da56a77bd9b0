"""Tests for `gateway.spending` and `gateway.counters`, in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest

from actors.caps import NO_CAPS, Cap, Caps
from actors.ports import SpendingNowhere, StoreUnavailable
from actors.tally import Tally
from gateway import counters, known_spending
from gateway.counters import MemoryCounters
from gateway.known_spending import KnownSpending
from gateway.refusals import Refusals
from gateway.spending import Spending, Today
from schemas.bill import Bill
from schemas.messages import SpendingTold
from tests.support.moments import a_moment, seconds_pass
from tests.support.recording_observer import RecordingObserver

NOON = 1_790_000_000.0
DAY_S = 86_400


class FlakyCounters(MemoryCounters):
    """Counters that can be away, and that know which names they were given."""

    def __init__(self) -> None:
        self.now = NOON
        super().__init__(wall_clock=lambda: self.now)
        self.away = False
        self.ops: list[int] = []

    async def add(self, op: int, user_id: str, bill: Bill, audio_ms: int) -> SpendingTold:
        """Count it, if they are there."""
        self.ops.append(op)
        await asyncio.sleep(0)
        if self.away:
            raise StoreUnavailable("away")
        return await super().add(op, user_id, bill, audio_ms)

    async def everybody(self) -> Bill:
        """Return it, if they are there."""
        if self.away:
            raise StoreUnavailable("away")
        return await super().everybody()


class LossyCounters(FlakyCounters):
    """Counters whose first answers are lost, which takes as long as they may take."""

    def __init__(self, lost_after_s: float) -> None:
        super().__init__()
        self.lost_after_s = lost_after_s

    async def add(self, op: int, user_id: str, bill: Bill, audio_ms: int) -> SpendingTold:
        """Count it, once."""
        seen = self.ops.count(op)
        self.ops += [op] * (seen > 0)
        told = SpendingTold(None, await self.everybody())
        if not seen:
            told = await super().add(op, user_id, bill, audio_ms)
        if len(self.ops) <= 3:
            await asyncio.sleep(self.lost_after_s)
            raise StoreUnavailable("the answer is lost")
        return told


class Rig:
    """Spending that runs, and what was told."""

    def __init__(self, day: Caps, gather_s: float) -> None:
        self.counters = FlakyCounters()
        self.observer = RecordingObserver()
        self.tally = Tally()
        self.told: list[SpendingTold] = []
        self.told_all: list[SpendingTold] = []
        self.spending = Spending(
            self.counters,
            self.observer,
            day=day,
            gather_s=gather_s,
            tell_all=self.told_all.append,
            tally=self.tally,
            wall_clock=lambda: self.counters.now,
        )

    def spend(self, tokens: int, user_id: str = "ala") -> None:
        """Spend."""
        self.spending.spend(user_id, Bill(tokens), 100, self.told.append)


@asynccontextmanager
async def running(day: Caps = NO_CAPS, gather_s: float = 0) -> AsyncGenerator[Rig, None]:
    rig = Rig(day, gather_s)
    task = asyncio.create_task(rig.spending.run())
    await a_moment()
    yield rig
    task.cancel()
    await asyncio.wait([task])


async def test_where_nothing_depends_on_it_spending_is_counted_together() -> None:
    async with running(gather_s=60) as rig:
        for _ in range(3):
            rig.spend(10)
            await seconds_pass(10)
        assert rig.told == []
        await seconds_pass(31)
        assert rig.told == [SpendingTold(Bill(30), Bill(30))]
        rig.spend(5)
    assert (await rig.counters.everybody()).tokens == 35


async def test_what_is_spent_here_is_counted_in_money_and_what_all_spend_is_shown() -> None:
    async with running(Caps(tokens=Cap(80, 100)), gather_s=0) as rig:
        rig.spending.spend("ala", Bill(60, 7), 0, rig.told.append)
        await rig.counters.add(1, "ola", Bill(30, 100), 0)
        assert (rig.tally.counts["cost",], rig.spending.today().level) == (7, None)
        await a_moment()
        assert rig.spending.today() == Today(Bill(90, 107), Caps(tokens=Cap(80, 100)))
        assert rig.spending.today().level == "low"


async def test_who_spends_is_told_what_was_spent_in_all() -> None:
    async with running() as rig:
        rig.spend(10)
        rig.spend(5, "ola")
        await a_moment()
        rig.spend(1)
        await a_moment()
        assert rig.told == [
            SpendingTold(Bill(10), Bill(10)),
            SpendingTold(Bill(5), Bill(15)),
            SpendingTold(Bill(11), Bill(16)),
        ]
        assert rig.counters.ops == [1, 2, 3]


async def test_what_comes_together_is_counted_together_and_told_once() -> None:
    async with running() as rig:
        tell = rig.told.append
        for _ in range(3):
            rig.spending.spend("ala", Bill(1), 0, tell)
        await a_moment()
        assert rig.told == [SpendingTold(Bill(3), Bill(3))]


async def test_what_cannot_be_counted_is_owed_under_its_name_and_judged_by_what_is_known() -> None:
    async with running() as rig:
        rig.spend(10)
        await a_moment()
        rig.counters.away = True
        rig.spend(7)
        await a_moment()
        rig.spend(5, "ola")
        await seconds_pass(1.5)
        assert SpendingTold(Bill(17), Bill(17)) in rig.told
        assert rig.told[-2:] == [SpendingTold(Bill(5), Bill(22)), SpendingTold(Bill(17), Bill(22))]
        assert rig.observer.noted("spending_not_counted") == [{"problem": "away"}]
        rig.counters.away = False
        await seconds_pass(1.5)
        assert rig.told[-2:] == [SpendingTold(Bill(17), Bill(17)), SpendingTold(Bill(5), Bill(22))]
        assert rig.counters.ops == [1, 2, 2, 2, 3]


async def test_while_nothing_can_be_counted_each_is_told_at_once_of_all_that_is_known() -> None:
    async with running() as rig:
        rig.spend(10)
        rig.spend(3, "ola")
        await a_moment()
        rig.counters.away = True
        rig.spend(7)
        await a_moment()
        rig.told.clear()
        # Another session of hers, and its turns, none of which waits for the next attempt.
        for tokens in (0, 2, 4):
            rig.spend(tokens)
        assert [told.user for told in rig.told] == [Bill(17), Bill(19), Bill(23)]
        rig.spend(0, "ola")
        assert rig.told[-1] == SpendingTold(Bill(3), Bill(26))
        await seconds_pass(1.5)
        assert {told.everybody for told in rig.told[4:]} == {Bill(26)}
        assert {told.user for told in rig.told[4:]} == {Bill(23), Bill(3)}
        rig.counters.away = False
        await seconds_pass(1.5)
        rig.told.clear()
        rig.spend(1)
        assert rig.told == []
        await a_moment()
        assert rig.told == [SpendingTold(Bill(24), Bill(27))]


@pytest.mark.parametrize("lost_after_s", [0, 2])
async def test_what_was_counted_though_the_answer_is_lost_is_judged_once(lost_after_s: int) -> None:
    counters, told = LossyCounters(lost_after_s), list[SpendingTold]()
    day = Caps(tokens=Cap(None, 150))
    spending = Spending(counters, RecordingObserver(), day=day, wall_clock=lambda: counters.now)
    running = asyncio.create_task(spending.run())
    spending.spend("ala", Bill(100), 0, told.append)
    for _ in range(100):
        await seconds_pass(0.1)
        spending.spend("ala", Bill(0), 0, told.append)
    running.cancel()
    assert {each.everybody for each in told} == {Bill(100)}
    assert len(told) > 10


async def test_what_was_known_of_yesterday_counts_no_more_though_the_counters_are_away() -> None:
    async with running(Caps(tokens=Cap(80, 100))) as rig:
        rig.spend(110)
        await seconds_pass(2)
        rig.counters.away = True
        rig.spend(7)
        await a_moment()
        assert rig.told[-1] == SpendingTold(Bill(117), Bill(117))
        rig.counters.now += DAY_S
        rig.spend(1, "ola")
        # What is owed is counted today.
        assert rig.told[-1] == SpendingTold(Bill(1), Bill(8))
        rig.spend(2)
        assert rig.told[-1] == SpendingTold(Bill(9), Bill(10))


def test_what_was_asked_for_yesterday_is_not_known_of_today() -> None:
    now = [NOON]
    known = KnownSpending(lambda: now[0])
    yesterday = known.today
    known.learn(yesterday, Bill(5))
    known.learn_of("ala", yesterday, Bill(5))
    assert (known.everybody(), known.of("ala")) == (Bill(5), Bill(5))
    now[0] += DAY_S
    known.learn(yesterday, Bill(6))
    known.learn_of("ala", yesterday, Bill(6))
    assert (known.everybody(), known.of("ala")) == (Bill(), Bill())


def test_only_so_many_users_are_known() -> None:
    known = KnownSpending(lambda: NOON)
    for user in range(known_spending.MOST_KNOWN):
        known.learn_of(str(user), known.today, Bill(1))
    known.learn_of("0", known.today, Bill(2))
    known.learn_of("one more", known.today, Bill(3))
    assert [known.of(user) for user in ("0", "1", "2")] == [Bill(2), Bill(), Bill(1)]


async def test_sessions_that_are_long_over_are_not_kept_while_the_counters_are_away() -> None:
    async with running() as rig:
        rig.counters.away = True
        told: list[list[SpendingTold]] = [[], [], []]
        for each in told:
            rig.spending.spend("ala", Bill(1), 0, each.append)
        rig.counters.away = False
        await seconds_pass(2)
        assert told == [[], *[[SpendingTold(Bill(3), Bill(3))]] * 2]


async def test_all_are_told_when_others_have_come_to_the_days_cap() -> None:
    async with running(Caps(tokens=Cap(80, 100))) as rig:
        for tokens in (70, 15, 5, 20):
            await rig.counters.add(0, "ola", Bill(tokens), 0)
            await seconds_pass(2)
        rig.counters.away = True
        await seconds_pass(3)
        assert [told.everybody.tokens for told in rig.told_all] == [85, 110]


async def test_what_is_left_is_counted_when_the_process_ends() -> None:
    async with running() as rig:
        rig.spend(10)
        rig.spend(5, "ola")
    assert (await rig.counters.everybody()) == Bill(15)


async def test_what_cannot_be_counted_does_not_keep_the_process() -> None:
    async with running() as rig:
        rig.counters.away = True
        rig.spend(10)
    assert set(rig.counters.ops) == {1}


async def test_a_new_day_begins_at_midnight() -> None:
    now = [NOON]
    memory = MemoryCounters(wall_clock=lambda: now[0])
    await memory.add(1, "ala", Bill(10, 5), 0)
    now[0] += 86_400
    assert await memory.everybody() == Bill()
    assert await memory.add(1, "ala", Bill(1, 2), 0) == SpendingTold(Bill(1, 2), Bill(1, 2))


async def test_only_so_many_users_are_counted() -> None:
    memory = MemoryCounters(wall_clock=lambda: NOON)
    for user in range(counters.MOST_USERS + 1):
        await memory.add(1, str(user), Bill(1), 0)
    assert (await memory.add(1, "0", Bill(1), 0)).user == Bill(1)


def test_refusals_are_counted_by_their_cause() -> None:
    refusals = Refusals()
    for cause in ("full", "idle", "full"):
        refusals.count(cause)
    assert refusals.counts == {"full": 2, "idle": 1}
    SpendingNowhere().spend("ala", Bill(1), 0, lambda _: None)
