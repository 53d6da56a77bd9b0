"""Live sessions for admins: `/sessions`, `/sessions/{user_id}` and what can be done to one.

They are answered within a second. What could not be found out meanwhile is said.
"""

from __future__ import annotations

import hmac
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response

from gateway.cluster.instances import Missing, SessionsView, Terminated
from gateway.endpoints.answers import answer, problem
from gateway.setting_values import Secret
from schemas import admin


class SessionsEndpoints:
    """Answers whoever has the admin token."""

    def __init__(self, *, view: SessionsView, admin_token: Secret | None) -> None:
        self._view = view
        self._admin_token = admin_token

    async def index(self, request: Request) -> Response:
        """`GET /sessions`: one row each."""
        return self._refusal(request) or answer(await self._view.listed())

    async def show(self, request: Request) -> Response:
        """`GET /sessions/{user_id}`: one in depth."""
        refusal = self._refusal(request)
        if refusal is not None:
            return refusal
        found = await self._view.shown(request.path_params["user_id"])
        return _missing(found) if isinstance(found, Missing) else answer(found)

    async def stop(self, request: Request) -> Response:
        """`DELETE /sessions/{user_id}`: end it; its phone is closed with 4010."""
        refusal = self._refusal(request)
        if refusal is not None:
            return refusal
        found = await self._view.end(request.path_params["user_id"])
        return _missing(found) if isinstance(found, Missing) else _terminated(found)

    async def debug(self, request: Request) -> Response:
        """`PUT` and `DELETE /sessions/{user_id}/debug`: a line in the log for each event."""
        refusal = self._refusal(request)
        if refusal is not None:
            return refusal
        on = request.method == "PUT"
        found = await self._view.debug(request.path_params["user_id"], on=on)
        if isinstance(found, Missing):
            return _missing(found)
        state = "is debugged" if on else "is debugged no more"
        return answer(admin.DebugSwitched(f"Session {found.session_id} {state}"))

    def _refusal(self, request: Request) -> Response | None:
        """Return what to answer to those who are no admins."""
        if self._admin_token is None:
            return problem(
                "the admin endpoints are switched off: set ADMIN_TOKEN and restart the service",
                status=HTTPStatus.FORBIDDEN,
            )
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        expected = self._admin_token.text.encode()
        # Headers are Latin-1; the comparison's time says nothing about where they differ.
        right = hmac.compare_digest(given.strip().encode("latin-1"), expected)
        if scheme.lower() == "bearer" and right:
            return None
        return problem(
            "send the header Authorization: Bearer followed by the service's ADMIN_TOKEN",
            status=HTTPStatus.UNAUTHORIZED,
            headers={"www-authenticate": 'Bearer realm="sessions"'},
        )


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
