"""The line in which sessions wait to open a link; `actors.breaker` says when the next one may.

A place in line is given up with the task that waits there. Only the first in line asks the
breaker, and whoever leaves, for whatever reason, wakes the one that is first then: so no turn is
lost, and none is taken by somebody who has gone. The line is as long as the process has sessions.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Final, TypeVar, assert_never

from actors.breaker import Breaker, BreakerPolicy, Closed, Opened, Opening, Outcome
from actors.endings import Verdict, judge
from actors.ports import Fact, LinkClosed, Observer
from gateway.process_lines import OfTheProcess
from schemas.admin import BreakerView

T = TypeVar("T")
_LEAST_CLOSE_CODE: Final = 1_000
"""Of WebSocket; what is below is an HTTP status."""


class Openings:
    """Every opening of a link of this process, one after the other or a few at once."""

    def __init__(
        self,
        policy: BreakerPolicy,
        observer: Observer,
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        self._policy = policy
        self._observer = OfTheProcess(observer)
        self._wall_clock = wall_clock
        self._breaker = Breaker(policy)
        self._opened_at: float | None = None
        self._line: deque[asyncio.Event] = deque()

    def start_over(self) -> None:
        """Forget what is known: there is another upstream, and all who wait may try that one.

        What becomes of openings that are under way is the old upstream's affair.
        """
        self._breaker = Breaker(self._policy)
        self._opened_at = None
        self._wake_first()

    async def attempt(self, opening_of: Callable[[], Awaitable[T]], *, resumes: bool) -> T:
        """Await `opening_of()` when it is its turn, however long that takes.

        Args:
            opening_of: opens the link, or raises `LinkClosed`; has a timeout of its own.
            resumes: whether it is opened with a resumption handle.

        Raises:
            LinkClosed: as `opening_of` raised it.
        """
        opening = await self._turn()
        breaker = self._breaker
        end: dict[str, Fact] = {}
        outcome = Outcome.GIVEN_UP
        try:
            link = await opening_of()
            outcome = Outcome.ANSWERED
        except LinkClosed as exc:
            end = {"code": exc.code, "closed_by": exc.closed_by}
            outcome = Outcome.ANSWERED if _is_answer(exc, resumes=resumes) else Outcome.FAILED
            raise
        else:
            return link
        finally:
            self._ended(breaker, opening, outcome, end)

    @property
    def trusted(self) -> bool:
        """Whether, as far as is known, the upstream answers."""
        return not self._breaker.is_open

    def view(self) -> BreakerView:
        """Return how the breaker is, and who waits."""
        breaker, opened_at = self._breaker, self._opened_at
        return BreakerView(
            state="open" if breaker.is_open else "closed",
            failures_in_a_row=breaker.failures_in_a_row,
            waiting=len(self._line),
            opening=breaker.opening,
            attempts_per_s_bound=1 / self._policy.probe_s if breaker.is_open else None,
            burst_bound=self._policy.burst_bound,
            opened_at=None
            if opened_at is None
            else datetime.fromtimestamp(opened_at, UTC).isoformat(),
        )

    async def _turn(self) -> Opening:
        clock = asyncio.get_running_loop().time
        place = asyncio.Event()
        self._line.append(place)
        try:
            while True:
                first = self._line[0] is place
                if first and (opening := self._breaker.begin(clock())) is not None:
                    return opening
                place.clear()
                await _wait(place, until=self._breaker.next_turn_at if first else None)
        finally:
            self._line.remove(place)
            self._wake_first()

    def _wake_first(self) -> None:
        if self._line:
            self._line[0].set()

    def _ended(
        self, breaker: Breaker, opening: Opening, outcome: Outcome, end: dict[str, Fact]
    ) -> None:
        change = breaker.ended(opening, outcome, asyncio.get_running_loop().time())
        if breaker is not self._breaker:
            return
        match change:
            case Opened(failures_in_a_row):
                self._opened_at = self._wall_clock()
                self._observer.warn(
                    "breaker_opened",
                    failures_in_a_row=failures_in_a_row,
                    **end,
                )
            case Closed(open_s):
                self._opened_at = None
                self._observer.note(
                    "breaker_closed",
                    open_s=round(open_s, 3),
                    waiting=len(self._line),
                )
            case None:
                pass
            case other:
                assert_never(other)
        self._wake_first()


async def _wait(place: asyncio.Event, *, until: float | None) -> None:
    """Return when `place` is woken, or at `until` on the loop's clock."""
    try:
        async with asyncio.timeout_at(until):
            await place.wait()
    except TimeoutError:
        pass


def _is_answer(closed: LinkClosed, *, resumes: bool) -> bool:
    """Whether Gemini is alive: it refuses what was asked for, or hangs up on a resume.

    It hangs up while it takes the last connection to be open still (sip-to-ai#14): a fresh session
    would be granted.
    """
    if resumes and closed.closed_by == "peer" and closed.code >= _LEAST_CLOSE_CODE:
        return True
    judgement = judge(
        closed.code,
        closed.reason,
        closed_by=closed.closed_by,
        lived=False,
        fresh_may_work=resumes,
    )
    return judgement.verdict is not Verdict.TRANSIENT
