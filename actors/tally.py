"""What a process counts: plain integers, kept where things happen and read on a scrape. Pure.

No chunk of speech costs more than one addition here: a session's own figures are added up when it
is settled, that is when somebody asks and at its end.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol, TypeAlias

from schemas.admin import QueueView, SessionStateName

Key: TypeAlias = tuple[str, ...]
"""What is counted, and the labels that it is counted under."""

LATE_S: Final = (0.001, 0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Upper bounds, in seconds, of how late speech reaches Gemini."""
ANSWER_S: Final = (0.1, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 8.0, 13.0, 30.0)
"""The same, of how long after its speech a product is told."""
LAG_S: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
"""The same, of how late the event loop is."""


class Histogram:
    """How many observations fell below which bound.

    Attributes:
        bounds: upper bounds, ascending; each belongs to its bucket.
        buckets: observations in each, and last those above all bounds.
        total: the sum of all observations.
    """

    __slots__ = ("bounds", "buckets", "total")

    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds = bounds
        self.buckets = [0] * (len(bounds) + 1)
        self.total = 0.0

    def observe(self, value: float, times: int = 1) -> None:
        """Count `value`, as often as it was observed."""
        self.buckets[bisect_left(self.bounds, value)] += times
        self.total += value * times


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauges:
    """How a session is just now."""

    state: SessionStateName
    uplink: QueueView
    inbox: QueueView
    outbox: QueueView


class Counted(Protocol):
    """A session that runs."""

    def settle(self) -> None:
        """Add to the tally what is not in it yet."""

    def gauges(self) -> Gauges:
        """Return how it is."""


class Tally:
    """One process's counts.

    Attributes:
        counts: of what only ever grows.
        uplink_delay: seconds from the arrival of a chunk of speech until Gemini was sent it.
        product_delay: seconds from the end of an utterance until its first product was told.
        loop_lag: seconds that the event loop was late.
        sessions: those that run, whether their user has a newer one or not.
    """

    def __init__(self) -> None:
        self.counts: Counter[Key] = Counter()
        self.uplink_delay = Histogram(LATE_S)
        self.product_delay = Histogram(ANSWER_S)
        self.loop_lag = Histogram(LAG_S)
        self.sessions: set[Counted] = set()
