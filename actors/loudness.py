"""Where in a stretch of PCM16 somebody speaks: by loudness alone, good enough to find a pause.

It never decides what Gemini gets to hear; only from where to repeat after a lost link, and
whether an answer is worth waiting for when the session is stopped.
"""

from __future__ import annotations

from array import array
from typing import Final

FRAME_MS: Final = 50
FRAME_BYTES: Final = FRAME_MS * 32
_STRIDE: Final = 8
"""Every eighth sample is looked at: 2 kHz of them still show how loud speech is."""
_FLOOR: Final = 120.0
"""Mean absolute sample below which nothing is speech: about -49 dBFS."""
_SHARE_OF_LOUDEST: Final = 0.12
_PAUSE_FRAMES: Final = 3


def speech_frames(pcm: bytes) -> list[bool]:
    """Return, for each whole 50 ms of PCM16 mono 16 kHz, whether it is loud as speech is.

    Speech is what reaches an eighth of the loudest frame, and the floor.
    """
    levels = [
        _level(pcm[start : start + FRAME_BYTES])
        for start in range(0, len(pcm) - FRAME_BYTES + 1, FRAME_BYTES)
    ]
    bar = max(_FLOOR, _SHARE_OF_LOUDEST * max(levels, default=0.0))
    return [level >= bar for level in levels]


def holds_speech(pcm: bytes) -> bool:
    """Say whether at least 150 ms of `pcm` are loud as speech is."""
    return sum(speech_frames(pcm)) >= _PAUSE_FRAMES


def longest_pause_end(pcm: bytes) -> int | None:
    """Return the byte at which the longest pause after some speech ends, `None` if there is none.

    A pause is 150 ms or more; of equally long ones the last counts. One that `pcm` ends in ends
    there.
    """
    frames = speech_frames(pcm)
    longest, end = _PAUSE_FRAMES, None
    heard, quiet = False, 0
    for index, loud in enumerate(frames, start=1):
        heard, quiet = heard or loud, 0 if loud else quiet + 1
        if heard and quiet >= longest:
            longest, end = quiet, index
    if end is None:
        return None
    return len(pcm) if end == len(frames) else end * FRAME_BYTES


def _level(frame: bytes) -> float:
    samples = array("h", frame)[::_STRIDE]
    return sum(map(abs, samples)) / len(samples)
