"""Whether a Gemini session has grown slow: its answers take longer and longer. Pure.

They were seen to go from 0.3 to 1.4 s within minutes, and a new session to reset that
(discuss.ai.google.dev/345274).
"""

from __future__ import annotations

from statistics import median
from typing import Final

_SAMPLE: Final = 5
"""Answers that a judgement rests on: the session's first ones, and the last ones."""
_FACTOR: Final = 3.0
_LEAST_S: Final = 0.75
"""How much slower, as a factor and in seconds, is worth a new session."""


class Slowness:
    """How long the answers of one Gemini session took, from the end of what was said."""

    __slots__ = ("_first", "_last")

    def __init__(self) -> None:
        self._first: list[float] = []
        self._last: list[float] = []

    def answered(self, after_s: float) -> bool:
        """Take note of one answer; return whether answers have become slow."""
        if len(self._first) < _SAMPLE:
            self._first.append(after_s)
            return False
        self._last = [*self._last, after_s][-_SAMPLE:]
        usual, now = median(self._first), median(self._last)
        enough = len(self._last) == _SAMPLE
        return enough and now >= usual * _FACTOR and now >= usual + _LEAST_S

    def start_over(self) -> None:
        """Another session answers from now on."""
        self._first.clear()
        self._last.clear()
