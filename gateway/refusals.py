"""What was refused, and how often: every refusal is counted under its cause."""

from __future__ import annotations


class Refusals:
    """Counts by cause; whoever refuses calls `count`, whoever reports reads `counts`."""

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}

    def count(self, cause: str) -> None:
        """Count one more refusal."""
        self.counts[cause] = self.counts.get(cause, 0) + 1
