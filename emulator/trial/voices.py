"""Speaks with the synthesisers that Debian packages, and makes sounds that are no speech.

Everything comes out as PCM16 mono at 16 kHz with silence around it, the same bytes every time.
"""

from __future__ import annotations

import math
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, assert_never

PACKAGES = {
    "espeak-ng": "espeak-ng",
    "espeak": "espeak",
    "flite": "flite",
    "text2wave": "festival festvox-us-slt-hts",
    "sox": "sox",
}
"""Program to the Debian packages that bring it."""

_LEAD_SECONDS, _TAIL_SECONDS = 0.4, 0.8
_TIMEOUT_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Voice:
    """One speaker.

    Attributes:
        synthesiser: the program that speaks.
        name: the program's own name for the voice.
        words_a_minute: the pace, where the program can be told one.
        pitch: from 0 to 99, where the program can be told one.
    """

    synthesiser: Literal["espeak-ng", "espeak", "flite", "text2wave"]
    name: str
    words_a_minute: int = 150
    pitch: int = 50

    def __str__(self) -> str:
        match self.synthesiser:
            case "espeak-ng" | "espeak":
                return f"{self.synthesiser} {self.name} {self.words_a_minute}/{self.pitch}"
            case "flite" | "text2wave":
                return f"{self.synthesiser} {self.name}"
            case _:
                assert_never(self.synthesiser)


def missing_packages() -> tuple[str, ...]:
    """Return the Debian packages to install before anything can be said."""
    return tuple(package for program, package in PACKAGES.items() if shutil.which(program) is None)


def speak(voice: Voice, text: str) -> bytes:
    """Say a text with half a second of silence around it."""
    with tempfile.TemporaryDirectory(prefix="trial-") as directory:
        wav = Path(directory, "said.wav")
        _synthesise(voice, text, wav)
        return _sox(
            [
                str(wav),
                *_RAW,
                "-",
                "gain",
                "-n",
                "-3",
                "pad",
                f"{_LEAD_SECONDS}",
                f"{_TAIL_SECONDS}",
            ]
        )


def sound(effects: str) -> bytes:
    """Make a sound that nobody says, by sox's own effects, as `synth 3 sine 440`."""
    return _sox(["-n", *_RAW, "-", *effects.split()])


def with_pink_noise(pcm: bytes, snr_db: float) -> bytes:
    """Add pink noise so that a recording stands `snr_db` above it in power."""
    seconds = len(pcm) / 32_000
    loudness = _rms(pcm)
    noise = sound(f"synth {seconds:.3f} pinknoise gain -n -12")
    share = loudness / _rms(noise) / 10 ** (snr_db / 20)
    noise_samples = memoryview(noise).cast("h")
    mixed = bytearray(len(pcm))
    out = memoryview(mixed).cast("h")
    for at, sample in enumerate(memoryview(pcm).cast("h")):
        added = noise_samples[at] if at < len(noise_samples) else 0
        out[at] = max(-32768, min(32767, round(sample + added * share)))
    return bytes(mixed)


_RAW = ("-t", "raw", "-r", "16000", "-c", "1", "-b", "16", "-e", "signed-integer")


def _rms(pcm: bytes) -> float:
    samples = memoryview(pcm).cast("h")
    return math.sqrt(sum(sample * sample for sample in samples) / max(1, len(samples)))


def _synthesise(voice: Voice, text: str, wav: Path) -> None:
    match voice.synthesiser:
        case "espeak-ng" | "espeak":
            pace, pitch = str(voice.words_a_minute), str(voice.pitch)
            _run(
                [voice.synthesiser, "-v", voice.name, "-s", pace, "-p", pitch, "-w", str(wav), text]
            )
        case "flite":
            _run(["flite", "-voice", voice.name, "-t", text, "-o", str(wav)])
        case "text2wave":
            _run(["text2wave", "-o", str(wav), "-eval", f"(voice_{voice.name})"], text.encode())
        case _:
            assert_never(voice.synthesiser)


def _sox(arguments: list[str]) -> bytes:
    # -R: the same dither and the same noise every time.
    return _run(["sox", "-R", "-V1", *arguments])


def _run(command: list[str], stdin: bytes = b"") -> bytes:
    done = subprocess.run(  # noqa: S603  our own words, no shell
        command, input=stdin, capture_output=True, check=True, timeout=_TIMEOUT_SECONDS
    )
    return done.stdout
