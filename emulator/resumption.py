"""Keeps what sessions remember under handles, for two hours after the session's end."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Callable

from emulator.memory import Memory

LIFETIME_S = 2 * 60 * 60
"""How long the Developer API's handles stay valid after a session ended."""

CAPACITY = 50_000
"""Handles kept at most; the oldest leave first."""


class HandleStore:
    """Issues handles and redeems them.

    A handle may be redeemed more than once: a client whose first attempt broke tries again.
    """

    def __init__(
        self,
        clock: Callable[[], float],
        *,
        lifetime_s: float = LIFETIME_S,
        capacity: int = CAPACITY,
    ) -> None:
        """Take the clock, in seconds, by which handles age."""
        self._clock = clock
        self._lifetime_s = lifetime_s
        self._capacity = capacity
        self._kept: OrderedDict[str, tuple[Memory, float]] = OrderedDict()
        self._newest: dict[str, str] = {}

    def __len__(self) -> int:
        return len(self._kept)

    def issue(self, memory: Memory) -> str:
        """Return a new handle for this state of a session."""
        handle = secrets.token_urlsafe(30)
        self._kept[handle] = (memory, self._clock() + self._lifetime_s)
        self._newest[memory.session_id] = handle
        self._drop_old()
        return handle

    def redeem(self, handle: str) -> Memory | None:
        """Return what a handle stands for, or `None` when it is unknown or too old."""
        self._drop_old()
        kept = self._kept.get(handle)
        return kept[0] if kept else None

    def session_ended(self, session_id: str) -> None:
        """Let the two hours of a session's newest handle begin now."""
        handle = self._newest.get(session_id)
        kept = self._kept.get(handle) if handle else None
        if handle and kept:
            self._kept[handle] = (kept[0], self._clock() + self._lifetime_s)
            self._kept.move_to_end(handle)

    def _drop_old(self) -> None:
        now = self._clock()
        while self._kept:
            handle, (memory, expires_at) = next(iter(self._kept.items()))
            if expires_at > now and len(self._kept) <= self._capacity:
                return
            del self._kept[handle]
            if self._newest.get(memory.session_id) == handle:
                del self._newest[memory.session_id]
