"""Live sessions for admins: `/sessions`, `/sessions/{user_id}`, what can be done to one; `/drain`.

They are answered within a second. What could not be found out meanwhile is said. Whatever is done,
or was to be done, has a line in the log with who wanted it.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from gateway.access.access import Access
from gateway.access.admins import Admin
from gateway.cluster.instances import Missing, SessionsView, Switched, Terminated
from gateway.endpoints.admins import admin_of
from gateway.endpoints.answers import answer, problem
from gateway.endpoints.session_events import MOST_WATCHERS, SessionEvents
from gateway.session_query import QueryInvalid, SessionQuery
from schemas import admin

_LONGEST_TARGET: Final = 128


class SessionsEndpoints:
    """Answers admins."""

    def __init__(self, *, view: SessionsView, access: Access, events: SessionEvents) -> None:
        """Connect it.

        Args:
            view: the sessions, wherever they run.
            access: knows who may, and is told who did what.
            events: tells watchers.
        """
        self._view = view
        self._access = access
        self._events = events

    async def index(self, request: Request) -> Response:
        """`GET /sessions`: one row each, of those asked for."""
        asks = await admin_of(request, self._access)
        if isinstance(asks, Response):
            return asks
        query = _query(request)
        if isinstance(query, Response):
            return query
        return answer(query.page(await self._view.listed()))

    async def watch(self, request: Request) -> Response:
        """`GET /sessions/events`: what happens to those asked for, as it happens."""
        asks = await admin_of(request, self._access)
        if isinstance(asks, Response):
            return asks
        query = _query(request)
        if isinstance(query, Response):
            return query
        return self._events.response(query, until=asks.until) or self._too_many(request)

    async def drain(self, request: Request) -> Response:
        """`POST /drain`: an instance takes no more sessions, and ends once it has none."""
        asks = await admin_of(request, self._access)
        if isinstance(asks, Response):
            return asks
        wanted = request.query_params.get("instance", "")
        found = await self._view.drain(wanted)
        if isinstance(found, Missing):
            return self._audited(request, asks, "drain", wanted, _no_instance(found))
        done = admin.Drains(f"Instance {found.instance} drains", found.instance)
        return self._audited(request, asks, "drain", found.instance, answer(done))

    async def one(self, request: Request) -> Response:
        """`/sessions/{user_id}`: one route, so that a wrong method is told all that are right."""
        return await (self.stop if request.method == "DELETE" else self.show)(request)

    async def show(self, request: Request) -> Response:
        """`GET /sessions/{user_id}`: one in depth."""
        asks = await admin_of(request, self._access)
        if isinstance(asks, Response):
            return asks
        found = await self._view.shown(request.path_params["user_id"])
        return _no_session(found) if isinstance(found, Missing) else answer(found)

    async def stop(self, request: Request) -> Response:
        """`DELETE /sessions/{user_id}`: end it; its phone is closed with 4010."""
        asks = await admin_of(request, self._access)
        if isinstance(asks, Response):
            return asks
        user_id = request.path_params["user_id"]
        found = await self._view.end(user_id)
        told = _no_session(found) if isinstance(found, Missing) else _terminated(found)
        return self._audited(request, asks, "stop", user_id, told)

    async def debug(self, request: Request) -> Response:
        """`PUT` and `DELETE /sessions/{user_id}/debug`: a line in the log for each event."""
        asks = await admin_of(request, self._access)
        if isinstance(asks, Response):
            return asks
        on = request.method == "PUT"
        user_id = request.path_params["user_id"]
        found = await self._view.debug(user_id, on=on)
        told = _no_session(found) if isinstance(found, Missing) else _switched(found, on=on)
        return self._audited(request, asks, "debug on" if on else "debug off", user_id, told)

    def _too_many(self, request: Request) -> Response:
        status = HTTPStatus.SERVICE_UNAVAILABLE
        if facts := self._access.refused(request.scope, cause="watchers", status=status):
            self._access.observer.note("request_refused", **facts)
        error = f"{MOST_WATCHERS} watch already: try again"
        return problem(error, status=status, headers={"retry-after": "10"})

    def _audited(
        self, request: Request, asks: Admin, action: str, target: str, told: Response
    ) -> Response:
        self._access.observer.note(
            "admin_acted",
            admin=asks.name,
            address=self._access.addresses.of(request.scope),
            action=action,
            target=target[:_LONGEST_TARGET],
            status=told.status_code,
        )
        return told


def _query(request: Request) -> SessionQuery | Response:
    try:
        return SessionQuery.read(request.query_params)
    except QueryInvalid as exc:
        return problem(str(exc), status=HTTPStatus.BAD_REQUEST)


def _switched(found: Switched, *, on: bool) -> Response:
    state = "is debugged" if on else "is debugged no more"
    return answer(admin.DebugSwitched(f"Session {found.session_id} {state}"))


def _terminated(found: Terminated) -> Response:
    number = "" if len(found.session_ids) == 1 else "s"
    message = f"Session{number} {', '.join(found.session_ids)} terminated"
    return answer(admin.Terminated(message, found.unanswered))


def _no_instance(found: Missing) -> Response:
    doubt = "whether the instance drains is not known"
    return _missing(found, "there is no such instance", doubt)


def _no_session(found: Missing) -> Response:
    doubt = "this user has no session as far as is known"
    return _missing(found, "this user has no session here", doubt)


def _missing(found: Missing, known: str, doubt: str) -> Response:
    """Return that there is none, or that it is not known, and worth another try."""
    if found.problem is None:
        return problem(known, status=HTTPStatus.NOT_FOUND)
    return problem(
        f"{doubt}: {found.problem}; try again",
        status=HTTPStatus.SERVICE_UNAVAILABLE,
        unanswered=found.unanswered,
    )
