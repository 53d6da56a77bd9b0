from __future__ import annotations

import asyncio

import pytest

from actors.ports import LinkClosed, LinkRequest
from gateway.gemini_options import UpstreamOptions
from gateway.upstream import UpstreamSlot
from tests.support.fake_upstream import WELL, FakeUpstream
from tests.support.moments import now, seconds_pass

OPTIONS = UpstreamOptions(
    kind="emulator", model="gemini-3.8-live", api_key=None, connect_timeout_s=15
)
POLISH = LinkRequest("pl-PL")


async def test_a_session_that_comes_early_waits_for_the_upstream() -> None:
    slot, upstream = UpstreamSlot(OPTIONS), FakeUpstream()
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
        async with UpstreamSlot(OPTIONS).connect(POLISH):
            pass
    assert (caught.value.code, caught.value.closed_by, now()) == (1013, "us", 15)


async def test_a_newer_upstream_gets_the_later_links() -> None:
    slot, older, newer = UpstreamSlot(OPTIONS), FakeUpstream(), FakeUpstream()
    slot.fill(older)
    async with slot.connect(POLISH):
        slot.fill(newer)
        async with slot.connect(POLISH):
            assert (len(older.open_links), len(newer.open_links)) == (1, 1)


async def test_before_there_is_one_its_health_says_what_it_will_be() -> None:
    health = UpstreamSlot(OPTIONS).health()
    assert (health.kind, health.model, health.url) == ("emulator", "gemini-3.8-live", "")
    assert (health.last_success, health.last_failure, health.open_links) == (None, None, 0)


async def test_then_its_health_is_its_own() -> None:
    slot = UpstreamSlot(OPTIONS)
    slot.fill(FakeUpstream())
    assert slot.health() is WELL
