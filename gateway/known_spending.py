"""What a process knows of today's spending, as when the counters told it last.

A day begins at midnight in UTC; then nothing is known.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from schemas.bill import NOTHING, Bill

_DAY_S: Final = 86_400
MOST_KNOWN: Final = 20_000
"""Users of whom it is known, a few MB; beyond, the one that was told longest ago is forgotten."""


class KnownSpending:
    """The totals of a day, as far as they were told."""

    def __init__(
        self, wall_clock: Callable[[], float] = time.time, *, most: int = MOST_KNOWN
    ) -> None:
        """Begin with nothing; `wall_clock` returns Unix seconds, `most` users are known."""
        self._wall_clock = wall_clock
        self._most = most
        self._day = self.today
        self._users: dict[str, Bill] = {}
        self._everybody = NOTHING

    @property
    def today(self) -> int:
        """The number of the day."""
        return int(self._wall_clock() // _DAY_S)

    def learn(self, day: int, everybody: Bill) -> None:
        """Take note of what all had spent on `day`, if that is today."""
        if self._is_today(day):
            self._everybody = everybody

    def learn_of(self, user_id: str, day: int, user: Bill) -> None:
        """Take note of what one had spent on `day`, if that is today."""
        if self._is_today(day):
            self._users.pop(user_id, None)
            self._users[user_id] = user
            if len(self._users) > self._most:
                del self._users[next(iter(self._users))]

    def everybody(self) -> Bill:
        """Return what all have spent today."""
        self._turn_over()
        return self._everybody

    def of(self, user_id: str) -> Bill:
        """Return what one has spent today."""
        self._turn_over()
        return self._users.get(user_id, NOTHING)

    def _is_today(self, day: int) -> bool:
        self._turn_over()
        return day == self._day

    def _turn_over(self) -> None:
        if self.today != self._day:
            self._day, self._everybody = self.today, NOTHING
            self._users.clear()
