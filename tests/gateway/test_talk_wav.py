"""Tests for `gateway.talk_wav` and `gateway.talk_resample`."""

from __future__ import annotations

import math
import struct
from array import array

import pytest

from gateway.talk_resample import resample
from gateway.talk_wav import NotAWav, parse_wav

PCM, FLOAT, EXTENSIBLE = 1, 3, 0xFFFE


def fmt(
    *, encoding: int = PCM, channels: int = 1, rate: int = 16_000, bits: int = 16, more: bytes = b""
) -> bytes:
    frame = channels * bits // 8
    return struct.pack("<HHIIHH", encoding, channels, rate, rate * frame, frame, bits) + more


def chunk(name: bytes, body: bytes, *, size: int | None = None) -> bytes:
    header = struct.pack("<4sI", name, len(body) if size is None else size)
    return header + body + b"\0" * (len(body) % 2)


def wav(*chunks: bytes) -> bytes:
    body = b"".join(chunks)
    return struct.pack("<4sI4s", b"RIFF", len(body) + 4, b"WAVE") + body


def sine(hertz: float, *, rate: int, seconds: float, level: float = 8_000) -> list[float]:
    return [level * math.sin(2 * math.pi * hertz * n / rate) for n in range(round(rate * seconds))]


def rms(samples: list[float]) -> float:
    return math.sqrt(sum(sample * sample for sample in samples) / len(samples))


def decibels(ratio: float) -> float:
    return 20 * math.log10(ratio)


def samples_of(pcm: bytes) -> list[int]:
    return list(array("h", pcm))


def test_sound_of_the_right_kind_passes_byte_for_byte() -> None:
    pcm = bytes(range(256)) * 10
    recording = parse_wav(wav(chunk(b"fmt ", fmt()), chunk(b"data", pcm)))
    assert recording.pcm == pcm
    assert recording.note == ""


def test_chunks_that_are_not_sound_are_skipped_with_their_padding() -> None:
    listed = chunk(b"LIST", b"INFOISFT\x05\0\0\0Lavf\0")
    data = wav(listed, chunk(b"fmt ", fmt()), listed, chunk(b"data", b"\1\2"), listed)
    assert parse_wav(data).pcm == b"\1\2"


@pytest.mark.parametrize("size", [0xFFFF_FFFF, 0x7FFF_F000])
def test_length_written_into_a_pipe_means_to_the_end(size: int) -> None:
    data = wav(chunk(b"fmt ", fmt()), chunk(b"data", b"\1\2\3\4", size=size))
    assert parse_wav(data).pcm == b"\1\2\3\4"


def test_half_a_frame_at_the_end_is_left_out() -> None:
    data = wav(chunk(b"fmt ", fmt()), chunk(b"data", b"\1\2\3"))
    assert parse_wav(data).pcm == b"\1\2"


def test_extensible_header_of_pcm_is_understood() -> None:
    more = struct.pack("<HHIH14s", 22, 16, 4, PCM, b"\0" * 14)
    data = wav(chunk(b"fmt ", fmt(encoding=EXTENSIBLE, more=more)), chunk(b"data", b"\1\2"))
    assert parse_wav(data).pcm == b"\1\2"


def test_stereo_is_mixed_and_says_so() -> None:
    frames = array("h", [100, 300, -100, -300, 32_767, 32_767]).tobytes()
    recording = parse_wav(wav(chunk(b"fmt ", fmt(channels=2)), chunk(b"data", frames)))
    assert samples_of(recording.pcm) == [200, -200, 32_767]
    assert recording.note == "16000 Hz stereo 16-bit converted to 16000 Hz mono 16-bit"


@pytest.mark.parametrize(
    ("bits", "frames"),
    [
        (8, bytes([128, 129, 0, 255])),
        (24, b"\0\0\0" + b"\0\0\1" + b"\0\0\x80" + b"\0\0\x7f"),
        (32, struct.pack("<4i", 0, 1 << 24, -(1 << 31), 127 << 24)),
    ],
)
def test_other_widths_keep_their_loudness(bits: int, frames: bytes) -> None:
    recording = parse_wav(wav(chunk(b"fmt ", fmt(bits=bits)), chunk(b"data", frames)))
    assert samples_of(recording.pcm) == [0, 256, -32_768, 32_512]


@pytest.mark.parametrize("rate", [8_000, 22_050, 44_100, 48_000])
def test_tone_keeps_pitch_loudness_and_length_at_another_rate(rate: int) -> None:
    tone = array("h", map(round, sine(1_000, rate=rate, seconds=0.5))).tobytes()
    recording = parse_wav(wav(chunk(b"fmt ", fmt(rate=rate)), chunk(b"data", tone)))
    heard = [float(sample) for sample in samples_of(recording.pcm)]
    assert abs(len(heard) - 8_000) <= 1
    wanted = sine(1_000, rate=16_000, seconds=len(heard) / 16_000)
    middle = slice(1_000, 7_000)
    difference = [a - b for a, b in zip(heard[middle], wanted[middle], strict=True)]
    assert decibels(rms(difference) / rms(wanted)) < -50
    assert recording.note.startswith(f"{rate} Hz mono 16-bit converted")


def test_tone_above_the_new_band_does_not_come_back_as_another() -> None:
    tone = sine(12_000, rate=48_000, seconds=0.2)
    heard = resample(tone, rate=48_000, to_rate=16_000)[100:-100]
    assert decibels(rms(heard) / rms(tone)) < -50


def test_same_rate_changes_nothing() -> None:
    assert resample([1.0, 2.0], rate=16_000, to_rate=16_000) == [1.0, 2.0]


def test_loudest_sound_is_clipped_not_wrapped() -> None:
    square = array("h", ([32_767] * 40 + [-32_768] * 40) * 20).tobytes()
    pcm = parse_wav(wav(chunk(b"fmt ", fmt(rate=32_000)), chunk(b"data", square))).pcm
    samples = samples_of(pcm)
    assert max(samples) == 32_767
    assert min(samples) == -32_768
    assert min(samples[83:97]) > 20_000


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "not a WAV file"),
        (b"ID3\x04 an MP3 of some kind", "not a WAV file"),
        (wav(), "holds no sound"),
        (wav(chunk(b"fmt ", fmt()), chunk(b"data", b"")), "holds no sound"),
        (wav(chunk(b"fmt ", fmt()), chunk(b"data", b"\1")), "holds no sound"),
        (wav(chunk(b"data", b"\1\2")), "before the description"),
        (wav(chunk(b"fmt ", b"\1\0"), chunk(b"data", b"\1\2")), "cut short"),
        (wav(chunk(b"fmt ", fmt(encoding=FLOAT, bits=32))), "floating-point sound, not PCM"),
        (wav(chunk(b"fmt ", fmt(encoding=0x1234))), "encoding 0x1234"),
        (wav(chunk(b"fmt ", fmt(encoding=EXTENSIBLE))), "encoding 0xfffe"),
        (wav(chunk(b"fmt ", fmt(bits=12))), "makes no sense"),
        (wav(chunk(b"fmt ", fmt(channels=0))), "makes no sense"),
        (wav(chunk(b"fmt ", fmt(rate=1))), "makes no sense"),
    ],
)
def test_what_cannot_be_streamed_is_named(data: bytes, problem: str) -> None:
    with pytest.raises(NotAWav, match=problem):
        parse_wav(data)
