from __future__ import annotations

import hashlib
import math
from array import array

import pytest

from emulator.audio import AudioMeter, Resampler, rate_of
from emulator.content import Blob
from emulator.wire import Refused


@pytest.mark.parametrize(
    ("mime_type", "rate"),
    [
        ("audio/pcm;rate=16000", 16000),
        ("audio/pcm; rate=48000", 48000),
        ("AUDIO/PCM", 16000),
    ],
)
def test_the_mime_type_gives_the_rate(mime_type: str, rate: int) -> None:
    assert rate_of(Blob(mime_type=mime_type)) == rate


@pytest.mark.parametrize("mime_type", [None, "image/png", "audio/wav", "audio/pcm;rate=fast"])
def test_what_is_no_pcm_is_refused(mime_type: str | None) -> None:
    with pytest.raises(Refused) as caught:
        rate_of(Blob(mime_type=mime_type))
    assert caught.value.closing.reason == "Cannot extract voices from a non-audio request."


@pytest.mark.parametrize("rate", ["0000", "0001", "7999", "48001", "96000"])
def test_audio_at_a_strange_rate_is_refused(rate: str) -> None:
    with pytest.raises(Refused) as caught:
        rate_of(Blob(mime_type=f"audio/pcm;rate={rate}"))
    assert "audio rate must be from 8000 to 48000 Hz" in caught.value.closing.reason


def test_the_meter_hashes_what_came_and_counts_seconds() -> None:
    meter = AudioMeter()
    meter.add(b"\x01" * 3200, 16000)
    meter.add(b"\x02" * 4800, 48000)
    assert meter.view() == {
        "seconds": 0.15,
        "bytes": 8000,
        "sha256": hashlib.sha256(b"\x01" * 3200 + b"\x02" * 4800).hexdigest(),
    }
    assert meter.milliseconds == pytest.approx(150)


def tone(rate: int, seconds: float = 0.5) -> array[int]:
    count = int(rate * seconds)
    return array(
        "h", (round(8000 * math.sin(2 * math.pi * 300 * at / rate)) for at in range(count))
    )


@pytest.mark.parametrize("rate", [8000, 24000, 44100, 48000])
@pytest.mark.parametrize("piece", [999, 4800])
def test_a_tone_at_another_rate_becomes_the_same_tone_at_16_khz(rate: int, piece: int) -> None:
    data = tone(rate).tobytes()
    resampler = Resampler(rate)
    out = array("h")
    for at in range(0, len(data), piece):
        out.frombytes(resampler.feed(data[at : at + piece]))
    expected = tone(16000)
    assert abs(len(out) - len(expected)) <= 2
    errors = [abs(a - b) for a, b in zip(out, expected, strict=False)]
    assert max(errors) < 450


def test_native_audio_passes_unchanged_but_for_an_odd_byte_that_waits() -> None:
    resampler = Resampler(16000)
    assert resampler.feed(b"abc") == b"ab"
    assert resampler.feed(b"d") == b"cd"
    assert resampler.feed(b"e") == b""
