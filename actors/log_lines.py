"""How many lines one session may have in the log: a phone could fill that with what it may do."""

from __future__ import annotations

from typing import Final

MOST_LINES: Final = 200
"""In `PERIOD_S`; somebody who names three products a second has no more."""
PERIOD_S: Final = 60.0


class LogLines:
    """Says which of a session's events have a line. Pure."""

    __slots__ = ("_began_at", "_untold", "_written")

    def __init__(self) -> None:
        self._began_at = float("-inf")
        self._written = self._untold = 0

    def due(self, now: float) -> int | None:
        """Return how many events had no line before this one, which has; `None` if it has none.

        Args:
            now: seconds of any clock.
        """
        if now - self._began_at >= PERIOD_S:
            self._began_at, self._written = now, 0
        if self._written >= MOST_LINES:
            self._untold += 1
            return None
        self._written += 1
        untold, self._untold = self._untold, 0
        return untold
