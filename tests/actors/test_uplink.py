"""Tests for `actors.uplink`."""

from __future__ import annotations

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from actors.uplink import UplinkMailbox
from schemas.gemini import CallOutcome, FunctionResponse, ToolResponse
from schemas.messages import EndOfAudio, Uplink
from tests.support.moments import a_moment
from tests.support.sounds import chunks, silence, speech

ANSWER = ToolResponse(())
OTHER_ANSWER = ToolResponse(
    (FunctionResponse(id="c2", name="f", response=CallOutcome(status="rejected")),)
)


def uplink_with(*pieces: bytes, bound_ms: int = 60_000) -> UplinkMailbox:
    uplink = UplinkMailbox(bound_ms)
    for piece in pieces:
        uplink.put(piece)
    return uplink


def take_all(uplink: UplinkMailbox) -> list[Uplink]:
    taken = []
    while (item := uplink.take(0.0)) is not None:
        taken.append(item)
    return taken


def audio(items: list[Uplink]) -> bytes:
    return b"".join(item for item in items if isinstance(item, bytes))


def test_speech_comes_out_as_it_went_in() -> None:
    pieces = chunks(speech(500))
    assert take_all(uplink_with(*pieces)) == pieces


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
    uplink.put_answers(ANSWER)
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
    uplink.put_answers(ANSWER)
    uplink.put_answers(OTHER_ANSWER)
    assert uplink.take(0.0) == ANSWER
    uplink.rewind(resuming=True)
    assert take_all(uplink) == [ANSWER, OTHER_ANSWER, speech(10)]


def test_an_answer_after_which_gemini_went_on_does_not() -> None:
    uplink = UplinkMailbox(1_000)
    uplink.put_answers(ANSWER)
    uplink.take(0.0)
    uplink.answer_sent()
    uplink.settle_answers()
    uplink.rewind(resuming=True)
    assert take_all(uplink) == []


def test_an_answer_that_is_still_being_sent_when_gemini_goes_on_does() -> None:
    uplink = UplinkMailbox(1_000)
    uplink.put_answers(ANSWER)
    uplink.put_answers(OTHER_ANSWER)
    uplink.take(0.0)
    uplink.answer_sent()
    uplink.take(0.0)
    uplink.settle_answers()
    uplink.rewind(resuming=True)
    assert take_all(uplink) == [OTHER_ANSWER]


def test_a_session_that_asked_nothing_gets_no_answers() -> None:
    uplink = uplink_with(speech(10))
    uplink.put_answers(ANSWER)
    uplink.put_answers(OTHER_ANSWER)
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
    uplink.put_answers(ANSWER)
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
                    voice = int.from_bytes(item[2:4], "little") - 3_000
                    assert item == speech(100, voice)
                    assert newest_taken < voice < put
                    newest_taken = voice
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
