"""Where in a stretch of PCM16 somebody speaks: by loudness alone, good enough to find a pause.

It never decides what Gemini gets to hear; only from where to repeat after a lost link, and
whether an answer is worth waiting for when the session is stopped.

Sound is measured once (`levels_of`); what is asked about it is asked of its levels, one for each
whole frame of 50 ms.
"""

from __future__ import annotations

import re
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
_LOOKED_AT: Final = FRAME_BYTES // 2 // _STRIDE
"""Samples of a frame."""
_MAGNITUDES: Final = bytes(min(high, 255 - high) for high in range(256))
"""By the high byte of a sample: how many times 256 its absolute value holds."""
_LOUD: Final = 2 * _LOOKED_AT
"""Sum of those from which low bytes make no difference: a mean of about 640."""
_SAID: Final = re.compile(b"\\x01(?:\\x00{0,%d}\\x01)*" % (_END_FRAMES - 1))
"""In `speech_frames`: loud frames without a silence between them that ends an utterance."""


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
    """Return how loud each whole frame of PCM16 mono 16 kHz is: its mean absolute sample.

    Of a loud frame, samples' high bytes tell that well enough, at a fifth of what samples cost.
    """
    highs = pcm[1 :: 2 * _STRIDE].translate(_MAGNITUDES)
    levels = []
    for frame in range(len(pcm) // FRAME_BYTES):
        at = frame * _LOOKED_AT
        total = sum(highs[at : at + _LOOKED_AT])
        if total >= _LOUD:
            levels.append(256 * total / _LOOKED_AT + 128)
        else:
            levels.append(_level(pcm[frame * FRAME_BYTES : (frame + 1) * FRAME_BYTES]))
    return levels


def first_utterance(levels: Sequence[float]) -> Utterance | None:
    """Return where the first utterance is, `None` if there is no speech."""
    frames = speech_frames(levels)
    for said in _SAID.finditer(frames):
        if said.group().count(1) >= _SPEECH_FRAMES:
            start, end = said.span()
            if len(frames) - end >= _END_FRAMES:
                return Utterance(start * FRAME_BYTES, (end + _TAIL_FRAMES) * FRAME_BYTES, over=True)
            return Utterance(start * FRAME_BYTES, len(frames) * FRAME_BYTES, over=False)
    return None


def utterances_in(levels: Sequence[float]) -> int:
    """Return how many utterances there are, the last one over or not."""
    said = _SAID.findall(speech_frames(levels))
    return sum(each.count(1) >= _SPEECH_FRAMES for each in said)


def holds_speech(levels: Sequence[float]) -> bool:
    """Say whether at least 150 ms are loud as speech is."""
    return speech_frames(levels).count(1) >= _SPEECH_FRAMES


def may_hold_speech(levels: Sequence[float]) -> bool:
    """Say whether at least 150 ms are louder than what nobody can be speaking in."""
    return sum(level >= _SILENCE for level in levels) >= _SPEECH_FRAMES


def last_pause_end(levels: Sequence[float]) -> int:
    """Return the byte at which the last pause of 150 ms ends, or the end if there is no pause."""
    frames = speech_frames(levels)
    pause = frames.rfind(bytes(_PAUSE_FRAMES))
    return (len(frames) if pause < 0 else pause + _PAUSE_FRAMES) * FRAME_BYTES


def speech_frames(levels: Sequence[float]) -> bytes:
    """Return a byte for each frame: 1 if it is loud as speech is, 0 if not.

    Speech is what reaches an eighth of the loudest frames, bangs aside, and the floor.
    """
    loudest = sorted(levels)[-_BANG_FRAMES - 1 :]
    bar = max(_FLOOR, _SHARE_OF_LOUDEST * loudest[0]) if loudest else _FLOOR
    return bytes(map(bar.__le__, levels))


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
