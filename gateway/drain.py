"""How the process goes: no new sessions, the live ones finish what was said, but not for ever."""

from __future__ import annotations

from collections.abc import Callable

from actors.ports import Observer
from actors.registry import SessionRegistry
from gateway.readiness import Readiness
from schemas.messages import Draining


class Drain:
    """Begins once, and is over when the last session has gone and is stored, or it is time."""

    def __init__(
        self,
        *,
        registry: SessionRegistry,
        readiness: Readiness,
        observer: Observer,
        limit_s: float,
        owed: Callable[[], int],
    ) -> None:
        """Begin nothing yet.

        Args:
            registry: the live sessions.
            readiness: is told that no more are taken.
            observer: is told how many there are.
            limit_s: how long all of it may take.
            owed: returns how many sessions the store is still to be told of; they would end with
                this process.
        """
        self._limit_s = limit_s
        self._owed = owed
        self._registry = registry
        self._readiness = readiness
        self._observer = observer
        self._deadline: float | None = None

    def begin(self, now: float) -> None:
        """Tell every session; the second call does nothing.

        Args:
            now: the event loop's time in seconds.
        """
        if self._deadline is not None:
            return
        self._deadline = now + self._limit_s
        self._readiness.note_draining()
        self._observer.note("draining", sessions=len(self._registry), limit_s=self._limit_s)
        self._registry.tell_all(Draining())

    def over(self, now: float) -> bool:
        """Return whether nobody is waited for any longer."""
        if self._deadline is None:
            return False
        return now >= self._deadline or not (len(self._registry) or self._owed())
