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
    unconfirmed = Unconfirmed()
    for chunk in chunks(b"".join(pcm), ms=70):
        unconfirmed.add(chunk, now)
    return unconfirmed


def test_a_turn_confirms_one_utterance_however_many_were_sent() -> None:
    unconfirmed = sent(FIRST, END, SECOND, END)
    unconfirmed.mark(1.0)
    unconfirmed.confirm(1.0, turn_over=True)
    assert unconfirmed.take_all() == KEPT + SECOND + END


def test_the_end_of_a_turn_confirms_nothing_more_than_its_function_calls_did() -> None:
    unconfirmed = sent(FIRST, END, SECOND, END)
    unconfirmed.mark(1.0)
    unconfirmed.confirm(1.0, turn_over=False)
    unconfirmed.confirm(1.0, turn_over=False)
    unconfirmed.confirm(1.0, turn_over=True)
    assert unconfirmed.size == len(KEPT + SECOND + END)


def test_each_turn_confirms_an_utterance_of_its_own() -> None:
    unconfirmed = sent(FIRST, END, SECOND, END)
    for now in (1.0, 2.0):
        unconfirmed.mark(now)
        unconfirmed.confirm(now, turn_over=True)
    assert unconfirmed.take_all() == KEPT


def test_a_sentence_begun_meanwhile_is_kept_whole() -> None:
    unconfirmed = sent(FIRST, END, SECOND)
    unconfirmed.mark(1.0)
    unconfirmed.add(SECOND, 2.0)
    unconfirmed.confirm(2.0, turn_over=True)
    assert unconfirmed.take_all() == KEPT + SECOND + SECOND


def test_a_call_in_mid_sentence_confirms_up_to_the_last_pause_and_the_turn_the_rest() -> None:
    unconfirmed = sent(FIRST, silence(200), SECOND)
    unconfirmed.mark(1.0)
    unconfirmed.confirm(1.0, turn_over=False)
    assert unconfirmed.size == len(SECOND)
    unconfirmed.add(END, 2.0)
    unconfirmed.mark(3.0)
    unconfirmed.confirm(3.0, turn_over=True)
    assert unconfirmed.take_all() == KEPT


def test_no_utterance_goes_on_after_the_microphone_was_closed() -> None:
    unconfirmed = sent(FIRST, silence(200), SECOND)
    unconfirmed.close()
    unconfirmed.mark(1.0)
    unconfirmed.confirm(1.0, turn_over=False)
    assert unconfirmed.take_all() == b""


def test_what_was_sent_after_the_mark_is_not_what_gemini_spoke_about() -> None:
    unconfirmed = sent(FIRST)
    unconfirmed.mark(0.0)
    unconfirmed.add(SECOND + END, 1.0)
    unconfirmed.confirm(1.0, turn_over=True)
    assert unconfirmed.take_all() == SECOND + END


def test_without_a_mark_nothing_is_confirmed() -> None:
    unconfirmed = sent(FIRST, END)
    unconfirmed.confirm(1.0, turn_over=True)
    assert unconfirmed.holds_speech()


def test_what_was_sent_long_before_a_turn_ended_was_heard() -> None:
    """A radio in the background is spoken about in no turn."""
    unconfirmed = sent(FIRST, END, now=0.0)
    unconfirmed.add(SECOND, 9.0)
    unconfirmed.confirm(10.0, turn_over=True)
    assert unconfirmed.take_all() == SECOND


def test_what_was_taken_back_is_settled_in_no_turn_of_the_old_link() -> None:
    unconfirmed = sent(FIRST, END)
    unconfirmed.mark(1.0)
    unconfirmed.confirm(1.0, turn_over=False)
    again = unconfirmed.take_all()
    assert unconfirmed.size == 0
    unconfirmed.add(again + SECOND + END, 2.0)
    unconfirmed.mark(3.0)
    unconfirmed.confirm(3.0, turn_over=True)
    assert unconfirmed.take_all() == KEPT
