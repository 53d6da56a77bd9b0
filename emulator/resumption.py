"""Keeps what sessions remember under handles, for two hours after their connection's end."""

from __future__ import annotations

import secrets
from collections import OrderedDict, deque
from collections.abc import Callable

from emulator.memory import Memory

LIFETIME_S = 2 * 60 * 60
"""How long the Developer API's handles stay valid after a session ended.

Here that is the end of a connection that served the session, or the issue where that is later.
"""

CAPACITY = 50_000
"""Handles kept at most; the oldest leave first."""

KEPT_OF_A_SESSION = 16
"""Handles kept of one session: a client that lost the last few has waited too long."""


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
        self._of_session: dict[str, deque[str]] = {}
        self._open: set[str] = set()

    def __len__(self) -> int:
        return len(self._kept)

    def issue(self, memory: Memory) -> str:
        """Return a new handle for this state of a session."""
        handle = secrets.token_urlsafe(30)
        self._kept[handle] = (memory, self._clock() + self._lifetime_s)
        handles = self._of_session.setdefault(memory.session_id, deque())
        handles.append(handle)
        if len(handles) > KEPT_OF_A_SESSION:
            self._drop(handles[0])
        self._drop_old()
        return handle

    def redeem(self, handle: str) -> Memory | None:
        """Return what a handle stands for, or `None` when it is unknown or too old."""
        self._drop_old()
        kept = self._kept.get(handle)
        return kept[0] if kept else None

    def is_open(self, session_id: str) -> bool:
        """Tell whether a connection serves this session just now."""
        return session_id in self._open

    def session_began(self, session_id: str) -> None:
        """Note that a connection serves this session."""
        self._open.add(session_id)

    def session_ended(self, session_id: str) -> None:
        """Let a session be resumed again, and the two hours of its handles begin now."""
        self._open.discard(session_id)
        for handle in self._of_session.get(session_id, ()):
            self._kept[handle] = (self._kept[handle][0], self._clock() + self._lifetime_s)
            self._kept.move_to_end(handle)

    def _drop_old(self) -> None:
        now = self._clock()
        while self._kept:
            handle, (_, expires_at) = next(iter(self._kept.items()))
            if expires_at > now and len(self._kept) <= self._capacity:
                return
            self._drop(handle)

    def _drop(self, handle: str) -> None:
        memory, _ = self._kept.pop(handle)
        handles = self._of_session[memory.session_id]
        handles.remove(handle)
        if not handles:
            del self._of_session[memory.session_id]
