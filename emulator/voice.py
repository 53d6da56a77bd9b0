"""What the emulator says, and the sound of it: paced and pitched like speech, but no words.

A client needs audio that behaves as speech does: syllables, pauses, a falling melody, a length that
follows from the text. Each sound is computed once and then only copied, so that speaking costs next
to nothing beside a thousand conversations.
"""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import groupby
from typing import assert_never

from emulator.brain import Intent
from emulator.phrases import Action, fold

SAMPLE_RATE = 24_000
_BYTES_PER_SAMPLE = 2

_VOWEL_MS, _ONSET_MS, _WORD_GAP_MS, _SENTENCE_GAP_MS = 110, 40, 30, 220
_FADE_MS = 15
_LOUDNESS = 0.35 * 32767
_HISS_LOUDNESS = 0.04 * 32767
_HUM_LOUDNESS = 0.12 * 32767

# The first two formants of each vowel in Hz, after Peterson and Barney's averages for men (1952).
_FORMANTS: Mapping[str, tuple[int, int]] = {
    "a": (730, 1090),
    "e": (530, 1840),
    "i": (270, 2290),
    "o": (570, 840),
    "u": (300, 870),
    "y": (390, 1990),
}
_FORMANT_WIDTH_HZ = 120
_HIGHEST_HARMONIC_HZ = 3500
# The melody of a sentence: it falls in these steps, word by word. Each divides the sample rate, so
# that one period of the tone is a whole number of samples.
_PITCHES_HZ = (150, 125, 120, 100)

_SYLLABLES = re.compile(
    r"(?P<onset>[b-df-hj-np-tv-xz]*)(?P<vowel>[aeiouy]+|\d|$)|(?P<stop>[.!?,:])"
)
_HISSES = re.compile(r"[sfhzcx]")
_HUMS = re.compile(r"[mnlrwjv]")


def speak(text: str) -> bytes:
    """Returns the sound of a text: PCM16 little-endian mono at 24 kHz, always the same for it.

    A syllable takes 110 to 150 ms, a full stop or comma 220 ms, which makes about six syllables a
    second; a text without letters and digits is no sound at all.
    """
    return b"".join(_sounds(fold(text)))


def _sounds(text: str) -> Iterator[bytes]:
    for at, word in enumerate(text.split()):
        pitch = _PITCHES_HZ[min(at, len(_PITCHES_HZ) - 1)]
        spoken = [sound for match in _SYLLABLES.finditer(word) for sound in _syllable(match, pitch)]
        if spoken:
            yield from spoken
            yield _silence(_WORD_GAP_MS)


def _syllable(match: re.Match[str], pitch: int) -> Iterator[bytes]:
    onset, vowel = match["onset"], match["vowel"]
    if match["stop"]:
        yield _silence(_SENTENCE_GAP_MS)
    if onset:
        yield _onset(onset[0], pitch)
    if vowel:
        yield _vowel(vowel[0] if vowel[0] in _FORMANTS else "e", pitch)


def _onset(consonant: str, pitch: int) -> bytes:
    if _HISSES.match(consonant):
        return _hiss()
    return _hum(pitch) if _HUMS.match(consonant) else _silence(_ONSET_MS)


@cache
def _vowel(vowel: str, pitch: int) -> bytes:
    formants = _FORMANTS[vowel]
    strengths = [
        sum(_resonance(pitch * h, formant) for formant in formants) / h
        for h in range(1, _HIGHEST_HARMONIC_HZ // pitch)
    ]
    return _tone(strengths, pitch, _VOWEL_MS, _LOUDNESS)


@cache
def _hum(pitch: int) -> bytes:
    return _tone([1.0], pitch, _ONSET_MS, _HUM_LOUDNESS)


@cache
def _hiss() -> bytes:
    # Park and Miller's generator: noise that is the same in every run.
    state, noise = 1, list[float]()
    for _ in range(_samples(_ONSET_MS)):
        state = state * 48271 % 0x7FFFFFFF
        noise.append((state / 0x3FFFFFFF - 1) * _HISS_LOUDNESS)
    return _faded(noise)


@cache
def _silence(milliseconds: int) -> bytes:
    return bytes(_samples(milliseconds) * _BYTES_PER_SAMPLE)


def _samples(milliseconds: int) -> int:
    return SAMPLE_RATE * milliseconds // 1000


def _resonance(frequency: float, formant: float) -> float:
    return 1 / (1 + ((frequency - formant) / _FORMANT_WIDTH_HZ) ** 2)


def _tone(strengths: Sequence[float], pitch: int, milliseconds: int, loudness: float) -> bytes:
    """Repeats one period, the sum of harmonics of the given strengths."""
    length = SAMPLE_RATE // pitch
    angles = (math.tau * at / length for at in range(length))
    period = [
        sum(strength * math.sin(h * angle) for h, strength in enumerate(strengths, 1))
        for angle in angles
    ]
    scale = loudness / max(map(abs, period))
    return _faded([period[at % length] * scale for at in range(_samples(milliseconds))])


def _faded(wave: list[float]) -> bytes:
    """Fades a sound in and out, so that it begins and ends without a click."""
    fade = _samples(_FADE_MS)
    for at in range(fade):
        wave[at] *= at / fade
        wave[-1 - at] *= at / fade
    return struct.pack(f"<{len(wave)}h", *map(int, wave))


def reply(intents: Sequence[Intent], language: str) -> str:
    """Returns a short confirmation of what was done, or that nothing was heard.

    Args:
        intents: In the order said; neighbours with one action make one sentence.
        language: BCP 47; whatever is not Polish is answered in English.
    """
    polish = language.lower().startswith("pl")
    if not intents:
        return "Przepraszam, nic do kupienia." if polish else "Sorry, nothing to buy in that."
    runs = groupby(intents, key=lambda intent: intent.action)
    return " ".join(_told(action, list(run), polish=polish) for action, run in runs)


def _told(action: Action, run: Sequence[Intent], *, polish: bool) -> str:
    heading = _heading(action, polish=polish)
    # What is undone need not be about the product mentioned last.
    return f"{heading}." if action == "undo" else f"{heading}: {', '.join(map(_named, run))}."


def _heading(action: Action, *, polish: bool) -> str:
    # In Polish a list after a colon spares the product its cases.
    match action:
        case "add":
            return "Dodaję" if polish else "Added"
        case "remove":
            return "Usuwam" if polish else "Removed"
        case "update":
            return "Zmieniam" if polish else "Changed"
        case "undo":
            return "Cofam" if polish else "Undone"
        case _:
            assert_never(action)


def _named(intent: Intent) -> str:
    quantity = "" if intent.quantity is None else f"{intent.quantity:g}"
    return " ".join(word for word in (intent.name, quantity, intent.unit) if word)
