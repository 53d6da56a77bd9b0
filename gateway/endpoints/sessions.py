"""Live sessions for admins: `GET /sessions`, `GET` and `DELETE /sessions/{user_id}`."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response

from actors.ports import Observer
from actors.registry import RegisteredSession, SessionRegistry
from gateway.endpoints.answers import answer, problem
from gateway.setting_values import Secret
from schemas import admin
from schemas.messages import EndedByAdmin


class SessionsEndpoints:
    """Answers whoever has the admin token."""

    def __init__(
        self, *, registry: SessionRegistry, admin_token: Secret | None, observer: Observer
    ) -> None:
        self._registry = registry
        self._admin_token = admin_token
        self._observer = observer

    async def index(self, request: Request) -> Response:
        """`GET /sessions`: one row each."""
        return self._refusal(request) or answer(
            admin.Sessions(
                active_sessions=len(self._registry),
                sessions=tuple(session.summary() for session in self._registry),
            )
        )

    async def show(self, request: Request) -> Response:
        """`GET /sessions/{user_id}`: one in depth."""
        return self._refusal(request) or self._on_session(
            request, lambda session: answer(session.detail())
        )

    async def stop(self, request: Request) -> Response:
        """`DELETE /sessions/{user_id}`: end it; its phone is closed with 4010."""
        return self._refusal(request) or self._on_session(request, self._terminate)

    def _terminate(self, session: RegisteredSession) -> Response:
        session_id = session.summary().session_id
        session.tell(EndedByAdmin())
        self._observer.note(
            "session_ended_by_admin", session_id=session_id, user_id=session.user_id
        )
        return answer(admin.Terminated(message=f"Session {session_id} terminated"))

    def _on_session(
        self, request: Request, then: Callable[[RegisteredSession], Response]
    ) -> Response:
        session = self._registry.get(request.path_params["user_id"])
        if session is None:
            return problem("this user has no session here", status=HTTPStatus.NOT_FOUND)
        return then(session)

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
