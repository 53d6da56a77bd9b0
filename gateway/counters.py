"""Adapter: what was spent today, in this process's memory, as `gateway.spending.Counters`.

It is that of a single instance; what it has counted ends with the process.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from schemas.bill import NOTHING, Bill
from schemas.messages import SpendingTold

_DAY_S: Final = 86_400
MOST_USERS: Final = 200_000
"""Users that are counted a day; beyond, the one that spoke first today begins anew."""


class MemoryCounters:
    """Counts in memory; nothing waits and nothing fails."""

    def __init__(self, *, wall_clock: Callable[[], float] = time.time) -> None:
        self._wall_clock = wall_clock
        self._day = self._today
        self._by_user: dict[str, Bill] = {}
        self._all = NOTHING

    async def add(self, op: int, user_id: str, bill: Bill, audio_ms: int) -> SpendingTold:  # noqa: ARG002 - the port's
        """Count it; the seconds of speech are the session's own to tell."""
        self._turn_over()
        users = self._by_user
        spent = users[user_id] = users.get(user_id, NOTHING) + bill
        if len(users) > MOST_USERS:
            del users[next(iter(users))]
        self._all += bill
        return SpendingTold(spent, self._all)

    async def everybody(self) -> Bill:
        """Return what all users have spent today."""
        self._turn_over()
        return self._all

    @property
    def _today(self) -> int:
        return int(self._wall_clock() // _DAY_S)

    def _turn_over(self) -> None:
        if self._today != self._day:
            self._day, self._all = self._today, NOTHING
            self._by_user.clear()
