"""Tests for `actors.audio_pump`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest

from actors.audio_pump import AudioPump
from actors.link_slot import LinkSlot
from actors.mailbox import Mailbox
from actors.ports import LinkRequest
from actors.tally import LATE_S, Histogram
from actors.uplink import UplinkMailbox
from schemas.gemini import AudioStreamEnd, Remark, ToolResponse, TypedText
from schemas.messages import Event, SpeechReport
from tests.support.fake_gemini import FakeLink
from tests.support.moments import a_moment, seconds_pass
from tests.support.sounds import silence, speech

ANSWER = ToolResponse(())


class Rig:
    """An audio pump with what surrounds it."""

    def __init__(self, *, merge_up_to_ms: int = 0) -> None:
        self.uplink = UplinkMailbox(15_000, merge_up_to_ms=merge_up_to_ms)
        self.slot = LinkSlot()
        self.inbox: Mailbox[Event] = Mailbox(9)
        self.delays = Histogram(LATE_S)
        self.pump = AudioPump(
            self.uplink,
            self.slot,
            self.inbox,
            speed=4,
            merge_up_to_ms=merge_up_to_ms,
            delays=self.delays,
        )

    def open_link(self) -> FakeLink:
        link = FakeLink(LinkRequest(language="pl-PL"))
        self.slot.fill(link)
        return link

    @asynccontextmanager
    async def pumping(self) -> AsyncGenerator[None, None]:
        pump = asyncio.create_task(self.pump.run())
        yield
        await a_moment()
        pump.cancel()
        await asyncio.wait([pump])
        assert pump.cancelled()


async def test_speech_waits_for_a_link_and_then_goes_in_order() -> None:
    rig = Rig()
    async with rig.pumping():
        rig.uplink.put(speech(100, 1))
        rig.uplink.put(speech(100, 2))
        await a_moment()
        link = rig.open_link()
    assert link.heard == [speech(100, 1), speech(100, 2)]


async def test_answers_overtake_speech() -> None:
    rig = Rig()
    rig.uplink.put(speech(100))
    rig.uplink.put_notice(ANSWER)
    async with rig.pumping():
        link = rig.open_link()
    assert link.heard == [ANSWER, speech(100)]


async def test_the_end_of_audio_is_sent_and_reported_with_what_is_still_unheard() -> None:
    rig = Rig()
    link = rig.open_link()
    rig.uplink.put(speech(300))
    rig.uplink.put_end()
    async with rig.pumping():
        pass
    assert link.heard == [speech(300), AudioStreamEnd()]
    report = await rig.inbox.get()
    assert isinstance(report, SpeechReport)
    assert (report.unheard, report.unsent_ms) == (True, 0)


async def test_silence_leaves_nothing_unheard() -> None:
    rig = Rig()
    rig.open_link()
    rig.uplink.put(silence(300))
    rig.uplink.put_end()
    async with rig.pumping():
        pass
    report = await rig.inbox.get()
    assert isinstance(report, SpeechReport)
    assert (report.unheard, report.unanswered_since) == (False, None)


async def test_speech_that_has_piled_up_goes_out_no_faster_than_four_times_its_speed() -> None:
    """The first second goes at once: phones send in bursts."""
    rig = Rig()
    link = rig.open_link()
    for index in range(50):
        rig.uplink.put(speech(100, index))
    async with rig.pumping():
        await a_moment()
        assert len(link.audio) // 32 == 1_100
        await seconds_pass(0.5)
        assert len(link.audio) // 32 == 3_100
        await seconds_pass(0.5)
    assert len(link.audio) // 32 == 5_000


async def test_speech_that_has_piled_up_goes_out_in_fewer_messages_and_no_faster() -> None:
    """At once goes what was joined before the first second is passed."""
    rig = Rig(merge_up_to_ms=200)
    link = rig.open_link()
    for index in range(50):
        rig.uplink.put(speech(100, index))
    async with rig.pumping():
        await a_moment()
        assert [len(item) // 32 for item in link.heard if isinstance(item, bytes)] == [200] * 6
        await seconds_pass(0.5)
        assert len(link.audio) // 32 == 3_200
        await seconds_pass(0.5)
    assert link.audio == b"".join(speech(100, index) for index in range(50))


async def test_a_chunk_that_waits_alone_is_not_held_back_for_another() -> None:
    rig = Rig(merge_up_to_ms=200)
    link = rig.open_link()
    async with rig.pumping():
        for index in range(3):
            rig.uplink.put(speech(20, index))
            await a_moment()
    assert link.heard == [speech(20, index) for index in range(3)]


async def test_a_link_that_dies_while_it_takes_several_chunks_loses_none() -> None:
    rig = Rig(merge_up_to_ms=200)
    dying = rig.open_link()
    dying.takes_nothing()
    async with rig.pumping():
        for index in range(3):
            rig.uplink.put(speech(50, index))
        await a_moment()
        rig.uplink.put(speech(50, 3))
        dying.breaks()
        await a_moment()
        rig.uplink.rewind(resuming=True)
        living = rig.open_link()
    assert dying.heard == []
    assert living.audio == b"".join(speech(50, index) for index in range(4))


async def test_an_answer_does_not_wait_for_speech_that_has_piled_up() -> None:
    rig = Rig()
    link = rig.open_link()
    for index in range(50):
        rig.uplink.put(speech(100, index))
    async with rig.pumping():
        await seconds_pass(0.11)
        rig.uplink.put_notice(ANSWER)
        await a_moment()
        assert link.heard[-1] == ANSWER


async def test_a_link_found_dead_is_not_used_again_and_its_chunk_is_repeated() -> None:
    rig = Rig()
    dead = rig.open_link()
    dead.breaks()
    rig.uplink.put(speech(100, 1))
    rig.uplink.put(speech(100, 2))
    async with rig.pumping():
        await a_moment()
        rig.uplink.rewind(resuming=True)
        living = rig.open_link()
    assert dead.heard == []
    assert living.audio == speech(100, 1) + speech(100, 2)


async def test_what_was_taken_back_while_no_link_was_open_is_not_sent() -> None:
    rig = Rig()
    async with rig.pumping():
        rig.uplink.put(speech(100))
        await a_moment()
        rig.uplink.clear(later_too=True)
        link = rig.open_link()
    assert link.heard == []


async def test_typed_sentences_keep_their_place_among_the_speech() -> None:
    rig = Rig()
    rig.uplink.put(speech(100, 1))
    rig.uplink.put_text(TypedText("dodaj mleko"))
    rig.uplink.put(speech(100, 2))
    async with rig.pumping():
        link = rig.open_link()
    assert link.heard == [speech(100, 1), TypedText("dodaj mleko"), speech(100, 2)]


async def test_a_pause_closes_the_stream_for_now_and_reports_nothing() -> None:
    rig = Rig()
    rig.uplink.put(speech(100, 1))
    rig.uplink.put_pause()
    rig.uplink.put(speech(100, 2))
    async with rig.pumping():
        link = rig.open_link()
    assert link.heard == [speech(100, 1), AudioStreamEnd(), speech(100, 2)]
    assert rig.inbox.view().depth == 0


async def test_what_the_model_is_to_know_overtakes_speech_and_is_told_once() -> None:
    rig = Rig()
    rig.uplink.put(speech(100))
    rig.uplink.put_notice(Remark("dodano mleko"))
    async with rig.pumping():
        link = rig.open_link()
    assert link.heard == [Remark("dodano mleko"), speech(100)]
    rig.uplink.settle_answers()
    rig.uplink.rewind(resuming=True)
    assert rig.uplink.take(0.0) == speech(100)


async def test_a_typed_sentence_that_a_dead_link_was_sent_goes_to_the_next() -> None:
    rig = Rig()
    rig.open_link().breaks()
    rig.uplink.put_text(TypedText("dodaj mleko"))
    async with rig.pumping():
        await a_moment()
        rig.uplink.rewind(resuming=True)
        living = rig.open_link()
    assert living.texts == ["dodaj mleko"]


# Speech that has just arrived.


async def test_speech_that_has_just_arrived_is_sent_at_once_and_kept_until_it_is_heard() -> None:
    rig = Rig()
    link = rig.open_link()
    assert rig.pump.send_at_once([speech(100)])
    assert link.audio == speech(100)
    assert rig.uplink.audio_ms == 100
    rig.uplink.rewind(resuming=False)
    assert rig.uplink.take(0.0) == speech(100)


async def test_nothing_is_sent_at_once_without_a_link_or_before_what_waits() -> None:
    rig = Rig()
    assert not rig.pump.send_at_once([speech(100)])
    link = rig.open_link()
    rig.uplink.put(speech(100, 1))
    assert not rig.pump.send_at_once([speech(100, 2)])
    assert link.audio == b""


async def test_nothing_is_sent_at_once_while_a_send_is_under_way() -> None:
    rig = Rig()
    link = rig.open_link()
    link.takes_nothing()
    async with rig.pumping():
        rig.uplink.put(speech(100, 1))
        await a_moment()
        assert not rig.pump.send_at_once([speech(100, 2)])
        link.takes_again()
        await a_moment()
        assert rig.pump.send_at_once([speech(100, 2)])
    assert link.audio == speech(100, 1) + speech(100, 2)


async def test_nothing_is_sent_at_once_that_would_have_to_wait_or_is_too_much() -> None:
    rig = Rig()
    link = rig.open_link()
    link.takes_nothing()
    assert not rig.pump.send_at_once([speech(100)])
    link.takes_again()
    sent = [rig.pump.send_at_once([speech(500)]) for _ in range(4)]
    assert sent == [1, 1, 1, 0]


async def test_a_link_found_dead_loses_nothing_that_would_have_been_sent_at_once() -> None:
    rig = Rig()
    link = rig.open_link()
    link.breaks()
    assert not rig.pump.send_at_once([speech(100)])
    assert (link.heard, rig.uplink.sent.size) == ([], 0)


async def test_speech_sent_at_once_is_kept_within_the_bound() -> None:
    rig = Rig()
    rig.open_link()
    for _ in range(200):
        assert rig.pump.send_at_once([speech(100)])
        await seconds_pass(0.1)
    assert rig.uplink.sent.size <= 15_000 * 32


@pytest.mark.parametrize(
    ("chunks_ms", "merge_up_to_ms", "messages_ms"),
    [
        ([100, 100, 100, 60, 40], 200, [200, 200]),
        ([20] * 5, 200, [100]),
        ([150, 100, 300, 20], 200, [150, 100, 300, 20]),
        ([100, 100, 20], 0, [100, 100, 20]),
    ],
)
async def test_speech_that_arrived_together_shares_messages(
    chunks_ms: list[int], merge_up_to_ms: int, messages_ms: list[int]
) -> None:
    rig = Rig(merge_up_to_ms=merge_up_to_ms)
    link = rig.open_link()
    chunks = [speech(ms, which) for which, ms in enumerate(chunks_ms)]
    assert rig.pump.send_at_once(chunks) == len(chunks)
    assert [len(each) // 32 for each in link.heard if isinstance(each, bytes)] == messages_ms
    assert link.audio == b"".join(chunks)


async def test_of_speech_that_arrived_together_only_what_may_go_is_sent() -> None:
    rig = Rig()
    link = rig.open_link()
    chunks = [speech(500, which) for which in range(4)]
    assert rig.pump.send_at_once(chunks) == 3
    assert link.audio == b"".join(chunks[:3])


# How late it is.


async def test_speech_that_goes_out_as_it_comes_is_not_late() -> None:
    rig = Rig()
    rig.open_link()
    assert rig.pump.send_at_once([speech(100), speech(100)]) == 2
    async with rig.pumping():
        rig.uplink.put(speech(100))
        await a_moment()
    assert rig.pump.sent_at_once == 2
    assert rig.pump.worst_delay_s == pytest.approx(0, abs=0.01)


async def test_speech_that_waited_for_a_link_is_as_late_as_that_took() -> None:
    rig = Rig()
    async with rig.pumping():
        for voice in range(3):
            rig.uplink.put(speech(100, voice))
            await seconds_pass(0.1)
        await seconds_pass(2)
        rig.open_link()
        await a_moment()
    assert rig.delays.total == pytest.approx(2.3 + 2.2 + 2.1, abs=0.05)
    assert rig.pump.worst_delay_s == pytest.approx(2.3, abs=0.05)


async def test_speech_is_as_late_as_what_waits_behind_it_took_to_be_said() -> None:
    """After a lost link, what was said before goes out first, and is older than the waiting."""
    rig = Rig()
    for _ in range(50):
        rig.uplink.put(speech(100))
    async with rig.pumping():
        rig.open_link()
        await a_moment()
    assert rig.pump.worst_delay_s == pytest.approx(4.9)


async def test_answers_are_not_late() -> None:
    rig = Rig()
    async with rig.pumping():
        rig.uplink.put_notice(ANSWER)
        await seconds_pass(5)
        rig.uplink.put(speech(100))
        await seconds_pass(1)
        rig.open_link()
        await a_moment()
    assert rig.pump.worst_delay_s < 1.1
