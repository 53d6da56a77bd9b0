"""Tells a shopping sentence from other speech that the grammar had to take for one.

A grammar accepts anything: "the train leaves at half past nine" becomes an order for onions. What
gives it away is a second look at the same sound by a free loop over the phones of English: where
the grammar's words are what was said, the loop scores hardly better and hears much the same
phones; where they are not, it does much better and hears others. A logistic rule weighs that.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

SILENCE = frozenset({"SIL", "+NSN+", "+SPN+"})


@dataclass(frozen=True, slots=True)
class Stretch:
    """A word or a phone that a pass found.

    Attributes:
        label: the phone, or the word.
        phones: what it consists of; a phone consists of itself.
        first_frame: of 10 ms.
        last_frame: included.
        score: the acoustic log-likelihood of all its frames, higher is better.
    """

    label: str
    phones: tuple[str, ...]
    first_frame: int
    last_frame: int
    score: float

    @property
    def frames(self) -> int:
        """How many frames it lasts."""
        return self.last_frame - self.first_frame + 1


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for and against a hypothesis.

    Attributes:
        deficit: by how much the words score worse than free phones, per frame; 0 or below.
        worst_deficit: the same for the word of three phones or more that does worst.
        disagreement: edits between the words' phones and the free ones, as a share of the
            longer of the two; from 0 to 1.
    """

    deficit: float
    worst_deficit: float
    disagreement: float


@dataclass(frozen=True, slots=True)
class Rule:
    """A logistic rule: a sum above 0 accepts."""

    deficit: float
    worst_deficit: float
    disagreement: float
    bias: float

    def accepts(self, evidence: Evidence) -> bool:
        """Say whether the hypothesis is to be believed."""
        return (
            self.deficit * evidence.deficit
            + self.worst_deficit * evidence.worst_deficit
            + self.disagreement * evidence.disagreement
            + self.bias
        ) > 0


RULES = {
    "en": Rule(deficit=0.1007, worst_deficit=0.1597, disagreement=-12.74, bias=17.4),
    "pl": Rule(deficit=0.2389, worst_deficit=0.0803, disagreement=-18.54, bias=25.3),
}
"""Fitted on the tuning voices and tuning talk alone (docs/emulator.md says which)."""

_SHORTEST_JUDGED = 3
"""Phones of a word below which its own score says little."""


def weigh(words: Sequence[Stretch], loop: Sequence[Stretch]) -> Evidence | None:
    """Compare a hypothesis with the free phone loop over the same frames.

    Args:
        words: of the hypothesis, silences left out.
        loop: every phone of the loop in order, silences included.

    Returns:
        None when there is nothing to compare: no word, or no phone but silence.
    """
    free_phones = [phone.label for phone in loop if phone.label not in SILENCE]
    if not words or not free_phones:
        return None
    free = _scores_by_frame(loop)
    deficits = [word.score - sum(free[word.first_frame : word.last_frame + 1]) for word in words]
    judged = [
        deficit / word.frames
        for word, deficit in zip(words, deficits, strict=True)
        if len(word.phones) >= _SHORTEST_JUDGED
    ]
    said = [phone for word in words for phone in word.phones]
    return Evidence(
        deficit=sum(deficits) / sum(word.frames for word in words),
        worst_deficit=min(judged, default=0.0),
        disagreement=edits(said, free_phones) / max(len(said), len(free_phones)),
    )


def edits(ours: Sequence[str], theirs: Sequence[str]) -> int:
    """Return the Levenshtein distance of two sequences."""
    row = list(range(len(theirs) + 1))
    for count, our in enumerate(ours, start=1):
        diagonal, row[0] = row[0], count
        for at, their in enumerate(theirs, start=1):
            changed = diagonal + (our != their)
            diagonal, row[at] = row[at], min(changed, row[at] + 1, row[at - 1] + 1)
    return row[-1]


def log_score(likelihood: float) -> float:
    """Return PocketSphinx's integer score behind a likelihood that it raised from the log domain.

    Its logarithms have base 1.0001; a score too low for a float counts as very bad.
    """
    return math.log(likelihood) * 10_000 if likelihood > 0 else -1e6


def _scores_by_frame(loop: Sequence[Stretch]) -> list[float]:
    scores: list[float] = []
    for phone in loop:
        scores += [0.0] * (phone.first_frame - len(scores))
        scores += [phone.score / phone.frames] * (phone.last_frame + 1 - len(scores))
    return scores
