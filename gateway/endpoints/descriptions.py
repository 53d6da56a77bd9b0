"""The service's descriptions: `/asyncapi.json`, `/openapi.json`, and `/docs` for people.

They are the same as long as the process lives: each is built when it is asked for first, and who
has it already is told so. The pages fetch nothing and run nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cached_property
from http import HTTPStatus
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from gateway.descriptions import asyncapi, asyncapi_page, frame, openapi, openapi_page
from gateway.version import NAME

_JSON: Final = "application/json"
_HTML: Final = "text/html; charset=utf-8"
_INTRODUCTION: Final = (
    "Phones speak into a WebSocket, Gemini Live listens, and what is to be bought comes back as "
    "events of a shopping list; besides, there are HTTP calls for operators and admins."
)
_INDEX: Final = (
    ("What phones speak", "AsyncAPI 3", "docs/asyncapi", "asyncapi.json"),
    ("HTTP", "OpenAPI 3.1", "docs/openapi", "openapi.json"),
)


class _Text:
    """One answer, built when it is asked for first."""

    def __init__(self, build: Callable[[], bytes], media_type: str) -> None:
        self._build = build
        self._media_type = media_type

    @cached_property
    def _body(self) -> bytes:
        return self._build()

    @cached_property
    def _headers(self) -> dict[str, str]:
        headers = {
            "cache-control": "no-cache",  # kept, but asked for anew: a new version changes it
            "etag": f'"{hashlib.sha256(self._body).hexdigest()[:32]}"',
            "x-content-type-options": "nosniff",
        }
        if self._media_type == _HTML:
            headers["content-security-policy"] = frame.content_security_policy()
            headers["referrer-policy"] = "no-referrer"
        return headers

    def answer(self, request: Request) -> Response:
        """Return it, or that it is still what the client has."""
        known = request.headers.get("if-none-match", "")
        tags = {tag.strip().removeprefix("W/") for tag in known.split(",")}
        if self._headers["etag"] in tags or "*" in tags:
            return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=self._headers)
        return Response(self._body, media_type=self._media_type, headers=self._headers)


class DescriptionsEndpoints:
    """Answers whoever wants to know what can be asked here."""

    def __init__(self) -> None:
        self._asyncapi = _Text(lambda: msgspec.json.encode(asyncapi.document()), _JSON)
        self._openapi = _Text(lambda: msgspec.json.encode(openapi.document()), _JSON)
        self._index = _Text(lambda: frame.index(NAME, _INDEX, introduction=_INTRODUCTION), _HTML)
        self._asyncapi_page = _Text(lambda: asyncapi_page.page(asyncapi.document()), _HTML)
        self._openapi_page = _Text(lambda: openapi_page.page(openapi.document()), _HTML)

    async def asyncapi(self, request: Request) -> Response:
        """`GET /asyncapi.json`: the WebSocket."""
        return self._asyncapi.answer(request)

    async def openapi(self, request: Request) -> Response:
        """`GET /openapi.json`: the HTTP calls."""
        return self._openapi.answer(request)

    async def index(self, request: Request) -> Response:
        """`GET /docs`: where the pages are."""
        return self._index.answer(request)

    async def asyncapi_page(self, request: Request) -> Response:
        """`GET /docs/asyncapi`: the WebSocket, for people."""
        return self._asyncapi_page.answer(request)

    async def openapi_page(self, request: Request) -> Response:
        """`GET /docs/openapi`: the HTTP calls, for people."""
        return self._openapi_page.answer(request)
