"""Tests for `actors.unconfirmed`."""

from __future__ import annotations

from actors.unconfirmed import Unconfirmed
from tests.support.sounds import chunks, silence, speech

FIRST = speech(500, 1)
SECOND = speech(700, 2)
END = silence(600)
"""Ends an utterance; 200 ms of it are forgotten with it."""
KEPT = silence(400)


def sent(*pcm: bytes, now: float = 0.0) -> Unconfirmed:
    unconfirmed = Unconfirmed(ignored_after_s=5.0)
    for chunk in chunks(b"".join(pcm), ms=70):
        unconfirmed.add(chunk, now)
    return unconfirmed


def confirm(unconfirmed: Unconfirmed, began_at: float, idle_since: float = 0.0) -> float | None:
    return unconfirmed.confirm(began_at=began_at, idle_since=idle_since)


def test_a_turn_confirms_one_utterance_however_many_were_sent() -> None:
    unconfirmed = sent(FIRST, END, SECOND, END)
    confirm(unconfirmed, 1.0)
    assert unconfirmed.size == len(KEPT + SECOND + END)
    confirm(unconfirmed, 2.0)
    assert unconfirmed.size == len(KEPT)
    assert unconfirmed.take_all() == [b""]


def test_a_sentence_begun_meanwhile_is_kept_whole() -> None:
    unconfirmed = sent(FIRST, END, SECOND)
    confirm(unconfirmed, 1.0)
    assert unconfirmed.take_all() == [KEPT[: len(silence(300))] + SECOND]


def test_a_turn_that_ended_in_mid_sentence_confirms_up_to_the_last_pause() -> None:
    unconfirmed = sent(FIRST, silence(200), SECOND)
    confirm(unconfirmed, 1.0)
    assert unconfirmed.take_all() == [SECOND]


def test_no_utterance_goes_on_after_the_microphone_was_closed() -> None:
    unconfirmed = sent(FIRST, silence(200), SECOND)
    unconfirmed.closed = True
    confirm(unconfirmed, 1.0)
    assert unconfirmed.take_all() == [b""]


def test_where_nobody_spoke_there_is_nothing_to_confirm() -> None:
    unconfirmed = sent(silence(500))
    confirm(unconfirmed, 1.0)
    assert unconfirmed.size == len(silence(500))
    assert not unconfirmed.holds_speech()


def test_what_gemini_had_time_for_and_did_not_answer_was_nothing_to_it() -> None:
    """A cough, and then a sentence: the turn is about the sentence."""
    unconfirmed = sent(FIRST, END, now=0.0)
    for chunk in chunks(SECOND + END):
        unconfirmed.add(chunk, 9.0)
    assert confirm(unconfirmed, 10.0) == 1.0
    assert not unconfirmed.holds_speech()
    assert unconfirmed.last_sent_at == 9.0


def test_but_while_it_answered_another_it_had_no_time() -> None:
    unconfirmed = sent(FIRST, END, SECOND, END, now=0.0)
    confirm(unconfirmed, 1.0)
    assert confirm(unconfirmed, 15.0, idle_since=14.0) == 15.0
    assert not unconfirmed.holds_speech()


def test_a_late_answer_is_not_about_what_is_being_said_when_it_comes() -> None:
    unconfirmed = sent(FIRST, END, now=0.0)
    unconfirmed.add(SECOND, 9.0)
    assert confirm(unconfirmed, 10.0) == 10.0
    assert unconfirmed.take_all() == [silence(300) + SECOND]


def test_an_utterance_may_be_answered_until_gemini_had_time_for_it() -> None:
    unconfirmed = sent(FIRST, END, SECOND, END, now=1.0)
    first, both = len(FIRST), len(FIRST + END + SECOND)

    def may_answer(end: int, began_at: float, idle_since: float = 0.0) -> bool:
        return unconfirmed.may_answer(end, began_at=began_at, idle_since=idle_since)

    assert not may_answer(0, 2.0)
    assert may_answer(first, 5.9)
    assert not may_answer(first, 6.0)
    assert may_answer(both, 6.0, idle_since=1.1)
    confirm(unconfirmed, 2.0)
    assert not may_answer(first, 3.0)
    assert may_answer(both, 3.0)
    assert not may_answer(both, 6.0)


def test_an_utterance_that_goes_on_may_be_answered_when_it_is_over() -> None:
    unconfirmed = sent(FIRST, END, SECOND, now=1.0)
    both = len(FIRST + END + SECOND)
    assert unconfirmed.may_answer(both, began_at=9.0, idle_since=0.0)
    unconfirmed.closed = True
    assert not unconfirmed.may_answer(both, began_at=9.0, idle_since=0.0)


def test_silence_is_not_said_again_but_for_a_moment_before_speech() -> None:
    unconfirmed = sent(silence(9_000), FIRST, silence(5_000))
    assert unconfirmed.take_all() == [silence(300) + FIRST + silence(1_000)]
    assert sent(silence(9_000)).take_all() == [b""]


def test_silence_that_was_looked_at_is_forgotten() -> None:
    unconfirmed = sent(silence(9_000))
    assert unconfirmed.unanswered_since() is None
    assert unconfirmed.size == len(silence(300))


def test_of_silence_that_goes_on_a_moment_is_kept() -> None:
    unconfirmed = sent(silence(9_000))
    assert unconfirmed.size <= len(silence(600))
    for chunk in chunks(FIRST + END):
        unconfirmed.add(chunk, 9.0)
    assert unconfirmed.held() == (9.0, 1)
    assert unconfirmed.take_all() == [silence(300) + FIRST + END]


def test_silence_between_what_was_answered_and_the_next_sentence_is_forgotten() -> None:
    unconfirmed = sent(FIRST, END)
    confirm(unconfirmed, 1.0)
    for chunk in chunks(silence(3_000)):
        unconfirmed.add(chunk, 2.0)
    assert unconfirmed.size <= len(silence(600))
    cut = unconfirmed.added
    for chunk in chunks(SECOND):
        unconfirmed.add(chunk, 3.0)
    assert unconfirmed.take_all([cut]) == [b"", SECOND]


def test_speech_without_an_end_is_given_time_from_when_it_was_noticed() -> None:
    """However much of its beginning has been forgotten since."""
    unconfirmed = sent(FIRST, now=3.0)
    assert unconfirmed.unanswered_since() == 23.0
    for chunk in chunks(FIRST):
        unconfirmed.drop_oldest()
        unconfirmed.add(chunk, 30.0)
    assert unconfirmed.unanswered_since() == 23.0


def test_what_had_been_sent_whole_may_have_been_answered() -> None:
    assert sent(FIRST, END, SECOND, now=4.0).held() == (4.0, 2)
    assert sent(FIRST, now=4.0).held() == (None, 1)
    assert sent(silence(100)).held() == (None, 0)


def test_what_was_said_into_an_answer_is_not_what_that_was_about() -> None:
    unconfirmed = sent(FIRST, END, now=4.0)
    assert confirm(unconfirmed, 3.0) is None
    assert unconfirmed.take_all() == [FIRST + END]
    going_on = sent(FIRST, silence(200), SECOND, now=4.0)
    assert confirm(going_on, 3.0) is None
    assert going_on.take_all() == [FIRST + silence(200) + SECOND]


def test_what_is_taken_back_is_no_longer_kept() -> None:
    unconfirmed = sent(FIRST, END)
    assert unconfirmed.holds_speech()
    assert unconfirmed.take_all() == [FIRST + END]
    assert (unconfirmed.size, unconfirmed.holds_speech()) == (0, False)


def test_what_is_said_again_comes_apart_where_something_else_was_said() -> None:
    unconfirmed = Unconfirmed(8.0)
    cuts = [unconfirmed.added]
    for pcm in (FIRST, SECOND):
        unconfirmed.add(pcm, 0.0)
        cuts.append(unconfirmed.added)
    assert unconfirmed.take_all(cuts) == [b"", FIRST, SECOND, b""]
    unconfirmed.add(FIRST, 0.0)
    unconfirmed.drop_oldest()
    unconfirmed.add(SECOND, 0.0)
    assert unconfirmed.take_all([cuts[0], unconfirmed.added]) == [b"", SECOND, b""]
