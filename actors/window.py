"""How often something happened lately."""

from __future__ import annotations


class SlidingWindow:
    """Counts what happened in the last `period_s` seconds, in bounded memory."""

    __slots__ = ("_intensity", "_period_s", "_times")

    def __init__(self, *, intensity: int, period_s: float) -> None:
        self._intensity = intensity
        self._period_s = period_s
        self._times: list[float] = []

    def exceeded_by_one_more(self, now: float) -> bool:
        """Count one more at `now`; say whether that makes more than `intensity`."""
        lately = [time for time in self._times if time > now - self._period_s]
        self._times = [*lately, now][-self._intensity - 1 :]
        return len(self._times) > self._intensity
