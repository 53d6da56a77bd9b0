"""Runs targets on so many inputs, and counts what became of them."""

from __future__ import annotations

import random
import traceback
from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from fuzz.mutation import mutated
from fuzz.targets import TARGETS, Target

_MOST_FINDINGS: Final = 5


@dataclass(slots=True)
class Tally:
    """What became of the inputs of one target.

    Attributes:
        taken: they were good.
        refused: by the exception that is promised.
        findings: where anything else happened: the seed, the input and the traceback.
        most_bytes: the longest input.
    """

    outcomes: Counter[str] = field(default_factory=Counter)
    findings: list[str] = field(default_factory=list)
    most_bytes: int = 0

    def add(self, other: Tally) -> None:
        """Count another one's in."""
        self.outcomes += other.outcomes
        self.findings = (self.findings + other.findings)[:_MOST_FINDINGS]
        self.most_bytes = max(self.most_bytes, other.most_bytes)


def run(index: int, seed: int, inputs: int) -> Tally:
    """Run one target; `seed` and `index` decide the inputs."""
    return run_target(TARGETS[index], f"{seed}/{index}", inputs)


def run_target(target: Target, seed: str, inputs: int) -> Tally:
    """Run `target` on so many inputs that come of `seed`."""
    source, tally = random.Random(seed), Tally()  # noqa: S311 - to be repeated, not to be secret
    for number in range(inputs):
        frame = mutated(source, target.corpus)
        tally.most_bytes = max(tally.most_bytes, len(frame))
        try:
            tally.outcomes[target.run(frame)] += 1
        except Exception:  # noqa: BLE001 - that is what is looked for
            tally.outcomes["broken"] += 1
            if len(tally.findings) < _MOST_FINDINGS:
                where = f"{target.name}, seed {seed}, input {number}: {frame[:300]!r}"
                tally.findings.append(f"{where}\n{traceback.format_exc()}")
    return tally
