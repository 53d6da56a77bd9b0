"""Tests for `actors.link_slot`."""

from __future__ import annotations

import asyncio

from actors.link_slot import LinkSlot
from actors.ports import LinkRequest
from tests.support.fake_gemini import FakeLink
from tests.support.moments import a_moment


def a_link() -> FakeLink:
    return FakeLink(LinkRequest(language="pl-PL"))


async def test_a_link_is_waited_for() -> None:
    slot, link = LinkSlot(), a_link()
    async with asyncio.TaskGroup() as group:
        waiting = group.create_task(slot.wait_filled())
        await a_moment()
        assert not waiting.done()
        slot.fill(link)
    assert waiting.result() is link


async def test_an_older_link_leaves_the_newer_one_in_its_place() -> None:
    slot, older, newer = LinkSlot(), a_link(), a_link()
    slot.fill(older)
    slot.fill(newer)
    slot.empty(older)
    assert await slot.wait_filled() is newer


async def test_whoever_wakes_to_a_slot_emptied_again_waits_on() -> None:
    slot, lost, next_one = LinkSlot(), a_link(), a_link()
    async with asyncio.TaskGroup() as group:
        waiting = group.create_task(slot.wait_filled())
        await a_moment()
        slot.fill(lost)
        slot.empty(lost)
        await a_moment()
        assert not waiting.done()
        slot.fill(next_one)
    assert waiting.result() is next_one


async def test_clearing_takes_out_whichever_link_is_in() -> None:
    slot = LinkSlot()
    slot.fill(a_link())
    slot.clear()
    async with asyncio.TaskGroup() as group:
        waiting = group.create_task(slot.wait_filled())
        await a_moment()
        assert not waiting.done()
        slot.fill(a_link())
