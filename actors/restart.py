"""Whether and when a lost Gemini link is opened again. Pure: it decides, the supervisor obeys.

The words are OTP's: up to `intensity` failures in any `period` are survived. OTP restarts at
once; across a network a delay is added that grows and is spread over its whole range ("full
jitter"), so that sessions that lost their links together do not come back together.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from actors.window import SlidingWindow


@dataclass(frozen=True, slots=True)
class RestartPolicy:
    """How many failures are survived, and how long to wait after each.

    Attributes:
        intensity: failures survived in any `period_s` seconds.
        period_s: length of that sliding window.
        base_s: ceiling of the second retry's delay; the first is made at once, later ceilings
            double.
        cap_s: no delay is longer.
        stable_s: a link that lived this long starts the delays (not the budget) afresh.
        outage_s: how long it may go on without a link that lived `stable_s`; `actors.linking`
            keeps that time.
    """

    intensity: int = 30
    period_s: float = 60.0
    base_s: float = 0.1
    cap_s: float = 5.0
    stable_s: float = 1.0
    outage_s: float = 90.0


class Restarts:
    """One session's failures, and what they allow.

    `jitter` returns a number from 0 to 1; it is asked once per delay.
    """

    __slots__ = ("_in_a_row", "_jitter", "_policy", "_window", "total")

    def __init__(self, policy: RestartPolicy, jitter: Callable[[], float]) -> None:
        self._policy = policy
        self._jitter = jitter
        self._window = SlidingWindow(intensity=policy.intensity, period_s=policy.period_s)
        self._in_a_row = 0
        self.total = 0
        """Links that were lost or not granted, those after which there was no other one too."""

    def recovered(self) -> None:
        """A link lived for `stable_s`: the next failure is the first in a row."""
        self._in_a_row = 0

    def refused(self) -> None:
        """Count a failure after which this connection opens no other link."""
        self.total += 1

    def failed(self, now: float) -> float | None:
        """Count one failure; return the seconds to wait, or `None` when the budget is spent.

        Args:
            now: a monotonic clock's seconds.
        """
        self.total += 1
        self._in_a_row += 1
        return None if self._window.exceeded_by_one_more(now) else self._delay()

    def _delay(self) -> float:
        if self._in_a_row == 1:
            return 0.0
        # The exponent is kept small: 2.0 ** 1024 overflows.
        ceiling = self._policy.base_s * 2.0 ** min(self._in_a_row - 2, 30)
        return self._jitter() * min(self._policy.cap_s, ceiling)
