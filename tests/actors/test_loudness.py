"""Tests for `actors.loudness`."""

from __future__ import annotations

import pytest

from actors.loudness import FRAME_BYTES, holds_speech, longest_pause_end, speech_frames
from tests.support.sounds import silence, speech


def test_each_whole_50_ms_is_judged_on_its_own() -> None:
    assert speech_frames(speech(100) + silence(100) + speech(49)) == [True, True, False, False]


def test_nothing_is_heard_in_nothing() -> None:
    assert speech_frames(b"") == []
    assert not holds_speech(silence(5_000))


def test_a_hum_below_the_floor_is_no_speech() -> None:
    hum = b"\x64\x00" * 16_000
    assert not holds_speech(hum)


def test_what_is_far_quieter_than_the_loudest_is_no_speech() -> None:
    """Background talk beside a shopper who holds the phone."""
    background = (200).to_bytes(2, "little") * 16_000
    assert holds_speech(background)
    assert sum(speech_frames(background + speech(100))) == 2


@pytest.mark.parametrize(("ms", "heard"), [(100, False), (150, True)])
def test_a_click_is_no_speech_but_a_syllable_is(ms: int, heard: bool) -> None:  # noqa: FBT001 - a case's outcome
    assert holds_speech(silence(500) + speech(ms) + silence(500)) is heard


def test_the_longest_pause_ends_where_the_next_words_begin() -> None:
    pcm = speech(500) + silence(500) + speech(500) + silence(200) + speech(400)
    assert longest_pause_end(pcm) == 20 * FRAME_BYTES


def test_of_equal_pauses_the_last_counts() -> None:
    pcm = speech(500) + silence(300) + speech(500) + silence(300) + speech(400)
    assert longest_pause_end(pcm) == len(pcm) - 8 * FRAME_BYTES


def test_a_breath_is_no_pause() -> None:
    assert longest_pause_end(speech(500) + silence(100) + speech(400)) is None


def test_who_has_just_stopped_speaking_is_in_a_pause_that_ends_now() -> None:
    pcm = speech(500) + silence(170)
    assert longest_pause_end(pcm) == len(pcm)


def test_silence_before_the_first_word_is_no_pause() -> None:
    assert longest_pause_end(silence(1_000) + speech(500)) is None
    pcm = silence(1_000) + speech(500) + silence(200)
    assert longest_pause_end(pcm) == len(pcm)


def test_who_speaks_without_a_pause_has_none() -> None:
    assert longest_pause_end(speech(2_000)) is None
    assert longest_pause_end(silence(2_000)) is None
    assert longest_pause_end(b"") is None
