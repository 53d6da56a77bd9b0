"""When the event loop rests between two wake-ups for speech, and what ends that."""

from __future__ import annotations

import asyncio
import selectors
import socket
from collections.abc import Mapping
from typing import Any

from gateway.wake_ups import UNSPACED, WakeUps


class Rests(selectors.SelectSelector):
    """Notes how long was to be waited; time passes meanwhile, if nothing is to be read."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 100.0
        self.asked: list[float] = []

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        assert timeout is not None
        self.asked.append(round(timeout, 6))
        found = super().select(0)
        self.now += 0 if found else timeout
        return found


async def turns(count: int) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


def spaced(apart_s: float) -> tuple[WakeUps, Rests]:
    rests = Rests()
    return WakeUps(apart_s, urgent=rests, clock=lambda: rests.now), rests


async def test_a_lone_chunk_is_not_waited_for() -> None:
    wake_ups, rests = spaced(0.004)
    for _ in range(5):
        wake_ups.space_out(asyncio.get_running_loop())
        await turns(2)
        rests.now += 0.005
    assert rests.asked == []


async def test_the_turns_after_the_first_are_kept_apart_from_the_end_of_the_last_rest() -> None:
    wake_ups, rests = spaced(0.004)
    for _ in range(3):
        wake_ups.space_out(asyncio.get_running_loop())
        await turns(2)
        rests.now += 0.001
    assert rests.asked == [0.003, 0.003]


async def test_many_chunks_of_one_turn_are_followed_by_one_rest() -> None:
    wake_ups, rests = spaced(0.004)
    loop = asyncio.get_running_loop()
    wake_ups.space_out(loop)
    await turns(2)
    for _ in range(10):
        wake_ups.space_out(loop)
    await turns(2)
    assert rests.asked == [0.004]


async def test_what_follows_from_a_message_of_gemini_is_done_before_a_rest() -> None:
    wake_ups, rests = spaced(0.004)
    loop = asyncio.get_running_loop()
    wake_ups.space_out(loop)
    await turns(2)
    wake_ups.space_out(loop)
    wake_ups.hurry()
    await turns(4)
    assert rests.asked == []
    await turns(2)
    assert rests.asked == [0.004]


async def test_gemini_ends_a_rest_unless_it_is_not_listened_to() -> None:
    wake_ups, rests = spaced(0.004)
    loop = asyncio.get_running_loop()
    ours, peer = socket.socketpair()
    with ours, peer:
        wake_ups.watch(ours.fileno())
        peer.send(b"speech")
        for _ in range(2):
            wake_ups.space_out(loop)
            await turns(2)
        assert (rests.asked, rests.now) == ([0.004], 100.0)
        wake_ups.forget(ours.fileno())
        wake_ups.space_out(loop)
        await turns(2)
        assert rests.now == 100.004
        registered: Mapping[Any, Any] = rests.get_map()
        assert not registered


async def test_without_a_distance_there_is_no_rest() -> None:
    wake_ups, rests = spaced(0)
    for _ in range(3):
        wake_ups.space_out(asyncio.get_running_loop())
        await turns(2)
    assert rests.asked == []
    UNSPACED.space_out(asyncio.get_running_loop())
