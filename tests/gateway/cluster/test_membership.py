"""Tests for `gateway.cluster.alone`, `naming`, `membership` and what ends its tasks."""

from __future__ import annotations

import asyncio
import contextlib
import os

import pytest

from actors.registry import SessionRegistry
from gateway.cluster.alone import Alone
from gateway.cluster.lease import LEASE_S
from gateway.cluster.membership import Membership
from gateway.cluster.naming import a_name
from gateway.cluster.shared import SharedRedis, cancellations, heed_cancellation
from schemas.messages import Draining
from tests.support.fake_cluster import SeenSession
from tests.support.recording_observer import RecordingObserver

NOWHERE = "redis://127.0.0.1:1/0"


async def nothing(_: str) -> None:
    """Owe nothing."""


class Stopped(Membership):
    """A member whose process was stopped, as far as its clock goes."""

    def goes_on(self, after_s: float) -> None:
        self.lease.tenure.put_off(self.lease.tenure.until - after_s)
        self.lease.check()


def stay() -> None:
    """Do not go."""


def a_member(registry: SessionRegistry, observer: RecordingObserver) -> Stopped:
    redis = SharedRedis(NOWHERE, observer)
    return Stopped(
        redis, instance="one", registry=registry, observer=observer, pay=nothing, leave=stay
    )


def test_no_two_instances_have_one_name() -> None:
    assert a_name() != a_name()
    assert f"-{os.getpid()}-" in a_name()


async def test_an_instance_that_is_alone_keeps_its_sessions_for_good() -> None:
    registry, observer = SessionRegistry(), RecordingObserver()
    member = Alone("one", registry, observer, leave=stay)
    assert member.tenure().held
    registry.claim(SeenSession("ala"))
    assert (await member.view.listed()).sessions[0].instance == "one"
    await member.run()


async def test_sessions_that_were_lost_are_woken_and_those_that_begin_then_are_served() -> None:
    registry, observer = SessionRegistry(), RecordingObserver()
    member = a_member(registry, observer)
    tenure, session = member.tenure(), SeenSession("ala")
    registry.claim(session)
    member.goes_on(LEASE_S - 1)
    assert (tenure.held, session.told) == (True, [])
    member.goes_on(LEASE_S)
    assert (tenure.held, session.told) == (False, [Draining()])
    assert member.tenure().held
    assert observer.warnings == [("lease_lost", {"sessions": 1})]
    registry.release(session)
    assert member.directory.settled


async def test_an_instance_without_sessions_has_nothing_to_lose() -> None:
    observer = RecordingObserver()
    a_member(SessionRegistry(), observer).goes_on(2 * LEASE_S)
    assert observer.notes == [("lease_lost", {"sessions": 0})]
    assert observer.warnings == []


async def test_a_task_that_is_told_to_end_while_redis_py_forgets_it_ends() -> None:
    async def forgets() -> None:
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(1)
        heed_cancellation()

    task = asyncio.create_task(forgets())
    await asyncio.sleep(0.5)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_task_that_cleans_up_after_it_was_told_to_end_is_left_to_it() -> None:
    async def cleans_up() -> str:
        try:
            await asyncio.sleep(1)
        except asyncio.CancelledError:
            before = cancellations()
            await asyncio.sleep(0.1)
            heed_cancellation(before)
        return "clean"

    task = asyncio.create_task(cleans_up())
    await asyncio.sleep(0.5)
    task.cancel()
    assert await task == "clean"
