from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.loudness import levels_of, speech_frames
from bench.tones import LONGEST_BYTES, SYMBOL_MS, length_ms, tones
from emulator.endpointer import LONGEST_SEGMENT_MS, Sensitivity
from emulator.events import ConversationEvent, Heard, SpeechBegan
from emulator.hearing import Begun, Hearing, ManualSegmenter, Stretch
from emulator.record import ConnectionRecord
from emulator.setup import ActivityDetection
from emulator.tones import ToneEars, sentences_in
from emulator.tones_segmenter import ToneSegmenter, tone_segmenter_for

MILK = "dodaj dwa litry mleka i chleb"
SYMBOL = SYMBOL_MS * 32
AFTER_THE_LEADER = 2 * SYMBOL


def silence(ms: int) -> bytes:
    return bytes(32 * ms)


def detection(
    *, start: Sensitivity = "HIGH", padding_ms: int = 300, silence_ms: int = 500
) -> ActivityDetection:
    return ActivityDetection(
        disabled=False,
        start_sensitivity=start,
        end_sensitivity="HIGH",
        prefix_padding_ms=padding_ms,
        silence_duration_ms=silence_ms,
    )


def found_in(pcm: bytes, segmenter: ToneSegmenter, piece: int = 3200) -> list[Begun | Stretch]:
    pieces = (pcm[at : at + piece] for at in range(0, len(pcm), piece))
    return [one for each in pieces for one in segmenter.feed(each)]


@given(st.text(max_size=60), st.integers(0, 2000), st.integers(0, 2000))
def test_any_text_is_heard_wherever_it_stands(text: str, before: int, after: int) -> None:
    assert list(sentences_in(bytes(2 * before) + tones(text) + bytes(2 * after))) == [text]


def test_several_sentences_are_heard_in_order_and_a_longest_one_too() -> None:
    longest = "ż" * (LONGEST_BYTES // 2)
    pcm = tones(MILK) + silence(100) + tones(longest) + tones("a")
    assert list(sentences_in(pcm)) == [MILK, longest, "a"]


def test_a_sentence_lasts_as_long_as_it_says() -> None:
    assert len(tones(MILK)) == 32 * length_ms(MILK) == 32 * 2640


def test_what_is_too_long_to_be_heard_cannot_be_said() -> None:
    with pytest.raises(ValueError, match="202 bytes, at most 200"):
        tones("ż" * 101)


@pytest.mark.parametrize("at", range(0, len(tones(MILK)), 9 * SYMBOL // 4))
@pytest.mark.parametrize("size", [SYMBOL // 4, SYMBOL, 100 * 32, 400 * 32])
def test_damage_of_any_kind_is_noticed(at: int, size: int) -> None:
    pcm = tones(MILK)
    size = min(size, len(pcm) - at)
    before, piece, after = pcm[:at], pcm[at : at + size], pcm[at + size :]
    assert list(sentences_in(before + after)) == [], "missing"
    assert list(sentences_in(before + bytes(size) + after)) == [], "silent"
    if before and after:
        assert list(sentences_in(before + bytes(size) + piece + after)) == [], "a pause within"
        assert list(sentences_in(before + piece + piece + after)) == [], "doubled"
    if before and after and piece != after[:size]:
        assert list(sentences_in(before + after[:size] + piece + after[size:])) == [], "swapped"


def test_two_symbols_that_changed_places_are_noticed() -> None:
    pcm = tones(MILK)
    at = AFTER_THE_LEADER + 8 * SYMBOL
    one, other = pcm[at : at + SYMBOL], pcm[at + SYMBOL : at + 2 * SYMBOL]
    assert one != other
    swapped = pcm[:at] + other + one + pcm[at + 2 * SYMBOL :]
    assert list(sentences_in(swapped)) == []


def test_damage_spoils_no_other_sentence() -> None:
    pcm = tones("kup ser")[: 5 * SYMBOL] + silence(200) + tones(MILK)
    assert list(sentences_in(pcm)) == [MILK]


def test_the_gateway_takes_every_moment_of_a_sentence_for_speech() -> None:
    every_nibble = "".join(map(chr, range(0x20, 0x7F)))
    for shift in range(0, 64, 2):
        assert all(speech_frames(levels_of(tones(every_nibble)[shift:])))


@pytest.mark.parametrize("piece", [100, 641, 3200, 64_000])
@pytest.mark.parametrize("padding_ms", [0, 300])
def test_a_stretch_holds_the_whole_sentence_however_it_is_cut(piece: int, padding_ms: int) -> None:
    pcm = silence(700) + bytes(14) + tones(MILK) + silence(2000)
    begun, stretch = found_in(pcm, ToneSegmenter(detection(padding_ms=padding_ms)), piece)
    assert begun == Begun()
    assert isinstance(stretch, Stretch)
    assert list(sentences_in(stretch.pcm)) == [MILK]
    assert 700 - padding_ms - 60 <= stretch.start_ms <= 700
    assert stretch.end_ms - stretch.start_ms == len(stretch.pcm) // 32


@pytest.mark.parametrize(("pause_ms", "stretches"), [(700, 2), (300, 1)])
def test_silence_ends_a_sentence_as_configured(pause_ms: int, stretches: int) -> None:
    pcm = tones("kup ser") + silence(pause_ms) + tones("kup chleb") + silence(700)
    found = found_in(pcm, ToneSegmenter(detection(silence_ms=500)))
    said = [list(sentences_in(one.pcm)) for one in found if isinstance(one, Stretch)]
    assert len(said) == stretches
    assert [text for texts in said for text in texts] == ["kup ser", "kup chleb"]


def test_a_low_sensitivity_asks_for_a_longer_sound() -> None:
    pcm = silence(300) + tones("")[: 160 * 32] + silence(700)
    assert found_in(pcm, ToneSegmenter(detection(start="LOW"))) == []
    assert found_in(pcm, ToneSegmenter(detection(start="HIGH")))[0] == Begun()


def test_a_clap_starts_nothing() -> None:
    pcm = silence(300) + tones("")[: 80 * 32] + silence(700)
    assert found_in(pcm, ToneSegmenter(detection())) == []


def test_a_sentence_that_is_open_ends_when_the_stream_pauses() -> None:
    segmenter = ToneSegmenter(detection())
    assert segmenter.flush() == []
    (_, stretch) = [*found_in(tones(MILK), segmenter), *segmenter.flush()]
    assert isinstance(stretch, Stretch)
    assert list(sentences_in(stretch.pcm)) == [MILK]
    assert segmenter.flush() == []


def test_a_sound_without_end_is_cut() -> None:
    endless = (tones("a" * 100) * 4)[: 32 * (LONGEST_SEGMENT_MS + 2000)]
    begun, stretch, *_ = found_in(endless, ToneSegmenter(detection()))
    assert begun == Begun()
    assert isinstance(stretch, Stretch)
    assert len(stretch.pcm) == 32 * LONGEST_SEGMENT_MS


def test_a_client_that_marks_speech_itself_is_believed() -> None:
    marked = ActivityDetection(
        disabled=True,
        start_sensitivity="HIGH",
        end_sensitivity="HIGH",
        prefix_padding_ms=0,
        silence_duration_ms=0,
    )
    assert isinstance(tone_segmenter_for(marked), ManualSegmenter)
    assert isinstance(tone_segmenter_for(detection()), ToneSegmenter)


async def test_a_stream_is_heard_sentence_by_sentence_and_damage_is_nothing_understood() -> None:
    events: asyncio.Queue[ConversationEvent] = asyncio.Queue()
    record = ConnectionRecord(id="c1", number=1, path="/", auth="query-key", tls=False)
    ears = ToneEars()
    hearing = Hearing(
        tone_segmenter_for(detection()), ears, language="pl-PL", tell=events.put, record=record
    )
    damaged = tones("kup ser")[:-SYMBOL]
    stream = b"".join(pcm + silence(600) for pcm in (tones(MILK), damaged, tones("kup chleb")))
    for at in range(0, len(stream), 3200):
        await hearing.take(stream[at : at + 3200], 16_000)
    async with asyncio.TaskGroup() as group:
        running = group.create_task(hearing.run())
        told = [await events.get() for _ in range(6)]
        running.cancel()
    await ears.close()
    assert told[:3] == [SpeechBegan()] * 3
    assert [event.text for event in told[3:] if isinstance(event, Heard)] == [MILK, "", "kup chleb"]
