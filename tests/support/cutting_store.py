"""A store in memory that lets a test act in the middle of a write, or fails when told to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from actors.ports import Fenced, Forgotten, Kept, StoreUnavailable, Totals
from gateway.memory_store import MemoryStore


class CuttingStore(MemoryStore):
    """The memory adapter, with a test's hands on it.

    Attributes:
        before: called once, before the next step is stored.
        after: called once, when the next step was stored and nobody knows yet.
        takes_s: how long a call takes.
        slow: how much longer some take, by their names.
        down: the calls that fail.
        fenced: the calls that find the session to be another owner's.
        forgetful: it has lost what steps would be added to, until it is given a session whole.
        writes: names of the calls, in order.
    """

    def __init__(self, *, window_s: float = 600) -> None:
        super().__init__(window_s=window_s, most_parked=1_000, most_bytes=1 << 24)
        self.before: Callable[[], None] | None = None
        self.after: Callable[[], None] | None = None
        self.takes_s = 0.0
        self.slow: dict[str, float] = {}
        self.down: set[str] = set()
        self.fenced: set[str] = set()
        self.forgetful = False
        self.writes: list[str] = []

    async def create(self, session_id: str, user_id: str, token: str, session: bytes) -> None:
        """Keep a new session."""
        await self._called("create")
        await super().create(session_id, user_id, token, session)

    async def append(self, session_id: str, step: bytes) -> None:
        """Add a step, and let the test cut before and after it."""
        before, self.before = self.before, None
        if before is not None:
            before()
        await self._called("append")
        await super().append(session_id, step)
        after, self.after = self.after, None
        if after is not None:
            after()
            await asyncio.sleep(self.takes_s)

    def append_now(self, session_id: str, step: bytes) -> bool:
        """Add a step unless it takes time or fails, and let the test cut before and after it."""
        troubled = self.slow.keys() | self.down | self.fenced
        if self.takes_s or "append" in troubled or self.forgetful:
            return False
        before, self.before = self.before, None
        if before is not None:
            before()
        self.writes.append("append")
        super().append_now(session_id, step)
        after, self.after = self.after, None
        if after is not None:
            after()
        return True

    async def save(self, session_id: str, session: bytes, totals: Totals | None = None) -> None:
        """Keep a session in the place of what was kept."""
        await self._called("save")
        await super().save(session_id, session, totals)

    async def park(
        self, session_id: str, session: bytes | None, totals: Totals | None = None
    ) -> None:
        """Keep it without an owner."""
        await self._called("park")
        await super().park(session_id, session, totals)

    async def resume(self, user_id: str, token: str, new_token: str) -> Kept | None:
        """Give a parked session out."""
        await self._called("resume")
        return await super().resume(user_id, token, new_token)

    async def settle(self, session_id: str) -> None:
        """Let only the newest token resume it."""
        await self._called("settle")
        await super().settle(session_id)

    async def drop(self, session_id: str) -> None:
        """Keep it no more."""
        await self._called("drop")
        await super().drop(session_id)

    async def _called(self, name: str) -> None:
        self.writes.append(name)
        await asyncio.sleep(self.takes_s + self.slow.get(name, 0.0))
        if name in self.down:
            raise StoreUnavailable("it is down")
        if name in self.fenced:
            raise Fenced
        if name == "append" and self.forgetful:
            raise Forgotten
        self.forgetful = False
