"""How every HTTP endpoint answers: JSON, and errors as `schemas.admin.Problem`."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket

from actors.ports import NotAdmitted
from gateway.connects import TurnedAway
from schemas import admin


def answer(
    view: admin.View, *, status: int = HTTPStatus.OK, headers: Mapping[str, str] | None = None
) -> Response:
    """Return `view` as an answer that nobody caches."""
    return Response(
        admin.encode(view),
        status_code=status,
        media_type="application/json",
        headers={"cache-control": "no-store", **(headers or {})},
    )


def problem(
    error: str,
    *,
    status: int,
    headers: Mapping[str, str] | None = None,
    unanswered: tuple[str, ...] = (),
    reason: str = "",
) -> Response:
    """Return an error; `error` says what is wrong and what to do, `reason` the same to programs."""
    return answer(admin.Problem(error, unanswered, reason), status=status, headers=headers)


def not_admitted(exc: NotAdmitted) -> Response:
    """Answer a phone that what it shows does not let in."""
    if exc.forbidden:
        return problem(exc.problem, status=HTTPStatus.FORBIDDEN, reason=exc.reason)
    return problem(
        exc.problem,
        status=HTTPStatus.UNAUTHORIZED,
        headers={"www-authenticate": 'Bearer realm="phones"'},
        reason=exc.reason,
    )


def too_often(turned_away: TurnedAway) -> Response:
    """Answer whoever comes too often, or finds no place, with when to come again."""
    headers = {"retry-after": str(turned_away.retry_after_s)}
    return problem(turned_away.error, status=turned_away.status, headers=headers)


async def on_not_found(request: Request, _: Exception) -> Response:
    """Answer at a path where there is nothing."""
    path = request.scope["path"]
    return problem(
        f"there is nothing at {path}: GET / says what this is", status=HTTPStatus.NOT_FOUND
    )


async def on_not_allowed(request: Request, exc: Exception) -> Response:
    """Answer a method that the path does not know; Starlette has found out which it does."""
    return problem(
        f"{request.method} is not allowed at {request.scope['path']}",
        status=HTTPStatus.METHOD_NOT_ALLOWED,
        headers=exc.headers if isinstance(exc, HTTPException) else None,
    )


async def on_bug(_: Request, __: Exception) -> Response:
    """Answer after an error of ours; the server logs it."""
    return problem("an error of ours; it has been logged", status=HTTPStatus.INTERNAL_SERVER_ERROR)


async def not_found(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer at a path where there is nothing; Starlette's own answer to a WebSocket is a bare 403.

    Raises:
        HTTPException: to a plain request, for `on_not_found` to answer.
    """
    if scope["type"] != "websocket":
        raise HTTPException(HTTPStatus.NOT_FOUND)
    await WebSocket(scope, receive, send).send_denial_response(
        problem(
            f"there is no WebSocket at {scope['path']}: connect to /ws/{{user_id}}",
            status=HTTPStatus.NOT_FOUND,
        )
    )
