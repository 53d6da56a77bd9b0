from __future__ import annotations

from emulator.memory import Memory
from emulator.resumption import KEPT_OF_A_SESSION, HandleStore


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def memory(session: str, turns: int = 0) -> Memory:
    return Memory(session, "c1", "models/m", "en-US", turns=turns)


def test_a_handle_stands_for_the_session_as_it_was_and_may_be_redeemed_again() -> None:
    store = HandleStore(Clock())
    first, second = store.issue(memory("a", 1)), store.issue(memory("a", 2))
    assert first != second
    assert store.redeem(first) == store.redeem(first) == memory("a", 1)
    assert store.redeem(second) == memory("a", 2)


def test_a_session_is_open_from_its_beginning_to_its_end() -> None:
    store = HandleStore(Clock())
    assert not store.is_open("a")
    store.session_began("a")
    assert store.is_open("a")
    store.session_ended("a")
    assert not store.is_open("a")


def test_an_unknown_handle_is_worth_nothing() -> None:
    assert HandleStore(Clock()).redeem("made up") is None


def test_a_handle_dies_two_hours_after_its_session() -> None:
    clock = Clock()
    store = HandleStore(clock)
    handle = store.issue(memory("a"))
    clock.now = 3600
    store.session_ended("a")
    clock.now += 7199
    assert store.redeem(handle) is not None
    clock.now += 2
    assert store.redeem(handle) is None
    store.session_ended("a")
    assert len(store) == 0


def test_all_handles_of_a_session_live_on_from_its_end() -> None:
    clock = Clock()
    store = HandleStore(clock)
    handles = [store.issue(memory("a", turns)) for turns in range(3)]
    clock.now = 7000
    store.session_ended("a")
    clock.now += 7199
    assert all(store.redeem(handle) for handle in handles)
    clock.now += 2
    assert not any(store.redeem(handle) for handle in handles)


def test_only_the_last_handles_of_a_session_are_kept() -> None:
    store = HandleStore(Clock())
    other = store.issue(memory("b"))
    handles = [store.issue(memory("a", turns)) for turns in range(KEPT_OF_A_SESSION + 2)]
    assert [store.redeem(handle) is None for handle in handles[:3]] == [True, True, False]
    assert store.redeem(other) is not None
    assert len(store) == KEPT_OF_A_SESSION + 1


def test_the_end_of_a_session_without_handles_means_nothing() -> None:
    HandleStore(Clock()).session_ended("never seen")


def test_the_oldest_handles_make_room() -> None:
    store = HandleStore(Clock(), capacity=2)
    handles = [store.issue(memory(session)) for session in "abc"]
    assert [store.redeem(handle) is not None for handle in handles] == [False, True, True]
