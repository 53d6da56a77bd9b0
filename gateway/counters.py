"""Adapter: what was spent today, in this process's memory, as `gateway.spending.Counters`.

It is that of a single instance; what it has counted ends with the process.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from gateway.known_spending import KnownSpending
from schemas.bill import Bill
from schemas.messages import SpendingTold

MOST_USERS: Final = 200_000
"""Users that are counted a day; beyond, the one that has not spoken for longest begins anew."""


class MemoryCounters:
    """Counts in memory; nothing waits and nothing fails."""

    def __init__(self, *, wall_clock: Callable[[], float] = time.time) -> None:
        self._totals = KnownSpending(wall_clock, most=MOST_USERS)

    async def add(self, op: int, user_id: str, bill: Bill, audio_ms: int) -> SpendingTold:  # noqa: ARG002 - the port's
        """Count it; the seconds of speech are the session's own to tell."""
        totals, today = self._totals, self._totals.today
        spent, all_spent = totals.of(user_id) + bill, totals.everybody() + bill
        totals.learn_of(user_id, today, spent)
        totals.learn(today, all_spent)
        return SpendingTold(spent, all_spent)

    async def everybody(self) -> Bill:
        """Return what all users have spent today."""
        return self._totals.everybody()
