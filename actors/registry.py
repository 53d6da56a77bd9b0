"""Which session of this process belongs to which user: one each, the newest wins."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Final, Protocol

from actors.signal import Signal
from schemas.admin import EndedSession, SessionDetail, SessionSummary
from schemas.messages import Draining, FromOutside, Replaced, SpendingTold, StoreReturned

REMEMBERED_S: Final = 10.0
"""For so long it is known how a session ended: those that watch look once a second."""
REMEMBERED: Final = 1_000
"""Of so many sessions at most; the oldest are forgotten first."""


class RegisteredSession(Protocol):
    """A session as the registry and the admin endpoints see it."""

    @property
    def user_id(self) -> str:
        """The user it belongs to."""

    @property
    def letting_go(self) -> tuple[Signal, ...]:
        """All set once no session is this connection's, nor that of one that it follows."""

    def follows(self, older: tuple[Signal, ...]) -> None:
        """Let a resume wait until the user's older connections have let their sessions go."""

    def tell(self, event: FromOutside) -> None:
        """Deliver an event from outside; never waits, never raises."""

    def debug(self, *, on: bool) -> None:
        """Write a line for each of its events from now on, or no more."""

    def summary(self) -> SessionSummary:
        """Return the session in one row."""

    def detail(self) -> SessionDetail:
        """Return the session in depth."""


class Watcher(Protocol):
    """Wants to know whose session is live; never waits, never raises."""

    def claimed(self, session: RegisteredSession) -> None:
        """A session is its user's now."""

    def released(self, session: RegisteredSession) -> None:
        """It has gone, and no other has taken its place."""


class SessionRegistry:
    """The live sessions of this process by user."""

    def __init__(self) -> None:
        self._sessions: dict[str, RegisteredSession] = {}
        self._watcher: Watcher | None = None
        self._ended: deque[tuple[float, EndedSession]] = deque(maxlen=REMEMBERED)

    def __len__(self) -> int:
        return len(self._sessions)

    def __iter__(self) -> Iterator[RegisteredSession]:
        return iter(tuple(self._sessions.values()))

    def get(self, user_id: str) -> RegisteredSession | None:
        """Return the user's session, or ``None``."""
        return self._sessions.get(user_id)

    def watched_by(self, watcher: Watcher) -> None:
        """Tell `watcher`, from now on, and no other."""
        self._watcher = watcher

    def claim(self, session: RegisteredSession) -> None:
        """Make `session` its user's; an older one is told that it was replaced."""
        older = self._sessions.get(session.user_id)
        self._sessions[session.user_id] = session
        if older is not None:
            session.follows(older.letting_go)
            older.tell(Replaced())
        if self._watcher is not None:
            self._watcher.claimed(session)

    def release(self, session: RegisteredSession) -> None:
        """Forget `session`, unless a newer one has taken its place already."""
        if self._sessions.get(session.user_id) is session:
            del self._sessions[session.user_id]
            if self._watcher is not None:
                self._watcher.released(session)

    def remember(self, ended: EndedSession, *, now: float) -> None:
        """Know for a while how a session ended; `now` is in monotonic seconds."""
        self._forget(now)
        self._ended.append((now, ended))

    def remembered(self, *, now: float) -> tuple[EndedSession, ...]:
        """Return the sessions that have ended lately, the oldest first."""
        self._forget(now)
        return tuple(ended for _, ended in self._ended)

    def _forget(self, now: float) -> None:
        while self._ended and self._ended[0][0] < now - REMEMBERED_S:
            self._ended.popleft()

    def tell_all(self, event: Draining | StoreReturned | SpendingTold) -> None:
        """Tell every live session."""
        for session in self:
            session.tell(event)
