"""The contract of `actors.ports.SessionStore`, kept by each of its adapters."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TypeAlias

import pytest

from actors.ports import Kept, SessionStore
from bench.redis_server import RedisServer
from gateway.memory_store import MOST_OF_A_USER, MemoryStore
from tests.support.instances import instance

Opening: TypeAlias = Callable[[float], AbstractAsyncContextManager[SessionStore]]


@asynccontextmanager
async def in_memory(window_s: float) -> AsyncGenerator[SessionStore, None]:
    store = MemoryStore(window_s=window_s, most_parked=100, most_bytes=1 << 20)
    yield store
    store.close()


@pytest.fixture(params=["memory", "redis", "redis, each script carried out twice"])
def opening(request: pytest.FixtureRequest) -> Opening:
    """Open a store with a resume window in seconds."""
    if request.param == "memory":
        return in_memory
    server: RedisServer = request.getfixturevalue("redis")

    twice = request.param != "redis"

    @asynccontextmanager
    async def in_redis(window_s: float) -> AsyncGenerator[SessionStore, None]:
        async with instance(server.url, window_s=window_s, twice=twice) as one:
            yield one.store

    return in_redis


@pytest.fixture
async def store(opening: Opening) -> AsyncGenerator[SessionStore, None]:
    async with opening(600) as opened:
        yield opened


async def added(store: SessionStore, session_id: str, step: bytes) -> None:
    """Add a step as a session does."""
    if not store.append_now(session_id, step):
        await store.append(session_id, step)


async def parked(store: SessionStore, name: str, user_id: str, session: bytes = b"x") -> None:
    """Park a session that is called `name` and is resumed with `name`."""
    await store.create(name, user_id, name, session)
    await store.park(name, None)


async def test_what_was_kept_comes_back_as_it_was_written(store: SessionStore) -> None:
    await store.create("s1", "ala", "t1", b"begun")
    await added(store, "s1", b"one")
    await added(store, "s1", b"\x00\xff")
    await store.park("s1", None)
    assert await store.resume("ala", "t1", "t2") == Kept("s1", b"begun", (b"one", b"\x00\xff"))
    await added(store, "s1", b"three")
    await store.save("s1", b"saved")
    await added(store, "s1", b"four")
    await store.park("s1", None)
    assert await store.resume("ala", "t2", "t3") == Kept("s1", b"saved", (b"four",))
    await added(store, "s1", b"five")
    await store.park("s1", b"parked")
    assert await store.resume("ala", "t3", "t4") == Kept("s1", b"parked", ())


async def test_the_same_step_may_come_twice(store: SessionStore) -> None:
    await store.create("s1", "ala", "t1", b"begun")
    for _ in range(3):
        await added(store, "s1", b"one")
    await store.park("s1", None)
    assert await store.resume("ala", "t1", "t2") == Kept("s1", b"begun", (b"one",) * 3)


async def test_what_is_not_to_be_had_is_not_told_apart(store: SessionStore) -> None:
    await parked(store, "s1", "ala")
    await store.create("live", "ala", "t-live", b"x")
    assert await store.resume("ola", "s1", "t2") is None
    assert await store.resume("ala", "t-other", "t2") is None
    assert await store.resume("ala", "t-live", "t2") is None
    assert await store.resume("ala", "s1", "t2") == Kept("s1", b"x", ())


async def test_another_users_token_for_it_changes_nothing(store: SessionStore) -> None:
    await parked(store, "s1", "ala")
    await store.resume("ola", "s1", "stolen")
    assert await store.resume("ola", "stolen", "t3") is None
    assert await store.resume("ala", "s1", "t2") == Kept("s1", b"x", ())


async def test_a_session_has_one_owner_at_a_time(store: SessionStore) -> None:
    await parked(store, "s1", "ala")
    assert await store.resume("ala", "s1", "t2") is not None
    assert await store.resume("ala", "s1", "t3") is None
    assert await store.resume("ala", "t2", "t3") is None


@pytest.mark.parametrize("used", ["t1", "t2"])
async def test_both_tokens_are_good_until_the_phone_shows_that_it_has_the_new_one(
    store: SessionStore, used: str
) -> None:
    await parked(store, "t1", "ala")
    await store.resume("ala", "t1", "t2")
    await store.park("t1", None)
    assert await store.resume("ala", used, "t3") is not None


async def test_once_settled_the_token_before_is_good_no_more(store: SessionStore) -> None:
    await parked(store, "s1", "ala")
    await store.resume("ala", "s1", "t2")
    await store.settle("s1")
    await store.settle("s1")
    await store.park("s1", b"again")
    assert await store.resume("ala", "s1", "t3") is None
    assert await store.resume("ala", "t2", "t3") is not None


async def test_a_phone_that_never_gets_its_new_token_comes_back_with_the_old_one_each_time(
    store: SessionStore,
) -> None:
    await store.create("s1", "ala", "t1", b"x")
    for number in range(2, 6):
        await store.park("s1", b"x")
        assert await store.resume("ala", "t1", f"t{number}") is not None
    await store.park("s1", None)
    assert await store.resume("ala", "t3", "t9") is None
    assert await store.resume("ala", "t5", "t9") is not None


async def test_a_user_has_so_many_parked_sessions_and_others_do_not_suffer(
    store: SessionStore,
) -> None:
    await parked(store, "other", "ola")
    names = [f"s{at}" for at in range(MOST_OF_A_USER + 1)]
    for name in names:
        await parked(store, name, "ala")
    kept = [name for name in names if await store.resume("ala", name, f"{name}+") is not None]
    assert kept == names[1:]
    assert await store.resume("ola", "other", "t2") is not None


async def test_a_session_that_was_resumed_is_not_among_the_parked_ones(
    store: SessionStore,
) -> None:
    names = [f"s{at}" for at in range(MOST_OF_A_USER)]
    for name in names:
        await parked(store, name, "ala")
    await store.resume("ala", "s0", "t0")
    await parked(store, "s9", "ala")
    assert await store.resume("ala", "s1", "t1") is not None


async def test_what_was_dropped_is_gone_and_cannot_be_parked(store: SessionStore) -> None:
    await store.create("s1", "ala", "t1", b"x")
    for name in ("s1", "s1", "never"):
        await store.drop(name)
        await store.park(name, b"x")
    assert await store.resume("ala", "t1", "t2") is None


async def test_a_parked_session_is_kept_for_the_window(opening: Opening) -> None:
    async with opening(1) as store:
        await store.create("s1", "ala", "t1", b"x")
        await store.create("s2", "ala", "t2", b"x")
        await store.park("s1", b"x")
        # Whoever looks takes it, so it is not asked for before.
        await asyncio.sleep(1.05)
        assert await store.resume("ala", "t1", "t3") is None
        await store.park("s2", b"x")
        assert await store.resume("ala", "t2", "t3") is not None


async def test_a_live_session_outlives_the_window(opening: Opening) -> None:
    async with opening(1) as store:
        await parked(store, "s1", "ala")
        await store.resume("ala", "s1", "t2")
        await asyncio.sleep(1.05)
        await store.park("s1", None)
        assert await store.resume("ala", "t2", "t3") == Kept("s1", b"x", ())
