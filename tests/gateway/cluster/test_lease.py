"""Tests for `gateway.cluster.lease`: the clock is the test's, and goes on as it says."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping

from gateway.cluster.instances import Roll
from gateway.cluster.lease import LEASE_S, RENEW_S, Lease, LeaseKeeper
from tests.support.fake_cluster import FakeScripts
from tests.support.recording_observer import RecordingObserver


class Clock:
    """Goes on only as the test says."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Kept:
    """A lease and its keeper, on the loop's time plus what the process was stopped for."""

    def __init__(self) -> None:
        self.redis = FakeScripts()
        self.redis.answers["renew"] = [0, [b"one", b"two"]]
        self.observer = RecordingObserver()
        self.lost = 0
        self.wiped = 0
        self.stopped_s = 0.0
        self.load = 3
        time = asyncio.get_running_loop().time
        self.lease = Lease(self._on_lost, clock=lambda: time() + self.stopped_s)
        self.keeper = LeaseKeeper(
            "one",
            self.lease,
            self.redis,
            self.observer,
            facts=self._facts,
            on_wiped=self._on_wiped,
        )

    def _on_lost(self) -> None:
        self.lost += 1

    def _on_wiped(self) -> None:
        self.wiped += 1

    def _facts(self) -> Mapping[str, str | float]:
        return {"sessions": self.load}


@contextlib.asynccontextmanager
async def kept(*, away: bool = False) -> AsyncIterator[Kept]:
    lease = Kept()
    lease.redis.away = away
    async with asyncio.TaskGroup() as group:
        task = group.create_task(lease.keeper.run(), name="lease")
        await asyncio.sleep(0.001)
        yield lease
        task.cancel()


def test_a_tenure_is_held_for_as_long_as_the_lease_from_the_last_renewal_on() -> None:
    clock = Clock()
    lease = Lease(lambda: None, clock=clock)
    tenure = lease.tenure
    clock.now += LEASE_S - 0.001
    assert tenure.held
    lease.tried()
    clock.now += LEASE_S - 0.001
    assert tenure.held
    clock.now += 0.001
    assert not tenure.held


def test_a_tenure_that_was_lost_is_never_held_again_and_the_next_is() -> None:
    clock, lost = Clock(), list[int]()
    lease = Lease(lambda: lost.append(1), clock=clock)
    older = lease.tenure
    clock.now += LEASE_S
    lease.tried()
    assert (older.held, lease.tenure.held, lost) == (False, True, [1])
    lease.tried()
    assert (older.held, lost) == (False, [1])


def test_a_lease_runs_from_its_beginning_and_not_from_when_it_was_made() -> None:
    clock, lost = Clock(), list[int]()
    lease = Lease(lambda: lost.append(1), clock=clock)
    clock.now += 2 * LEASE_S
    lease.begin()
    lease.check()
    assert (lease.tenure.held, lost) == (True, [])


async def test_it_is_renewed_every_other_second_with_this_instances_load() -> None:
    async with kept() as lease:
        lease.load = 4
        await asyncio.sleep(2 * RENEW_S)
        renewals = [(keys, args) for name, keys, args in lease.redis.ran if name == "renew"]
        assert renewals == [
            (("gw:instances", "gw:i:one"), ("one", 6_000, "sessions", load)) for load in (3, 4, 4)
        ]
    assert lease.redis.ran[-1] == ("leave", ("gw:instances", "gw:i:one"), ("one",))
    assert lease.observer.noted("instance_joined") == [{"instance": "one"}]


async def test_it_has_joined_once_redis_knows_it_and_not_before() -> None:
    async with kept(away=True) as lease:
        await asyncio.sleep(2 * RENEW_S)
        assert lease.observer.noted("instance_joined") == []
        lease.redis.away = False
        await asyncio.sleep(2 * RENEW_S)
        assert lease.observer.noted("instance_joined") == [{"instance": "one"}]


async def test_it_is_held_for_as_long_as_it_is_renewed() -> None:
    async with kept() as lease:
        tenure = lease.lease.tenure
        lease.redis.answers["renew"] = [1, [b"one"]]
        await asyncio.sleep(10 * LEASE_S)
        assert (tenure.held, lease.lost, lease.wiped) == (True, 0, 0)


async def test_while_redis_is_away_it_is_held_because_nobody_can_take_it() -> None:
    async with kept() as lease:
        tenure = lease.lease.tenure
        lease.redis.away = True
        await asyncio.sleep(10 * LEASE_S)
        assert (tenure.held, lease.lost) == (True, 0)


async def test_a_process_that_was_stopped_for_too_long_has_lost_it_before_it_asks_redis() -> None:
    async with kept() as lease:
        tenure = lease.lease.tenure
        lease.stopped_s = LEASE_S
        assert not tenure.held
        assert lease.lost == 0
        ran = len(lease.redis.ran)
        await asyncio.sleep(RENEW_S)
        assert lease.lost == 1
        assert len(lease.redis.ran) == ran + 1
        assert not tenure.held
        assert lease.lease.tenure.held


async def test_a_process_that_was_stopped_while_it_renewed_has_lost_it_too() -> None:
    async with kept() as lease:
        tenure = lease.lease.tenure
        lease.redis.held.clear()
        await asyncio.sleep(RENEW_S)
        lease.stopped_s = LEASE_S
        lease.redis.held.set()
        await asyncio.sleep(0.001)
        assert (tenure.held, lease.lost, lease.lease.tenure.held) == (False, 1, True)


async def test_a_process_that_was_stopped_for_less_has_it() -> None:
    async with kept() as lease:
        lease.stopped_s = LEASE_S - 2 * RENEW_S
        await asyncio.sleep(RENEW_S)
        assert lease.lost == 0


async def test_redis_that_was_emptied_behind_its_back_is_noticed() -> None:
    async with kept() as lease:
        lease.redis.answers["renew"] = [1, [b"one"]]
        await asyncio.sleep(RENEW_S)
        assert lease.wiped == 0
        lease.redis.answers["renew"] = [0, [b"one"]]
        await asyncio.sleep(RENEW_S)
        assert lease.wiped == 1
        assert len(lease.observer.noted("redis_wiped")) == 1


async def test_a_lease_that_ran_out_while_redis_was_away_is_not_taken_for_that() -> None:
    async with kept() as lease:
        lease.redis.away = True
        await asyncio.sleep(2 * LEASE_S)
        lease.redis.away = False
        lease.keeper.renew_at_once()
        await asyncio.sleep(0.001)
        assert lease.redis.names()[-1] == "renew"
        assert lease.wiped == 0


async def test_the_others_are_asked_for_and_otherwise_remembered() -> None:
    async with kept() as lease:
        lease.redis.answers["names"] = [b"one", b"two", b"three"]
        assert await lease.keeper.others() == Roll(("two", "three"))
        lease.redis.away = True
        assert await lease.keeper.others() == Roll(("two", "three"), complete=False)
        lease.redis.away = False
        lease.redis.held.clear()
        before = asyncio.get_running_loop().time()
        assert await lease.keeper.others() == Roll(("two", "three"), complete=False)
        assert asyncio.get_running_loop().time() - before < 0.4
        lease.redis.held.set()


async def test_an_instance_that_leaves_while_redis_is_away_just_leaves() -> None:
    async with kept() as lease:
        lease.redis.away = True
    assert "leave" not in lease.redis.names()


async def test_a_redis_that_is_back_is_not_believed_at_once_to_know_of_everybody() -> None:
    async with kept() as lease:
        lease.redis.answers["names"] = [b"one", b"two", b"three"]
        await lease.keeper.others()
        lease.redis.answers["names"] = lease.redis.answers["renew"][1] = [b"one", b"four"]
        lease.redis.answers["renew"][0] = 1
        lease.keeper.renew_at_once()
        await asyncio.sleep(RENEW_S)
        assert await lease.keeper.others() == Roll(("four", "two", "three"), complete=False)
        await asyncio.sleep(2 * RENEW_S)
        assert await lease.keeper.others() == Roll(("four",))


async def test_a_redis_that_has_forgotten_this_instance_may_have_forgotten_others() -> None:
    async with kept() as lease:
        lease.redis.answers["names"] = []
        assert await lease.keeper.others() == Roll(("two",), complete=False)
        renewals = lease.redis.names().count("renew")
        await asyncio.sleep(0.001)
        assert lease.redis.names().count("renew") == renewals + 1


async def test_an_instance_that_has_not_joined_yet_does_not_claim_to_know_all_others() -> None:
    lease = Kept()
    lease.redis.answers["names"] = [b"two"]
    assert await lease.keeper.others() == Roll(("two",), complete=False)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(lease.keeper.run(), name="lease")
        await asyncio.sleep(0.001)
        lease.redis.answers["names"] = [b"one", b"two"]
        assert await lease.keeper.others() == Roll(("two",))
        task.cancel()
