"""The admins' side of every endpoint that is for them only."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from actors.ports import CannotCheck, NotAdmitted
from gateway.access.admins import Admin, Admins
from gateway.endpoints.answers import problem

RETRY_AFTER: Final = {"retry-after": "5"}


async def admin_of(request: Request, admins: Admins) -> Admin | Response:
    """Return who asks, or what to answer to those who are no admins."""
    if not admins.switched_on:
        return problem(
            "the admin endpoints are switched off: set ADMIN_TOKEN and restart the service",
            status=HTTPStatus.FORBIDDEN,
        )
    try:
        return await admins.find(request.headers.get("authorization", ""))
    except NotAdmitted as exc:
        return problem(
            exc.problem,
            status=HTTPStatus.FORBIDDEN if exc.forbidden else HTTPStatus.UNAUTHORIZED,
            headers=None if exc.forbidden else {"www-authenticate": 'Bearer realm="sessions"'},
        )
    except CannotCheck as exc:
        status = HTTPStatus.SERVICE_UNAVAILABLE
        return problem(f"{exc}: try again", status=status, headers=RETRY_AFTER)
