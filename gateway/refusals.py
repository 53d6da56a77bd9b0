"""What this process has refused, by cause: whoever refuses counts it here, `/metrics` shows it.

A cause is one of a few words fixed in the code, never text of a client's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Final


class Refusals:
    """Counts by cause; whoever refuses calls `count`, whoever reports reads `counts`."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()

    def count(self, cause: str) -> None:
        """Count one more refusal."""
        self.counts[cause] += 1


PROCESS: Final = Refusals()
"""The process's own, as its log is, for those who are not handed another."""


def count(cause: str) -> None:
    """Count one refusal of the process's for `cause`."""
    PROCESS.count(cause)


def counts() -> Mapping[str, int]:
    """Return how often each cause was counted since the process began."""
    return dict(PROCESS.counts)
