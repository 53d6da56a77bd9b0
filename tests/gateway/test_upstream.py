from __future__ import annotations

import asyncio
import contextlib

import pytest
from msgspec.structs import replace

from actors.ports import LinkClosed, LinkRequest
from gateway.gemini_options import UpstreamOptions
from gateway.upstream import UpstreamSlot
from tests.support.fake_gemini import GONE
from tests.support.fake_upstream import WELL, FakeUpstream
from tests.support.moments import now, seconds_pass
from tests.support.recording_observer import RecordingObserver

OPTIONS = UpstreamOptions(
    kind="emulator", model="gemini-3.8-live", api_key=None, connect_timeout_s=15
)
POLISH = LinkRequest("pl-PL")


def a_slot() -> UpstreamSlot:
    return UpstreamSlot(OPTIONS, RecordingObserver())


async def test_a_session_that_comes_early_waits_for_the_upstream() -> None:
    slot, upstream = a_slot(), FakeUpstream()
    opened_at: list[float] = []

    async def session() -> None:
        async with slot.connect(POLISH) as link:
            assert link is upstream.newest
            opened_at.append(now())

    async with asyncio.TaskGroup() as group:
        group.create_task(session(), name="session")
        await seconds_pass(14)
        slot.fill(upstream)
    assert opened_at == [14]
    assert upstream.open_links == []


async def test_it_does_not_wait_longer_than_the_connect_timeout() -> None:
    with pytest.raises(LinkClosed, match="not ready") as caught:
        async with a_slot().connect(POLISH):
            pass
    assert (caught.value.code, caught.value.closed_by, now()) == (1013, "us", 15)


async def test_a_newer_upstream_gets_the_later_links() -> None:
    slot, older, newer = a_slot(), FakeUpstream(), FakeUpstream()
    slot.fill(older)
    async with slot.connect(POLISH):
        slot.fill(newer)
        async with slot.connect(POLISH):
            assert (len(older.open_links), len(newer.open_links)) == (1, 1)


async def test_before_there_is_one_its_health_says_what_it_will_be() -> None:
    health = a_slot().health()
    assert (health.kind, health.model, health.url) == ("emulator", "gemini-3.8-live", "")
    assert (health.last_success, health.last_failure, health.open_links) == (None, None, 0)


async def test_then_its_health_is_its_own() -> None:
    slot = a_slot()
    slot.fill(FakeUpstream())
    health = slot.health()
    assert health.breaker is not None
    assert (health.breaker.state, health.breaker.burst_bound) == ("closed", 24)
    assert replace(health, breaker=None) == WELL


async def test_those_who_wait_for_an_upstream_that_is_down_get_the_one_that_replaces_it() -> None:
    observer = RecordingObserver()
    slot, older, newer = UpstreamSlot(OPTIONS, observer), FakeUpstream(), FakeUpstream()
    older.refusals.extend([GONE] * 100)
    slot.fill(older)
    opened_at: list[float] = []

    async def session() -> None:
        while True:
            with contextlib.suppress(LinkClosed):
                async with slot.connect(POLISH):
                    opened_at.append(now())
                    await seconds_pass(100)
                    return

    async with asyncio.TaskGroup() as group:
        for number in range(30):
            group.create_task(session(), name=f"session {number}")
        await seconds_pass(0.5)
        burst = len(older.attempts)
        await seconds_pass(10)
        assert len(older.attempts) == burst + 10
        breaker = slot.health().breaker
        assert breaker is not None
        assert (breaker.state, breaker.attempts_per_s_bound, breaker.waiting) == ("open", 1.0, 30)
        assert 5 <= burst <= breaker.burst_bound
        slot.fill(newer)
        renewed = slot.health().breaker
        assert renewed is not None
        assert (renewed.state, renewed.failures_in_a_row, renewed.opened_at) == ("closed", 0, None)
    assert opened_at == [10.5] * 30
    assert len(older.attempts) == burst + 10
    assert len(observer.noted("breaker_opened")) == 1
