"""What the service says of itself: `GET /`, `/health`, `/livez`, `/readyz`."""

from __future__ import annotations

import asyncio
import os
import resource
import time
from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Final, Literal

from starlette.requests import Request
from starlette.responses import Response

from actors.registry import SessionRegistry
from gateway.endpoints.answers import answer
from gateway.readiness import Readiness, State
from gateway.spending import Today
from gateway.version import NAME, VERSION
from schemas import admin

_STATM: Final = Path("/proc/self/statm")


class HealthEndpoints:
    """Answers people and platforms; never asks the upstream, only tells what it did last."""

    def __init__(  # noqa: PLR0913 - what it tells of, all by keyword
        self,
        *,
        registry: SessionRegistry,
        readiness: Readiness,
        upstream: Callable[[], admin.UpstreamHealth],
        store: Callable[[], admin.StoreView],
        wall_clock: Callable[[], float],
        full: Callable[[], bool],
        today: Callable[[], Today],
    ) -> None:
        self._registry = registry
        self._readiness = readiness
        self._upstream = upstream
        self._store = store
        self._wall_clock = wall_clock
        self._full = full
        self._today = today
        self._started_at = time.monotonic()

    async def service(self, _: Request) -> Response:
        """`GET /`: what this is."""
        draining = self._readiness.state is State.DRAINING
        return answer(
            admin.ServiceInfo(
                service=NAME,
                version=VERSION,
                status="draining" if draining else "running",
                active_sessions=len(self._registry),
                timestamp=datetime.fromtimestamp(self._wall_clock(), UTC).isoformat(),
            )
        )

    async def health(self, _: Request) -> Response:
        """`GET /health`: in detail. Always 200: probes ask `/livez` and `/readyz`."""
        upstream, store = self._upstream(), self._store()
        degraded_by = self._degraded_by(upstream, store)
        return answer(
            admin.Health(
                status=self._status(degraded=bool(degraded_by)),
                version=VERSION,
                active_sessions=len(self._registry),
                process=admin.ProcessHealth(
                    pid=os.getpid(),
                    uptime_s=round(time.monotonic() - self._started_at, 3),
                    tasks=len(asyncio.all_tasks()),
                    rss_bytes=_resident_bytes(),
                ),
                upstream=upstream,
                store=store,
                degraded_by=degraded_by,
            )
        )

    async def live(self, _: Request) -> Response:
        """`GET /livez`: the event loop turns."""
        return answer(admin.Probe(status="ok"))

    async def ready(self, _: Request) -> Response:
        """`GET /readyz`: 200 while new sessions are taken, else 503."""
        state = self._readiness.state
        ready = state is State.READY
        if ready and self._full():
            full = admin.Probe(status="full")
            return answer(full, status=HTTPStatus.SERVICE_UNAVAILABLE)
        return answer(
            admin.Probe(status=state.value),
            status=HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE,
        )

    def _degraded_by(
        self, upstream: admin.UpstreamHealth, store: admin.StoreView
    ) -> tuple[admin.Degradation, ...]:
        found: dict[admin.Degradation, bool] = {
            "starting": self._readiness.state is State.STARTING,
            "upstream": _fails(upstream),
            "store": not store.available,
            "day_budget": self._today().level == "spent",
        }
        return tuple(name for name, so in found.items() if so)

    def _status(self, *, degraded: bool) -> Literal["healthy", "degraded", "draining"]:
        if self._readiness.state is State.DRAINING:
            return "draining"
        return "degraded" if degraded else "healthy"


def _fails(upstream: admin.UpstreamHealth) -> bool:
    """Whether the breaker is open, or the upstream's last word was a failure.

    ISO 8601 in UTC sorts as text.
    """
    if upstream.breaker is not None and upstream.breaker.state == "open":
        return True
    failed, succeeded = upstream.last_failure, upstream.last_success
    return failed is not None and (succeeded is None or failed > succeeded)


def _resident_bytes() -> int:
    """Return resident memory, or its peak where there is no /proc."""
    if _STATM.exists():
        return int(_STATM.read_text().split()[1]) * resource.getpagesize()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
