"""How a session that is to end finishes what was said: what it waits for, and how long. Pure."""

from __future__ import annotations

import enum
import math

from actors.conversation import LISTENING_S
from actors.policy import SessionPolicy
from schemas.messages import StartRequested

_REPORT_S = 1.0
"""How long the uplink's report may take: it comes at once."""


class Ending(enum.Enum):
    """Whether what was said is being finished, and what for."""

    NO = enum.auto()
    TO_STOP = enum.auto()
    """The phone asked for it, and keeps its socket."""
    TO_LEAVE = enum.auto()
    """This instance is going away."""
    TO_PARK = enum.auto()
    """The phone has gone, and may come back."""
    TO_GIVE_UP = enum.auto()
    """Gemini cannot be reached."""


class Finishing:
    """The end that is under way, if there is one; times in monotonic seconds.

    Attributes:
        ending: what for.
        next_start: what the phone asked for meanwhile, to be carried out afterwards.
        out_of_time: it has taken as long as it may.
    """

    __slots__ = ("_limit_at", "_policy", "_quiet_at", "ending", "next_start", "out_of_time")

    def __init__(self, policy: SessionPolicy) -> None:
        self._policy = policy
        self.over()

    def over(self) -> None:
        """Nothing is being finished any more."""
        self.ending = Ending.NO
        self.next_start: StartRequested | None = None
        self.out_of_time = False
        self._quiet_at: float | None = None
        self._limit_at: float | None = None

    @property
    def active(self) -> bool:
        """Whether something is being finished."""
        return self.ending is not Ending.NO

    @property
    def deadline(self) -> float | None:
        """When it is over, or has to be."""
        return min((at for at in (self._quiet_at, self._limit_at) if at is not None), default=None)

    def begin(self, ending: Ending, now: float, *, by: float = math.inf) -> bool:
        """Begin, or go on for another reason; return whether it began.

        A stop that is followed by a drain, or by the phone's leaving, ends in that way, but not
        later.

        Args:
            ending: what for.
            now: monotonic seconds.
            by: when it has to be over, whatever the policy allows; a moment from now at least.
        """
        self.next_start = None
        by = max(by, now + _REPORT_S)
        if self._limit_at is not None:
            self._limit_at = min(self._limit_at, by)
        if self.active:
            stays = ending is Ending.TO_STOP or self.ending is Ending.TO_LEAVE
            self.ending = self.ending if stays else ending
            return False
        self.ending = ending
        self._limit_at = min(now + self._policy.stop_limit_s, by)
        return True

    def give_up(self, now: float) -> None:
        """Finish nothing any more: only what was lost is still to be told."""
        self.next_start = None
        stays = self.ending in (Ending.TO_LEAVE, Ending.TO_PARK)
        self.ending = self.ending if stays else Ending.TO_GIVE_UP
        self._run_out(now)

    def start_afterwards(self, event: StartRequested) -> None:
        """The phone wants to go on: it can, unless this instance is going away."""
        self.next_start = event if self.ending is Ending.TO_STOP else None

    def gemini_is_busy(self) -> None:
        """Something is being said or answered."""
        self._quiet_at = None

    def gemini_is_quiet(self, now: float, *, more_may_come: bool) -> None:
        """All that was said is answered: it is over unless Gemini goes on.

        `more_may_come`: it has just transcribed something, and not acted on it.
        """
        self._quiet_at = now + (LISTENING_S if more_may_come else self._policy.stop_quiet_s)

    def due(self, now: float) -> bool:
        """Return whether all is finished at a deadline; otherwise it is out of time."""
        if self._quiet_at is not None and now >= self._quiet_at:
            return True
        self._run_out(now)
        return False

    def _run_out(self, now: float) -> None:
        self.out_of_time, self._limit_at = True, now + _REPORT_S
