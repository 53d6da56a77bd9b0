"""When which phone says what: chunks of all phones spread evenly over time. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

Pattern: TypeAlias = Literal["steady", "sentences", "silence"]
LEAD_OUT_MS: Final = 600
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
        sentence_ms: how long each sentence is.
        cycle_ms: from the beginning of one to that of the next; whoever dictates a list speaks no
            faster than by default.
        whole: no sentence is cut at the beginning or the end.
    """

    phones: int
    chunk_ms: int
    seconds: float
    pattern: Pattern
    sentence_ms: int = 2_000
    cycle_ms: int = 3_000
    whole: bool = False

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

    def counts(self, number: int) -> bool:
        """Return whether the delay of each phone's chunk of that number is measured.

        All phones fall silent at once: what is said into that, and all their sentences' being
        answered at once, is like nothing that shoppers do.
        """
        return number < self._of_speech

    def speaks(self, phone: int, number: int) -> bool:
        """Return whether there is speech in a phone's chunk, numbered from 0."""
        if number >= self._of_speech or self.pattern == "silence":
            return False
        if self.pattern == "steady":
            return True
        # Each phone is somewhere else in its sentence.
        now = number * self.chunk_ms
        at = (now + phone * _GOLDEN % 1 * self.cycle_ms) % self.cycle_ms
        begins, ends = now - at, now - at + self.sentence_ms
        cut = begins < 0 or ends > self._of_speech * self.chunk_ms
        return at < self.sentence_ms and not (self.whole and cut)
