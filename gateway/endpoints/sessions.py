"""Live sessions for admins: `GET /sessions`, `GET` and `DELETE /sessions/{user_id}`.

They are answered within a second. What could not be found out meanwhile is said.
"""

from __future__ import annotations

from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response

from gateway.access.access import Access
from gateway.cluster.instances import Missing, SessionsView, Terminated
from gateway.endpoints.admins import admin_of
from gateway.endpoints.answers import answer, problem
from schemas import admin


class SessionsEndpoints:
    """Answers admins."""

    def __init__(self, *, view: SessionsView, access: Access) -> None:
        self._view = view
        self._access = access

    async def index(self, request: Request) -> Response:
        """`GET /sessions`: one row each."""
        asks = await admin_of(request, self._access)
        return asks if isinstance(asks, Response) else answer(await self._view.listed())

    async def show(self, request: Request) -> Response:
        """`GET /sessions/{user_id}`: one in depth."""
        asks = await admin_of(request, self._access)
        if isinstance(asks, Response):
            return asks
        found = await self._view.shown(request.path_params["user_id"])
        return _missing(found) if isinstance(found, Missing) else answer(found)

    async def stop(self, request: Request) -> Response:
        """`DELETE /sessions/{user_id}`: end it; its phone is closed with 4010."""
        asks = await admin_of(request, self._access)
        if isinstance(asks, Response):
            return asks
        user_id = request.path_params["user_id"]
        self._access.audit(request.scope, asks, "end_session", user_id)
        found = await self._view.end(user_id)
        return _missing(found) if isinstance(found, Missing) else _terminated(found)


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
