"""Tests for `gateway.client_outbox`."""

from __future__ import annotations

import pytest

from gateway.client_outbox import SPEECH_MS, Backlogged, Outbox, Outgoing
from gateway.client_state import REMEMBERED_REQUESTS
from schemas.client import AudioChunk, AudioEnd, StopSession, Text, Undo

MS_100 = 3_200


def speech(number: int = 0, *, size: int = MS_100) -> AudioChunk:
    return AudioChunk(bytes([number % 256]) * size)


def emptied(outbox: Outbox) -> list[Outgoing]:
    out = []
    while (message := outbox.pop()) is not None:
        out.append(message)
    return out


def test_everything_leaves_in_the_order_in_which_it_came() -> None:
    outbox = Outbox()
    outbox.speak(speech(1))
    outbox.ask(Text("mleko", "a"))
    outbox.speak(AudioEnd())
    outbox.stop()
    assert emptied(outbox) == [speech(1), Text("mleko", "a"), AudioEnd(), StopSession()]
    assert outbox.speech_ms == 0


def test_oldest_speech_is_dropped_and_counted() -> None:
    outbox = Outbox()
    outbox.ask(Text("mleko", "a"))
    for number in range(153):
        outbox.speak(speech(number))
    assert (outbox.speech_ms, outbox.dropped_ms) == (SPEECH_MS, 300)
    assert emptied(outbox) == [Text("mleko", "a"), *map(speech, range(3, 153))]


def test_ends_of_speech_are_bounded_too() -> None:
    outbox = Outbox()
    for _ in range(3_000):
        outbox.speak(AudioEnd())
    assert len(emptied(outbox)) == SPEECH_MS / 10
    assert outbox.dropped_ms == 0


def test_too_many_requests_are_refused() -> None:
    outbox = Outbox()
    for number in range(REMEMBERED_REQUESTS):
        outbox.ask(Undo(str(number)))
    with pytest.raises(Backlogged):
        outbox.ask(Undo("one more"))
    outbox.pop()
    outbox.ask(Undo("one more"))


def test_speech_that_could_not_be_sent_is_the_next() -> None:
    outbox = Outbox()
    for number in (1, 2):
        outbox.speak(speech(number))
    first = outbox.pop()
    assert isinstance(first, AudioChunk)
    outbox.put_back(first)
    assert outbox.speech_ms == 200
    assert emptied(outbox) == [speech(1), speech(2)]


def test_requests_that_were_sent_come_again_in_front() -> None:
    outbox = Outbox()
    outbox.speak(speech(1))
    outbox.ask(Undo("c"))
    asked = {ref: Undo(ref) for ref in "abc"}
    outbox.again(asked, stop=False)
    assert emptied(outbox) == [Undo("a"), Undo("b"), speech(1), Undo("c")]


def test_end_of_the_session_comes_again_after_what_was_asked_before_it() -> None:
    outbox = Outbox()
    outbox.speak(speech(1))
    outbox.again({"a": Undo("a")}, stop=True)
    outbox.again({"a": Undo("a")}, stop=True)
    assert emptied(outbox) == [Undo("a"), StopSession(), speech(1)]


def test_speech_that_nobody_will_hear_is_dropped_and_counted() -> None:
    outbox = Outbox()
    outbox.speak(speech(1, size=320))
    outbox.ask(Undo("a"))
    outbox.speak(AudioEnd())
    outbox.drop_speech()
    assert (outbox.speech_ms, outbox.dropped_ms) == (0, 10)
    assert emptied(outbox) == [Undo("a")]
