"""Tests for `actors.loudness`."""

from __future__ import annotations

import math
from array import array

import pytest

from actors.loudness import (
    FRAME_BYTES,
    Utterance,
    first_utterance,
    holds_speech,
    last_pause_end,
    levels_of,
    speech_frames,
)
from tests.support.sounds import silence, speech


def test_each_whole_50_ms_is_judged_on_its_own() -> None:
    assert speech_frames(levels_of(speech(100) + silence(100) + speech(49))) == bytes((1, 1, 0, 0))


def test_nothing_is_heard_in_nothing() -> None:
    assert speech_frames(levels_of(b"")) == b""
    assert not holds_speech(levels_of(silence(5_000)))


def test_a_hum_below_the_floor_is_no_speech() -> None:
    hum = b"\x64\x00" * 16_000
    assert not holds_speech(levels_of(hum))


def test_what_is_far_quieter_than_the_loudest_is_no_speech() -> None:
    """Background talk beside a shopper who holds the phone."""
    background = (200).to_bytes(2, "little") * 16_000
    assert holds_speech(levels_of(background))
    assert sum(speech_frames(levels_of(background + speech(300)))) == 6


def test_a_bang_does_not_make_speech_seem_quiet() -> None:
    bang = (20_000).to_bytes(2, "little") * 16 * 150
    assert sum(speech_frames(levels_of(bang + silence(300) + speech(500)))) == 13


@pytest.mark.parametrize(("ms", "heard"), [(100, False), (150, True)])
def test_a_click_is_no_speech_but_a_syllable_is(ms: int, heard: bool) -> None:  # noqa: FBT001 - a case's outcome
    assert holds_speech(levels_of(silence(500) + speech(ms) + silence(500))) is heard


def test_an_utterance_is_over_when_half_a_second_of_silence_follows() -> None:
    pcm = silence(300) + speech(500) + silence(500)
    end = len(silence(300) + speech(500) + silence(200))
    assert first_utterance(levels_of(pcm)) == Utterance(start=len(silence(300)), end=end, over=True)


def test_an_utterance_goes_on_after_a_shorter_pause() -> None:
    pcm = speech(500) + silence(450) + speech(500)
    assert first_utterance(levels_of(pcm)) == Utterance(start=0, end=len(pcm), over=False)


def test_only_the_first_of_several_utterances_counts() -> None:
    pcm = speech(200) + silence(600) + speech(200) + silence(600)
    end = len(speech(200) + silence(200))
    assert first_utterance(levels_of(pcm)) == Utterance(start=0, end=end, over=True)


@pytest.mark.parametrize("pcm", [b"", silence(2_000), speech(100) + silence(600)])
def test_where_nobody_speaks_there_is_no_utterance(pcm: bytes) -> None:
    assert first_utterance(levels_of(pcm)) is None


def test_a_click_does_not_lengthen_the_utterance_after_it() -> None:
    pcm = speech(100) + silence(600) + speech(100)
    assert first_utterance(levels_of(pcm)) is None


def test_the_last_pause_ends_where_the_next_words_begin() -> None:
    pcm = speech(500) + silence(500) + speech(500) + silence(150) + speech(400)
    assert last_pause_end(levels_of(pcm)) == len(pcm) - len(speech(400))


def test_a_breath_is_no_pause() -> None:
    pcm = speech(500) + silence(100) + speech(400)
    assert last_pause_end(levels_of(pcm)) == len(pcm)


def test_who_has_just_stopped_speaking_is_in_a_pause_that_ends_now() -> None:
    levels = levels_of(speech(500) + silence(170))
    assert last_pause_end(levels) == len(levels) * FRAME_BYTES


@pytest.mark.parametrize("amplitude", [1, 100, 256, 400, 700, 1_000, 5_000, 32_767])
def test_levels_are_mean_absolute_samples_to_a_twentieth(amplitude: int) -> None:
    # Samples that are looked at are 1 ms apart: 37 Hz are none of their fractions.
    wave = [round(amplitude * math.sin(2 * math.pi * 37 * at / 16_000)) for at in range(16_000)]
    levels = levels_of(array("h", wave).tobytes())
    means = [sum(map(abs, wave[at : at + 800])) / 800 for at in range(0, 16_000, 800)]
    assert levels == [pytest.approx(mean, rel=0.05, abs=1) for mean in means]
