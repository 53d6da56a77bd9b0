"""Tests for `gateway.cluster.bus`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from actors.ports import StoreUnavailable
from gateway.cluster.bus import Bus, Silence
from schemas.cluster import (
    Answer,
    Ended,
    EndSession,
    ListSessions,
    NotHere,
    ReplaceConnection,
    Reply,
    Request,
    ShowSession,
    encode,
)
from tests.support.fake_cluster import FakePost
from tests.support.recording_observer import RecordingObserver


class Desk:
    """Deals with requests as the test says; satisfies `gateway.cluster.bus.Reception`."""

    def __init__(self) -> None:
        self.asked: list[Request] = []
        self.takes_s = 0.0
        self.reply: Reply | None = NotHere()
        self.broken: Exception | None = None

    async def __call__(self, request: Request) -> Reply | None:
        self.asked.append(request)
        await asyncio.sleep(self.takes_s)
        if self.broken is not None:
            raise self.broken
        return self.reply


class Two:
    """Two instances, `one` and `two`."""

    def __init__(self) -> None:
        self.post = FakePost()
        self.observer = RecordingObserver()
        self.desks = {"one": Desk(), "two": Desk()}
        self.bus = {
            name: Bus(name, post=self.post, reception=desk, observer=self.observer)
            for name, desk in self.desks.items()
        }
        self.post.takers = {name: bus.take for name, bus in self.bus.items()}


@asynccontextmanager
async def two_instances() -> AsyncIterator[Two]:
    two = Two()
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(bus.run(), name=name) for name, bus in two.bus.items()]
        await asyncio.sleep(0)
        yield two
        for task in tasks:
            task.cancel()


async def test_a_request_is_replied_to() -> None:
    async with two_instances() as two:
        two.desks["two"].reply = Ended("s1")
        assert await two.bus["one"].ask("two", EndSession("ala"), within_s=1) == Ended("s1")
        assert two.desks["two"].asked == [EndSession("ala")]
        assert two.desks["one"].asked == []


async def test_nobody_under_a_name_is_known_at_once() -> None:
    async with two_instances() as two:
        outcome = await two.bus["one"].ask("three", ListSessions(), within_s=1)
        assert outcome is Silence.NOBODY
        assert asyncio.get_running_loop().time() == 0


async def test_a_reply_that_does_not_come_is_waited_for_as_long_as_was_agreed_on() -> None:
    async with two_instances() as two:
        two.desks["two"].takes_s = 5
        outcome = await two.bus["one"].ask("two", ListSessions(), within_s=0.8)
        assert outcome is Silence.TOO_LATE
        assert asyncio.get_running_loop().time() == pytest.approx(0.8)
        await asyncio.sleep(5)  # what comes too late is ignored
        assert two.observer.warnings == []


async def test_sending_counts_towards_the_time_that_was_agreed_on() -> None:
    async with two_instances() as two:
        two.post.slow_s = 0.9
        outcome = await two.bus["one"].ask("two", ListSessions(), within_s=0.8)
        assert outcome is Silence.TOO_LATE
        assert asyncio.get_running_loop().time() == pytest.approx(0.8)


async def test_all_are_asked_at_once_and_those_that_reply_are_heard() -> None:
    async with two_instances() as two:
        two.desks["two"].takes_s = 5
        two.post.takers["deaf"] = lambda _: None
        outcomes = await two.bus["one"].ask_all(
            ("one", "two", "three", "deaf"), ShowSession("ala"), within_s=0.8
        )
        assert outcomes == {
            "one": NotHere(),
            "two": Silence.TOO_LATE,
            "three": Silence.NOBODY,
            "deaf": Silence.TOO_LATE,
        }


async def test_nobody_to_ask_takes_no_time() -> None:
    async with two_instances() as two:
        assert await two.bus["one"].ask_all((), ListSessions(), within_s=1) == {}
        assert two.post.sent == []


async def test_a_request_that_comes_twice_has_one_reply() -> None:
    async with two_instances() as two:
        take = two.post.takers["two"]

        def twice(message: bytes) -> None:
            take(message)
            take(message)

        two.post.takers["two"] = twice
        assert await two.bus["one"].ask("two", ListSessions(), within_s=1) == NotHere()


async def test_what_has_no_reply_is_told_and_whether_anybody_was_there() -> None:
    async with two_instances() as two:
        two.desks["two"].reply = None
        request = ReplaceConnection("ala", "c1")
        assert await two.bus["one"].tell("two", request)
        assert not await two.bus["one"].tell("three", request)
        await asyncio.sleep(0.01)
        assert two.desks["two"].asked == [request]
        assert len(two.post.sent) == 2


async def test_while_redis_is_away_nothing_is_asked() -> None:
    async with two_instances() as two:
        two.post.away = True
        with pytest.raises(StoreUnavailable):
            await two.bus["one"].ask("two", ListSessions(), within_s=1)


async def test_redis_going_away_before_the_reply_harms_nobody_else() -> None:
    async with two_instances() as two:
        two.desks["two"].takes_s = 0.1
        asking = two.bus["one"].ask("two", ListSessions(), within_s=1)
        task = asyncio.create_task(asking)
        await asyncio.sleep(0.05)
        two.post.away = True
        assert await task is Silence.TOO_LATE
        two.post.away = False
        assert await two.bus["one"].ask("two", ListSessions(), within_s=1) == NotHere()
        assert two.observer.failures == []


async def test_a_bug_in_one_request_is_reported_and_the_next_is_dealt_with() -> None:
    async with two_instances() as two:
        two.desks["two"].broken = ValueError("a bug")
        outcome = await two.bus["one"].ask("two", ListSessions(), within_s=1)
        assert outcome is Silence.TOO_LATE
        assert [event for event, _, _ in two.observer.failures] == ["cluster_request_broke"]
        two.desks["two"].broken = None
        assert await two.bus["one"].ask("two", ListSessions(), within_s=1) == NotHere()


async def test_what_is_no_message_is_logged_and_passed_over() -> None:
    async with two_instances() as two:
        two.bus["one"].take(b"{")
        two.bus["one"].take(b"\xff")
        two.bus["one"].take(encode(Answer("unknown", "two", NotHere())))
        assert len(two.observer.noted("cluster_message_invalid")) == 2
        assert await two.bus["one"].ask("two", ListSessions(), within_s=1) == NotHere()


async def test_more_requests_than_can_be_dealt_with_are_passed_over() -> None:
    async with two_instances() as two:
        two.desks["two"].takes_s = 2
        for _ in range(1_025):
            await two.bus["one"].tell("two", ListSessions())
        assert len(two.observer.noted("cluster_request_passed_over")) == 1
        await asyncio.sleep(3)
        assert len(two.desks["two"].asked) == 1_024
        two.desks["two"].takes_s = 0
        assert await two.bus["one"].ask("two", ListSessions(), within_s=1) == NotHere()


async def test_an_instance_that_does_not_run_deals_with_nothing() -> None:
    two = Two()
    assert await two.bus["one"].ask("two", ListSessions(), within_s=1) is Silence.TOO_LATE
    assert two.observer.noted("cluster_request_passed_over") == [{"sender": "one"}]
