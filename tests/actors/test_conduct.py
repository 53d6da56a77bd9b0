"""Tests for `actors.conduct`: what a phone does wrong; its tokens have a file of their own."""

from __future__ import annotations

from actors.policy import SessionPolicy
from tests.support.live_session import buys, live_session, product_names
from tests.support.moments import a_moment, seconds_pass


async def test_a_bad_frame_is_answered_and_the_session_works_on() -> None:
    async with live_session() as session:
        session.phone.sends("{")
        session.phone.says("dance")
        link = await session.start()
        buys(link, "c1", "mleko")
        await a_moment()
        assert len(session.phone.errors) == 2
        assert product_names(session.phone) == ["mleko"]
        assert session.observer.noted("client_erred") == [{"field": "frame"}, {"field": "type"}]


async def test_a_phone_that_keeps_breaking_the_protocol_is_closed_with_1008() -> None:
    async with live_session() as session:
        for _ in range(100):
            session.phone.sends("{")
        await session.ended()
        assert session.phone.closed == (1008, "kept breaking the protocol")
        assert len(session.phone.errors) == SessionPolicy().violations + 1


async def test_now_and_then_a_bad_frame_is_forgiven_for_ever() -> None:
    async with live_session() as session:
        for _ in range(100):
            session.phone.sends("{")
            await seconds_pass(0.6)
        assert session.phone.closed is None
