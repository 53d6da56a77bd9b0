"""When a session is woken though nothing happens: at its own deadlines, and at its limits."""

from __future__ import annotations

import asyncio
import math

from actors.lifetime import Lifetime
from actors.mailbox import Mailbox
from actors.session import Session
from actors.uplink import UplinkMailbox
from schemas.messages import DeadlinePassed, Event, LimitPassed


class Alarm:
    """Puts an event into the inbox when the session wants one, or has lasted long enough."""

    __slots__ = ("_inbox", "_lifetime", "_loop", "_session", "_timer", "_uplink", "_wakes_at")

    def __init__(
        self, session: Session, lifetime: Lifetime, uplink: UplinkMailbox, inbox: Mailbox[Event]
    ) -> None:
        self._session = session
        self._lifetime = lifetime
        self._uplink = uplink
        self._inbox = inbox
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._wakes_at = math.inf

    def set(self) -> None:
        """See to it that the session is woken when it wants to be; too early does no harm."""
        deadline = self._session.deadline
        over_at = self._lifetime.deadline
        if deadline is None or over_at < deadline:
            deadline = over_at
        if deadline < self._wakes_at:
            self.stop()
            self._wakes_at = deadline
            self._timer = self._loop.call_at(deadline, self._wake)

    def stop(self) -> None:
        """Wake it no more."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer, self._wakes_at = None, math.inf

    def _wake(self) -> None:
        self.stop()
        deadline, now = self._session.deadline, self._loop.time()
        if over := self._lifetime.passed(now, self._uplink.sent.last_sent_at):
            self._inbox.put_now(LimitPassed(over))
        elif deadline is not None and deadline <= now:
            self._inbox.put_now(DeadlinePassed())
        else:
            self.set()
