"""Tests for `actors.tally` and `actors.meter`: what is counted of whole sessions."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from actors.dialects import V2
from actors.tally import Histogram
from schemas.gemini import GeminiMessage, ModalityTokens, UsageMetadata
from schemas.messages import Draining, EndedByAdmin
from tests.support.fake_gemini import FakeConnector
from tests.support.fake_store import FakeStore
from tests.support.gemini_says import TURN_COMPLETE, call, calls, handle, heard
from tests.support.live_session import LiveSession, live_session
from tests.support.moments import a_moment, seconds_pass
from tests.support.sounds import silence, speech

ESTIMATED = [("tokens", "estimated", kind) for kind in ("text", "audio", "unattributed")]


def billed(prompt: int, response: int) -> GeminiMessage:
    return GeminiMessage(
        usage_metadata=UsageMetadata(
            prompt_token_count=prompt,
            response_token_count=response,
            total_token_count=prompt + response + 3,
            thoughts_token_count=3,
            prompt_tokens_details=(ModalityTokens("AUDIO", prompt - 1),),
        )
    )


def says(session: LiveSession, pcm: bytes) -> None:
    session.phone.says("audio_chunk", audio_data=base64.b64encode(pcm).decode())


def test_an_observation_belongs_to_the_first_bucket_whose_bound_it_does_not_exceed() -> None:
    histogram = Histogram((0.1, 1.0))
    for value in (0.0, 0.1, 0.5, 1.5):
        histogram.observe(value)
    histogram.observe(0.05, 3)
    assert histogram.buckets == [5, 1, 1]
    assert histogram.total == pytest.approx(2.25)


async def test_a_sessions_figures_are_in_the_tally_once_it_is_settled_and_once_only() -> None:
    async with live_session() as session:
        link = await session.start()
        says(session, speech(500) + silence(600))
        await a_moment()
        link.says(heard("Dodaj mleko"), calls(call("c1")), billed(10, 4), TURN_COMPLETE)
        await seconds_pass(1)
        counts = session.tally.counts
        assert ("products",) not in counts
        for _ in range(2):
            session.supervisor.settle()
        expected = {
            ("audio_ms",): 1_100,
            ("products",): 1,
            ("tokens", "prompt", "audio"): 9,
            ("tokens", "prompt", "unattributed"): 1,
            ("tokens", "response", "unattributed"): 4,
            ("tokens", "thoughts", "text"): 3,
        }
        assert counts == expected
        assert session.tally.sessions == {session.supervisor}
    assert counts == expected
    assert session.tally.sessions == set()


async def test_figures_that_gemini_lowers_count_once_they_are_higher_than_before() -> None:
    async with live_session() as session:
        link = await session.start()
        key = ("tokens", "response", "unattributed")
        seen = []
        for response in (9, 5, 12):
            link.says(heard("Dodaj"), billed(10, response))
            await a_moment()
            session.supervisor.settle()
            seen.append(session.tally.counts[key])
    assert seen == [9, 9, 12]


async def test_an_estimate_that_figures_take_the_place_of_does_not_count_anew() -> None:
    """As the next estimate does only as far as it is higher."""
    async with live_session(dialect=V2) as session:
        link = await session.start()
        link.says(handle("h1"))
        estimates: list[Any] = []
        for turn in range(3):
            await a_moment()
            session.gemini.newest.says(calls(call(f"c{turn}")))
            await a_moment()
            session.gemini.newest.breaks()
            await seconds_pass(2)
            session.supervisor.settle()
            estimates.append(session.supervisor.outcome()["estimated_tokens"])
            session.gemini.newest.says(billed(7, 1))
            await a_moment()
            session.supervisor.settle()
            assert session.supervisor.outcome()["estimated_tokens"] == 0
        counted = sum(session.tally.counts[key] for key in ESTIMATED)
        # Of each modality the most that was estimated: they need not be of the same turn.
        assert 0 < max(estimates) <= counted < 1.5 * max(estimates)


async def test_what_an_earlier_connection_came_to_is_not_counted_again() -> None:
    store, gemini = FakeStore(), FakeConnector()
    async with live_session(dialect=V2, store=store, gemini=gemini) as session:
        link = await session.start()
        link.says(heard("Dodaj mleko"), calls(call("c1")), billed(10, 4), TURN_COMPLETE)
        await a_moment()
        (info,) = session.phone.told("session")
    assert session.tally.counts["products",] == 1
    async with live_session(dialect=V2, store=store, gemini=gemini) as session:
        await session.start(resume={"token": info["resume_token"]})
        await a_moment()
        assert session.supervisor.detail().products == 1
        session.supervisor.settle()
        assert session.tally.counts == {}
        assert session.supervisor.outcome()["products"] == 1


async def test_delays_of_speech_and_products_are_observed_and_the_worst_is_told() -> None:
    async with live_session() as session:
        link = await session.start()
        says(session, speech(500) + silence(600))
        await seconds_pass(2)
        link.says(heard("Dodaj mleko"), calls(call("c1")), TURN_COMPLETE)
        await a_moment()
    assert session.tally.product_delay.total == pytest.approx(2.0, abs=0.2)
    assert sum(session.tally.product_delay.buckets) == 1
    assert sum(session.tally.uplink_delay.buckets) == 1
    assert session.supervisor.outcome()["worst_product_delay_s"] == pytest.approx(2.0, abs=0.2)


async def test_a_turn_that_brings_no_product_is_no_delay_of_one() -> None:
    async with live_session() as session:
        link = await session.start()
        says(session, speech(500) + silence(600))
        await a_moment()
        link.says(heard("Hm"), TURN_COMPLETE)
        await a_moment()
    assert sum(session.tally.product_delay.buckets) == 0
    assert session.supervisor.outcome()["worst_product_delay_s"] is None


async def test_a_sessions_end_is_summed_up() -> None:
    async with live_session() as session:
        link = await session.start()
        says(session, speech(500) + silence(600))
        await a_moment()
        link.says(heard("Dodaj mleko"), calls(call("c1")), billed(10, 4), TURN_COMPLETE)
        await seconds_pass(59)
        session.supervisor.tell(EndedByAdmin())
        await session.ended()
        outcome = session.supervisor.outcome()
    assert outcome == {
        "code": 4010,
        "reason": "ended by an admin",
        "duration_s": pytest.approx(59, abs=0.5),
        "audio_s": 1.1,
        "products": 1,
        "turns": 1,
        "links": 1,
        "restarts": 0,
        "link_error": None,
        "prompt_tokens": 10,
        "response_tokens": 4,
        "estimated_tokens": 0,
        "dropped_ms": 0,
        "dropped_messages": 0,
        "worst_uplink_delay_s": pytest.approx(0, abs=0.01),
        "worst_product_delay_s": pytest.approx(0, abs=0.1),
        "cost": None,
    }


async def test_a_phone_that_leaves_by_itself_gives_the_code() -> None:
    async with live_session() as session:
        await session.start()
        session.phone.leaves(1001)
        await session.ended()
    outcome = session.supervisor.outcome()
    assert (outcome["code"], outcome["reason"]) == (1001, None)


async def test_what_closes_a_connection_without_a_line_of_its_own_is_the_reason_of_its_end() -> (
    None
):
    async with live_session() as broken:
        link = await broken.start()
        link.breaks(ZeroDivisionError("a bug"))
        await broken.ended()
    async with live_session() as cancelled:
        await cancelled.start()
        cancelled.running.cancel()
        await cancelled.ended()
    async with live_session(dialect=V2) as left:
        await left.start()
        left.supervisor.tell(Draining())
        await left.ended()
    outcomes = [each.supervisor.outcome() for each in (broken, cancelled, left)]
    assert [(outcome["code"], outcome["reason"]) for outcome in outcomes] == [
        (1011, "internal error"),
        (1012, "this server restarts"),
        (1012, "this server restarts"),
    ]


async def test_how_a_session_is_can_be_seen_while_it_goes() -> None:
    async with live_session() as session:
        await session.start()
        gauges = session.supervisor.gauges()
    assert (gauges.state, gauges.uplink.depth, gauges.outbox.depth) == ("listening", 0, 0)
    assert gauges.inbox.unit == "messages"
