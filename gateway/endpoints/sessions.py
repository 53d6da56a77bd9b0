"""Live sessions for admins: `/sessions`, `/sessions/{user_id}` and what can be done to one.

They are answered within a second. What could not be found out meanwhile is said.
"""

from __future__ import annotations

from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response

from gateway.access.admins import Admins
from gateway.cluster.instances import Missing, SessionsView, Terminated
from gateway.endpoints.admins import admin_of
from gateway.endpoints.answers import answer, problem
from schemas import admin


class SessionsEndpoints:
    """Answers admins."""

    def __init__(self, *, view: SessionsView, admins: Admins) -> None:
        self._view = view
        self._admins = admins

    async def index(self, request: Request) -> Response:
        """`GET /sessions`: one row each."""
        asks = await admin_of(request, self._admins)
        return asks if isinstance(asks, Response) else answer(await self._view.listed())

    async def show(self, request: Request) -> Response:
        """`GET /sessions/{user_id}`: one in depth."""
        asks = await admin_of(request, self._admins)
        if isinstance(asks, Response):
            return asks
        found = await self._view.shown(request.path_params["user_id"])
        return _missing(found) if isinstance(found, Missing) else answer(found)

    async def stop(self, request: Request) -> Response:
        """`DELETE /sessions/{user_id}`: end it; its phone is closed with 4010."""
        asks = await admin_of(request, self._admins)
        if isinstance(asks, Response):
            return asks
        found = await self._view.end(request.path_params["user_id"])
        return _missing(found) if isinstance(found, Missing) else _terminated(found)

    async def debug(self, request: Request) -> Response:
        """`PUT` and `DELETE /sessions/{user_id}/debug`: a line in the log for each event."""
        asks = await admin_of(request, self._admins)
        if isinstance(asks, Response):
            return asks
        on = request.method == "PUT"
        found = await self._view.debug(request.path_params["user_id"], on=on)
        if isinstance(found, Missing):
            return _missing(found)
        state = "is debugged" if on else "is debugged no more"
        return answer(admin.DebugSwitched(f"Session {found.session_id} {state}"))


def _terminated(found: Terminated) -> Response:
    number = "" if len(found.session_ids) == 1 else "s"
    message = f"Session{number} {', '.join(found.session_ids)} terminated"
    return answer(admin.Terminated(message, found.unanswered))


def _missing(found: Missing) -> Response:
    if found.problem is None:
        return problem("this user has no session here", status=HTTPStatus.NOT_FOUND)
    return problem(
        f"this user has no session as far as is known: {found.problem}; try again",
        status=HTTPStatus.SERVICE_UNAVAILABLE,
        unanswered=found.unanswered,
    )
