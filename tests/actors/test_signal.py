"""Tests for `actors.signal`."""

from __future__ import annotations

import asyncio

from actors.signal import Signal
from tests.support.moments import a_moment


async def test_whoever_waits_is_woken_when_it_is_set() -> None:
    signal = Signal()
    async with asyncio.TaskGroup() as group:
        waiting = [group.create_task(signal.wait()) for _ in range(2)]
        await a_moment()
        assert not any(task.done() for task in waiting)
        signal.set()
    assert signal.is_set()


async def test_nobody_waits_for_one_that_is_set() -> None:
    await Signal(is_set=True).wait()


async def test_whoever_waited_is_woken_even_if_it_is_cleared_at_once() -> None:
    signal = Signal()
    async with asyncio.TaskGroup() as group:
        group.create_task(signal.wait())
        await a_moment()
        signal.set()
        signal.clear()
    assert not signal.is_set()


async def test_whoever_comes_after_it_was_cleared_waits() -> None:
    signal = Signal(is_set=True)
    signal.clear()
    async with asyncio.TaskGroup() as group:
        waiting = group.create_task(signal.wait())
        await a_moment()
        assert not waiting.done()
        signal.set()


async def test_one_that_is_cancelled_leaves_the_others_waiting() -> None:
    signal = Signal()
    async with asyncio.TaskGroup() as group:
        cancelled = group.create_task(signal.wait())
        waiting = group.create_task(signal.wait())
        await a_moment()
        cancelled.cancel()
        await a_moment()
        assert cancelled.cancelled()
        assert not waiting.done()
        signal.set()


async def test_one_that_is_cancelled_just_before_it_is_set_does_no_harm() -> None:
    signal = Signal()
    async with asyncio.TaskGroup() as group:
        cancelled = group.create_task(signal.wait())
        await a_moment()
        cancelled.cancel()
        signal.set()
    assert cancelled.cancelled()
