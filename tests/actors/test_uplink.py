"""Tests for `actors.uplink`."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from actors.notices import MOST_REMARKS
from actors.unheard import NOTHING_UNHEARD, Unheard
from actors.uplink import MOST_TEXTS, UplinkMailbox
from schemas.gemini import CallOutcome, FunctionResponse, Remark, ToolResponse, TypedText
from schemas.messages import EndOfAudio, EndOfUtterance, Uplink
from schemas.stored import StoredUplink
from tests.support.moments import a_moment
from tests.support.sounds import chunks, silence, speech

ANSWER = ToolResponse(())
OTHER_ANSWER = ToolResponse(
    (FunctionResponse(id="c2", name="f", response=CallOutcome(status="rejected")),)
)
REMARK = Remark("dodano mleko")
TEXT = TypedText("dodaj mleko")
OTHER_TEXT = TypedText("dodaj chleb")
PAUSE = silence(600)
"""What a closed microphone sounds like to the next link."""


def uplink_with(*pieces: bytes, bound_ms: int = 60_000, merge_up_to_ms: int = 0) -> UplinkMailbox:
    uplink = UplinkMailbox(bound_ms, merge_up_to_ms=merge_up_to_ms)
    for piece in pieces:
        uplink.put(piece)
    return uplink


def take_all(uplink: UplinkMailbox) -> list[Uplink]:
    taken = []
    while (item := uplink.take(0.0)) is not None:
        taken.append(item)
    return taken


def audio(items: Sequence[Uplink]) -> bytes:
    return b"".join(item for item in items if isinstance(item, bytes))


def test_speech_comes_out_as_it_went_in() -> None:
    pieces = chunks(speech(500))
    assert take_all(uplink_with(*pieces)) == pieces


def test_chunks_that_wait_behind_each_other_come_out_together() -> None:
    pieces = [speech(60, voice) for voice in range(7)]
    uplink = uplink_with(*pieces, merge_up_to_ms=200)
    assert take_all(uplink) == [b"".join(pieces[:3]), b"".join(pieces[3:6]), pieces[6]]


def test_a_chunk_that_is_long_enough_comes_out_alone() -> None:
    pieces = [speech(250, 1), speech(150, 2), speech(100, 3)]
    assert take_all(uplink_with(*pieces, merge_up_to_ms=200)) == pieces


def test_nothing_is_joined_over_what_stands_between() -> None:
    uplink = uplink_with(speech(50, 1), merge_up_to_ms=200)
    uplink.put_text(TEXT)
    uplink.put(speech(50, 2))
    uplink.put_pause()
    uplink.put(speech(50, 3))
    uplink.put_end()
    uplink.put(speech(50, 4))
    uplink.put_notice(ANSWER)
    expected = [ANSWER, speech(50, 1), TEXT, speech(50, 2), EndOfUtterance(), speech(50, 3)]
    assert take_all(uplink) == [*expected, EndOfAudio()]
    uplink.clear()
    assert take_all(uplink) == [speech(50, 4)]


def test_what_was_joined_counts_as_sent_and_comes_out_again_when_the_link_is_lost() -> None:
    pieces = [speech(50, voice) for voice in range(6)]
    uplink = uplink_with(*pieces, merge_up_to_ms=200)
    assert uplink.take(1.0) == b"".join(pieces[:4])
    assert (uplink.behind_ms, uplink.sent.size // 32) == (100, 200)
    uplink.put_text(TEXT)
    uplink.rewind(resuming=True)
    assert uplink.behind_ms == 300
    *again, text = take_all(uplink)
    assert (audio(again), text) == (b"".join(pieces), TEXT)


async def test_the_pump_waits_until_there_is_something_to_take() -> None:
    uplink = UplinkMailbox(1_000)
    async with asyncio.TaskGroup() as group:
        waiting = group.create_task(uplink.wait_filled())
        await a_moment()
        assert not waiting.done()
        uplink.put(speech(10))
    assert uplink.take(0.0) == speech(10)


def test_an_answer_overtakes_speech() -> None:
    uplink = uplink_with(speech(10))
    uplink.put_notice(ANSWER)
    assert take_all(uplink) == [ANSWER, speech(10)]


def test_the_end_of_audio_keeps_its_place_and_is_not_repeated() -> None:
    uplink = uplink_with(speech(10))
    uplink.put_end()
    uplink.put(speech(20))
    assert take_all(uplink) == [speech(10), EndOfAudio()]
    uplink.rewind(resuming=True)
    assert take_all(uplink) == [speech(10), EndOfAudio()]
    uplink.clear()
    assert take_all(uplink) == [speech(20)]


def test_when_full_the_oldest_unsent_speech_goes_and_is_counted() -> None:
    uplink = UplinkMailbox(1_000)
    assert [uplink.put(speech(400, voice)) for voice in range(4)] == [False, False, True, True]
    assert uplink.take_loss(801) == 0
    assert uplink.take_loss() == 800
    assert uplink.take_loss() == 0
    assert take_all(uplink) == [speech(400, 2), speech(400, 3)]
    view = uplink.view()
    assert (view.unit, view.bound, view.depth, view.peak, view.dropped) == (
        "ms",
        1_000,
        0,
        800,
        800,
    )
    assert uplink.audio_ms == 1_600


def test_what_was_sent_makes_room_first_and_is_no_loss() -> None:
    uplink = uplink_with(speech(400, 1), speech(400, 2), bound_ms=1_000)
    uplink.take(0.0)
    assert not uplink.put(speech(400, 3))
    assert uplink.take_loss() == 0
    uplink.rewind(resuming=True)
    assert audio(take_all(uplink)) == speech(400, 2) + speech(400, 3)


def test_an_end_of_audio_that_speech_pushes_out_is_not_counted_as_speech() -> None:
    uplink = UplinkMailbox(500)
    uplink.put(speech(400))
    uplink.put_end()
    assert uplink.put(speech(500, 1))
    assert uplink.put(speech(500, 2))
    assert uplink.take_loss() == 900
    uplink.clear()
    assert take_all(uplink) == [speech(500, 2)]


def test_an_end_that_is_pushed_out_still_keeps_later_speech_for_later() -> None:
    uplink = UplinkMailbox(500)
    uplink.put(speech(400))
    uplink.put_end()
    uplink.put(speech(500, 1))
    uplink.put(speech(300, 2))
    assert uplink.take(0.0) is None
    uplink.clear()
    assert take_all(uplink) == [speech(300, 2)]


def test_what_a_lost_link_was_sent_comes_out_again_before_what_waits() -> None:
    uplink = uplink_with(*chunks(speech(350, 1)))
    take_all(uplink)
    uplink.put(speech(100, 2))
    uplink.rewind(resuming=True)
    assert audio(take_all(uplink)) == speech(350, 1) + speech(100, 2)


def test_a_replay_comes_in_chunks_of_100_ms() -> None:
    uplink = uplink_with(speech(250))
    take_all(uplink)
    uplink.rewind(resuming=True)
    assert [len(item) // 32 for item in take_all(uplink) if isinstance(item, bytes)] == [
        100,
        100,
        50,
    ]


def test_a_rewind_with_nothing_to_repeat_leaves_nothing_to_take() -> None:
    uplink = UplinkMailbox(1_000)
    uplink.rewind(resuming=True)
    assert uplink.take(0.0) is None


def test_what_was_sent_to_a_lost_link_counts_against_the_bound_again() -> None:
    uplink = uplink_with(speech(400, 1), speech(400, 2), bound_ms=1_000)
    take_all(uplink)
    uplink.put(speech(800, 3))
    uplink.sent.add(speech(900, 4), 0.0)
    uplink.rewind(resuming=True)
    assert uplink.behind_ms <= 1_000
    assert uplink.take_loss() > 0


def test_an_answer_that_may_not_have_arrived_goes_out_again_in_the_same_session() -> None:
    uplink = uplink_with(speech(10))
    uplink.put_notice(ANSWER)
    uplink.put_notice(OTHER_ANSWER)
    assert uplink.take(0.0) == ANSWER
    uplink.rewind(resuming=True)
    assert take_all(uplink) == [ANSWER, OTHER_ANSWER, speech(10)]


def test_an_answer_after_which_gemini_went_on_does_not() -> None:
    uplink = UplinkMailbox(1_000)
    uplink.put_notice(ANSWER)
    uplink.take(0.0)
    uplink.notice_sent()
    uplink.settle_answers()
    uplink.rewind(resuming=True)
    assert take_all(uplink) == []


def test_an_answer_that_is_still_being_sent_when_gemini_goes_on_does() -> None:
    uplink = UplinkMailbox(1_000)
    uplink.put_notice(ANSWER)
    uplink.put_notice(OTHER_ANSWER)
    uplink.take(0.0)
    uplink.notice_sent()
    uplink.take(0.0)
    uplink.settle_answers()
    uplink.rewind(resuming=True)
    assert take_all(uplink) == [OTHER_ANSWER]


def test_a_session_that_asked_nothing_gets_no_answers() -> None:
    uplink = uplink_with(speech(10))
    uplink.put_notice(ANSWER)
    uplink.put_notice(OTHER_ANSWER)
    uplink.take(0.0)
    uplink.rewind(resuming=False)
    assert take_all(uplink) == [speech(10)]


def test_the_report_says_since_when_a_finished_sentence_waits_for_its_answer() -> None:
    uplink = UplinkMailbox(15_000)
    for at, chunk in enumerate(chunks(silence(300) + speech(500) + silence(700))):
        uplink.put(chunk)
        uplink.take(at / 10)
    report = uplink.report()
    assert report.unanswered_since == 0.9
    assert (report.last_sent_at, report.unsent_ms) == (1.4, 0)


def test_sound_without_a_pause_is_given_twenty_seconds() -> None:
    uplink = UplinkMailbox(15_000)
    for at, chunk in enumerate(chunks(silence(300) + speech(2_000))):
        uplink.put(chunk)
        uplink.take(at / 10)
    assert uplink.report().unanswered_since == 20.3


def test_speech_that_gemini_does_not_take_waits_since_the_last_was_sent() -> None:
    uplink = UplinkMailbox(15_000)
    uplink.put(silence(100))
    uplink.take(5.0)
    uplink.put(speech(400))
    report = uplink.report()
    assert (report.unanswered_since, report.unsent_ms) == (5.0, 400)


def test_what_gemini_has_acted_on_is_not_repeated() -> None:
    uplink = uplink_with(speech(500), silence(600), speech(300, 2))
    take_all(uplink)
    uplink.sent.confirm(began_at=0.0, idle_since=0.0)
    uplink.rewind(resuming=True)
    assert audio(take_all(uplink)) == silence(300) + speech(300, 2)


def test_speech_is_unheard_until_it_is_confirmed() -> None:
    uplink = uplink_with(speech(300), silence(600))
    assert uplink.report().unheard
    take_all(uplink)
    assert uplink.report().unheard
    uplink.sent.confirm(began_at=0.0, idle_since=0.0)
    assert not uplink.report().unheard


def test_clearing_forgets_what_came_before_the_end_of_audio_and_keeps_what_came_after() -> None:
    uplink = uplink_with(speech(100, 1), speech(100, 2))
    uplink.take(0.0)
    uplink.put_end()
    uplink.put(speech(100, 3))
    uplink.put_notice(ANSWER)
    uplink.clear()
    uplink.rewind(resuming=True)
    assert take_all(uplink) == [speech(100, 3)]


def test_clearing_after_the_end_of_audio_has_gone_keeps_what_waits() -> None:
    uplink = uplink_with(speech(100, 1))
    uplink.put_end()
    take_all(uplink)
    uplink.put(speech(100, 2))
    uplink.clear()
    assert take_all(uplink) == [speech(100, 2)]
    assert uplink.view().depth == 0


def test_clearing_can_forget_what_came_after_as_well() -> None:
    uplink = uplink_with(speech(100, 1))
    uplink.put_end()
    uplink.put(speech(100, 2))
    uplink.clear(later_too=True)
    assert uplink.take(0.0) is None
    assert uplink.view().depth == 0


def test_a_typed_sentence_keeps_its_place_among_the_speech() -> None:
    uplink = uplink_with(speech(100, 1))
    uplink.put_text(TEXT)
    uplink.put(speech(100, 2))
    assert take_all(uplink) == [speech(100, 1), TEXT, speech(100, 2)]


async def test_the_pump_is_woken_by_a_typed_sentence_and_by_a_pause() -> None:
    uplink = uplink_with(speech(100))
    uplink.take(0.0)
    async with asyncio.TaskGroup() as group:
        waiting = group.create_task(uplink.wait_filled())
        await a_moment()
        assert not waiting.done()
        uplink.put_pause()
    assert uplink.take(0.0) == EndOfUtterance()
    async with asyncio.TaskGroup() as group:
        waiting = group.create_task(uplink.wait_filled())
        await a_moment()
        assert not waiting.done()
        uplink.put_text(TEXT)
    assert uplink.take(0.0) == TEXT


def test_typed_sentences_survive_when_the_speech_around_them_has_to_go() -> None:
    uplink = uplink_with(speech(400, 1), bound_ms=500)
    uplink.put_text(TEXT)
    uplink.put(speech(300, 2))
    uplink.put_text(OTHER_TEXT)
    assert uplink.put(speech(400, 3))
    assert uplink.take_loss() == 700
    assert take_all(uplink) == [TEXT, OTHER_TEXT, speech(400, 3)]


def test_what_was_typed_before_an_end_stays_before_it_when_the_speech_there_has_to_go() -> None:
    uplink = uplink_with(speech(400, 1), bound_ms=500)
    uplink.put_text(TEXT)
    uplink.put_end()
    uplink.put(speech(300, 2))
    uplink.put(speech(400, 3))
    assert take_all(uplink) == [TEXT, EndOfAudio()]
    uplink.clear()
    assert take_all(uplink) == [speech(400, 3)]
    assert not uplink.text_answered(9.0)


def test_only_so_many_typed_sentences_wait_for_an_answer() -> None:
    uplink = UplinkMailbox(1_000)
    for _ in range(MOST_TEXTS):
        assert not uplink.full_of_text
        uplink.put_text(TEXT)
    assert uplink.full_of_text
    uplink.take(1.0)
    assert uplink.full_of_text
    assert uplink.text_answered(1.5)
    assert not uplink.full_of_text


def test_a_turn_that_began_before_a_sentence_was_sent_is_not_about_it() -> None:
    uplink = UplinkMailbox(1_000)
    uplink.put_text(TEXT)
    assert not uplink.text_answered(9.0)
    uplink.take(2.0)
    assert not uplink.text_answered(1.9)
    assert uplink.text_answered(2.0)
    assert not uplink.text_answered(9.0)


def test_a_typed_sentence_is_unheard_until_it_is_answered() -> None:
    uplink = UplinkMailbox(1_000)
    uplink.put_text(TEXT)
    report = uplink.report()
    assert (report.unheard, report.unsent_ms, report.unanswered_since) == (True, 0, None)
    uplink.take(3.0)
    report = uplink.report()
    assert (report.unheard, report.unanswered_since) == (True, 3.0)
    uplink.text_answered(4.0)
    report = uplink.report()
    assert (report.unheard, report.unanswered_since) == (False, None)


def test_the_oldest_of_what_was_said_and_typed_is_waited_for() -> None:
    uplink = UplinkMailbox(15_000)
    for at, chunk in enumerate(chunks(speech(500) + silence(700))):
        uplink.put(chunk)
        uplink.take(at / 10)
    uplink.put_text(TEXT)
    uplink.take(9.0)
    assert uplink.report().unanswered_since == 0.6
    uplink.sent.confirm(began_at=1.0, idle_since=0.0)
    assert uplink.report().unanswered_since == 9.0


def test_what_was_typed_after_the_end_of_audio_is_not_waited_for() -> None:
    uplink = UplinkMailbox(1_000)
    uplink.put_end()
    uplink.put_text(TEXT)
    assert not uplink.report().unheard
    uplink.clear()
    assert take_all(uplink) == [TEXT]


def test_what_a_lost_link_did_not_answer_comes_out_again_in_the_order_it_was_said_in() -> None:
    uplink = uplink_with(speech(500, 1), silence(600))
    uplink.put_text(TEXT)
    uplink.put_text(OTHER_TEXT)
    for at in range(4):
        uplink.take(float(at))
    uplink.put(speech(100, 2))
    assert uplink.rewind(resuming=True) == (1.0, 3)
    again = take_all(uplink)
    first, second = again.index(TEXT), again.index(OTHER_TEXT)
    assert audio(again[:first])[: 500 * 32] == speech(500, 1)
    assert second == first + 1
    assert again[second + 1 :] == [speech(100, 2)]
    assert not uplink.full_of_text


def test_a_link_that_was_sent_a_typed_sentence_only_is_rewound_to_it() -> None:
    uplink = UplinkMailbox(1_000)
    uplink.put_text(TEXT)
    uplink.take(7.0)
    assert uplink.rewind(resuming=False) == (7.0, 1)
    assert uplink.rewind(resuming=False) == (None, 1)
    assert take_all(uplink) == [TEXT]


def test_a_pause_ends_an_utterance_and_is_silence_to_the_next_link() -> None:
    uplink = uplink_with(speech(500, 1))
    uplink.put_pause()
    uplink.put(speech(300, 2))
    assert take_all(uplink) == [speech(500, 1), EndOfUtterance(), speech(300, 2)]
    assert uplink.sent.held() == (0.0, 2)
    uplink.rewind(resuming=True)
    assert audio(take_all(uplink)) == speech(500, 1) + PAUSE + speech(300, 2)


def test_a_pause_after_which_nothing_was_said_is_not_repeated() -> None:
    """Each would be kept, as silence, for the next link: a phone could fill the memory."""
    uplink = UplinkMailbox(1_000)
    uplink.put_pause()
    uplink.put(speech(100))
    uplink.put_pause()
    uplink.put_pause()
    assert take_all(uplink) == [speech(100), EndOfUtterance()]
    uplink.put_pause()
    assert take_all(uplink) == []
    assert uplink.sent.size == len(speech(100) + PAUSE)


def test_a_pause_behind_speech_that_was_sent_at_once_is_one() -> None:
    uplink = UplinkMailbox(1_000)
    uplink.sent_at_once(speech(100), 0.0)
    uplink.put_pause()
    assert take_all(uplink) == [EndOfUtterance()]


def test_a_microphone_that_closes_after_the_connection_was_changed_ends_what_was_left() -> None:
    uplink = UplinkMailbox(1_000)
    uplink.go_on(StoredUplink((speech(100),)), audio_ms=100, resuming=True)
    uplink.put_pause()
    assert take_all(uplink) == [speech(100), EndOfUtterance()]


def test_a_pause_that_speech_pushes_out_is_no_loss() -> None:
    uplink = uplink_with(speech(400, 1), bound_ms=500)
    uplink.put_pause()
    uplink.put(speech(500, 2))
    uplink.put(speech(100, 3))
    assert uplink.take_loss() == 900
    assert take_all(uplink) == [speech(100, 3)]


def test_what_the_model_is_to_know_goes_out_with_the_answers_and_again_to_the_same_session() -> (
    None
):
    uplink = uplink_with(speech(10))
    uplink.put_notice(ANSWER)
    uplink.put_notice(REMARK)
    assert take_all(uplink) == [ANSWER, REMARK, speech(10)]
    uplink.rewind(resuming=True)
    assert take_all(uplink) == [ANSWER, REMARK, speech(10)]
    uplink.rewind(resuming=False)
    assert take_all(uplink) == [speech(10)]


def remarks(count: int) -> list[Uplink]:
    return [Remark(f"dodano {at}") for at in range(count)]


def test_of_what_the_model_is_to_know_only_the_newest_waits_and_no_answer_is_dropped() -> None:
    uplink = UplinkMailbox(1_000)
    many = remarks(MOST_REMARKS + 2)
    uplink.put_notice(ANSWER)
    for at in range(MOST_REMARKS + 2):
        uplink.put_notice(Remark(f"dodano {at}"))
    assert take_all(uplink) == [ANSWER, *many[2:]]
    for at in range(2):
        uplink.put_notice(Remark(f"dodano {at}"))
    uplink.rewind(resuming=True)
    assert take_all(uplink) == [ANSWER, *many[4:], *many[:2]]


def test_an_edit_a_minute_of_an_idle_session_is_not_kept_for_ever() -> None:
    uplink = UplinkMailbox(1_000)
    uplink.put_notice(ANSWER)
    uplink.take(0.0)
    for at in range(3 * MOST_REMARKS):
        uplink.put_notice(Remark(f"dodano {at}"))
        uplink.take(0.0)
        uplink.notice_sent()
    uplink.put_notice(OTHER_ANSWER)
    uplink.take(0.0)
    uplink.settle_answers()
    uplink.rewind(resuming=True)
    assert take_all(uplink) == [OTHER_ANSWER]


def test_what_is_left_when_the_session_is_is_speech_texts_and_answers() -> None:
    uplink = uplink_with(speech(500, 1))
    uplink.put_pause()
    uplink.put_text(TEXT)
    uplink.put(speech(300, 2))
    uplink.put_notice(ANSWER)
    uplink.put_notice(REMARK)
    take_all(uplink)
    uplink.put_text(OTHER_TEXT)
    uplink.rewind(resuming=True)
    unheard = uplink.take_all()
    typed = unheard.said.index(TEXT)
    assert audio(unheard.said[:typed]) == speech(500, 1) + PAUSE
    assert audio(unheard.said[typed + 1 : -1]) == speech(300, 2)
    assert unheard.said[-1] == OTHER_TEXT
    assert (unheard.answers, unheard.remarks) == ((ANSWER,), (REMARK.text,))
    assert uplink.take_all() == NOTHING_UNHEARD
    assert (uplink.take(0.0), uplink.view().depth) == (None, 0)


def test_a_pause_that_was_not_sent_yet_is_left_as_one() -> None:
    uplink = uplink_with(speech(500, 1))
    uplink.put_pause()
    assert uplink.take_all() == Unheard((speech(500, 1), EndOfUtterance()))
    uplink.go_on(StoredUplink((speech(100, 1), None)), audio_ms=100, resuming=True)
    assert take_all(uplink) == [speech(100, 1), EndOfUtterance()]


def test_pauses_push_no_speech_out() -> None:
    uplink = UplinkMailbox(1_000)
    for voice in range(5):
        uplink.put(speech(200, voice))
        uplink.put_pause()
    said = tuple(None if each == EndOfUtterance() else each for each in uplink.take_all().said)
    uplink.go_on(StoredUplink(said), audio_ms=0, resuming=True)  # type: ignore[arg-type]
    assert uplink.take_loss() == 0
    assert audio(take_all(uplink)) == b"".join(speech(200, voice) for voice in range(5))


def test_a_pause_goes_with_the_speech_that_has_to_go() -> None:
    uplink = uplink_with(speech(300, 1), bound_ms=500)
    uplink.put_pause()
    uplink.put(speech(500, 2))
    assert uplink.take_loss() == 300
    assert take_all(uplink)[-1:] == [speech(500, 2)]


def test_pauses_that_were_sent_keep_the_bound() -> None:
    uplink = UplinkMailbox(1_000)
    for voice in range(10):
        uplink.put(speech(10, voice))
        uplink.put_pause()
    take_all(uplink)
    assert uplink.sent.size <= 1_000 * 32


def test_the_beginning_of_a_sentence_is_left_to_the_next_connection_however_short_it_is() -> None:
    for begun in (speech(20), speech(100)):
        uplink = uplink_with(silence(2_000), begun)
        take_all(uplink)
        uplink.rewind(resuming=True)
        assert audio(uplink.take_all().said) == silence(300) + begun


def test_silence_is_not_left_to_the_next_connection() -> None:
    assert uplink_with(silence(500)).take_all() == NOTHING_UNHEARD


async def test_the_next_connection_goes_on_before_what_came_on_it_already() -> None:
    uplink = uplink_with(speech(100, 2))
    stored = StoredUplink((speech(250, 1), (TEXT.text, "t1")), (ANSWER,), (REMARK.text,))
    uplink.go_on(stored, audio_ms=4_000, resuming=True)
    await uplink.wait_filled()
    assert [len(item) // 32 for item in take_all(uplink) if isinstance(item, bytes)] == [
        100,
        100,
        50,
        100,
    ]
    uplink.rewind(resuming=True)
    assert uplink.audio_ms == 4_100
    again = take_all(uplink)
    assert again[:2] == [ANSWER, REMARK]
    assert audio(again[: again.index(TEXT)]) == speech(250, 1)


def test_notices_are_not_for_a_gemini_session_that_has_asked_nothing() -> None:
    uplink = UplinkMailbox(1_000)
    stored = StoredUplink((speech(100),), (ANSWER,), (REMARK.text,))
    uplink.go_on(stored, audio_ms=100, resuming=False)
    assert take_all(uplink) == [speech(100)]


def test_the_next_connection_keeps_the_bound_for_what_was_left() -> None:
    uplink = uplink_with(speech(400, 2), bound_ms=500)
    texts = tuple((TEXT.text, None) for _ in range(MOST_TEXTS))
    uplink.go_on(StoredUplink((speech(300, 1), *texts)), audio_ms=300, resuming=True)
    assert uplink.full_of_text
    assert uplink.take_loss() == 200
    uplink.go_on(StoredUplink(), audio_ms=0, resuming=True)
    assert audio(take_all(uplink))[-400 * 32 :] == speech(400, 2)


def test_clearing_forgets_what_was_typed_before_the_end_and_keeps_what_was_typed_after() -> None:
    uplink = UplinkMailbox(1_000)
    for _ in range(MOST_TEXTS):
        uplink.put_text(TEXT)
    uplink.take(0.0)
    uplink.put(speech(100))
    uplink.put_pause()
    uplink.put_end()
    uplink.put_text(OTHER_TEXT)
    uplink.clear()
    assert not uplink.full_of_text
    assert not uplink.text_answered(9.0)
    assert take_all(uplink) == [OTHER_TEXT]
    uplink.clear(later_too=True)
    assert uplink.rewind(resuming=True) == (None, 0)


def says_again(uplink: UplinkMailbox, began_at: float = 1.0) -> bool:
    return uplink.says_again(began_at=began_at, idle_since=0.0)


def test_speech_is_said_again_until_it_is_answered_and_something_else_is_said() -> None:
    uplink = uplink_with(speech(500, 1), silence(600))
    take_all(uplink)
    uplink.rewind(resuming=True)
    assert says_again(uplink)
    uplink.rewind(resuming=True)
    assert says_again(uplink)
    uplink.put(speech(500, 2))
    uplink.put(silence(600))
    take_all(uplink)
    assert says_again(uplink)
    uplink.sent.confirm(began_at=2.0, idle_since=0.0)
    assert not says_again(uplink)


def test_what_is_answered_though_nothing_else_was_said_is_what_is_said_again() -> None:
    uplink = uplink_with(speech(500, 1), silence(600))
    take_all(uplink)
    uplink.rewind(resuming=True)
    take_all(uplink)
    uplink.sent.confirm(began_at=2.0, idle_since=0.0)
    assert says_again(uplink)
    uplink.put_text(TEXT)
    assert says_again(uplink)
    take_all(uplink)
    assert not says_again(uplink)


def test_a_typed_sentence_is_said_again_until_it_is_answered() -> None:
    uplink = UplinkMailbox(1_000)
    uplink.put_text(TEXT)
    take_all(uplink)
    uplink.rewind(resuming=True)
    uplink.put_text(OTHER_TEXT)
    take_all(uplink)
    assert says_again(uplink)
    assert uplink.text_answered(1.0)
    assert not says_again(uplink)
    assert uplink.asks
    assert uplink.text_answered(1.0)
    assert not uplink.asks


def test_what_another_connection_left_is_said_again_too() -> None:
    uplink = uplink_with(speech(300, 2), silence(600))
    left = (speech(300, 1), None, (TEXT.text, None))
    uplink.go_on(StoredUplink(left), audio_ms=300, resuming=True)
    take_all(uplink)
    assert says_again(uplink)
    uplink.sent.confirm(began_at=2.0, idle_since=0.0)
    assert says_again(uplink)
    uplink.text_answered(1.0)
    assert not says_again(uplink)


def test_what_had_to_go_or_was_cleared_is_not_said_again() -> None:
    uplink = UplinkMailbox(500, merge_up_to_ms=0)
    uplink.go_on(StoredUplink((speech(200, 1), None, speech(100, 2))), audio_ms=300, resuming=True)
    for piece in chunks(speech(500, 3)):
        uplink.put(piece)
    assert says_again(uplink)
    take_all(uplink)
    assert not says_again(uplink)
    uplink.rewind(resuming=True)
    assert says_again(uplink)
    uplink.clear()
    uplink.put(speech(500, 4))
    take_all(uplink)
    assert not says_again(uplink)


def voices_of(pcm: bytes) -> list[int]:
    """Return whose chunks of 100 ms were joined to `pcm`."""
    pieces = chunks(pcm)
    voices = [int.from_bytes(piece[2:4], "little") - 3_000 for piece in pieces]
    assert pieces == [speech(100, voice) for voice in voices]
    return voices


_steps = st.lists(
    st.sampled_from(["put", "put", "put", "take", "take", "rewind", "clear", "confirm", "end"]),
    max_size=60,
)


@given(_steps)
def test_whatever_happens_it_keeps_its_bound_and_its_order_and_invents_nothing(
    steps: list[str],
) -> None:
    """Each chunk has samples of its own; what comes out is in order, apart from rewinds."""
    uplink = UplinkMailbox(1_000)
    put = 0
    newest_taken = -1
    for step in steps:
        match step:
            case "put":
                uplink.put(speech(100, put))
                put += 1
            case "take":
                item = uplink.take(0.0)
                if isinstance(item, bytes):
                    voices = voices_of(item)
                    assert [newest_taken, *voices, put] == sorted({newest_taken, *voices, put})
                    newest_taken = voices[-1]
            case "rewind":
                uplink.rewind(resuming=True)
                newest_taken = -1
            case "clear":
                uplink.clear()
            case "confirm":
                uplink.sent.confirm(began_at=0.0, idle_since=0.0)
            case _:
                uplink.put_end()
        view = uplink.view()
        assert 0 <= view.depth <= view.bound
    everything = uplink.view().dropped + len(audio(take_all(uplink))) // 32
    assert everything <= uplink.audio_ms
