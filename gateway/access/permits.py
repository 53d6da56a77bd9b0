"""What lets a phone in, until it expires: the session's `actors.ports.Permit`, and its clock."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, Protocol

from actors.ports import NotAdmitted
from gateway.access.identity import Identity
from schemas.messages import AccessExpired

Tell = Callable[[AccessExpired], None]
"""Delivers an event to a session; never waits, never raises."""
Check = Callable[[str], Awaitable[Identity]]
"""Returns whose token it is, or raises `NotAdmitted` or `CannotCheck`."""


_LONGEST_WAIT_S: Final = 86_400.0


class HeldPermit(Protocol):
    """A permit as whoever runs its session sees it."""

    async def renew(self, token: str) -> None:
        """As `actors.ports.Permit`."""

    def begin(self, tell: Tell) -> None:
        """Tell the session once it has expired."""

    def end(self) -> None:
        """Tell nothing any more: the session is over."""


class OpenPermit:
    """That of phones which are not asked who they are: it never expires."""

    async def renew(self, token: str) -> None:
        """Take any token, so that an app may always send its own."""

    def begin(self, tell: Tell) -> None:
        """Do nothing."""

    def end(self) -> None:
        """Do nothing."""


OPEN: Final = OpenPermit()


class ExpiringPermit:
    """One user's, good until their token is not."""

    __slots__ = ("_check", "_identity", "_tell", "_timer", "_wall_clock")

    def __init__(
        self, identity: Identity, *, check: Check, wall_clock: Callable[[], float]
    ) -> None:
        self._identity = identity
        self._check = check
        self._wall_clock = wall_clock
        self._tell: Tell | None = None
        self._timer: asyncio.TimerHandle | None = None

    async def renew(self, token: str) -> None:
        """Be good for as long as `token` is; as `actors.ports.Permit`."""
        identity = await self._check(token)
        if identity.user_id != self._identity.user_id:
            raise NotAdmitted("other_user", "the token is another user's", forbidden=True)
        self._identity = identity
        self._set_timer()

    def begin(self, tell: Tell) -> None:
        """Tell the session once it has expired."""
        self._tell = tell
        self._set_timer()

    def end(self) -> None:
        """Tell nothing any more."""
        self._tell = None
        if self._timer is not None:
            self._timer.cancel()

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._tell is not None:
            delay_s = max(0.0, self._identity.until - self._wall_clock())
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(min(delay_s, _LONGEST_WAIT_S), self._look)

    def _look(self) -> None:
        """Tell, unless it takes longer, or the wall clock was set back meanwhile."""
        if self._wall_clock() < self._identity.until:
            self._set_timer()
        elif self._tell is not None:
            self._tell(AccessExpired())
