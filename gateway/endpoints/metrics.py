"""`GET /metrics`: numbers for Prometheus, without a user's name or a word that was said."""

from __future__ import annotations

import asyncio
import hmac
from http import HTTPStatus
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from gateway.access.access import Access
from gateway.endpoints.answers import problem
from gateway.metrics import Exposition, Sources
from gateway.setting_values import Secret

_AT_ONCE: Final = 100
"""Sessions that are settled before others have their turn."""


class MetricsEndpoint:
    """Answers scrapers: all, or those that have the token if there is one."""

    def __init__(self, sources: Sources, *, token: Secret | None, access: Access) -> None:
        self._token = token
        self._access = access
        self._sessions = sources.tally.sessions
        self._exposition = Exposition(sources)

    async def scrape(self, request: Request) -> Response:
        """`GET /metrics`: all there is, as OpenMetrics if that is asked for."""
        if not self._allows(request):
            status = HTTPStatus.UNAUTHORIZED
            if facts := self._access.refused(request.scope, cause="metrics_token", status=status):
                self._access.observer.note("request_refused", **facts)
            return problem(
                "send the header Authorization: Bearer followed by the service's METRICS_TOKEN",
                status=status,
                headers={"www-authenticate": 'Bearer realm="metrics"'},
            )
        for count, session in enumerate(tuple(self._sessions), start=1):
            session.settle()
            if count % _AT_ONCE == 0:
                await asyncio.sleep(0)
        text, media_type = self._exposition.render(request.headers.get("accept", ""))
        headers = {"content-type": media_type, "cache-control": "no-store"}
        return Response(text, headers=headers)

    def _allows(self, request: Request) -> bool:
        if self._token is None:
            return True
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        # Headers are Latin-1; the comparison's time says nothing about where they differ.
        right = hmac.compare_digest(given.strip().encode("latin-1"), self._token.text.encode())
        return right and scheme.lower() == "bearer"
