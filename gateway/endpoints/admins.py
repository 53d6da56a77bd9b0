"""The admins' side of every endpoint that is for them only."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from actors.ports import CannotCheck, NotAdmitted
from gateway.access.access import Access
from gateway.access.admins import Admin
from gateway.connects import TurnedAway
from gateway.endpoints.answers import problem, too_often

RETRY_AFTER: Final = {"retry-after": "5"}
_NOTHING_TRIED: Final = frozenset({"switched_off", "nothing_shown"})
"""Reasons for which nothing was compared."""


async def admin_of(request: Request, access: Access) -> Admin | Response:
    """Return who asks, or what to answer to those who are no admins, or ask too often."""
    address = access.addresses.of(request.scope)
    if turned_away := access.attempts.address_refusal(address, _now()):
        return _turned_away(request, access, turned_away)
    try:
        admin = await access.admins.find(request.headers.get("authorization", ""))
    except NotAdmitted as exc:
        if exc.reason not in _NOTHING_TRIED:
            access.attempts.note_failure(address, _now())
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
    else:
        turned_away = access.attempts.call_refusal(admin.name, _now())
        return _turned_away(request, access, turned_away) if turned_away else admin
    return _refused(request, access, cause, refusal)


def _turned_away(request: Request, access: Access, turned_away: TurnedAway) -> Response:
    return _refused(request, access, turned_away.cause, too_often(turned_away))


def _refused(request: Request, access: Access, cause: str, refusal: Response) -> Response:
    if facts := access.refused(request.scope, cause=cause, status=refusal.status_code):
        access.observer.note("admin_refused", **facts)
    return refusal


def _now() -> float:
    return asyncio.get_running_loop().time()
