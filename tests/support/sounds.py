"""Audio for tests: stretches that count as speech, each with bytes of its own, and silence."""

from __future__ import annotations

from array import array

SAMPLES_PER_MS = 16


def speech(ms: int, voice: int = 0) -> bytes:
    """Return `ms` of PCM16 mono 16 kHz as loud as speech; each `voice` has its own samples."""
    count = ms * SAMPLES_PER_MS
    loudness = 3_000 + voice
    return array("h", [loudness if index % 3 else -loudness for index in range(count)]).tobytes()


def silence(ms: int) -> bytes:
    """Return `ms` of PCM16 mono 16 kHz in which nothing is heard."""
    return bytes(ms * SAMPLES_PER_MS * 2)


def chunks(pcm: bytes, ms: int = 100) -> list[bytes]:
    """Return `pcm` cut into pieces of `ms`."""
    size = ms * SAMPLES_PER_MS * 2
    return [pcm[start : start + size] for start in range(0, len(pcm), size)]
