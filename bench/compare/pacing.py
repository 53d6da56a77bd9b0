"""When which phone says what: chunks of all phones spread evenly over time. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

Pattern: TypeAlias = Literal["steady", "sentences", "silence"]
SENTENCE_MS: Final = 2_000
CYCLE_MS: Final = 3_000
"""A sentence of two seconds every three: whoever dictates a list speaks no faster."""
LEAD_OUT_MS: Final = 800
"""Silence at the end, so that what was said last is answered."""
_GOLDEN: Final = 0.618


@dataclass(frozen=True, slots=True)
class Pacing:
    """What phones say in one go.

    Attributes:
        phones: how many.
        chunk_ms: how long each chunk is.
        seconds: how long it lasts, without the silence at its end.
        pattern: speech without a pause, sentences, or silence.
    """

    phones: int
    chunk_ms: int
    seconds: float
    pattern: Pattern

    @property
    def each(self) -> int:
        """How many chunks each phone sends, those of the silence at the end included."""
        return self._of_speech + -(-LEAD_OUT_MS // self.chunk_ms)

    @property
    def total(self) -> int:
        """How many chunks all of them send."""
        return self.each * self.phones

    @property
    def _of_speech(self) -> int:
        return round(self.seconds * 1000 / self.chunk_ms)

    def due(self, position: int) -> float:
        """Return the second at which the chunk at a position of all is sent."""
        return position * self.chunk_ms / 1000 / self.phones

    def speaks(self, phone: int, number: int) -> bool:
        """Return whether there is speech in a phone's chunk, numbered from 0."""
        if number >= self._of_speech or self.pattern == "silence":
            return False
        if self.pattern == "steady":
            return True
        # Each phone is somewhere else in its sentence.
        at = number * self.chunk_ms + phone * _GOLDEN % 1 * CYCLE_MS
        return at % CYCLE_MS < SENTENCE_MS
