"""Where in a stretch of PCM16 somebody speaks: by loudness alone, good enough to find a pause.

It never decides what Gemini gets to hear; only from where to repeat after a lost link, and
whether an answer is worth waiting for when the session is stopped.

Sound is measured once (`levels_of`); what is asked about it is asked of its levels, one for each
whole frame of 50 ms.
"""

from __future__ import annotations

import heapq
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

FRAME_MS: Final = 50
FRAME_BYTES: Final = FRAME_MS * 32
_STRIDE: Final = 16
"""Every sixteenth sample is looked at: 1 kHz of them still show how loud speech is."""
_FLOOR: Final = 120.0
"""Mean absolute sample below which nothing is speech: about -49 dBFS."""
_SHARE_OF_LOUDEST: Final = 0.12
_BANG_FRAMES: Final = 4
"""200 ms: what is loud for no longer does not make what is said seem quiet."""
_SILENCE: Final = 60.0
"""Mean absolute sample below which nobody can be speaking: about -55 dBFS."""
_LEAD_FRAMES: Final = 6
"""300 ms: Gemini's own `prefixPaddingMs` at most, which it may want before speech."""
SILENCE_KEPT: Final = (_LEAD_FRAMES + 1) * FRAME_BYTES
"""Bytes that `leading_silence` leaves of silence, at most: a frame may not be whole."""
_LONGEST_SILENCE_FRAMES: Final = 20
"""1 s of silence says as much as a minute of it."""
_SPEECH_FRAMES: Final = 3
"""150 ms: shorter noises are none of a voice's."""
_PAUSE_FRAMES: Final = 3
_END_FRAMES: Final = 10
"""500 ms: the `silenceDurationMs` of our setup, after which Gemini ends an utterance."""
_TAIL_FRAMES: Final = 4
"""200 ms: what fades out after an utterance still belongs to it."""


@dataclass(frozen=True, slots=True)
class Utterance:
    """The first utterance of a stretch.

    Attributes:
        start: the byte at which it begins.
        end: the byte at which it ends, or will go on.
        over: silence long enough to end it follows.
    """

    start: int
    end: int
    over: bool


def levels_of(pcm: bytes) -> list[float]:
    """Return how loud each whole frame of PCM16 mono 16 kHz is: its mean absolute sample."""
    frames = len(pcm) // FRAME_BYTES
    samples = list(map(abs, array("h", pcm[: frames * FRAME_BYTES])[::_STRIDE]))
    each = FRAME_BYTES // 2 // _STRIDE
    return [sum(samples[at : at + each]) / each for at in range(0, frames * each, each)]


def first_utterance(levels: Sequence[float]) -> Utterance | None:
    """Return where the first utterance is, `None` if there is no speech."""
    start = voiced = quiet = 0
    for index, loud in enumerate(speech_frames(levels)):
        if loud:
            start = start if voiced else index * FRAME_BYTES
            voiced, quiet = voiced + 1, 0
            continue
        quiet += 1
        if quiet >= _END_FRAMES and voiced >= _SPEECH_FRAMES:
            end = (index + 1 - _END_FRAMES + _TAIL_FRAMES) * FRAME_BYTES
            return Utterance(start, end, over=True)
        if quiet >= _END_FRAMES:
            voiced = 0
    end = len(levels) * FRAME_BYTES
    return Utterance(start, end, over=False) if voiced >= _SPEECH_FRAMES else None


def holds_speech(levels: Sequence[float]) -> bool:
    """Say whether at least 150 ms are loud as speech is."""
    return sum(speech_frames(levels)) >= _SPEECH_FRAMES


def last_pause_end(levels: Sequence[float]) -> int:
    """Return the byte at which the last pause of 150 ms ends, or the end if there is no pause."""
    quiet = 0
    frames = speech_frames(levels)
    for index in range(len(frames) - 1, -1, -1):
        quiet = 0 if frames[index] else quiet + 1
        if quiet == _PAUSE_FRAMES:
            return (index + _PAUSE_FRAMES) * FRAME_BYTES
    return len(frames) * FRAME_BYTES


def speech_frames(levels: Sequence[float]) -> list[bool]:
    """Return, for each frame, whether it is loud as speech is.

    Speech is what reaches an eighth of the loudest frames, bangs aside, and the floor.
    """
    loudest = heapq.nlargest(_BANG_FRAMES + 1, levels)[-1:]
    bar = max(_FLOOR, _SHARE_OF_LOUDEST * sum(loudest))
    return [level >= bar for level in levels]


def without_long_silence(pcm: bytes) -> bytes:
    """Return what is worth being said again.

    At most 300 ms of silence before it and 1 s of any other silence are kept; of silence alone,
    nothing.
    """
    frames = [pcm[start : start + FRAME_BYTES] for start in range(0, len(pcm), FRAME_BYTES)]
    silent = [_level(frame) < _SILENCE for frame in frames]
    if all(silent):
        return b""
    first = max(0, silent.index(False) - _LEAD_FRAMES)
    kept: list[bytes] = []
    run = 0
    for index in range(first, len(silent)):
        run = run + 1 if silent[index] else 0
        if run <= _LONGEST_SILENCE_FRAMES:
            kept.append(frames[index])
    return b"".join(kept)


def leading_silence(levels: Sequence[float]) -> int:
    """Return how many bytes at the beginning nobody can be speaking in, but for the last 300 ms."""
    frames = 0
    for level in levels:
        if level >= _SILENCE:
            break
        frames += 1
    return max(0, frames - _LEAD_FRAMES) * FRAME_BYTES


def _level(frame: bytes) -> float:
    samples = array("h", frame)[::_STRIDE]
    return sum(map(abs, samples)) / len(samples)
