"""Adapter: sessions kept in this process's memory, as `actors.ports.SessionStore`.

Bounded in number and bytes: beyond either, the session that was parked first goes. It is the store
of a single instance; what it holds ends with the process.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final

from actors.ports import Kept, Totals
from schemas.admin import StoreView

MOST_OF_A_USER: Final = 4
"""Parked sessions of one user: phones that take over from each other can each come back."""


@dataclass(slots=True)
class _Record:
    """One session; it has an owner unless it is parked."""

    user_id: str
    tokens: tuple[str, ...]
    session: bytes
    steps: list[bytes] = field(default_factory=list)
    expires_at: float | None = None

    @property
    def size(self) -> int:
        return len(self.session) + sum(map(len, self.steps))


class MemoryStore:
    """`actors.ports.SessionStore` in memory; no call waits, none fails."""

    def __init__(self, *, window_s: float, most_parked: int, most_bytes: int) -> None:
        """Begin empty.

        Args:
            window_s: how long a parked session is kept.
            most_parked: parked sessions that are kept at most.
            most_bytes: bytes of parked sessions that are kept at most.
        """
        self._window_s = window_s
        self._most_parked = most_parked
        self._most_bytes = most_bytes
        self._records: dict[str, _Record] = {}
        self._by_token: dict[str, str] = {}
        self._parked: OrderedDict[str, None] = OrderedDict()
        """In the order in which they were parked, which is that in which they expire."""
        self._parked_of: dict[str, list[str]] = {}
        self._parked_bytes = 0
        self._timer: asyncio.TimerHandle | None = None

    async def create(self, session_id: str, user_id: str, token: str, session: bytes) -> None:
        """Keep a new session."""
        self._records[session_id] = _Record(user_id, (token,), session)
        self._by_token[token] = session_id

    async def append(self, session_id: str, step: bytes) -> None:
        """Add a step to what is kept."""
        self.append_now(session_id, step)

    def append_now(self, session_id: str, step: bytes) -> bool:
        """Add a step to what is kept; that never takes waiting."""
        self._records[session_id].steps.append(step)
        return True

    async def save(self, session_id: str, session: bytes, _totals: Totals | None = None) -> None:
        """Keep `session` in the place of what was kept."""
        record = self._records[session_id]
        record.session, record.steps = session, []

    async def park(
        self, session_id: str, session: bytes | None, _totals: Totals | None = None
    ) -> None:
        """Keep it without an owner for the resume window."""
        record = self._records.get(session_id)
        if record is None or record.expires_at is not None:
            return
        if session is not None:
            record.session, record.steps = session, []
        record.expires_at = asyncio.get_running_loop().time() + self._window_s
        self._parked[session_id] = None
        self._parked_bytes += record.size
        of_user = self._parked_of.setdefault(record.user_id, [])
        of_user.append(session_id)
        if len(of_user) > MOST_OF_A_USER:
            self._forget(of_user[0])
        while len(self._parked) > self._most_parked or self._parked_bytes > self._most_bytes:
            self._forget(next(iter(self._parked)))
        self._set_timer()

    async def resume(self, user_id: str, token: str, new_token: str) -> Kept | None:
        """Give the user's parked session that `token` resumes to the caller."""
        session_id = self._by_token.get(token)
        if session_id is None:
            return None
        record = self._records[session_id]
        if record.user_id != user_id or record.expires_at is None:
            return None
        self._unpark(session_id, record)
        # Of those that the phone may have, the one that it used is the only one that is proven.
        for other in record.tokens:
            if other != token:
                del self._by_token[other]
        record.tokens = (token, new_token)
        self._by_token[new_token] = session_id
        return Kept(session_id, record.session, tuple(record.steps))

    async def settle(self, session_id: str) -> None:
        """Let only the newest token resume it."""
        record = self._records[session_id]
        for token in record.tokens[:-1]:
            del self._by_token[token]
        record.tokens = record.tokens[-1:]

    async def drop(self, session_id: str) -> None:
        """Keep it no more."""
        if session_id in self._records:
            self._forget(session_id)

    def disown(self, session_id: str) -> None:
        """Keep it for nobody: no other process has it."""
        if session_id in self._records:
            self._forget(session_id)

    def view(self) -> StoreView:
        """Return what it holds, for admins."""
        return StoreView(
            kind="memory",
            parked=len(self._parked),
            live=len(self._records) - len(self._parked),
            parked_bytes=self._parked_bytes,
        )

    def _forget(self, session_id: str) -> None:
        record = self._records[session_id]
        if record.expires_at is not None:
            self._unpark(session_id, record)
        del self._records[session_id]
        for token in record.tokens:
            del self._by_token[token]

    def _unpark(self, session_id: str, record: _Record) -> None:
        record.expires_at = None
        del self._parked[session_id]
        self._parked_bytes -= record.size
        of_user = self._parked_of[record.user_id]
        of_user.remove(session_id)
        if not of_user:
            del self._parked_of[record.user_id]

    def _set_timer(self) -> None:
        if self._timer is None and self._parked:
            first = self._records[next(iter(self._parked))]
            if first.expires_at is not None:
                loop = asyncio.get_running_loop()
                self._timer = loop.call_at(first.expires_at, self._expire)

    def _expire(self) -> None:
        self._timer = None
        now = asyncio.get_running_loop().time()
        while self._parked:
            session_id = next(iter(self._parked))
            expires_at = self._records[session_id].expires_at
            if expires_at is not None and expires_at > now:
                break
            self._forget(session_id)
        self._set_timer()

    async def keep(self) -> None:
        """Do nothing: it keeps itself."""

    def close(self) -> None:
        """Stop its timer."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
