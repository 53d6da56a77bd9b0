"""A store of sessions in memory, with its failures and its slowness in the test's hand."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field

from actors.ports import Kept, StoreUnavailable, Totals


@dataclass(slots=True)
class Record:
    """One session as it is kept.

    Attributes:
        tokens: the digests that resume it, the newest last.
        session: as it was written last as a whole.
        steps: what was added since.
        parked: it has no owner.
    """

    user_id: str
    tokens: list[str]
    session: bytes
    steps: list[bytes] = field(default_factory=list)
    parked: bool = False


class FakeStore:
    """Satisfies `actors.ports.SessionStore`; nothing expires unless the test says so.

    Attributes:
        records: the sessions by their id.
        calls: how often each method was called, those that failed included.
        disowned: the sessions that the process has lost.
        failing: the methods that raise `StoreUnavailable` instead of doing anything.
    """

    def __init__(self) -> None:
        self.records: dict[str, Record] = {}
        self.calls: Counter[str] = Counter()
        self.failing: set[str] = set()
        self.disowned: list[str] = []
        self._held: set[str] = set()
        self._released = asyncio.Event()

    # The test's end.

    def hold(self, *methods: str) -> None:
        """Let calls of these methods wait, before they do anything, until `release`."""
        self._held.update(methods)
        self._released.clear()

    def release(self) -> None:
        """Let what waits go on, and what comes."""
        self._held.clear()
        self._released.set()

    def expire(self) -> None:
        """Forget the sessions that have no owner."""
        self.records = {key: each for key, each in self.records.items() if not each.parked}

    # The session's end.

    async def create(self, session_id: str, user_id: str, token: str, session: bytes) -> None:
        """Keep a new session."""
        await self._called("create")
        self.records[session_id] = Record(user_id, [token], session)

    async def append(self, session_id: str, step: bytes) -> None:
        """Add a step."""
        await self._called("append")
        self._record(session_id).steps.append(step)

    def append_now(self, session_id: str, step: bytes) -> bool:
        """Add a step, unless that is to fail or to wait."""
        if {"append"} & (self._held | self.failing) or session_id not in self.records:
            return False
        self.calls["append"] += 1
        self.records[session_id].steps.append(step)
        return True

    async def save(self, session_id: str, session: bytes, _totals: Totals | None = None) -> None:
        """Keep a session in the place of what was kept."""
        await self._called("save")
        record = self._record(session_id)
        record.session, record.steps = session, []

    async def park(
        self, session_id: str, session: bytes | None, _totals: Totals | None = None
    ) -> None:
        """Keep it without an owner."""
        await self._called("park")
        record = self._record(session_id)
        if session is not None:
            record.session, record.steps = session, []
        record.parked = True

    async def resume(self, user_id: str, token: str, new_token: str) -> Kept | None:
        """Give a parked session to the caller."""
        await self._called("resume")
        for session_id, record in self.records.items():
            if record.parked and record.user_id == user_id and token in record.tokens:
                record.parked = False
                record.tokens = [token, new_token]
                return Kept(session_id, record.session, tuple(record.steps))
        return None

    async def settle(self, session_id: str) -> None:
        """Let only the newest token resume it."""
        await self._called("settle")
        del self._record(session_id).tokens[:-1]

    async def drop(self, session_id: str) -> None:
        """Keep it no more."""
        await self._called("drop")
        self.records.pop(session_id, None)

    def disown(self, session_id: str) -> None:
        """Remember it."""
        self.disowned.append(session_id)

    async def _called(self, method: str) -> None:
        self.calls[method] += 1
        while method in self._held:
            await self._released.wait()
        if method in self.failing:
            raise StoreUnavailable(f"{method} was to fail")

    def _record(self, session_id: str) -> Record:
        try:
            return self.records[session_id]
        except KeyError as exc:
            raise StoreUnavailable("there is no such session") from exc
