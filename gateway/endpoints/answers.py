"""How every HTTP endpoint answers: JSON, and errors as `schemas.admin.Problem`."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.websockets import WebSocket

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


def problem(error: str, *, status: int, headers: Mapping[str, str] | None = None) -> Response:
    """Return an error; `error` says what is wrong and what to do."""
    return answer(admin.Problem(error), status=status, headers=headers)


async def on_http_exception(request: Request, exc: Exception) -> Response:
    """Answer what Starlette found wrong: no such path, or not with that method."""
    status = exc.status_code if isinstance(exc, HTTPException) else HTTPStatus.BAD_REQUEST
    headers = exc.headers if isinstance(exc, HTTPException) else None
    match status:
        case HTTPStatus.NOT_FOUND:
            error = f"there is nothing at {request.url.path}: GET / says what this is"
        case HTTPStatus.METHOD_NOT_ALLOWED:
            error = f"{request.method} is not allowed at {request.url.path}"
        case _:
            error = HTTPStatus(status).phrase
    return problem(error, status=status, headers=headers)


async def on_bug(_: Request, __: Exception) -> Response:
    """Answer after an error of ours; the server logs it."""
    return problem("an error of ours; it has been logged", status=HTTPStatus.INTERNAL_SERVER_ERROR)


async def refuse_socket(websocket: WebSocket) -> None:
    """Refuse a WebSocket handshake at a path where there is none."""
    await websocket.send_denial_response(
        problem(
            f"there is no WebSocket at {websocket.url.path}: connect to /ws/{{user_id}}",
            status=HTTPStatus.NOT_FOUND,
        )
    )
