"""Tests for `actors.farewell`: phones that are slow, and a Gemini that is, at the end."""

from __future__ import annotations

import pytest

from actors.policy import SessionPolicy
from schemas.messages import EndedByAdmin, Replaced
from tests.support.live_session import buys, live_session
from tests.support.moments import a_moment, now, seconds_pass


async def test_the_phone_is_closed_even_while_gemini_is_slow_to_close() -> None:
    async with live_session() as session:
        session.gemini.closing_takes_s = 10
        await session.start()
        session.supervisor.tell(Replaced())
        await session.ended()
        assert session.phone.closings[0].at < 0.1
        assert now() >= 10


async def test_a_phone_that_does_not_take_its_close_is_not_waited_for() -> None:
    async with live_session() as session:
        session.phone.closing_takes_s = 3600
        session.supervisor.tell(EndedByAdmin())
        await session.ended()
        assert now() == pytest.approx(2)
        assert session.observer.noted("close_not_taken") == [{"code": 4010}]


async def test_a_slow_phone_is_closed_with_4008_and_meanwhile_gemini_is_answered() -> None:
    async with live_session() as session:
        link = await session.start()
        session.phone.takes_nothing()
        for number in range(5):
            buys(link, f"c{number}", "mleko")
            await seconds_pass(1)
        assert len(link.answers) == 5
        assert session.phone.products == []
        await session.ended()
        assert session.phone.closed == (4008, "messages were not taken")
        assert now() == pytest.approx(20, abs=0.1)


async def test_a_phone_that_takes_its_messages_again_in_time_gets_them_all() -> None:
    async with live_session() as session:
        link = await session.start()
        session.phone.takes_nothing()
        for number in range(5):
            buys(link, f"c{number}", "mleko")
        await seconds_pass(15)
        session.phone.takes_again()
        await a_moment()
        assert len(session.phone.products) == 5
        assert session.phone.closed is None


async def test_a_phone_for_which_too_much_piles_up_is_closed_with_4008() -> None:
    async with live_session(SessionPolicy(outbox_bytes=2_000)) as session:
        link = await session.start()
        session.phone.takes_nothing()
        for number in range(20):
            buys(link, f"c{number}", "mleko")
        await session.ended()
        assert session.phone.closed == (4008, "messages were not taken")
        assert now() == pytest.approx(2, abs=0.1)
        ((event, _),) = session.observer.warnings
        assert event == "messages_not_taken"
