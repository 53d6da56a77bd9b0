"""`GET /sessions/events`: what happens to live sessions, as server-sent events.

Each watcher looks once a second, over all instances, and is told what has changed since. So nothing
is kept for those that read slowly, and nothing is done where nobody watches.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import Final

import msgspec
from starlette.responses import Response, StreamingResponse

from gateway.cluster.instances import SessionsView
from gateway.endpoints.answers import problem
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


class SessionEvents:
    """Tells watchers, a bounded number of them."""

    def __init__(
        self, view: SessionsView, readiness: Readiness, *, every_s: float = _EVERY_S
    ) -> None:
        self._view = view
        self._readiness = readiness
        self._every_s = every_s
        self._watchers = 0

    def response(self, query: SessionQuery) -> Response:
        """Return what goes on until the watcher leaves or the instance goes."""
        if self._watchers >= MOST_WATCHERS:
            return problem(
                f"{MOST_WATCHERS} watch already: try again",
                status=HTTPStatus.SERVICE_UNAVAILABLE,
                headers={"retry-after": "10"},
            )
        return StreamingResponse(self._stream(query), headers=_HEADERS)

    async def _stream(self, query: SessionQuery) -> AsyncIterator[bytes]:
        self._watchers += 1
        try:
            async for event in self._events(query):
                yield event
        finally:
            self._watchers -= 1

    async def _events(self, query: SessionQuery) -> AsyncIterator[bytes]:
        changes, lacking, quiet = SessionChanges(), None, 0
        while self._readiness.state is not State.DRAINING:
            look = await self._view.looked()
            sessions = look.sessions
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
            await asyncio.sleep(self._every_s)
        yield _event("draining", {})


def _event(name: str, facts: object) -> bytes:
    return b"event: %s\ndata: %s\n\n" % (name.encode(), _encode(facts))
