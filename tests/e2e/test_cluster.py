"""The bus, the lease and the directory with a real Redis: two instances in this process."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from actors.registry import SessionRegistry
from bench.redis_server import RedisServer, redis_server
from gateway.cluster.directory import CLAIM, CLOCK, RELEASE, key_of
from gateway.cluster.hand_over import HandedOver
from gateway.cluster.membership import Membership
from gateway.cluster.shared import SharedRedis
from schemas.messages import EndedByAdmin, Replaced
from tests.support.fake_cluster import SeenSession
from tests.support.recording_observer import RecordingObserver

WITHIN_S = 30.0
SLACK_S = 4.0
"""A busy machine's."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    folder: Path = tmp_path_factory.mktemp("redis")
    with redis_server(folder) as running:
        yield running


async def nothing(_: str) -> None:
    """Owe nothing."""


class Instance:
    """One of them, without phones."""

    def __init__(self, name: str, server: RedisServer) -> None:
        self.observer = RecordingObserver()
        self.registry = SessionRegistry()
        self.redis = SharedRedis(server.url, self.observer)
        self.member = Membership(
            self.redis,
            instance=name,
            registry=self.registry,
            observer=self.observer,
            pay=nothing,
            leave=lambda: None,
        )
        self.running: asyncio.Task[None]

    async def run(self) -> None:
        """Be there until cancelled."""
        async with asyncio.TaskGroup() as outer:
            outer.create_task(self.redis.keep(), name="redis")
            async with asyncio.TaskGroup() as group:
                group.create_task(self.member.run(), name="membership")

    def has(self, user_id: str, session_id: str = "s1") -> SeenSession:
        """Let it have a session."""
        session = SeenSession(user_id, session_id)
        self.registry.claim(session)
        return session

    async def sees(self, *names: str) -> bool:
        """Whether these reply to it, and nobody else is missed."""
        listed = await self.member.view.listed()
        return listed.complete and set(names) <= {row.instance for row in listed.sessions}


async def until(condition: Callable[[], object]) -> None:
    """Return when it is true."""
    async with asyncio.timeout(WITHIN_S):
        while not condition():  # noqa: ASYNC110 - what it waits for is looked at from outside
            await asyncio.sleep(0.01)


async def later() -> None:
    """Return when it is later for every instance, though each knows Redis's clock only so well."""
    await asyncio.sleep(1)


@contextlib.asynccontextmanager
async def instances(server: RedisServer, *names: str) -> AsyncIterator[list[Instance]]:
    """Run instances, each with a session of its own user."""
    server.flush()
    each = [Instance(name, server) for name in names]
    async with asyncio.TaskGroup() as group:
        for name, one in zip(names, each, strict=True):
            one.has(f"user-of-{name}")
            one.running = group.create_task(one.run(), name=name)
        await all_see_all(each, names)
        yield each
        for one in each:
            one.running.cancel()


async def all_see_all(each: list[Instance], names: tuple[str, ...]) -> None:
    async with asyncio.timeout(WITHIN_S):
        for one in each:
            while not await one.sees(*names):  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.02)


async def test_instances_see_and_end_each_others_sessions(server: RedisServer) -> None:
    async with instances(server, "one", "two") as (one, two):
        session = two.has("ala", "s7")
        listed = await one.member.view.listed()
        assert ("ala", "two") in {(row.user_id, row.instance) for row in listed.sessions}
        ended = await one.member.view.end("ala")
        assert ended.unanswered == ()
        assert session.told == [EndedByAdmin()]
        assert two.observer.noted("session_ended_by_admin")


async def test_what_is_known_of_an_instance_expires_and_goes_when_it_leaves(
    server: RedisServer,
) -> None:
    async with instances(server, "one", "two") as (one, two):
        assert set(await one.redis.call("ZRANGE", "gw:instances", 0, -1)) == {b"one", b"two"}
        facts = await one.redis.call("HGETALL", "gw:i:two")
        assert {b"host", b"pid", b"version", b"started_at", b"sessions"} == set(facts)
        assert facts[b"sessions"] == b"1"
        for key in ("gw:instances", "gw:i:two"):
            assert 0 < await one.redis.call("PTTL", key) <= 6_000
        two.running.cancel()
        await asyncio.wait([two.running])
        assert await one.redis.call("ZRANGE", "gw:instances", 0, -1) == [b"one"]
        assert await one.redis.call("EXISTS", "gw:i:two") == 0
        assert (await one.member.view.listed()).complete
        # One that has only just begun to listen does not know at once that another has gone.
        async with asyncio.timeout(WITHIN_S):
            while await one.member.hand_over("two", "ala", "s7") is not HandedOver.NOBODY:
                pass


async def test_the_newest_connection_of_a_user_wins_over_instances(server: RedisServer) -> None:
    async with instances(server, "one", "two") as (one, two):
        older = one.has("ala", "s1")
        await until(lambda: one.member.directory.settled)
        await later()
        newer = two.has("ala", "s2")
        await until(lambda: older.told)
        assert (older.told, newer.told) == ([Replaced()], [])
        one.registry.release(older)
        await later()
        again = one.has("ala", "s3")
        await until(lambda: newer.told)
        assert (newer.told, again.told) == ([Replaced()], [])
        two.registry.release(newer)
        one.registry.release(again)
        await until(lambda: one.member.directory.settled and two.member.directory.settled)
        assert await one.redis.call("EXISTS", key_of("ala")) == 0


async def test_redis_that_is_started_again_is_found_by_everybody(server: RedisServer) -> None:
    async with instances(server, "one", "two") as each:
        one, two = each
        older = one.has("ala", "s1")
        await until(lambda: one.member.directory.settled)
        await later()
        server.stop()
        listed = await one.member.view.listed()
        assert (listed.complete, listed.unanswered) == (False, ("two",))
        assert one.member.tenure().held
        newer = two.has("ala", "s2")
        await asyncio.sleep(0.5)  # an outage of some length: claims and renewals fail meanwhile
        server.start()
        await all_see_all(each, ("one", "two"))
        await until(lambda: older.told)
        assert (older.told, newer.told) == ([Replaced()], [])
        assert len(one.observer.noted("lease_lost")) == 0


async def test_a_paused_redis_is_answered_without_within_a_second(server: RedisServer) -> None:
    async with instances(server, "one", "two") as each:
        clock = asyncio.get_running_loop().time
        server.pause()
        try:
            begun = clock()
            listed = await each[0].member.view.listed()
            assert clock() - begun < 1 + SLACK_S
            assert (listed.complete, listed.unanswered) == (False, ("two",))
            assert [row.user_id for row in listed.sessions] == ["user-of-one"]
        finally:
            server.go_on()
        await all_see_all(each, ("one", "two"))


async def test_redis_that_was_emptied_is_told_anew_who_is_where(server: RedisServer) -> None:
    async with instances(server, "one", "two") as (one, two):
        older = one.has("ala", "s1")
        await until(lambda: one.member.directory.settled)
        await later()
        server.flush()
        await until(lambda: one.observer.noted("redis_wiped"))
        await until(lambda: one.member.directory.settled)
        two.has("ala", "s2")
        await until(lambda: older.told)


async def test_a_subscription_that_redis_cuts_is_taken_up_again(server: RedisServer) -> None:
    async with instances(server, "one", "two") as each:
        await each[0].redis.call("CLIENT", "KILL", "TYPE", "pubsub")
        # The cut is noticed nowhere that can be looked at, and a bus still up would prove nothing.
        await asyncio.sleep(0.05)
        await all_see_all(each, ("one", "two"))
        assert await each[0].redis.call("PUBLISH", "gw:to:two", b"{") == 1
        await until(lambda: each[1].observer.noted("cluster_message_invalid"))


# What the scripts do.


async def claim(redis: SharedRedis, instance: str, connection: str, age_ms: int = 0) -> object:
    since_ms = await redis.run(CLOCK, (), ()) - age_ms
    return await redis.run(CLAIM, (key_of("ala"),), (instance, connection, since_ms, 60_000))


@contextlib.asynccontextmanager
async def a_redis(server: RedisServer) -> AsyncIterator[SharedRedis]:
    server.flush()
    redis = SharedRedis(server.url, RecordingObserver())
    async with asyncio.TaskGroup() as group:
        keeping = group.create_task(redis.keep(), name="redis")
        yield redis
        keeping.cancel()


async def test_a_claim_names_the_older_connection_however_often_it_is_made(
    server: RedisServer,
) -> None:
    async with a_redis(server) as redis:
        assert await claim(redis, "one", "c1") == [1, b"", b""]
        assert await claim(redis, "two", "c2") == [1, b"one", b"c1"]
        assert await claim(redis, "two", "c2") == [1, b"one", b"c1"]
        assert 0 < await redis.call("PTTL", key_of("ala")) <= 60_000


async def test_a_claim_that_comes_late_does_not_displace_a_newer_connection(
    server: RedisServer,
) -> None:
    async with a_redis(server) as redis:
        await claim(redis, "one", "c1", age_ms=10_000)
        assert await claim(redis, "two", "c2", age_ms=60_000) == [0, b"one", b"c1"]
        assert await claim(redis, "two", "c3", age_ms=9_000) == [1, b"one", b"c1"]


async def test_only_the_connection_that_holds_a_user_releases_it(server: RedisServer) -> None:
    async with a_redis(server) as redis:
        await claim(redis, "one", "c1")
        assert await redis.run(RELEASE, (key_of("ala"),), ("c0",)) == 0
        assert await redis.run(RELEASE, (key_of("ala"),), ("c1",)) == 1
        assert await redis.call("EXISTS", key_of("ala")) == 0
