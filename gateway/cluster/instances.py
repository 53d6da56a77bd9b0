"""Sessions over all instances, for admins: answered in time, with whoever did not reply named."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from actors.ports import StoreUnavailable
from gateway.cluster.bus import Outcome, Silence
from gateway.cluster.own import OwnSessions
from schemas.admin import EndedSession, InstanceView, SessionDetail, Sessions, SessionSummary
from schemas.cluster import (
    Debugged,
    DebugSession,
    Ended,
    EndSession,
    LeaveInstance,
    Leaving,
    Listed,
    ListSessions,
    Request,
    Shown,
    ShowSession,
)

WITHIN_S: Final = 0.8
"""For the others to reply; an admin has the answer within a second."""
_REDIS_AWAY: Final = "the other instances cannot be asked: Redis is away"
_NOT_NAMED: Final = "Redis has not named every instance"
_NOT_IN_TIME: Final = "not every instance replied in time"


@dataclass(frozen=True, slots=True)
class Missing:
    """A user has no session, as far as is known.

    Attributes:
        unanswered: instances that did not reply, and may have it.
        problem: why it is not known for sure; ``None`` if it is.
    """

    unanswered: tuple[str, ...] = ()
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Terminated:
    """A user's sessions end.

    Attributes:
        session_ids: at least one.
        unanswered: instances that did not reply, and may have another.
    """

    session_ids: tuple[str, ...]
    unanswered: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Switched:
    """A user's session writes a line for each of its events, or no more."""

    session_id: str


@dataclass(frozen=True, slots=True)
class Look:
    """What can be seen of all sessions at once.

    Attributes:
        sessions: the live ones.
        ended: those that have ended lately; of each instance the oldest first.
    """

    sessions: Sessions
    ended: tuple[EndedSession, ...] = ()


@dataclass(frozen=True, slots=True)
class Drains:
    """An instance takes no more sessions, and ends once it has none."""

    instance: str


class SessionsView(Protocol):
    """Sees and ends sessions, wherever they run."""

    async def listed(self) -> Sessions:
        """Return a row for each."""

    async def looked(self) -> Look:
        """Return the same, with those that have ended lately."""

    async def shown(self, user_id: str) -> SessionDetail | Missing:
        """Return a user's session in depth."""

    async def end(self, user_id: str) -> Terminated | Missing:
        """End a user's sessions."""

    async def debug(self, user_id: str, *, on: bool) -> Switched | Missing:
        """Let a user's session write a line for each of its events, or no more."""

    async def drain(self, instance: str) -> Drains | Missing:
        """Drain an instance; empty: the one that is asked."""


class HereOnly:
    """`SessionsView` of a single instance."""

    def __init__(self, own: OwnSessions) -> None:
        self._own = own

    async def listed(self) -> Sessions:
        """Return a row for each."""
        rows = await self._own.rows()
        here = InstanceView(self._own.instance, len(rows))
        return Sessions(len(rows), rows, instances=(here,))

    async def looked(self) -> Look:
        """Return the same, with those that have ended lately."""
        return Look(await self.listed(), self._own.ended())

    async def shown(self, user_id: str) -> SessionDetail | Missing:
        """Return a user's session in depth."""
        return self._own.detail(user_id) or Missing()

    async def end(self, user_id: str) -> Terminated | Missing:
        """End a user's session."""
        session_id = self._own.end(user_id)
        return Missing() if session_id is None else Terminated((session_id,))

    async def debug(self, user_id: str, *, on: bool) -> Switched | Missing:
        """Let a user's session write a line for each of its events, or no more."""
        session_id = self._own.debug(user_id, on=on)
        return Missing() if session_id is None else Switched(session_id)

    async def drain(self, instance: str) -> Drains | Missing:
        """Drain the instance, if it is this one."""
        if instance not in ("", self._own.instance):
            return Missing()
        return Drains(self._own.drain())


class Others(Protocol):
    """Asks other instances; `gateway.cluster.bus.Bus`."""

    async def ask_all(
        self, instances: Sequence[str], request: Request, *, within_s: float
    ) -> dict[str, Outcome]:
        """Return what became of a request at each, or raise `StoreUnavailable`."""


@dataclass(frozen=True, slots=True)
class Roll:
    """The other instances.

    Attributes:
        names: what they are called.
        complete: there is no other one.
    """

    names: tuple[str, ...]
    complete: bool = True


@dataclass(frozen=True, slots=True)
class _Told:
    """What others replied.

    Attributes:
        outcomes: what became of the request at each instance, in their order.
        unanswered: whoever did not.
        problem: why these are not all.
    """

    outcomes: Mapping[str, Outcome]
    unanswered: tuple[str, ...] = ()
    problem: str | None = None

    @property
    def replies(self) -> Iterable[Outcome]:
        """What they replied, in the order of the instances."""
        return self.outcomes.values()


class Everywhere:
    """`SessionsView` over all instances."""

    def __init__(
        self, own: OwnSessions, bus: Others, *, others: Callable[[], Awaitable[Roll]]
    ) -> None:
        """Connect it.

        Args:
            own: the sessions here.
            bus: asks the other instances.
            others: returns their names, in a fraction of `WITHIN_S`.
        """
        self._own = own
        self._bus = bus
        self._others = others

    async def listed(self) -> Sessions:
        """Return a row for each."""
        return (await self._looked(ListSessions())).sessions

    async def looked(self) -> Look:
        """Return the same, with those that have ended lately."""
        return await self._looked(ListSessions(ended=True))

    async def _looked(self, request: ListSessions) -> Look:
        told = await self._ask(request)
        rows: list[SessionSummary] = [*await self._own.rows()]
        ended = [*self._own.ended()]
        counts: dict[str, int | None] = {self._own.instance: len(rows)}
        counts.update(dict.fromkeys((*told.outcomes, *told.unanswered)))
        for name, reply in told.outcomes.items():
            if isinstance(reply, Listed):
                rows += reply.sessions
                ended += reply.ended
                counts[name] = len(reply.sessions)
        sessions = Sessions(
            len(rows),
            tuple(rows),
            complete=told.problem is None,
            unanswered=told.unanswered,
            problem=told.problem,
            instances=tuple(InstanceView(*each) for each in counts.items()),
        )
        return Look(sessions, tuple(ended))

    async def shown(self, user_id: str) -> SessionDetail | Missing:
        """Return a user's session in depth."""
        here = self._own.detail(user_id)
        if here is not None:
            return here
        told = await self._ask(ShowSession(user_id))
        for reply in told.replies:
            if isinstance(reply, Shown):
                return reply.session
        return Missing(told.unanswered, told.problem)

    async def end(self, user_id: str) -> Terminated | Missing:
        """End a user's sessions: there are two while a newer connection takes over."""
        here = self._own.end(user_id)
        told = await self._ask(EndSession(user_id))
        ended = [] if here is None else [here]
        ended += [reply.session_id for reply in told.replies if isinstance(reply, Ended)]
        if ended:
            return Terminated(tuple(dict.fromkeys(ended)), told.unanswered)
        return Missing(told.unanswered, told.problem)

    async def debug(self, user_id: str, *, on: bool) -> Switched | Missing:
        """Let a user's session write a line for each of its events, or no more."""
        here = self._own.debug(user_id, on=on)
        if here is not None:
            return Switched(here)
        told = await self._ask(DebugSession(user_id, on))
        for reply in told.replies:
            if isinstance(reply, Debugged):
                return Switched(reply.session_id)
        return Missing(told.unanswered, told.problem)

    async def drain(self, instance: str) -> Drains | Missing:
        """Drain an instance; empty: the one that is asked."""
        if instance in ("", self._own.instance):
            return Drains(self._own.drain())
        told = await self._ask(LeaveInstance(), only=instance)
        if any(isinstance(reply, Leaving) for reply in told.replies):
            return Drains(instance)
        return Missing(told.unanswered, told.problem)

    async def _ask(self, request: Request, *, only: str | None = None) -> _Told:
        clock = asyncio.get_running_loop().time
        deadline = clock() + WITHIN_S
        others = await self._others()
        if only is not None:
            names = tuple(name for name in others.names if name == only)
            others = Roll(names, others.complete)
        try:
            outcomes = await self._bus.ask_all(others.names, request, within_s=deadline - clock())
        except StoreUnavailable:
            return _Told({}, others.names, _REDIS_AWAY)
        unanswered = tuple(name for name, reply in outcomes.items() if isinstance(reply, Silence))
        problem = _NOT_IN_TIME if unanswered else None if others.complete else _NOT_NAMED
        return _Told(outcomes, unanswered, problem)
