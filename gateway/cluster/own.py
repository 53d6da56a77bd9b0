"""This instance's own sessions, as admins and other instances see them and may end them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

import msgspec

from actors.ports import Observer
from actors.registry import SessionRegistry
from schemas.admin import EndedSession, SessionDetail, SessionSummary
from schemas.messages import EndedByAdmin

_AT_ONCE: Final = 500
"""Sessions that are described before others have their turn."""


class OwnSessions:
    """The sessions of this process."""

    def __init__(
        self,
        instance: str,
        registry: SessionRegistry,
        observer: Observer,
        *,
        leave: Callable[[], None] = lambda: None,
    ) -> None:
        """Know them.

        Args:
            instance: what this one is called.
            registry: its sessions.
            observer: is told what is done to them.
            leave: begins to drain this process; does nothing where it ends otherwise.
        """
        self._leave = leave
        self._instance = instance
        self._registry = registry
        self._observer = observer

    @property
    def instance(self) -> str:
        """What this instance is called."""
        return self._instance

    def drain(self) -> str:
        """Take no more sessions and end once there are none; return the instance's name."""
        self._leave()
        return self._instance

    async def rows(self) -> tuple[SessionSummary, ...]:
        """Return a row for each."""
        rows = []
        for count, session in enumerate(self._registry, start=1):
            rows.append(msgspec.structs.replace(session.summary(), instance=self._instance))
            if count % _AT_ONCE == 0:
                await asyncio.sleep(0)
        return tuple(rows)

    def ended(self) -> tuple[EndedSession, ...]:
        """Return those that have ended lately, the oldest first."""
        ended = self._registry.remembered(now=asyncio.get_running_loop().time())
        return tuple(msgspec.structs.replace(each, instance=self._instance) for each in ended)

    def detail(self, user_id: str) -> SessionDetail | None:
        """Return a user's session in depth, if it is here."""
        session = self._registry.get(user_id)
        if session is None:
            return None
        return msgspec.structs.replace(session.detail(), instance=self._instance)

    def end(self, user_id: str) -> str | None:
        """End a user's session, as an admin wants it; return its id, if it is here."""
        session = self._registry.get(user_id)
        if session is None:
            return None
        session_id = session.summary().session_id
        session.tell(EndedByAdmin())
        self._observer.note("session_ended_by_admin", session_id=session_id, user_id=user_id)
        return session_id

    def debug(self, user_id: str, *, on: bool) -> str | None:
        """Let a user's session write a line for each event, or no more; return its id, if here."""
        session = self._registry.get(user_id)
        if session is None:
            return None
        session_id = session.summary().session_id
        session.debug(on=on)
        self._observer.note("session_debugged", session_id=session_id, user_id=user_id, on=on)
        return session_id
