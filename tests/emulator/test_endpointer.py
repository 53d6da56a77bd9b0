import math
import random
from array import array

import pytest

from emulator.endpointer import (
    FRAME_BYTES,
    LONGEST_SEGMENT_MS,
    TAIL_MS,
    Endpointer,
    NoiseFloor,
    SpeechEnded,
    SpeechEvent,
    SpeechStarted,
    frame_level_db,
)

RATE = 16_000


def silence(ms: int) -> bytes:
    return bytes(RATE * 2 * ms // 1000)


def speech(ms: int, peak: float = 9000.0) -> bytes:
    """A voiced, syllable-paced buzz: harmonics of 120 Hz under two formants, four a second."""
    samples = array("h")
    for n in range(RATE * ms // 1000):
        t = n / RATE
        buzz = sum(
            math.sin(2 * math.pi * 120 * k * t) / (1 + ((120 * k - 600) / 300) ** 2)
            for k in range(1, 12)
        )
        samples.append(int(peak * (0.75 + 0.25 * math.sin(2 * math.pi * 4 * t)) * buzz / 4))
    return samples.tobytes()


def noise(ms: int, amplitude: int) -> bytes:
    chance = random.Random(7)  # noqa: S311  noise, no secret
    count = RATE * ms // 1000
    return array("h", [chance.randint(-amplitude, amplitude) for _ in range(count)]).tobytes()


def ends(events: list[SpeechEvent]) -> list[SpeechEnded]:
    return [event for event in events if isinstance(event, SpeechEnded)]


SENTENCE = silence(600) + speech(1500) + silence(1500)


def test_speech_between_silences_starts_once_and_ends_once() -> None:
    started, ended = Endpointer().feed(SENTENCE)

    assert isinstance(started, SpeechStarted)
    assert isinstance(ended, SpeechEnded)
    assert 600 < started.at_ms <= 600 + 300
    assert 600 + 1500 + 450 <= ended.at_ms <= 600 + 1500 + 700


def test_the_segment_is_padded_before_and_trimmed_after() -> None:
    (ended,) = ends(Endpointer().feed(SENTENCE))

    assert 250 <= ended.start_ms <= 390
    assert 300 + 1500 <= len(ended.pcm) // 32 <= 390 + 1500 + TAIL_MS + 90
    assert SENTENCE[ended.start_ms * 32 :].startswith(ended.pcm)


def test_pieces_of_any_size_bring_the_same_events() -> None:
    whole = Endpointer().feed(SENTENCE)
    endpointer = Endpointer()

    pieces = [
        event
        for at in range(0, len(SENTENCE), 1234)
        for event in endpointer.feed(SENTENCE[at : at + 1234])
    ]

    assert pieces == whole


def test_silence_and_steady_noise_are_no_speech() -> None:
    endpointer = Endpointer()

    assert endpointer.feed(silence(3000)) == []
    assert endpointer.feed(noise(3000, 40)) == []


def test_a_click_is_no_speech() -> None:
    click = silence(500) + speech(60) + silence(900)

    assert Endpointer().feed(click) == []


def test_a_longer_silence_is_waited_for_when_asked() -> None:
    pause = silence(600) + speech(900) + silence(700) + speech(900) + silence(1800)

    assert len(ends(Endpointer(silence_duration_ms=500).feed(pause))) == 2
    assert len(ends(Endpointer(silence_duration_ms=1000).feed(pause))) == 1


def test_low_start_sensitivity_needs_more_speech() -> None:
    word = silence(600) + speech(180) + silence(1200)

    assert ends(Endpointer(start_sensitivity="HIGH").feed(word))
    assert not ends(Endpointer(start_sensitivity="LOW").feed(word))


def test_low_end_sensitivity_never_ends_earlier() -> None:
    (high,) = ends(Endpointer(end_sensitivity="HIGH").feed(SENTENCE))
    (low,) = ends(Endpointer(end_sensitivity="LOW").feed(SENTENCE))

    assert low.at_ms >= high.at_ms


def test_padding_is_what_was_asked_for() -> None:
    (none,) = ends(Endpointer(prefix_padding_ms=0).feed(SENTENCE))
    (some,) = ends(Endpointer(prefix_padding_ms=300).feed(SENTENCE))

    assert none.start_ms - some.start_ms == 300


def test_a_flush_ends_open_speech_and_the_stream_goes_on() -> None:
    endpointer = Endpointer()
    endpointer.feed(silence(600) + speech(1000) + b"\0" * 7)

    (ended,) = endpointer.flush()

    assert isinstance(ended, SpeechEnded)
    assert endpointer.flush() == []
    assert len(ends(endpointer.feed(SENTENCE))) == 1


def test_a_flush_without_speech_brings_nothing() -> None:
    endpointer = Endpointer()
    endpointer.feed(silence(100))

    assert endpointer.flush() == []


def test_speech_without_end_is_cut() -> None:
    endpointer = Endpointer()
    # Syllables with gaps: a sound that never lets up becomes the noise floor itself.
    talk = (speech(300) + silence(120)) * 6

    events = [event for _ in range(10) for event in endpointer.feed(talk)]

    assert len(ends(events)[0].pcm) == LONGEST_SEGMENT_MS * 32


def test_a_frame_s_level_is_in_db_below_full_scale() -> None:
    assert frame_level_db(bytes(FRAME_BYTES)) == -60.0
    assert frame_level_db(array("h", [16384] * 480).tobytes()) == pytest.approx(-6.02, abs=0.01)


def test_the_floor_follows_the_quiet_tenth_of_three_seconds() -> None:
    floor = NoiseFloor()

    assert floor.update(-20.0) == -60.0
    assert [floor.update(-30.0) for _ in range(200)][-1] == -30.0
    assert [floor.update(-10.0) for _ in range(20)][-1] == -30.0
