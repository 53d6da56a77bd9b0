"""Tests for `gateway.memory_store`; time is virtual."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeAlias

from hypothesis import given
from hypothesis import strategies as st

from actors.ports import Kept
from gateway.memory_store import MOST_OF_A_USER, MemoryStore
from schemas.admin import StoreView
from tests.support.moments import seconds_pass
from tests.support.virtual_clock import VirtualClockLoop

WINDOW_S = 600.0


def a_store(*, most_parked: int = 100, most_bytes: int = 1 << 20) -> MemoryStore:
    return MemoryStore(window_s=WINDOW_S, most_parked=most_parked, most_bytes=most_bytes)


async def parked(store: MemoryStore, name: str, user_id: str = "", session: bytes = b"") -> None:
    """Park a session that is called `name`, is resumed with `name`, and is `name`'s."""
    await store.create(name, user_id or name, name, session)
    await store.park(name, None)


async def parked_ones(store: MemoryStore, *names: str, user_id: str = "") -> list[str]:
    """Return which of the sessions can be resumed; afterwards they are live."""
    return [
        name for name in names if await store.resume(user_id or name, name, f"{name}+") is not None
    ]


def nothing_is_held(store: MemoryStore) -> bool:
    return store.view() == StoreView("memory", 0, 0, 0) and not any(
        held for held in vars(store).values() if isinstance(held, dict)
    )


async def test_what_was_kept_comes_back_as_it_was_written() -> None:
    store = a_store()
    await store.create("s1", "ala", "t1", b"begun")
    await store.append("s1", b"one")
    await store.append("s1", b"two")
    await store.park("s1", None)
    assert await store.resume("ala", "t1", "t2") == Kept("s1", b"begun", (b"one", b"two"))
    await store.append("s1", b"three")
    await store.save("s1", b"saved")
    await store.append("s1", b"four")
    await store.park("s1", None)
    assert await store.resume("ala", "t2", "t3") == Kept("s1", b"saved", (b"four",))
    await store.park("s1", b"parked")
    assert await store.resume("ala", "t3", "t4") == Kept("s1", b"parked", ())


async def test_what_is_not_to_be_had_is_not_told_apart() -> None:
    store = a_store()
    await parked(store, "s1", "ala", b"x")
    await store.create("live", "ala", "t-live", b"x")
    assert await store.resume("ola", "s1", "t2") is None
    assert await store.resume("ala", "t-other", "t2") is None
    assert await store.resume("ala", "t-live", "t2") is None
    assert store.view() == StoreView("memory", parked=1, live=1, parked_bytes=1)
    assert await store.resume("ala", "s1", "t2") == Kept("s1", b"x", ())


async def test_another_users_token_for_it_changes_nothing() -> None:
    store = a_store()
    await parked(store, "s1", "ala", b"x")
    await store.resume("ola", "s1", "stolen")
    assert await store.resume("ola", "stolen", "t3") is None
    assert await store.resume("ala", "s1", "t2") == Kept("s1", b"x", ())


async def test_a_session_has_one_owner_at_a_time() -> None:
    store = a_store()
    await parked(store, "s1", "ala")
    assert await store.resume("ala", "s1", "t2") is not None
    assert await store.resume("ala", "s1", "t3") is None
    assert await store.resume("ala", "t2", "t3") is None


async def test_both_tokens_are_good_until_the_phone_shows_that_it_has_the_new_one() -> None:
    for used in ("t1", "t2"):
        store = a_store()
        await store.create("s1", "ala", "t1", b"x")
        await store.park("s1", None)
        await store.resume("ala", "t1", "t2")
        await store.park("s1", None)
        assert await store.resume("ala", used, "t3") is not None


async def test_once_settled_the_token_before_is_good_no_more() -> None:
    store = a_store()
    await store.create("s1", "ala", "t1", b"x")
    await store.settle("s1")
    await store.park("s1", None)
    await store.resume("ala", "t1", "t2")
    await store.settle("s1")
    await store.settle("s1")
    await store.park("s1", None)
    assert await store.resume("ala", "t1", "t3") is None
    assert await store.resume("ala", "t2", "t3") is not None


async def test_a_phone_that_never_gets_its_new_token_comes_back_with_the_old_one_each_time() -> (
    None
):
    store = a_store()
    await store.create("s1", "ala", "t1", b"x")
    for number in range(2, 6):
        await store.park("s1", None)
        assert await store.resume("ala", "t1", f"t{number}") is not None
    await store.park("s1", None)
    # Those that it never had are given out no more.
    assert await store.resume("ala", "t3", "t9") is None
    assert await store.resume("ala", "t5", "t9") is not None
    await store.drop("s1")
    assert nothing_is_held(store)


async def test_a_parked_session_is_kept_for_the_window_and_then_nothing_of_it() -> None:
    store = a_store()
    await parked(store, "s1", session=b"abc")
    await seconds_pass(100)
    await parked(store, "s2", session=b"de")
    assert store.view() == StoreView("memory", parked=2, live=0, parked_bytes=5)
    await seconds_pass(499.9)
    assert store.view().parked == 2
    await seconds_pass(0.2)
    assert store.view() == StoreView("memory", parked=1, live=0, parked_bytes=2)
    await seconds_pass(100)
    assert nothing_is_held(store)
    assert await store.resume("s1", "s1", "t2") is None


async def test_a_session_that_was_resumed_does_not_expire_while_it_is_live() -> None:
    store = a_store()
    await parked(store, "s1", session=b"x")
    await seconds_pass(599)
    assert await parked_ones(store, "s1") == ["s1"]
    await seconds_pass(10 * WINDOW_S)
    assert store.view() == StoreView("memory", parked=0, live=1, parked_bytes=0)
    await store.park("s1", None)
    await seconds_pass(599)
    assert await store.resume("s1", "s1+", "t3") is not None


async def test_one_that_was_parked_again_expires_after_those_that_were_parked_meanwhile() -> None:
    store = a_store()
    await parked(store, "s1")
    await parked(store, "s2")
    await seconds_pass(300)
    await store.resume("s1", "s1", "t2")
    await store.park("s1", None)
    await seconds_pass(301)
    assert await parked_ones(store, "s1", "s2") == ["s1"]


async def test_beyond_so_many_the_one_that_was_parked_first_goes() -> None:
    store = a_store(most_parked=2)
    for name in ("s1", "s2", "s3"):
        await parked(store, name)
    assert await parked_ones(store, "s1", "s2", "s3") == ["s2", "s3"]


async def test_live_sessions_do_not_count_and_do_not_go() -> None:
    store = a_store(most_parked=1, most_bytes=10)
    await store.create("live", "ala", "t1", bytes(1_000))
    await parked(store, "s1", session=bytes(10))
    assert store.view() == StoreView("memory", parked=1, live=1, parked_bytes=10)
    await store.append("live", b"more")


async def test_beyond_so_many_bytes_the_ones_that_were_parked_first_go() -> None:
    store = a_store(most_bytes=100)
    for name in ("s1", "s2", "s3"):
        await parked(store, name, session=bytes(30))
    await store.create("s4", "s4", "s4", bytes(20))
    await store.append("s4", bytes(30))
    await store.park("s4", None)
    assert store.view() == StoreView("memory", parked=2, live=0, parked_bytes=80)
    assert await parked_ones(store, "s1", "s2", "s3", "s4") == ["s3", "s4"]


async def test_a_session_larger_than_all_that_may_be_kept_is_not_kept() -> None:
    store = a_store(most_bytes=100)
    await parked(store, "s1", session=bytes(101))
    assert nothing_is_held(store)


async def test_a_service_may_keep_none() -> None:
    store = a_store(most_parked=0)
    await parked(store, "s1")
    assert nothing_is_held(store)


async def test_a_user_has_so_many_parked_sessions_and_others_do_not_suffer() -> None:
    store = a_store()
    await parked(store, "other")
    names = [f"s{at}" for at in range(MOST_OF_A_USER + 1)]
    for name in names:
        await parked(store, name, "ala")
    assert await parked_ones(store, *names, user_id="ala") == names[1:]
    assert await parked_ones(store, "other") == ["other"]


async def test_a_session_is_parked_once() -> None:
    store = a_store()
    await parked(store, "s1", session=b"x")
    await seconds_pass(300)
    await store.park("s1", b"later")
    assert store.view() == StoreView("memory", parked=1, live=0, parked_bytes=1)
    await seconds_pass(301)
    assert nothing_is_held(store)


async def test_what_was_dropped_is_gone_and_cannot_be_parked() -> None:
    store = a_store()
    await parked(store, "s1")
    await store.create("s2", "ala", "t2", b"x")
    for name in ("s1", "s2", "s2", "never"):
        await store.drop(name)
        await store.park(name, b"x")
    assert nothing_is_held(store)


async def test_a_store_that_is_closed_wakes_nobody() -> None:
    store = a_store()
    store.close()
    await parked(store, "s1")
    store.close()
    await seconds_pass(2 * WINDOW_S)
    assert store.view().parked == 1


class Anything:
    """A store, and which of its sessions should be live."""

    def __init__(self) -> None:
        self.store = a_store(most_parked=3, most_bytes=40)
        self.live: set[str] = set()
        self.newest: dict[str, str] = {}
        self._tokens = 0

    async def create(self, name: str) -> None:
        if name not in self.newest:
            await self.store.create(name, "ala", self._new_token(name), bytes(9))
            self.live.add(name)

    async def write(self, name: str) -> None:
        if name in self.live:
            await self.store.append(name, bytes(5))

    async def write_anew(self, name: str) -> None:
        if name in self.live:
            await self.store.save(name, bytes(12))

    async def settle(self, name: str) -> None:
        if name in self.live:
            await self.store.settle(name)

    async def park(self, name: str) -> None:
        await self.store.park(name, None)
        self.live.discard(name)

    async def resume(self, name: str) -> None:
        if name not in self.newest:
            return
        token = self.newest[name]
        if await self.store.resume("ala", token, self._new_token(name)) is None:
            self.newest[name] = token
        else:
            assert name not in self.live
            self.live.add(name)

    async def drop(self, name: str) -> None:
        await self.store.drop(name)
        self.live.discard(name)
        self.newest.pop(name, None)

    async def wait(self, _: str) -> None:
        await seconds_pass(100)

    def _new_token(self, name: str) -> str:
        self._tokens += 1
        self.newest[name] = f"t{self._tokens}"
        return self.newest[name]


_steps = st.sampled_from(
    [
        Anything.create,
        Anything.write,
        Anything.write_anew,
        Anything.settle,
        Anything.park,
        Anything.resume,
        Anything.drop,
        Anything.wait,
    ]
)
Step: TypeAlias = Callable[[Anything, str], Awaitable[None]]


@given(st.lists(st.tuples(_steps, st.sampled_from(["s1", "s2", "s3", "s4", "s5"])), max_size=60))
def test_whatever_happens_it_keeps_its_bounds_and_in_the_end_holds_nothing(
    steps: list[tuple[Step, str]],
) -> None:
    async def all_of_them() -> None:
        anything = Anything()
        for step, name in steps:
            await step(anything, name)
            view = anything.store.view()
            assert view.live == len(anything.live)
            assert view.parked <= 3
            assert 0 <= view.parked_bytes <= 40
        for name in tuple(anything.live):
            await anything.drop(name)
        await seconds_pass(WINDOW_S + 1)
        assert nothing_is_held(anything.store)

    with asyncio.Runner(loop_factory=VirtualClockLoop) as runner:
        runner.run(all_of_them())
