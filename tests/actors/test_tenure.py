"""Sessions whose process was stopped for so long that they are others' now: not a word more."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

import pytest

from actors.audio_pump import AudioPump
from actors.client_writer import ClientWriter
from actors.dialects import V2
from actors.link_slot import LinkSlot
from actors.mailbox import Mailbox
from actors.outbox import Outbox
from actors.ports import LinkRequest
from actors.uplink import UplinkMailbox
from schemas.messages import Draining, Event
from schemas.server import Pong, encode_v2
from tests.support.fake_gemini import FakeLink
from tests.support.fake_socket import FakeSocket
from tests.support.fake_store import Record
from tests.support.gemini_says import TURN_COMPLETE, call, calls, heard
from tests.support.live_session import LiveSession, live_session
from tests.support.moments import a_moment, seconds_pass
from tests.support.sounds import speech

STOPPED_S = 6.0
LOST = (1012, "this instance lost its lease")


class FakeTenure:
    """Satisfies `actors.ports.Tenure`; the test takes it away.

    Attributes:
        looks: after so many more looks it is lost; ``None`` for never.
    """

    def __init__(self) -> None:
        self.looks: int | None = None

    @property
    def held(self) -> bool:
        if self.looks is None:
            return True
        self.looks -= 1
        return self.looks >= 0

    def lose(self) -> None:
        self.looks = 0


class Shopping:
    """A session of protocol v2 with one product, whose process may lose it."""

    def __init__(self, session: LiveSession, tenure: FakeTenure) -> None:
        self.tenure = tenure
        self.session = session
        self.phone = session.phone
        self.link = session.gemini.newest
        self._before = self._seen()

    @property
    def record(self) -> Record:
        """What is stored of it."""
        (record,) = self.session.store.records.values()
        return record

    def _seen(self) -> tuple[object, ...]:
        stored = (self.record.session, tuple(self.record.steps), self.record.parked)
        calls = self.session.store.calls.total()
        return (len(self.phone.heard), len(self.phone.sounds), len(self.link.heard), stored, calls)

    async def is_silent(self) -> None:
        """Nothing was told, said or written since, and all is closed."""
        await self.session.ended()
        assert self._seen() == self._before
        assert self.session.gemini.open_links == []
        assert self.session.store.disowned == ["s1"]
        assert self.session.observer.failures == []


@asynccontextmanager
async def shopping() -> AsyncGenerator[Shopping, None]:
    tenure = FakeTenure()
    async with live_session(dialect=V2, tenure=tenure) as session:
        link = await session.start()
        link.says(heard("mleko"), calls(call("c1", "mleko")), TURN_COMPLETE)
        await seconds_pass(1)
        assert len(session.phone.told("product_detected")) == 1
        yield Shopping(session, tenure)


def gemini_calls(lost: Shopping) -> None:
    lost.link.says(heard("chleb"), calls(call("c2", "chleb")), TURN_COMPLETE)


def phone_types(lost: Shopping) -> None:
    lost.phone.says("text", text="chleb", ref="t1")


def phone_speaks(lost: Shopping) -> None:
    lost.phone.sends(speech(100))
    lost.phone.sends(speech(100))


def phone_edits(lost: Shopping) -> None:
    lost.phone.says("edit", operations=[{"op": "add", "name": "chleb"}], ref="e1")


def phone_acknowledges(lost: Shopping) -> None:
    lost.phone.says("ack", seq=1)


def link_breaks(lost: Shopping) -> None:
    lost.link.breaks()


def nothing(_: Shopping) -> None:
    """Nothing happens before the session is told."""


@pytest.mark.parametrize(
    "what",
    [
        gemini_calls,
        phone_types,
        phone_speaks,
        phone_edits,
        phone_acknowledges,
        link_breaks,
        nothing,
    ],
)
async def test_whatever_happens_first_a_session_that_was_lost_says_and_writes_nothing(
    what: Callable[[Shopping], None],
) -> None:
    async with shopping() as lost:
        await seconds_pass(STOPPED_S)
        lost.tenure.lose()
        what(lost)
        lost.session.supervisor.tell(Draining())
        await lost.is_silent()
        assert lost.phone.closed == LOST
        outcome = lost.session.supervisor.outcome()
        assert (outcome["code"], outcome["reason"]) == LOST


async def test_a_phone_that_leaves_a_session_that_was_lost_does_not_have_it_parked() -> None:
    async with shopping() as lost:
        lost.tenure.lose()
        lost.phone.leaves(1006)
        await lost.is_silent()


@pytest.mark.parametrize("looks", range(1, 30))
@pytest.mark.parametrize("storing_waits", [False, True])
async def test_lost_anywhere_on_a_products_way_it_is_told_and_answered_only_if_it_is_stored(
    looks: int, *, storing_waits: bool
) -> None:
    async with shopping() as lost:
        if storing_waits:
            lost.session.store.hold("append")
        lost.tenure.looks = looks
        gemini_calls(lost)
        await seconds_pass(1)
        lost.session.store.release()
        await seconds_pass(1)
        lost.tenure.lose()
        lost.session.supervisor.tell(Draining())
        await lost.session.ended()
        assert lost.phone.closed == LOST
        assert not lost.record.parked
        assert len(lost.phone.told("product_detected")) <= len(lost.record.steps)
        assert len(lost.link.answers) <= len(lost.record.steps)
        assert lost.session.observer.failures == []


async def test_what_waits_for_a_slow_phone_is_not_sent_after_the_loss() -> None:
    tenure, socket, inbox = FakeTenure(), FakeSocket(), Mailbox[Event](9)
    outbox = Outbox(10_000, encode_v2)
    writer = ClientWriter(socket, outbox, inbox, timeout_s=20, tenure=tenure)
    writing = asyncio.create_task(writer.run())
    await a_moment()
    tenure.lose()
    outbox.put(Pong())
    await writing
    assert socket.heard == []
    await outbox.wait_drained()


async def test_what_waits_for_a_link_is_not_sent_after_the_loss() -> None:
    tenure, slot, inbox = FakeTenure(), LinkSlot(), Mailbox[Event](9)
    uplink = UplinkMailbox(15_000)
    pump = AudioPump(uplink, slot, inbox, speed=4, merge_up_to_ms=0, tenure=tenure)
    uplink.put(speech(100))
    pumping = asyncio.create_task(pump.run())
    await a_moment()
    tenure.lose()
    link = FakeLink(LinkRequest(language="pl-PL"))
    slot.fill(link)
    await pumping
    await seconds_pass(STOPPED_S)
    assert pump.send_at_once([speech(100)]) == 0
    assert link.heard == []
