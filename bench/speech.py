"""Sentences spoken by espeak-ng: what is said, and when each sentence ends."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass

from bench.phone import BYTES_PER_MS


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence within a recording; times in milliseconds from the recording's start."""

    text: str
    starts_ms: int
    ends_ms: int


def speak(
    texts: list[str], *, voice: str, speed: int, pause_ms: int
) -> tuple[bytes, list[Sentence]]:
    """Return PCM16 mono 16 kHz with `texts` one after another, a pause after each.

    Args:
        texts: the sentences.
        voice: espeak-ng's name of a voice.
        speed: words per minute.
        pause_ms: the silence before, between and after the sentences.
    """
    pause = bytes(pause_ms * BYTES_PER_MS)
    pcm = pause
    sentences = []
    for text in texts:
        spoken = _trimmed(_say(text, voice=voice, speed=speed))
        starts_ms = len(pcm) // BYTES_PER_MS
        pcm += spoken
        sentences.append(Sentence(text, starts_ms, len(pcm) // BYTES_PER_MS))
        pcm += pause
    return pcm, sentences


def _say(text: str, *, voice: str, speed: int) -> bytes:
    command = ["espeak-ng", "-v", voice, "-s", str(speed), "--stdout", text]
    wav = subprocess.run(command, check=True, capture_output=True).stdout  # noqa: S603
    convert = [
        "sox", "-t", "wav", "--ignore-length", "-", "-r", "16000", "-c", "1", "-b", "16",
        "-e", "signed-integer", "-t", "raw", "-",
    ]  # fmt: skip
    return subprocess.run(convert, check=True, capture_output=True, input=wav).stdout  # noqa: S603


def _trimmed(pcm: bytes) -> bytes:
    """Cut the silence that espeak-ng puts around a sentence, so that its end is its end."""
    samples = memoryview(pcm).cast("h")
    loud = [index for index, sample in enumerate(samples) if abs(sample) > 300]  # noqa: PLR2004
    return pcm[2 * loud[0] : 2 * (loud[-1] + 1)]
