from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import Literal

import msgspec
import pytest

from schemas.admin import BreakerView
from schemas.bill import Bill
from tests.support.an_app import NOON, App
from tests.support.asgi import connected, request
from tests.support.fake_upstream import WELL

EARLIER, LATER = "2026-11-22T10:00:00+00:00", "2026-11-22T10:00:00.500000+00:00"


async def test_the_root_says_what_this_is() -> None:
    answer = await request(App().asgi, "/")
    assert answer.status == 200
    assert answer.json == {
        "service": "gemini-live-gateway",
        "version": "0.1.0",
        "status": "running",
        "active_sessions": 0,
        "timestamp": datetime.fromtimestamp(NOON, UTC).isoformat(),
    }
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"


async def test_sessions_are_counted_while_they_live() -> None:
    app = App()
    async with connected(app.asgi, "/ws/anna"), connected(app.asgi, "/ws/jan"):
        assert (await request(app.asgi, "/")).json["active_sessions"] == 2
        assert (await request(app.asgi, "/health")).json["active_sessions"] == 2
    assert (await request(app.asgi, "/")).json["active_sessions"] == 0


async def test_health_tells_of_the_process_and_of_the_upstream() -> None:
    app = App()
    health = (await request(app.asgi, "/health")).json
    assert health["status"] == "healthy"
    assert health["process"]["pid"] == os.getpid()
    assert health["process"]["tasks"] == 1
    assert health["process"]["rss_bytes"] > 1 << 20
    assert health["process"]["uptime_s"] >= 0
    assert health["upstream"] == msgspec.to_builtins(WELL)


async def test_health_tells_how_many_sessions_are_kept() -> None:
    app = App()
    await app.store.create("s1", "anna", "t1", b"abc")
    await app.store.create("s2", "jan", "t2", b"abcde")
    await app.store.park("s2", None)
    health = (await request(app.asgi, "/health")).json
    held = {"parked": 1, "live": 1, "parked_bytes": 5}
    known = {"available": True, "problem": None, "owed": 0}
    assert health["store"] == {"kind": "memory", **held, **known}
    app.store.close()


@pytest.mark.parametrize(
    ("success", "failure", "status"),
    [
        (None, None, "healthy"),
        (EARLIER, None, "healthy"),
        (None, EARLIER, "degraded"),
        (EARLIER, LATER, "degraded"),
        (LATER, EARLIER, "healthy"),
    ],
)
async def test_health_is_degraded_when_the_upstreams_last_word_was_a_failure(
    success: str | None, failure: str | None, status: str
) -> None:
    app = App()
    app.upstream.told = msgspec.structs.replace(WELL, last_success=success, last_failure=failure)
    answer = await request(app.asgi, "/health")
    assert (answer.status, answer.json["status"]) == (200, status)


@pytest.mark.parametrize(("tokens", "status"), [(999, "healthy"), (1_000, "degraded")])
async def test_health_is_degraded_by_a_spent_day_and_says_so(tokens: int, status: str) -> None:
    app = App({"DAY_TOKENS": "1000"})
    app.spent = Bill(tokens)
    health = (await request(app.asgi, "/health")).json
    assert health["status"] == status
    assert health["degraded_by"] == (["day_budget"] if status == "degraded" else [])


@pytest.mark.parametrize(("state", "status"), [("open", "degraded"), ("closed", "healthy")])
async def test_health_shows_the_breaker_and_is_degraded_while_it_is_open(
    state: Literal["open", "closed"], status: str
) -> None:
    app = App()
    breaker = BreakerView(state, 5, 40, 1, 1.0, 24, EARLIER)
    app.upstream.told = msgspec.structs.replace(WELL, breaker=breaker)
    health = (await request(app.asgi, "/health")).json
    assert (health["status"], health["upstream"]["breaker"]) == (
        status,
        {
            "state": state,
            "failures_in_a_row": 5,
            "waiting": 40,
            "opening": 1,
            "attempts_per_s_bound": 1.0,
            "burst_bound": 24,
            "opened_at": EARLIER,
        },
    )


async def test_before_the_upstream_is_ready_the_process_is_alive_but_not_ready() -> None:
    app = App(starting=True)
    assert (await request(app.asgi, "/livez")).json == {"status": "ok"}
    ready = await request(app.asgi, "/readyz")
    assert (ready.status, ready.json) == (503, {"status": "starting"})
    assert (await request(app.asgi, "/health")).json["status"] == "degraded"


async def test_with_the_upstream_ready_new_sessions_are_taken() -> None:
    ready = await request(App().asgi, "/readyz")
    assert (ready.status, ready.json) == (200, {"status": "ok"})


async def test_while_draining_every_endpoint_says_so() -> None:
    app = App()
    app.readiness.note_draining()
    app.readiness.note_ready()  # too late
    ready = await request(app.asgi, "/readyz")
    assert (ready.status, ready.json) == (503, {"status": "draining"})
    assert (await request(app.asgi, "/")).json["status"] == "draining"
    assert (await request(app.asgi, "/health")).json["status"] == "draining"
    assert (await request(app.asgi, "/livez")).status == 200
