"""Tests for `actors.session_view`: what admins see."""

from __future__ import annotations

import pytest

from tests.support.gemini_says import (
    TURN_COMPLETE,
    call,
    calls,
    usage,
)
from tests.support.live_session import live_session
from tests.support.moments import a_moment, seconds_pass
from tests.support.sounds import chunks, speech


async def test_an_admin_sees_the_session_in_depth() -> None:
    async with live_session() as session:
        link = await session.start()
        session.phone.speaks(*chunks(speech(1_500)))
        session.phone.takes_nothing()
        link.says(calls(call("c1")), usage(20, 5), TURN_COMPLETE)
        await seconds_pass(2)
        session.phone.takes_again()
        link.breaks()
        await seconds_pass(8)
        detail = session.supervisor.detail()
        assert (detail.user_id, detail.session_id, detail.state) == ("ala", "s1", "listening")
        assert detail.created_at == "2023-11-14T22:13:20.500+00:00"
        assert detail.last_activity == "2023-11-14T22:13:22.501+00:00"
        assert detail.link_age_s == pytest.approx(8, abs=0.01)
        assert (detail.links_opened, detail.restarts, detail.audio_s) == (2, 1, 1.5)
        assert detail.last_error == "1006 no close frame"
        assert (detail.products, detail.prompt_tokens, detail.response_tokens) == (1, 20, 5)
        assert detail.outbox.peak > detail.outbox.depth == 0


async def test_speech_is_activity_even_if_gemini_says_nothing() -> None:
    async with live_session() as session:
        await session.start()
        await seconds_pass(30)
        session.phone.speaks(speech(100))
        await a_moment()
        assert session.supervisor.summary().last_activity > "2023-11-14T22:13:50.5"
        await seconds_pass(30)
        assert session.supervisor.detail().last_activity < "2023-11-14T22:13:51"


async def test_a_session_that_never_started_has_no_link_age() -> None:
    async with live_session() as session:
        await a_moment()
        detail = session.supervisor.detail()
        assert (detail.state, detail.link_age_s) == ("idle", None)
        assert session.supervisor.user_id == "ala"
