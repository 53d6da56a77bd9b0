"""The admins' side of every endpoint that is for them only."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from actors.ports import CannotCheck, NotAdmitted
from gateway.access.access import Access
from gateway.access.admins import Admin
from gateway.endpoints.answers import problem

RETRY_AFTER: Final = {"retry-after": "5"}


async def admin_of(request: Request, access: Access) -> Admin | Response:
    """Return who asks, or what to answer to those who are no admins."""
    try:
        return await access.admins.find(request.headers.get("authorization", ""))
    except NotAdmitted as exc:
        refusal = problem(
            exc.problem,
            status=HTTPStatus.FORBIDDEN if exc.forbidden else HTTPStatus.UNAUTHORIZED,
            headers=None if exc.forbidden else {"www-authenticate": 'Bearer realm="sessions"'},
        )
        cause = exc.reason
    except CannotCheck as exc:
        status = HTTPStatus.SERVICE_UNAVAILABLE
        refusal = problem(f"{exc}: try again", status=status, headers=RETRY_AFTER)
        cause = "cannot_check"
    if facts := access.refused(request.scope, cause=cause, status=refusal.status_code):
        access.observer.note("admin_refused", **facts)
    return refusal
