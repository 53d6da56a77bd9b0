"""WAV files to the one kind of sound that the gateway takes: PCM16 mono at 16 kHz.

A recording that is of that kind already passes byte for byte. The standard library's `wave` is not
used because it refuses, until Python 3.12, the header that recorders write for 24 bits and for
several channels, and because programs that write WAV into a pipe leave a length of nonsense.
"""

from __future__ import annotations

import struct
import sys
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from gateway.talk_resample import resample
from schemas.client import SAMPLE_RATE

_PCM: Final = 1
_EXTENSIBLE: Final = 0xFFFE
_ENCODINGS: Final = {3: "floating-point", 6: "A-law", 7: "mu-law", 0x55: "MP3"}
_RATES: Final = range(4_000, 384_001)
_FULL_SCALE: Final = 32_768


class NotAWav(Exception):
    """The bytes are no WAV file that can be streamed; the text says why."""


@dataclass(frozen=True, slots=True)
class Recording:
    """Sound to stream.

    Attributes:
        pcm: PCM16 little-endian mono 16 kHz.
        note: how it was converted, for people; empty when `pcm` is the file's own.
    """

    pcm: bytes
    note: str = ""


@dataclass(frozen=True, slots=True)
class _Format:
    encoding: int
    channels: int
    rate: int
    bits: int

    @property
    def frame_bytes(self) -> int:
        return self.channels * self.bits // 8

    def __str__(self) -> str:
        channels = {1: "mono", 2: "stereo"}.get(self.channels, f"{self.channels} channels")
        return f"{self.rate} Hz {channels} {self.bits}-bit"


def is_wav(data: bytes) -> bool:
    """Tell a WAV file by its first 12 bytes."""
    return data[:4] == b"RIFF" and data[8:12] == b"WAVE"


def parse_wav(data: bytes) -> Recording:
    """Return the sound in a WAV file, mixed to mono and resampled to 16 kHz where it has to be.

    Raises:
        NotAWav: no WAV file, no sound in it, or sound that is not PCM of 8, 16, 24 or 32 bits.
    """
    if not is_wav(data):
        raise NotAWav("not a WAV file")
    kind, body = _chunks(data)
    frames = body[: len(body) - len(body) % kind.frame_bytes]
    if not frames:
        raise NotAWav("holds no sound")
    if kind == _Format(_PCM, 1, SAMPLE_RATE, 16):
        return Recording(frames)
    mono = _mixed(_samples(frames, kind.bits), kind.channels)
    resampled = resample(mono, rate=kind.rate, to_rate=SAMPLE_RATE)
    return Recording(_pcm16(resampled), note=f"{kind} converted to 16000 Hz mono 16-bit")


def _chunks(data: bytes) -> tuple[_Format, bytes]:
    """Return the format and the sound; a length that runs past the end means "to the end"."""
    kind: _Format | None = None
    at = 12
    while at + 8 <= len(data):
        name, size = struct.unpack_from("<4sI", data, at)
        body = data[at + 8 : at + 8 + size]
        if name == b"fmt ":
            kind = _format(body)
        elif name == b"data":
            if kind is None:
                raise NotAWav("has its sound before the description of its format")
            return kind, body
        at += 8 + size + size % 2
    raise NotAWav("holds no sound")


def _format(body: bytes) -> _Format:
    if len(body) < struct.calcsize("<HHIIHH"):
        raise NotAWav("has a description of its format that is cut short")
    encoding, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", body)
    if encoding == _EXTENSIBLE and len(body) >= 26:  # noqa: PLR2004 - where the subformat begins
        (encoding,) = struct.unpack_from("<H", body, 24)
    if encoding != _PCM:
        known = _ENCODINGS.get(encoding, f"encoding {encoding:#06x}")
        raise NotAWav(f"holds {known} sound, not PCM; convert it with: {_SOX}")
    if bits not in {8, 16, 24, 32} or not channels or rate not in _RATES:
        raise NotAWav(f"has a format that makes no sense: {rate} Hz, {channels} x {bits} bits")
    return _Format(encoding, channels, rate, bits)


_SOX: Final = "sox IN -e signed -b 16 -c 1 -r 16000 OUT.wav"


def _samples(frames: bytes, bits: int) -> Sequence[float]:
    """Return the samples of all channels in turn, on the scale of 16 bits."""
    match bits:
        case 8:
            return [(byte - 128) * 256.0 for byte in frames]
        case 16:
            return [float(sample) for sample in _integers("h", frames)]
        case 24:
            # Each sample becomes the upper three bytes of four.
            widened = bytearray(len(frames) // 3 * 4)
            for byte in range(3):
                widened[byte + 1 :: 4] = frames[byte::3]
            return [sample / 65_536 for sample in _integers("i", bytes(widened))]
        case _:
            return [sample / 65_536 for sample in _integers("i", frames)]


def _integers(typecode: str, little_endian: bytes) -> array[int]:
    numbers: array[int] = array(typecode, little_endian)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers


def _mixed(samples: Sequence[float], channels: int) -> Sequence[float]:
    if channels == 1:
        return samples
    frames = zip(*(samples[channel::channels] for channel in range(channels)), strict=True)
    return [sum(frame) / channels for frame in frames]


def _pcm16(samples: Sequence[float]) -> bytes:
    whole = array("h", (_clipped(round(sample)) for sample in samples))
    if sys.byteorder == "big":
        whole.byteswap()
    return whole.tobytes()


def _clipped(sample: int) -> int:
    return max(-_FULL_SCALE, min(_FULL_SCALE - 1, sample))
