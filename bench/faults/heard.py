"""How much speech Gemini never got, from what the phone sent and what each link received.

A link receives a stretch of the phone's stream, unchanged and without a hole; the emulator tells
its length and its SHA-256. So where in the stream it lay can be found, and what no link covers
was lost. Pure.
"""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from bench.phone import BYTES_PER_MS

_STEP: Final = 50 * BYTES_PER_MS
"""The gateway repeats speech from a frame of 50 ms on, or from a chunk's beginning."""
_SILENCE: Final = 60.0
"""Mean absolute sample below which nobody can be speaking: about -55 dBFS."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """What one link received.

    Attributes:
        length: in bytes.
        digest: its SHA-256.
        understood: the byte at which the last utterance ended that was understood on this link.
    """

    length: int
    digest: str
    understood: int = 0


def unheard_ms(
    sent: bytes, stretches: Sequence[Stretch], *, understood: bool = False, speech: bool = False
) -> float | None:
    """Return the ms of `sent` that no link received, `None` if a stretch is none of the stream's.

    Args:
        sent: all that the phone sent, PCM16 mono 16 kHz.
        stretches: what each link received, in the order of the links.
        understood: of links that were lost, only what they understood counts: what was on its way
            to be understood is lost with them unless it is sent again.
        speech: only what somebody can be speaking in counts: the gateway says no more than a
            second of any silence again, which is no loss.
    """
    covered: list[tuple[int, int]] = []
    received = [stretch for stretch in stretches if stretch.length]
    for stretch in received:
        start = _find(sent, stretch)
        if start is None:
            return None
        lost_early = understood and stretch is not received[-1]
        covered.append((start, start + (stretch.understood if lost_early else stretch.length)))
    holes = [sent[start:end] for start, end in _holes(covered, len(sent))]
    return sum(_speech_ms(hole) if speech else len(hole) / BYTES_PER_MS for hole in holes)


def reached(sent: bytes, stretch: Stretch) -> int:
    """Return the byte of the stream up to which a link has received it, 0 if that is not found.

    What a link is sent again counts only once it has come to the end of what others had.
    """
    length = stretch.length
    for end in range(len(sent), length - 1, -_STEP) if length else ():
        if _is(sent, end - length, stretch):
            return end
    return 0


def _is(sent: bytes, start: int, stretch: Stretch) -> bool:
    piece = memoryview(sent)[start : start + stretch.length]
    return hashlib.sha256(piece).hexdigest() == stretch.digest


def _find(sent: bytes, stretch: Stretch) -> int | None:
    """Return where a stretch begins; the likeliest places are looked at first."""
    last = len(sent) - stretch.length
    if last < 0:
        return None
    likely: list[int] = [0, last, *range(0, last, _STEP)]
    for start in likely:
        if _is(sent, start, stretch):
            return start
    return None


def _holes(covered: Iterable[tuple[int, int]], length: int) -> Iterator[tuple[int, int]]:
    """Yield the intervals of the first `length` bytes that none of the given ones covers."""
    reached = 0
    for start, end in sorted(covered):
        if start > reached:
            yield reached, start
        reached = max(reached, end)
    if reached < length:
        yield reached, length


def _speech_ms(pcm: bytes) -> float:
    """Return how much of PCM16 mono 16 kHz somebody can be speaking in."""
    frames = (pcm[start : start + _STEP] for start in range(0, len(pcm), _STEP))
    return sum(len(frame) for frame in frames if _mean(frame) >= _SILENCE) / BYTES_PER_MS


def _mean(frame: bytes) -> float:
    samples = array("h", frame)
    return sum(map(abs, samples)) / len(samples)
