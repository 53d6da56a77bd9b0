"""Tests for `actors.mailbox`."""

from __future__ import annotations

import asyncio

import pytest

from actors.mailbox import Mailbox
from tests.support.moments import a_moment, now


async def test_messages_come_out_in_the_order_they_went_in() -> None:
    mailbox: Mailbox[int] = Mailbox(3)
    for number in (1, 2, 3):
        await mailbox.put(number)
    assert [await mailbox.get() for _ in range(3)] == [1, 2, 3]


async def test_a_reader_waits_for_a_message() -> None:
    mailbox: Mailbox[str] = Mailbox(1)
    async with asyncio.TaskGroup() as group:
        reading = group.create_task(mailbox.get())
        await a_moment()
        assert not reading.done()
        mailbox.put_now("late")
    assert reading.result() == "late"


async def test_writers_wait_while_it_is_full_and_nothing_is_lost() -> None:
    mailbox: Mailbox[int] = Mailbox(2)
    async with asyncio.TaskGroup() as group:
        for number in range(5):
            group.create_task(mailbox.put(number))
        await a_moment()
        assert mailbox.view().depth == 2
        got = [await mailbox.get() for _ in range(5)]
    assert sorted(got) == [0, 1, 2, 3, 4]
    assert mailbox.view().peak == 2


async def test_an_urgent_message_goes_in_above_the_bound_and_the_peak_shows_it() -> None:
    mailbox: Mailbox[str] = Mailbox(1)
    mailbox.put_now("one")
    mailbox.put_now("urgent")
    view = mailbox.view()
    assert (view.unit, view.bound, view.depth, view.peak, view.dropped) == ("messages", 1, 2, 2, 0)
    assert [await mailbox.get(), await mailbox.get()] == ["one", "urgent"]
    assert mailbox.view().depth == 0


async def test_what_belongs_to_the_message_read_last_is_read_before_all_others() -> None:
    mailbox: Mailbox[str] = Mailbox(2)
    for message in ("one", "two"):
        await mailbox.put(message)
    assert await mailbox.get() == "one"
    mailbox.put_first("about one")
    mailbox.put_first("about one, too")
    assert (mailbox.view().depth, mailbox.view().peak) == (3, 3)
    assert [await mailbox.get() for _ in range(3)] == ["about one", "about one, too", "two"]


async def test_what_is_put_first_does_not_stand_for_a_message_that_somebody_waits_for() -> None:
    mailbox: Mailbox[str] = Mailbox(2)
    mailbox.put_now("one")
    async with asyncio.TaskGroup() as group:
        waiting = group.create_task(mailbox.wait_dealt_with())
        mailbox.put_first("before one")
        assert await mailbox.get() == "before one"
        assert await mailbox.get() == "one"
        await a_moment()
        assert not waiting.done()
        mailbox.put_now("two")
        assert await mailbox.get() == "two"


async def test_a_reader_that_gives_up_loses_nothing() -> None:
    mailbox: Mailbox[str] = Mailbox(1)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(5):
            await mailbox.get()
    assert now() == 5
    mailbox.put_now("kept")
    assert await mailbox.get() == "kept"


async def test_a_message_is_dealt_with_when_its_reader_comes_for_the_next() -> None:
    mailbox: Mailbox[int] = Mailbox(2)
    mailbox.put_now(1)
    waiting = asyncio.create_task(mailbox.wait_dealt_with())
    await mailbox.get()
    await a_moment()
    assert not waiting.done()
    reading = asyncio.create_task(mailbox.get())
    await a_moment()
    assert waiting.done()
    mailbox.put_now(2)
    assert await reading == 2
