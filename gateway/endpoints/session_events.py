"""`GET /sessions/events`: what happens to live sessions, as server-sent events.

Each watcher looks once a second, over all instances, and is told what has changed since. So nothing
is kept for those that read slowly, and nothing is done where nobody watches.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Final

import msgspec
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from gateway.cluster.instances import SessionsView
from gateway.readiness import Readiness, State
from gateway.session_changes import SessionChanges
from gateway.session_query import SessionQuery

MOST_WATCHERS: Final = 8
_EVERY_S: Final = 1.0
_ALIVE_EVERY: Final = 15
"""Looks without a change after which a comment says that the connection is alive."""
_HEADERS: Final = {
    "content-type": "text/event-stream",
    "cache-control": "no-store",
    "x-accel-buffering": "no",
}
_encode = msgspec.json.encode


class _Watched(StreamingResponse):
    """A stream that gives its place back however it ends, before its first event too."""

    def __init__(self, events: AsyncIterator[bytes], leave: Callable[[], None]) -> None:
        super().__init__(events, headers=_HEADERS)
        self._leave = leave

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer; returns when the watcher is gone, or there is no more to tell."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._leave()


class SessionEvents:
    """Tells watchers, a bounded number of them."""

    def __init__(
        self,
        view: SessionsView,
        readiness: Readiness,
        *,
        every_s: float = _EVERY_S,
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        self._view = view
        self._readiness = readiness
        self._every_s = every_s
        self._wall_clock = wall_clock
        self._watchers = 0

    def response(self, query: SessionQuery, *, until: float) -> StreamingResponse | None:
        """Return what goes on until the watcher leaves or the instance goes; it has to be sent.

        Args:
            query: which sessions.
            until: when the watcher's credential expires, in Unix seconds; it goes on no longer.

        Returns:
            `None` if so many watch already.
        """
        if self._watchers >= MOST_WATCHERS:
            return None
        self._watchers += 1
        return _Watched(self._events(query, until), self._leave)

    def _leave(self) -> None:
        self._watchers -= 1

    async def _events(self, query: SessionQuery, until: float) -> AsyncIterator[bytes]:
        changes, lacking, quiet, here = SessionChanges(), None, 0, ""
        while self._readiness.state is not State.DRAINING:
            if self._wall_clock() >= until:
                yield _event("expired", {})
                return
            look = await self._view.looked()
            sessions = look.sessions
            here = next((each.instance for each in sessions.instances), "")
            wanted = filter(query.wants, sessions.sessions)
            told = [
                _event(change.kind, change.row)
                for change in changes.since(sessions, wanted, look.ended)
            ]
            if sessions.problem != lacking:
                lacking = sessions.problem
                facts = {"problem": lacking, "unanswered": sessions.unanswered}
                told.append(_event("incomplete" if lacking else "complete", facts))
            quiet = 0 if told else quiet + 1
            if quiet >= _ALIVE_EVERY:
                told, quiet = [b": alive\n\n"], 0
            for event in told:
                yield event
            left_s = max(0.0, until - self._wall_clock())
            await asyncio.sleep(min(self._every_s, left_s))
        at = datetime.fromtimestamp(self._wall_clock(), UTC).isoformat()
        yield _event("draining", {"instance": here, "at": at})


def _event(name: str, facts: object) -> bytes:
    return b"event: %s\ndata: %s\n\n" % (name.encode(), _encode(facts))
