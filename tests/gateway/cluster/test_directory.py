"""Tests for `gateway.cluster.directory`; what its scripts do is tried with a real Redis."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from actors.ports import StoreUnavailable
from gateway.cluster.directory import Directory
from schemas.cluster import ReplaceConnection, Request
from schemas.messages import Replaced
from tests.support.fake_cluster import FakeScripts, SeenSession
from tests.support.moments import now

TTL_MS = 7_200_000


class Here:
    """A directory of the instance `one`; its connections are called c1, c2 and so on."""

    def __init__(self) -> None:
        self.redis = FakeScripts()
        self.redis.answers["claim"] = [1, b"", b""]
        self.redis.answers["clock"] = 1_000_000
        self.told: list[tuple[str, Request]] = []
        self.deaf = False
        self.absent = False
        self.is_settled = False
        self._names = 0
        self.directory = Directory(
            "one",
            self.redis,
            tell=self._tell,
            settled=lambda: self.is_settled,
            clock=asyncio.get_running_loop().time,
            name=self._name,
        )

    async def _tell(self, instance: str, request: Request) -> bool:
        if self.deaf:
            raise StoreUnavailable("Redis is away")
        self.told.append((instance, request))
        return not self.absent

    def _name(self) -> str:
        self._names += 1
        return f"c{self._names}"

    @property
    def ran(self) -> list[tuple[str, tuple[str, ...], tuple[str | bytes | float, ...]]]:
        """Return the scripts that ran, but for the look at the clock."""
        return [one for one in self.redis.ran if one[0] != "clock"]

    def names(self) -> list[str]:
        """Return which they were."""
        return [name for name, _, _ in self.ran]

    def claims(self, user_id: str, session_id: str = "s1") -> SeenSession:
        """Let a session be its user's."""
        session = SeenSession(user_id, session_id)
        self.directory.claimed(session)
        return session


@contextlib.asynccontextmanager
async def here() -> AsyncIterator[Here]:
    it = Here()
    async with asyncio.TaskGroup() as group:
        task = group.create_task(it.directory.run(), name="directory")
        yield it
        task.cancel()


async def settled() -> None:
    await asyncio.sleep(0.001)


async def test_a_user_is_claimed_behind_the_connections_back() -> None:
    async with here() as it:
        it.claims("ala")
        assert it.redis.ran == []
        await settled()
        claim = ("claim", ("gw:{ala}:live",), ("one", "c1", 1_000_000, TTL_MS))
        assert it.redis.ran == [("clock", (), ()), claim]
        assert it.told == []


async def test_a_claim_says_when_the_connection_came_however_late_it_is_carried_out() -> None:
    async with here() as it:
        it.redis.answers["clock"] = 1_000_000
        it.claims("ala")
        await settled()
        await asyncio.sleep(5)
        it.redis.held.clear()
        it.claims("ola")
        await asyncio.sleep(3)
        it.redis.held.set()
        await settled()
        assert [args[2] for _, _, args in it.ran] == [1_000_000, 1_000_000 + 5_001]


async def test_redis_clock_is_looked_at_again_if_the_first_look_took_long() -> None:
    async with here() as it:
        # A clock that is 1,000 s ahead of ours, and an answer that takes 2 s to come.
        it.redis.answers["clock"] = lambda: int(1_000 * (1_000 + now()))
        it.redis.held.clear()
        it.claims("ala")
        await asyncio.sleep(2)
        it.redis.held.set()
        await settled()
        assert it.redis.names() == ["clock", "clock", "claim"]
        assert it.ran[0][2][2] == 1_000_000


async def test_redis_that_is_slow_is_not_asked_for_the_time_for_ever() -> None:
    async with here() as it:
        it.redis.answers["clock"] = lambda: int(1_000 * (1_000 + now()))
        it.redis.slow_s = 0.3
        it.claims("ala")
        await asyncio.sleep(2)
        it.claims("ola")
        await asyncio.sleep(2)
        assert it.redis.names() == ["clock"] * 3 + ["claim"] * 2
        assert it.ran[0][2][2] == 1_000_150


async def test_the_instance_that_had_the_user_is_told_which_connection_to_replace() -> None:
    async with here() as it:
        it.redis.answers["claim"] = [1, b"two", b"c7"]
        session = it.claims("ala")
        await settled()
        assert it.told == [("two", ReplaceConnection("ala", "c7"))]
        assert session.told == []


async def test_an_instance_that_has_not_found_redis_again_yet_is_told_once_it_has() -> None:
    async with here() as it:
        it.redis.answers["claim"] = [1, b"two", b"c7"]
        it.absent = True
        it.claims("ala")
        await asyncio.sleep(0.35)
        assert len(it.told) == 4
        it.absent = False
        await asyncio.sleep(10)
        assert it.told == [("two", ReplaceConnection("ala", "c7"))] * 5


async def test_an_instance_that_has_gone_is_not_told_again() -> None:
    async with here() as it:
        it.redis.answers["claim"] = [1, b"two", b"c7"]
        it.absent = True
        it.claims("ala")
        await asyncio.sleep(0.15)
        it.is_settled = True
        await asyncio.sleep(10)
        assert len(it.told) == 3


async def test_nobody_is_told_again_of_a_connection_that_has_gone() -> None:
    async with here() as it:
        it.redis.answers["claim"] = [1, b"two", b"c7"]
        it.absent = True
        session = it.claims("ala")
        await settled()
        it.directory.released(session)
        await asyncio.sleep(10)
        assert len(it.told) == 1
        assert it.names() == ["claim", "release"]


async def test_an_older_connection_here_has_been_told_already() -> None:
    async with here() as it:
        it.redis.answers["claim"] = [1, b"one", b"c1"]
        it.claims("ala")
        await settled()
        assert it.told == []


async def test_a_connection_that_is_no_longer_the_newest_is_replaced() -> None:
    async with here() as it:
        it.redis.answers["claim"] = [0, b"two", b"c7"]
        session = it.claims("ala")
        await settled()
        assert (session.told, it.told) == ([Replaced()], [])


async def test_only_the_connection_that_is_meant_is_replaced() -> None:
    async with here() as it:
        session = it.claims("ala")
        it.directory.replace("ala", "c0")
        it.directory.replace("ola", "c1")
        assert session.told == []
        it.directory.replace("ala", "c1")
        assert session.told == [Replaced()]


async def test_a_user_who_comes_again_and_again_is_claimed_once_at_a_time() -> None:
    async with here() as it:
        it.redis.held.clear()
        for _ in range(5):
            it.claims("ala")
            await settled()
        it.redis.held.set()
        await settled()
        assert [args[1] for _, _, args in it.ran] == ["c1", "c5"]


async def test_a_connection_that_leaves_is_released() -> None:
    async with here() as it:
        session = it.claims("ala")
        await settled()
        it.directory.released(session)
        it.directory.released(session)
        await settled()
        assert it.ran[1:] == [("release", ("gw:{ala}:live",), ("c1",))]


async def test_a_connection_that_was_not_claimed_yet_needs_no_release() -> None:
    async with here() as it:
        it.directory.released(it.claims("ala"))
        await settled()
        assert it.redis.ran == []


async def test_an_older_connection_releases_nothing_of_the_newer() -> None:
    async with here() as it:
        older = it.claims("ala", "s1")
        it.claims("ala", "s2")
        it.directory.released(older)
        await settled()
        assert it.names() == ["claim"]


async def test_nothing_waits_while_redis_is_away_and_all_are_claimed_when_it_is_back() -> None:
    async with here() as it:
        gone = it.claims("gone")
        await settled()
        it.redis.away = True
        for user_id in ("ala", "ola"):
            it.claims(user_id)
        it.directory.released(gone)
        await settled()
        it.redis.away = False
        await settled()
        assert it.names() == ["claim"]
        await asyncio.sleep(1)
        it.directory.claim_all()
        await settled()
        assert [(keys[0], args[2]) for _, keys, args in it.ran[1:]] == [
            ("gw:{ala}:live", 998_999),
            ("gw:{ola}:live", 998_999),
        ]


async def test_an_older_connection_that_could_not_be_told_is_told_when_redis_is_back() -> None:
    async with here() as it:
        it.redis.answers["claim"] = [1, b"two", b"c7"]
        it.deaf = True
        it.claims("ala")
        await settled()
        it.deaf = False
        it.directory.claim_all()
        await settled()
        assert it.told == [("two", ReplaceConnection("ala", "c7"))]


async def test_releases_that_wait_are_bounded() -> None:
    async with here() as it:
        sessions = [it.claims(f"u{number}") for number in range(10_050)]
        await settled()
        it.redis.ran.clear()
        it.redis.held.clear()
        for session in sessions:
            it.directory.released(session)
        it.redis.held.set()
        await settled()
        assert len(it.redis.ran) == 10_000


async def test_claims_are_renewed_for_connections_without_an_end() -> None:
    async with here() as it:
        it.claims("ala")
        await settled()
        await asyncio.sleep(2_000)
        assert it.names() == ["claim", "claim"]


async def test_of_what_is_no_longer_this_instances_nothing_is_written() -> None:
    async with here() as it:
        session = it.claims("ala")
        await settled()
        it.claims("ola")
        it.directory.forget_all()
        it.directory.released(session)
        it.directory.replace("ala", "c1")
        it.directory.claim_all()
        await settled()
        assert it.names() == ["claim"]
        assert session.told == []
