"""Tests for `actors.gemini_reader`."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from actors.commands import OpenLink
from actors.gemini_reader import GeminiReader
from actors.link_slot import LinkSlot
from actors.mailbox import Mailbox
from actors.ports import LinkClosed, LinkRequest
from actors.signal import Signal
from schemas.messages import Event, GeminiSaid, LinkEnded, LinkOpened
from tests.support.fake_gemini import FakeConnector
from tests.support.gemini_says import TURN_COMPLETE, heard
from tests.support.moments import a_moment, now, seconds_pass


class Rig:
    """A Gemini reader with what surrounds it."""

    def __init__(self, inbox: int = 99) -> None:
        self.connector = FakeConnector()
        self.slot = LinkSlot()
        self.inbox: Mailbox[Event] = Mailbox(inbox)
        self.at_once = 0
        self.handled: list[Event] = []
        self.reader = GeminiReader(self.connector, self.slot, self.inbox)

    def _handle_now(self, events: Sequence[Event]) -> int:
        at_once = events[: self.at_once]
        self.handled += at_once
        return len(at_once)

    async def run(self, delay_s: float = 0, older: tuple[Signal, ...] = ()) -> None:
        order = OpenLink(link=7, request=LinkRequest(language="pl-PL", handle="h"), delay_s=delay_s)
        await self.reader.run(order, older, self._handle_now)

    async def events(self) -> list[Event]:
        return [await self.inbox.get() for _ in range(self.inbox.view().depth)]


async def test_a_link_is_opened_read_and_its_end_reported_under_its_number() -> None:
    rig = Rig()
    async with asyncio.TaskGroup() as group:
        group.create_task(rig.run())
        await a_moment()
        link = rig.connector.newest
        assert await rig.slot.wait_filled() is link
        link.says(heard("mleko"), TURN_COMPLETE)
        link.breaks(LinkClosed(1011, "Internal error encountered.", closed_by="peer"))
    assert link.request == LinkRequest(language="pl-PL", handle="h")
    assert await rig.events() == [
        LinkOpened(link=7),
        GeminiSaid(link=7, message=heard("mleko")),
        GeminiSaid(link=7, message=TURN_COMPLETE),
        LinkEnded(link=7, code=1011, reason="Internal error encountered.", closed_by="peer"),
    ]
    assert link.closed_at is not None


async def test_what_is_dealt_with_at_once_does_not_come_into_the_inbox() -> None:
    rig = Rig()
    rig.at_once = 2
    async with asyncio.TaskGroup() as group:
        group.create_task(rig.run())
        await a_moment()
        rig.connector.newest.says(heard("mleko"), heard("chleb"), TURN_COMPLETE)
        rig.connector.newest.breaks()
    assert rig.handled == [GeminiSaid(7, heard("mleko")), GeminiSaid(7, heard("chleb"))]
    _, waits, ended = await rig.events()
    assert (waits, type(ended)) == (GeminiSaid(7, TURN_COMPLETE), LinkEnded)


async def test_a_link_that_is_not_granted_only_ends() -> None:
    rig = Rig()
    rig.connector.refusals.append(LinkClosed(403, "forbidden", closed_by="peer"))
    await rig.run()
    assert await rig.events() == [LinkEnded(link=7, code=403, reason="forbidden", closed_by="peer")]


async def test_the_delay_passes_before_the_link_is_opened() -> None:
    rig = Rig()
    rig.connector.refusals.append(LinkClosed(503, "", closed_by="peer"))
    await rig.run(delay_s=4)
    assert rig.connector.attempts == [4]


async def test_older_links_are_closed_before_a_new_one_is_opened() -> None:
    """Gemini refuses to resume a session whose older socket is still open."""
    rig = Rig()
    rig.connector.refusals.append(LinkClosed(503, "", closed_by="peer"))
    older = (Signal(is_set=True), Signal())
    asyncio.get_running_loop().call_later(3, older[1].set)
    await rig.run(older=older)
    assert rig.connector.attempts == [3]


async def test_cancelling_closes_the_link_empties_the_slot_and_reports_nothing() -> None:
    rig = Rig()
    reading = asyncio.create_task(rig.run())
    await a_moment()
    assert await rig.events() == [LinkOpened(link=7)]
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert rig.connector.open_links == []
    assert rig.inbox.view().depth == 0
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(1):
            await rig.slot.wait_filled()


async def test_it_waits_for_room_in_the_inbox_and_loses_nothing() -> None:
    rig = Rig(inbox=1)
    async with asyncio.TaskGroup() as group:
        group.create_task(rig.run())
        await a_moment()
        rig.connector.newest.says(*[heard(str(number)) for number in range(5)])
        rig.connector.newest.breaks()
        await seconds_pass(5)
        events = [await rig.inbox.get() for _ in range(7)]
    said = [event.message for event in events if isinstance(event, GeminiSaid)]
    assert said == [heard(str(number)) for number in range(5)]
    assert now() >= 5
