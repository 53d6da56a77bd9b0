"""`GET /metrics`: numbers for Prometheus, without a user's name or a word that was said."""

from __future__ import annotations

import asyncio
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from gateway.metrics import Exposition, Sources

_AT_ONCE: Final = 100
"""Sessions that are settled before others have their turn."""


class MetricsEndpoint:
    """Answers scrapers."""

    def __init__(self, sources: Sources) -> None:
        self._sessions = sources.tally.sessions
        self._exposition = Exposition(sources)

    async def scrape(self, request: Request) -> Response:
        """`GET /metrics`: all there is, as OpenMetrics if that is asked for."""
        for count, session in enumerate(tuple(self._sessions), start=1):
            session.settle()
            if count % _AT_ONCE == 0:
                await asyncio.sleep(0)
        text, media_type = self._exposition.render(request.headers.get("accept", ""))
        headers = {"content-type": media_type, "cache-control": "no-store"}
        return Response(text, headers=headers)
