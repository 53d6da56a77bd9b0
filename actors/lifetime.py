"""How long a connection may be idle, and a session go on at all. Pure."""

from __future__ import annotations

import math
from typing import Literal, TypeAlias

End: TypeAlias = Literal["idle", "age"]


class Lifetime:
    """When a session ends because of the time that has passed; monotonic seconds.

    Attributes:
        active_at: when its phone last asked for something. Speech counts as well, but nobody notes
            each chunk: `passed` is told of the newest.
    """

    __slots__ = ("_age_s", "_idle_s", "_over_at", "active_at")

    def __init__(self, *, idle_s: float, age_s: float, now: float) -> None:
        """Begin.

        Args:
            idle_s: how long a phone may say nothing; 0 is for ever.
            age_s: how old a session may get, over all its connections; 0 is as old as it likes.
            now: monotonic seconds.
        """
        self._idle_s = idle_s or math.inf
        self._age_s = age_s or math.inf
        self._over_at = now + self._age_s
        self.active_at = now

    def began(self, ago_s: float, now: float) -> None:
        """Note that the session began on an earlier connection."""
        self._over_at = now - ago_s + self._age_s

    @property
    def deadline(self) -> float:
        """When to ask whether it has passed, unless something is said meanwhile."""
        return min(self._over_at, self.active_at + self._idle_s)

    def passed(self, now: float, spoke_at: float | None) -> End | None:
        """Return what ends the session now.

        Args:
            now: monotonic seconds.
            spoke_at: when the newest speech went to Gemini.
        """
        if now >= self._over_at:
            return "age"
        self.active_at = max(self.active_at, spoke_at or self.active_at)
        return "idle" if now >= self.active_at + self._idle_s else None
