"""What other instances may ask of this one, and what it replies."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, Protocol, TypeAlias, assert_never

from actors.registry import RegisteredSession, SessionRegistry
from gateway.cluster.own import OwnSessions
from schemas.cluster import (
    Debugged,
    DebugSession,
    Ended,
    EndSession,
    LeaveInstance,
    Leaving,
    LetGo,
    Listed,
    ListSessions,
    NotHere,
    Parked,
    ReplaceConnection,
    Reply,
    Request,
    Shown,
    ShowSession,
)
from schemas.messages import Replaced

_LETS_GO_WITHIN_S: Final = 3.0
"""How long a session may take to be parked; whoever asks may wait for less."""


Pay: TypeAlias = Callable[[str], Awaitable[None]]
"""Stores a session that Redis is owed, if it is, or raises `StoreUnavailable`."""


class Connections(Protocol):
    """The connections of this instance by their names; `gateway.cluster.directory.Directory`."""

    def replace(self, user_id: str, connection: str) -> None:
        """Tell the user's session that it was replaced, if it is that connection's."""


class OwnReception:
    """Deals with what other instances ask; `gateway.cluster.bus.Reception`."""

    def __init__(
        self, own: OwnSessions, registry: SessionRegistry, connections: Connections, *, pay: Pay
    ) -> None:
        self._own = own
        self._pay = pay
        self._registry = registry
        self._connections = connections

    async def __call__(self, request: Request) -> Reply | None:
        """Return what to reply; ``None`` for nothing."""
        match request:
            case ListSessions(ended):
                return Listed(await self._own.rows(), self._own.ended() if ended else ())
            case ShowSession(user_id):
                detail = self._own.detail(user_id)
                return NotHere() if detail is None else Shown(detail)
            case EndSession() | DebugSession() | LeaveInstance():
                return self._ordered(request)
            case LetGo(user_id, session_id):
                return await self._let_go(user_id, session_id)
            case ReplaceConnection(user_id, connection):
                self._connections.replace(user_id, connection)
                return None
            case other:
                assert_never(other)

    def _ordered(self, order: EndSession | DebugSession | LeaveInstance) -> Reply:
        """Do what an admin wants."""
        match order:
            case EndSession(user_id):
                session_id = self._own.end(user_id)
                return NotHere() if session_id is None else Ended(session_id)
            case DebugSession(user_id, on):
                session_id = self._own.debug(user_id, on=on)
                return NotHere() if session_id is None else Debugged(session_id)
            case LeaveInstance():
                self._own.drain()
                return Leaving()
            case other:
                assert_never(other)

    async def _let_go(self, user_id: str, session_id: str) -> Reply | None:
        reply = await self._parked(user_id, session_id)
        # One that was left while Redis was away may be here alone still.
        await self._pay(session_id)
        return reply

    async def _parked(self, user_id: str, session_id: str) -> Reply | None:
        session = self._registry.get(user_id)
        if session is None:
            return NotHere()
        here = session.summary().session_id == session_id
        if here:
            session.tell(Replaced())
        try:
            async with asyncio.timeout(_LETS_GO_WITHIN_S):
                await _let_go(session, itself=here)
        except TimeoutError:
            return None
        return Parked() if here else NotHere()


async def _let_go(session: RegisteredSession, *, itself: bool) -> None:
    """Return when the connections that `session` follows have let go, and it too if that matters.

    Its user may have come back to this instance meanwhile, and an older connection of theirs may
    be parking what is asked for.
    """
    signals = session.letting_go if itself else session.letting_go[:-1]
    for signal in signals:
        await signal.wait()
