"""How often something happened lately."""

from __future__ import annotations

from collections import deque


class SlidingWindow:
    """Counts what happened in the last `period_s` seconds, in bounded memory."""

    def __init__(self, *, intensity: int, period_s: float) -> None:
        self._intensity = intensity
        self._period_s = period_s
        self._times: deque[float] = deque(maxlen=intensity + 1)

    def exceeded_by_one_more(self, now: float) -> bool:
        """Count one more at `now`; say whether that makes more than `intensity`."""
        self._times.append(now)
        while self._times[0] <= now - self._period_s:
            self._times.popleft()
        return len(self._times) > self._intensity
