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
    unconfirmed.confirm(1.0)
    assert unconfirmed.size == len(KEPT + SECOND + END)
    unconfirmed.confirm(2.0)
    assert unconfirmed.take_all() == KEPT


def test_a_sentence_begun_meanwhile_is_kept_whole() -> None:
    unconfirmed = sent(FIRST, END, SECOND)
    unconfirmed.confirm(1.0)
    assert unconfirmed.take_all() == KEPT + SECOND


def test_a_turn_that_ended_in_mid_sentence_confirms_up_to_the_last_pause() -> None:
    unconfirmed = sent(FIRST, silence(200), SECOND)
    unconfirmed.confirm(1.0)
    assert unconfirmed.take_all() == SECOND


def test_no_utterance_goes_on_after_the_microphone_was_closed() -> None:
    unconfirmed = sent(FIRST, silence(200), SECOND)
    unconfirmed.closed = True
    unconfirmed.confirm(1.0)
    assert unconfirmed.take_all() == b""


def test_where_nobody_spoke_there_is_nothing_to_confirm() -> None:
    unconfirmed = sent(silence(500))
    unconfirmed.confirm(1.0)
    assert unconfirmed.size == len(silence(500))
    assert not unconfirmed.holds_speech()


def test_what_was_sent_long_before_a_turn_ended_was_heard() -> None:
    """A radio in the background is spoken about in no turn."""
    unconfirmed = sent(FIRST, END, now=0.0)
    unconfirmed.add(SECOND, 9.0)
    unconfirmed.confirm(10.0)
    assert unconfirmed.take_all() == SECOND
    assert unconfirmed.last_sent_at == 9.0


def test_what_is_taken_back_is_no_longer_kept() -> None:
    unconfirmed = sent(FIRST, END)
    assert unconfirmed.holds_speech()
    assert unconfirmed.take_all() == FIRST + END
    assert (unconfirmed.size, unconfirmed.holds_speech()) == (0, False)
