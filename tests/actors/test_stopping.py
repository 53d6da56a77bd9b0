"""Tests for `actors.stopping`: what was said is finished before a session stops."""

from __future__ import annotations

from actors.policy import SessionPolicy
from actors.ports import LinkRequest
from schemas.gemini import AudioStreamEnd
from tests.support.gemini_says import (
    TURN_COMPLETE,
    call,
    calls,
    handle,
    heard,
)
from tests.support.live_session import buys, live_session, product_names
from tests.support.moments import a_moment, seconds_pass
from tests.support.sounds import chunks, silence, speech

STOP_QUIET_S = SessionPolicy().stop_quiet_s


async def test_stopping_finishes_what_was_said() -> None:
    async with live_session() as session:
        link = await session.start()
        session.phone.speaks(*chunks(speech(800)))
        session.phone.says("stop_session")
        await a_moment()
        assert link.heard[-1] == AudioStreamEnd()
        assert session.supervisor.summary().state == "draining"
        await seconds_pass(2)
        buys(link, "c1", "mleko")
        await a_moment()
        assert product_names(session.phone) == ["mleko"]
        assert "stopped" not in session.phone.statuses
        await seconds_pass(STOP_QUIET_S + 0.1)
        assert session.phone.statuses[-1] == "stopped"
        assert link.closed_at is not None
        assert session.supervisor.summary().state == "stopped"
        assert session.phone.closed is None


async def test_stopping_after_silence_ends_when_gemini_has_been_quiet_for_a_moment() -> None:
    async with live_session() as session:
        await session.start()
        session.phone.speaks(*chunks(silence(1_000)))
        session.phone.says("stop_session")
        await seconds_pass(STOP_QUIET_S + 0.01)
        assert session.phone.statuses[-1] == "stopped"


async def test_an_answer_that_begins_just_before_the_end_is_waited_for() -> None:
    async with live_session() as session:
        link = await session.start()
        session.phone.says("stop_session")
        await seconds_pass(STOP_QUIET_S - 0.1)
        link.says(heard("Dodaj mleko"))
        await seconds_pass(1)
        link.says(calls(call("c1", "mleko")))
        await seconds_pass(1)
        link.says(TURN_COMPLETE)
        await seconds_pass(STOP_QUIET_S - 0.1)
        assert "stopped" not in session.phone.statuses
        await seconds_pass(0.2)
        assert session.phone.statuses[-1] == "stopped"
        assert product_names(session.phone) == ["mleko"]


async def test_a_gemini_that_never_answers_is_waited_for_only_so_long() -> None:
    async with live_session() as session:
        await session.start()
        session.phone.speaks(*chunks(speech(800)))
        session.phone.says("stop_session")
        await seconds_pass(SessionPolicy().stop_limit_s - 0.1)
        assert "stopped" not in session.phone.statuses
        await seconds_pass(0.2)
        assert session.phone.statuses[-1] == "stopped"


async def test_a_link_lost_while_stopping_still_gives_its_products() -> None:
    async with live_session() as session:
        link = await session.start()
        session.phone.speaks(*chunks(speech(800)))
        session.phone.says("stop_session")
        await a_moment()
        link.breaks()
        await seconds_pass(0.5)
        second = session.gemini.newest
        assert second.audio == speech(800)
        assert second.heard[-1] == AudioStreamEnd()
        buys(second, "c1", "mleko")
        await seconds_pass(STOP_QUIET_S + 0.1)
        assert product_names(session.phone) == ["mleko"]
        assert session.phone.statuses[-1] == "stopped"


async def test_a_stopped_session_starts_again_when_somebody_speaks() -> None:
    async with live_session() as session:
        first = await session.start()
        first.says(handle("h1"))
        session.phone.says("stop_session")
        await seconds_pass(1)
        session.phone.speaks(*chunks(speech(500)))
        await a_moment()
        second = session.gemini.newest
        assert second is not first
        assert second.audio == speech(500)
        assert second.request.handle is None
        assert session.phone.statuses[-3:] == ["stopped", "connecting", "listening"]


async def test_speech_that_was_on_its_way_when_the_phone_stopped_changes_nothing() -> None:
    async with live_session() as session:
        link = await session.start()
        session.phone.speaks(silence(500))
        session.phone.says("stop_session")
        await a_moment()
        session.phone.speaks(speech(100, 2))
        await seconds_pass(60)
        assert link.audio == silence(500)
        assert session.phone.statuses == ["connecting", "listening", "stopped"]


async def test_a_start_while_stopping_is_carried_out_afterwards_with_its_own_speech() -> None:
    async with live_session() as session:
        link = await session.start(language="en-US")
        session.phone.speaks(speech(500, 1))
        session.phone.says("stop_session")
        session.phone.says("start_session", language="pl-PL")
        await a_moment()
        session.phone.speaks(speech(500, 2))
        await seconds_pass(1)
        assert link.audio == speech(500, 1)
        link.says(heard("milk"), TURN_COMPLETE)
        await seconds_pass(2)
        assert session.gemini.newest.audio == speech(500, 2)
        assert session.gemini.newest.request == LinkRequest(language="pl-PL")
        assert session.phone.statuses[2:] == ["stopped", "connecting", "listening"]


async def test_another_stop_takes_back_a_start_that_was_to_follow() -> None:
    async with live_session() as session:
        await session.start()
        session.phone.says("stop_session")
        session.phone.says("start_session")
        await a_moment()
        session.phone.speaks(speech(500, 2))
        session.phone.says("stop_session")
        await seconds_pass(60)
        assert session.phone.statuses == ["connecting", "listening", "stopped"]
        session.phone.says("start_session")
        await a_moment()
        assert session.gemini.newest.audio == b""


async def test_speech_after_a_stop_starts_a_session_in_the_same_language() -> None:
    async with live_session() as session:
        await session.start(language="en-US")
        session.phone.says("stop_session")
        await seconds_pass(10)
        session.phone.speaks(speech(100))
        await a_moment()
        assert session.gemini.newest.request == LinkRequest(language="en-US")
