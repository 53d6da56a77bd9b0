"""What is spent, by user and day, on all instances: counted beside the sessions, never before them.

A session says what a turn came to and goes on; once that is counted it is told what was spent in
all. While the counters are away, what was spent is owed to them, and each instance judges by what
it knew last of the day and what has been spent here since. That is told at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Protocol, TypeAlias

from actors.caps import NO_CAPS, Caps, Level
from actors.ports import Observer, StoreUnavailable
from actors.tally import Tally
from gateway.known_spending import KnownSpending
from gateway.process_lines import OfTheProcess
from schemas.bill import NOTHING, Bill
from schemas.messages import SpendingTold

LOOK_S: Final = 1.0
"""From one look at what all have spent to the next, and from one failure to the next attempt."""
GATHER_S: Final = 60.0
"""How long that is where nobody's spending is capped by the day."""
_MOST_TOLD: Final = 2
"""Of a user's sessions, the newest: its own and the one that it has replaced, which says what it
has spent while it ends. Those before would be kept for as long as the counters are away."""
_LAST_S: Final = 1.0
"""How long counting may go on once the process ends."""

Tell: TypeAlias = Callable[[SpendingTold], None]


class Counters(Protocol):
    """Counts what is spent by day, which begins at midnight in UTC."""

    async def add(self, op: int, user_id: str, bill: Bill, audio_ms: int) -> SpendingTold:
        """Count it, and return what was spent today.

        `op` is its number, one more than that of the one before, and counted once however often and
        however late it is repeated.

        Raises:
            StoreUnavailable: whether it was counted is not known.
        """

    async def everybody(self) -> Bill:
        """Return what all users have spent today.

        Raises:
            StoreUnavailable: it cannot be found out.
        """


@dataclass(frozen=True, slots=True)
class Today:
    """What everybody has spent today, as far as is known, and may spend."""

    spent: Bill = NOTHING
    caps: Caps = NO_CAPS

    @property
    def level(self) -> Level | None:
        """What that has come to."""
        return self.caps.level(self.spent.tokens, self.spent.nanos)


@dataclass(slots=True)
class _Owed:
    """What one user has spent and nobody has counted yet."""

    bill: Bill = NOTHING
    audio_ms: int = 0
    tell: list[Tell] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Attempt:
    """What is being counted, under a number that it keeps until it is."""

    op: int
    user_id: str
    owed: _Owed


class Spending:
    """`actors.ports.Spending` with counters that may take their time."""

    def __init__(  # noqa: PLR0913 - all but the first two by keyword
        self,
        counters: Counters,
        observer: Observer,
        *,
        day: Caps = NO_CAPS,
        gather_s: float = 0.0,
        tell_all: Callable[[SpendingTold], None] = lambda _: None,
        tally: Tally | None = None,
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        """Begin; nothing is counted before `run`.

        Args:
            counters: where it is counted.
            observer: is told when that cannot be done.
            day: what all users may spend a day.
            gather_s: how long what is spent comes together before it is counted, where nothing
                depends on that.
            tell_all: tells every session when that has come to the warning, or to the end.
            tally: counts what is spent here, in nanodollars.
            wall_clock: returns Unix seconds.
        """
        self._counters = counters
        self._observer = OfTheProcess(observer)
        self._day = day
        self._gather_s = gather_s
        self._tell_all = tell_all
        self._counts = (tally or Tally()).counts
        self._owed: dict[str, _Owed] = {}
        self._attempt: _Attempt | None = None
        self._due = asyncio.Event()
        self._ops = 0
        self._known = KnownSpending(wall_clock)
        self._unpaid = NOTHING
        """All that is owed."""
        self._level: Level | None = None
        self._failing = False

    def spend(self, user_id: str, bill: Bill, audio_ms: int, tell: Tell, /) -> None:
        """Count it soon."""
        self._counts["cost",] += bill.nanos
        owed = self._owed.setdefault(user_id, _Owed())
        owed.bill += bill
        owed.audio_ms += audio_ms
        self._unpaid += bill
        if tell not in owed.tell:
            owed.tell.append(tell)
            del owed.tell[:-_MOST_TOLD]
        self._due.set()
        if self._failing:
            tell(self._judged_here(user_id))

    def today(self) -> Today:
        """Return how the day's cap stands, as of the last time that the counters answered."""
        return Today(self._known.everybody(), self._day)

    async def run(self) -> None:
        """Count until cancelled; then count what is left, if that does not take long."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._count_all(), name="spending")
                if self._day != NO_CAPS:
                    group.create_task(self._look(), name="spending-look")
        finally:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LAST_S):
                    await self._count_owed()

    async def _count_owed(self) -> None:
        while self._owes and await self._count_one():
            pass
        if not self._owes:
            self._due.clear()

    @property
    def _owes(self) -> bool:
        return self._attempt is not None or bool(self._owed)

    async def _count_all(self) -> None:
        while True:
            await self._due.wait()
            if self._gather_s:
                await asyncio.sleep(self._gather_s)
                await self._count_owed()
            elif not self._owes:
                self._due.clear()
            elif not await self._count_one():
                await asyncio.sleep(LOOK_S)

    async def _count_one(self) -> bool:
        """Count what the first user owes; return whether that could be done."""
        attempt = self._attempt = self._attempt or self._next_attempt()
        owed, day = attempt.owed, self._known.today
        try:
            told = await self._counters.add(attempt.op, attempt.user_id, owed.bill, owed.audio_ms)
        except StoreUnavailable as exc:
            self._not_counted(exc)
            return False
        self._attempt, self._failing = None, False
        self._unpaid -= owed.bill
        if told.user is not None:
            self._known.learn_of(attempt.user_id, day, told.user)
        for tell in owed.tell:
            tell(told)
        self._know(day, told.everybody)
        return True

    def _next_attempt(self) -> _Attempt:
        user_id = next(iter(self._owed))
        self._ops += 1
        return _Attempt(self._ops, user_id, self._owed.pop(user_id))

    def _not_counted(self, exc: StoreUnavailable) -> None:
        """Let those who wait go on by what is known here."""
        if not self._failing:
            self._observer.warn("spending_not_counted", problem=str(exc))
        self._failing = True
        waiting = list(self._owed.items())
        if self._attempt is not None:
            waiting.append((self._attempt.user_id, self._attempt.owed))
        for user_id, owed in waiting:
            for tell in owed.tell:
                tell(self._judged_here(user_id))

    def _judged_here(self, user_id: str) -> SpendingTold:
        """Return what a user has spent today, and all, by what was told and is owed here."""
        user = self._known.of(user_id)
        if user_id in self._owed:
            user += self._owed[user_id].bill
        if self._attempt is not None and self._attempt.user_id == user_id:
            user += self._attempt.owed.bill
        return SpendingTold(user, self._known.everybody() + self._unpaid)

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            if self._attempt is not None:
                # It may have been counted already, and would be in both. It tells as much itself.
                continue
            day, ops = self._known.today, self._ops
            try:
                everybody = await self._counters.everybody()
            except StoreUnavailable:
                continue
            if self._ops == ops:
                self._know(day, everybody)

    def _know(self, day: int, everybody: Bill) -> None:
        """Tell all sessions when the day's cap has come to another level."""
        self._known.learn(day, everybody)
        level = self.today().level
        if level != self._level and level is not None:
            self._tell_all(SpendingTold(None, everybody))
        self._level = level
