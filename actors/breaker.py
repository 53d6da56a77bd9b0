"""How often a process tries to open Gemini links: a circuit breaker. Pure: it counts, others wait.

A restart policy is one session's: it does not know how many others try at the same time. This
one is the process's. It limits openings, never links that are open:

* closed, at most `concurrent` openings are under way at once;
* `threshold` failures in a row open it, and then one opening begins every `probe_s`, whatever
  became of the one before;
* the first opening that is answered closes it, and failures count from 0 again.

So between an answer and the moment that it opens, at most `concurrent + threshold - 1` openings
begin (those that were given up meanwhile aside), and after that `1 / probe_s` a second.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TypeAlias, assert_never


@dataclass(frozen=True, slots=True)
class BreakerPolicy:
    """When it opens, and what it lets through.

    Attributes:
        concurrent: openings under way at once while it is closed.
        threshold: failures in a row that open it.
        probe_s: seconds from one opening to the next while it is open.
    """

    concurrent: int = 20
    threshold: int = 5
    probe_s: float = 1.0

    @property
    def burst_bound(self) -> int:
        """Openings that begin between an answer and the moment that it opens, at most."""
        return self.concurrent + self.threshold - 1


class Outcome(enum.Enum):
    """What became of an opening."""

    ANSWERED = enum.auto()
    """A link, or a refusal of Gemini's own: it is alive."""
    FAILED = enum.auto()
    """Nothing that shows that Gemini is alive."""
    GIVEN_UP = enum.auto()
    """Nobody waited for the end: it says nothing."""


@dataclass(frozen=True, slots=True)
class Opening:
    """One attempt to open a link, from its turn to its outcome; `period` is the breaker's own."""

    period: int


@dataclass(frozen=True, slots=True)
class Opened:
    """The breaker has just opened."""

    failures_in_a_row: int


@dataclass(frozen=True, slots=True)
class Closed:
    """The breaker has just closed, after `open_s` seconds."""

    open_s: float


Change: TypeAlias = Opened | Closed


class Breaker:
    """Says when the next opening may begin. All times are one monotonic clock's seconds.

    Who waits in which order is the caller's business: it asks for the first in line only.
    """

    def __init__(self, policy: BreakerPolicy) -> None:
        self._policy = policy
        self._opened_at: float | None = None
        self._next_probe_at = 0.0
        self._period = 0
        self.failures_in_a_row = 0
        self.opening = 0

    @property
    def is_open(self) -> bool:
        """Whether it lets probes through only."""
        return self._opened_at is not None

    @property
    def next_turn_at(self) -> float | None:
        """When to ask again; `None` while only an opening's outcome makes room."""
        return self._next_probe_at if self.is_open else None

    def begin(self, now: float) -> Opening | None:
        """Begin an opening, if one may begin now."""
        if self.is_open:
            if now < self._next_probe_at:
                return None
            self._next_probe_at = now + self._policy.probe_s
        elif self.opening >= self._policy.concurrent:
            return None
        self.opening += 1
        return Opening(self._period)

    def ended(self, opening: Opening, outcome: Outcome, now: float) -> Change | None:
        """Take note of an opening's outcome, once; return whether it opened or closed the breaker.

        An answer is an answer, however long ago it was asked for. A failure that began before the
        breaker closed last is an old one, of the time when it was open, and does not count.
        """
        self.opening -= 1
        match outcome:
            case Outcome.ANSWERED:
                return self._answered(now)
            case Outcome.FAILED:
                return self._failed(now) if opening.period == self._period else None
            case Outcome.GIVEN_UP:
                return None
            case other:
                assert_never(other)

    def _answered(self, now: float) -> Closed | None:
        self.failures_in_a_row = 0
        if self._opened_at is None:
            return None
        open_s, self._opened_at = now - self._opened_at, None
        self._period += 1
        return Closed(open_s)

    def _failed(self, now: float) -> Opened | None:
        self.failures_in_a_row += 1
        if self.is_open or self.failures_in_a_row < self._policy.threshold:
            return None
        self._opened_at = now
        self._next_probe_at = now + self._policy.probe_s
        return Opened(self.failures_in_a_row)
