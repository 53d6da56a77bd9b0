"""Stands before every other endpoint: sends away who strayed here, and answers for CORS."""

from __future__ import annotations

from collections.abc import Awaitable
from http import HTTPStatus
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.access.access import Access
from gateway.endpoints.answers import problem

_METHODS: Final = "GET, POST, PUT, DELETE"
_HEADERS: Final = "authorization, content-type"
_PREFLIGHT_GOOD_S: Final = 600


class Doormat:
    """The ASGI application before another one: sends away who strayed, and answers for CORS."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self._app = app
        self._access = access
        self._doorstep = access.doorstep

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Serve one request, or one handshake that comes to nothing."""
        strayed = self._doorstep.strayed(scope)
        if strayed is not None:
            self._note_refusal(scope, strayed.reason, strayed.status)
            return problem(strayed.error, status=strayed.status)(scope, receive, send)
        if scope["type"] != "http":
            return self._app(scope, receive, send)
        if scope["method"] == "OPTIONS" and _asks_before(scope):
            return self._preflight(scope)(scope, receive, send)
        return self._app(scope, receive, self._sharing(scope, send))

    def _preflight(self, scope: Scope) -> Response:
        origin = self._doorstep.shared_with(scope)
        if origin is None:
            status = HTTPStatus.FORBIDDEN
            self._note_refusal(scope, "origin", status)
            return problem(
                "Origin: pages from there may not call; the service's operator sets "
                "ALLOWED_ORIGINS",
                status=status,
                headers={"vary": "Origin"},
            )
        return Response(
            status_code=HTTPStatus.NO_CONTENT,
            headers={
                "access-control-allow-origin": origin,
                "access-control-allow-methods": _METHODS,
                "access-control-allow-headers": _HEADERS,
                "access-control-max-age": str(_PREFLIGHT_GOOD_S),
                "vary": "Origin",
            },
        )

    def _note_refusal(self, scope: Scope, cause: str, status: int) -> None:
        if facts := self._access.refused(scope, cause=cause, status=status):
            self._access.observer.note("request_refused", **facts)

    def _sharing(self, scope: Scope, send: Send) -> Send:
        origin = self._doorstep.shared_with(scope)
        if origin is None:
            return send

        async def send_shared(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["access-control-allow-origin"] = origin
                headers.add_vary_header("Origin")
            await send(message)

        return send_shared


def _asks_before(scope: Scope) -> bool:
    """Whether a browser asks what the page may do, before it does it."""
    return any(name == b"access-control-request-method" for name, _ in scope["headers"])
