"""Tests for `actors.liveness`."""

from __future__ import annotations

import pytest

from actors.liveness import Liveness, Stall
from schemas.gemini import GeminiMessage, ServerContent
from schemas.messages import SpeechReport
from tests.support.gemini_says import SPOKEN_REPLY, TURN_COMPLETE, call, calls, heard, replied

QUIET = SpeechReport(unheard=False)


def liveness() -> Liveness:
    """Return the liveness of a link that opened at 0."""
    alive = Liveness(stall_s=8, silence_s=120)
    alive.opened(0)
    return alive


def said(at: float) -> SpeechReport:
    """Return the report about something that was said and over at `at`."""
    return SpeechReport(unheard=True, unanswered_since=at, last_sent_at=at + 1)


def test_speech_that_is_not_answered_in_time_is_a_stall() -> None:
    alive = liveness()
    assert alive.judge(said(3), 8) is Stall.NONE
    assert alive.look_at == 11
    assert alive.judge(said(23), 8) is Stall.NONE
    assert alive.look_at == 16
    assert alive.judge(said(3), 10.9) is Stall.NONE
    assert alive.judge(said(3), 11) is Stall.UNHEARD


def test_what_was_understood_and_is_not_answered_is_another_matter() -> None:
    alive = liveness()
    alive.heard(heard("dodaj mleko"), 4)
    assert alive.judge(said(3), 11) is Stall.UNANSWERED


@pytest.mark.parametrize(
    "message",
    [
        TURN_COMPLETE,
        SPOKEN_REPLY,
        replied("dobrze"),
        calls(call("c1")),
        GeminiMessage(server_content=ServerContent(generation_complete=True)),
        GeminiMessage(server_content=ServerContent(interrupted=True)),
    ],
)
def test_a_sign_of_an_answer_gives_it_more_time(message: GeminiMessage) -> None:
    alive = liveness()
    alive.heard(message, 9)
    assert alive.look_at == 17
    assert alive.answers
    assert alive.judge(said(3), 16.9) is Stall.NONE
    assert alive.judge(said(3), 17) is Stall.UNHEARD


def test_a_transcript_is_no_answer() -> None:
    alive = liveness()
    alive.heard(heard("dodaj mleko"), 9)
    assert not alive.answers
    assert alive.judge(said(3), 11) is Stall.UNANSWERED


def test_the_more_links_do_not_answer_the_longer_the_next_one_may_take() -> None:
    alive = liveness()
    waited = []
    for _ in range(7):
        alive.opened(0)
        waited.append(next(at for at in range(200) if alive.judge(said(0), at) is not Stall.NONE))
        alive.unanswered += 1
    assert waited == [8, 8, 16, 32, 64, 64, 64]
    alive.heard(TURN_COMPLETE, 100)
    assert alive.judge(said(100), 108) is Stall.UNHEARD


def test_nobody_speaks_and_nothing_comes_for_long() -> None:
    alive = liveness()
    flowing = SpeechReport(unheard=False, last_sent_at=119.9)
    assert alive.judge(SpeechReport(unheard=False, last_sent_at=0), 0) is Stall.NONE
    assert alive.judge(flowing, 119.9) is Stall.NONE
    assert alive.judge(flowing, 120) is Stall.SILENT


def test_gemini_is_not_silent_because_the_phone_was() -> None:
    alive = liveness()
    assert alive.judge(SpeechReport(unheard=False, last_sent_at=3), 3) is Stall.NONE
    assert alive.judge(SpeechReport(unheard=False, last_sent_at=3), 11) is Stall.NONE
    assert alive.judge(SpeechReport(unheard=True, last_sent_at=500), 501) is Stall.NONE
    assert alive.judge(SpeechReport(unheard=True, last_sent_at=620), 620.9) is Stall.NONE
    assert alive.judge(SpeechReport(unheard=True, last_sent_at=620), 621) is Stall.SILENT
    alive.heard(heard("?"), 121)
    assert alive.judge(SpeechReport(unheard=False, last_sent_at=240), 240) is Stall.NONE


def test_what_was_sent_once_long_ago_is_not_going_out() -> None:
    assert liveness().judge(SpeechReport(unheard=False, last_sent_at=1), 500) is Stall.NONE


def test_a_phone_that_sends_nothing_expects_nothing() -> None:
    assert liveness().judge(QUIET, 1_000) is Stall.NONE


def test_somebody_looks_from_time_to_time_while_there_is_a_link() -> None:
    alive = liveness()
    assert alive.look_at == 8
    alive.looks(8)
    assert alive.look_at == 16
    alive.closed()
    assert alive.look_at is None
