"""Tests for `actors.leaving`, and for sessions whose phone's connection is left."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest

from actors.leaving import ASK_EVERY_S, PARTING_S, Leaving
from actors.policy import SessionPolicy
from actors.ports import LinkClosed
from actors.restart import RestartPolicy
from schemas.gemini import AudioStreamEnd, TypedText
from schemas.messages import Draining, Replaced, SpeechReport
from tests.support.gemini_says import TURN_COMPLETE, call, calls, go_away, handle, heard
from tests.support.live_session import live_session
from tests.support.moments import a_moment, now, seconds_pass
from tests.support.shop import App, Shop, open_shop
from tests.support.sounds import chunks, silence, speech

AGE_S = 100.0
POLICY = SessionPolicy(connection_age_s=AGE_S)
RESTARTS = (1012, "this server restarts")
SAID = SpeechReport(unheard=True, last_sent_at=99.0)
NOTHING_SAID = SpeechReport(unheard=False)


def leaving(*, spread: float = 1.0, **policy: float) -> Leaving:
    return Leaving(SessionPolicy(**policy), connected_at=50.0, spread=spread)  # type: ignore[arg-type]  # numbers only


# The plan.


def test_a_connection_of_any_age_stays_until_the_instance_goes() -> None:
    plan = leaving(connection_age_s=0.0)
    assert plan.deadline is None
    assert not plan.due(1e9)
    assert not plan.wanted(1e9)
    plan.begin(100.0)
    assert plan.wanted(100.0)
    assert plan.by == 100.0 + SessionPolicy().drain_s


@pytest.mark.parametrize(("spread", "since"), [(1.0, 140.0), (0.0, 145.0)])
def test_phones_that_connected_together_are_not_left_together(spread: float, since: float) -> None:
    plan = leaving(spread=spread, connection_age_s=AGE_S)
    assert plan.deadline == since
    assert plan.wanted(since)
    assert not plan.wanted(since - 0.1)


def test_the_phone_is_told_when_it_is_near() -> None:
    plan = leaving(connection_age_s=AGE_S)
    near_at = 150.0 - SessionPolicy().drain_s
    assert not plan.near(near_at - 0.1)
    assert plan.near(near_at)


def test_where_speech_cannot_be_said_again_there_is_time_for_an_answer() -> None:
    plan = leaving(connection_age_s=AGE_S)
    assert not plan.overdue(149.9, resumable=True)
    assert plan.overdue(150.0, resumable=True)
    assert plan.overdue(148.0, resumable=False)
    assert not plan.overdue(147.9, resumable=False)


def test_a_moment_is_looked_for_again_and_again_and_at_the_end() -> None:
    plan = leaving(connection_age_s=AGE_S)
    plan.ask(149.0)
    assert plan.deadline == 149.0 + ASK_EVERY_S
    plan.ask(149.9)
    assert plan.deadline == 150.0
    plan.ask(150.0)
    assert plan.deadline == 150.0 + ASK_EVERY_S


def test_a_moment_is_quiet_when_nothing_has_happened_for_long_enough() -> None:
    plan = leaving(stop_quiet_s=0.5)

    def quiet(report: SpeechReport, at: float, *, idle: bool = True) -> bool:
        return plan.quiet(report, at, idle=idle, resumable=False)

    assert not quiet(NOTHING_SAID, 100.0)
    assert quiet(NOTHING_SAID, 100.5)
    assert not quiet(NOTHING_SAID, 100.7, idle=False)
    assert not quiet(NOTHING_SAID, 100.8)
    assert not quiet(SAID, 101.0)
    assert not quiet(NOTHING_SAID, 101.1)
    plan.busy()
    assert not quiet(NOTHING_SAID, 102.0)


def test_a_short_pause_will_do_where_what_begins_then_is_not_cut_off() -> None:
    plan = leaving(stop_quiet_s=0.6)
    plan.ask(100.0)
    assert not plan.quiet(NOTHING_SAID, 100.1, idle=True, resumable=True)
    assert plan.deadline == 100.0 + ASK_EVERY_S
    plan.ask(100.25)
    assert not plan.quiet(NOTHING_SAID, 100.25, idle=True, resumable=True)
    assert plan.deadline == pytest.approx(100.4)
    assert plan.quiet(NOTHING_SAID, 100.4001, idle=True, resumable=True)


@pytest.mark.parametrize(
    ("report", "hushed"),
    [
        (SAID, True),
        (NOTHING_SAID, False),
        (SpeechReport(unheard=True), False),
        (SpeechReport(unheard=True, last_sent_at=99.1), False),
        (SpeechReport(unheard=True, last_sent_at=99.0, unanswered_since=98.0), False),
        (SpeechReport(unheard=True, last_sent_at=99.0, unanswered_since=110.0), True),
    ],
)
def test_a_phone_that_stops_in_mid_sentence_waits_for_its_next_connection(
    report: SpeechReport,
    hushed: bool,  # noqa: FBT001 - pytest passes it by name
) -> None:
    plan = leaving()
    assert not plan.hushed(report, 100.0, resumable=True)
    plan.part(100.0)
    assert plan.hushed(report, 100.0, resumable=True) is hushed
    assert not plan.hushed(report, 100.0, resumable=False)


def test_there_is_no_hurry_before_the_close_frame_went_out() -> None:
    plan = leaving(connection_age_s=0.0)
    plan.hurry(100.0)
    assert plan.deadline is None
    plan.part(100.0)
    plan.hurry(100.1)
    assert plan.deadline == pytest.approx(100.4)
    plan.hurry(100.3)
    assert plan.deadline == pytest.approx(100.4)


# Sessions that can be resumed.


@pytest.fixture
async def shop() -> AsyncGenerator[Shop, None]:
    async with open_shop(policy=POLICY) as opened:
        yield opened


async def begun(shop: Shop) -> App:
    app = App(shop)
    await app.start()
    shop.gemini.newest.says(handle("h1"))
    await a_moment()
    return app


async def speaks_on(app: App, seconds: float, *, seed: int = 1) -> None:
    """Speak for so long, 100 ms at a time, or as long as there is a connection."""
    for chunk in chunks(speech(round(seconds * 1000), seed)):
        if app.phone.closed:
            return
        app.phone.sends(chunk)
        await seconds_pass(0.1)


async def answers(app: App, name: str) -> None:
    """Let Gemini answer a sentence that is followed by silence."""
    for chunk in chunks(silence(600)):
        app.phone.sends(chunk)
        await seconds_pass(0.1)
    app.shop.gemini.newest.says(heard(name), calls(call(name, name)), TURN_COMPLETE)
    await a_moment()
    app.look()


async def test_a_sentence_that_is_being_said_is_finished_here(shop: Shop) -> None:
    app = await begun(shop)
    await speaks_on(app, 1)
    app.held.supervisor.tell(Draining())
    await a_moment()
    assert app.phone.statuses[-1] == "draining"
    assert app.held.supervisor.summary().state == "draining"
    await speaks_on(app, 1, seed=2)
    await answers(app, "mleko")
    assert list(app.list) == ["mleko"]
    assert not app.phone.closings
    await seconds_pass(1)
    assert app.phone.closed == RESTARTS
    assert shop.store.view().parked == 1
    await app.start()
    assert app.sessions[-1]["resumed"] is True
    assert shop.gemini.newest.audio == b""


async def test_who_speaks_on_and_on_is_heard_from_the_beginning_elsewhere(shop: Shop) -> None:
    app = await begun(shop)
    app.held.supervisor.tell(Draining())
    await speaks_on(app, 10)
    assert app.phone.closings[0].at == pytest.approx(POLICY.drain_s, abs=0.1)
    said = shop.gemini.newest.audio
    assert AudioStreamEnd() not in shop.gemini.newest.heard
    await app.start()
    await seconds_pass(5)
    assert shop.gemini.newest.request.handle == "h1"
    assert shop.gemini.newest.audio == said


async def test_what_is_said_before_the_phone_sees_the_close_is_kept(shop: Shop) -> None:
    app = await begun(shop)
    app.phone.answers_closing = False
    app.held.supervisor.tell(Draining())
    await speaks_on(app, 10)
    said = shop.gemini.newest.audio
    app.phone.sends(speech(100, 7))
    app.phone.says("text", text="i chleb", ref="t1")
    app.phone.says("edit", operations=[{"op": "add", "name": "ser"}], ref="e1")
    app.phone.says("start_session")
    app.phone.says("stop_session")
    await a_moment()
    assert app.held.supervisor.summary().state == "draining"
    assert shop.gemini.open_links == []
    assert shop.store.view().parked == 0
    app.held.supervisor.tell(Draining())
    await a_moment()
    app.phone.leaves(1012)
    await a_moment()
    assert shop.store.view().parked == 1
    await app.start()
    await seconds_pass(5)
    assert list(app.list) == ["ser"]
    assert set(app.sessions[-1]["received"]) == {"t1", "e1"}
    assert shop.gemini.newest.audio == said + speech(100, 7)
    assert TypedText("i chleb") in shop.gemini.newest.heard


async def test_a_phone_that_does_not_answer_the_close_is_not_waited_for(shop: Shop) -> None:
    app = await begun(shop)
    app.phone.answers_closing = False
    app.held.supervisor.tell(Draining())
    await app.held.ended()
    assert now() == pytest.approx(0.3 + PARTING_S, abs=ASK_EVERY_S)
    assert app.phone.closed == RESTARTS
    assert shop.store.view().parked == 1


async def test_a_phone_that_takes_nothing_is_not_waited_for_either(shop: Shop) -> None:
    app = await begun(shop)
    app.phone.takes_nothing()
    app.held.supervisor.tell(Draining())
    await app.held.ended()
    assert shop.store.view().parked == 1
    assert app.phone.closed == RESTARTS


async def test_a_newer_connection_waits_for_what_was_said_on_the_older(shop: Shop) -> None:
    app = await begun(shop)
    older = app.phone
    older.answers_closing = False
    app.held.supervisor.tell(Draining())
    await seconds_pass(1)
    assert older.closed == RESTARTS
    await app.start()
    assert len(app.sessions) == 1
    older.sends(speech(100, 7))
    older.leaves(1012)
    await a_moment()
    app.look()
    assert app.sessions[-1]["resumed"] is True
    assert shop.gemini.newest.audio == speech(100, 7)


async def test_a_newer_connection_waits_for_the_close_for_a_moment_only(shop: Shop) -> None:
    app = await begun(shop)
    app.phone.answers_closing = False
    app.held.supervisor.tell(Draining())
    await seconds_pass(1)
    await app.start()
    await seconds_pass(0.3)
    app.look()
    assert app.sessions[-1]["resumed"] is True


async def test_a_phone_that_keeps_what_is_said_for_later_is_sent_away_soon(shop: Shop) -> None:
    app = await begun(shop)
    await speaks_on(app, 1)
    app.held.supervisor.tell(Draining())
    await seconds_pass(1.5)
    assert app.phone.closed == RESTARTS
    assert shop.store.view().parked == 1


async def test_while_there_is_no_link_there_is_nothing_to_wait_for(shop: Shop) -> None:
    shop.gemini.opening_takes_s = 5
    app = App(shop)
    await app.start()
    app.phone.sends(speech(300))
    app.held.supervisor.tell(Draining())
    await a_moment()
    assert app.phone.closed == RESTARTS
    shop.gemini.opening_takes_s = 0
    await app.start()
    await seconds_pass(1)
    assert shop.gemini.newest.audio == speech(300)


@pytest.mark.parametrize("closed_by", ["peer", "nobody"])
async def test_a_link_that_is_lost_meanwhile_is_opened_elsewhere(
    shop: Shop, closed_by: str
) -> None:
    app = await begun(shop)
    await speaks_on(app, 1)
    app.held.supervisor.tell(Draining())
    await a_moment()
    shop.gemini.newest.breaks(LinkClosed(1006, "", closed_by=closed_by))  # type: ignore[arg-type]  # both are
    await a_moment()
    assert app.phone.statuses[-1] == "draining"
    assert app.phone.closed == RESTARTS
    assert len(shop.gemini.links) == 1


async def test_a_link_that_is_to_be_left_meanwhile_is_left_with_the_connection(shop: Shop) -> None:
    app = await begun(shop)
    await speaks_on(app, 1)
    app.held.supervisor.tell(Draining())
    await a_moment()
    shop.gemini.newest.says(go_away(0))
    await a_moment()
    assert app.phone.closed == RESTARTS
    assert len(shop.gemini.links) == 1


async def test_a_phone_that_leaves_meanwhile_is_not_waited_for(shop: Shop) -> None:
    app = await begun(shop)
    await speaks_on(app, 1)
    app.held.supervisor.tell(Draining())
    await a_moment()
    app.phone.leaves(1006)
    await a_moment()
    assert shop.store.view().parked == 1


async def test_who_stops_meanwhile_leaves_when_it_is_done(shop: Shop) -> None:
    app = await begun(shop)
    app.held.supervisor.tell(Draining())
    await a_moment()
    app.phone.says("stop_session")
    await seconds_pass(1)
    assert app.phone.statuses[-1] == "draining"
    assert app.phone.closed == RESTARTS


async def test_another_order_overtakes_the_drain(shop: Shop) -> None:
    app = await begun(shop)
    await speaks_on(app, 1)
    app.held.supervisor.tell(Draining())
    await a_moment()
    app.held.supervisor.tell(Replaced())
    await a_moment()
    assert app.phone.closed == (4009, "connected elsewhere")


# Connections that have grown old.


async def test_an_old_connection_is_left_at_a_quiet_moment(shop: Shop) -> None:
    app = await begun(shop)
    await seconds_pass(AGE_S * 0.9 - 1)
    await speaks_on(app, 3)
    assert "draining" not in app.phone.statuses
    await answers(app, "mleko")
    await seconds_pass(1)
    assert app.phone.statuses[-1] == "draining"
    assert app.phone.closed == RESTARTS
    await app.start()
    assert app.sessions[-1]["resumed"] is True
    assert list(app.list) == ["mleko"]
    await seconds_pass(AGE_S / 2)
    assert app.phone.closed is None


async def test_an_old_connection_is_left_at_its_age_at_the_latest(shop: Shop) -> None:
    app = await begun(shop)
    await seconds_pass(AGE_S * 0.9 - 1)
    await speaks_on(app, 20)
    assert app.phone.statuses[-1] == "draining"
    assert app.phone.closed == RESTARTS
    assert app.phone.closings[0].at == pytest.approx(AGE_S, abs=0.1)
    assert shop.store.view().parked == 1


async def test_an_old_connection_without_a_running_session_is_left(shop: Shop) -> None:
    app = await begun(shop)
    app.phone.says("stop_session")
    await seconds_pass(AGE_S)
    assert app.phone.closed == RESTARTS
    assert app.phone.closings[0].at == pytest.approx(AGE_S * 0.9)
    assert shop.store.view().parked == 1


async def test_a_phone_that_has_gone_is_parked_when_its_connection_is_old(shop: Shop) -> None:
    app = await begun(shop)
    await seconds_pass(AGE_S * 0.9 - 1)
    await speaks_on(app, 0.5)
    app.phone.leaves(1006)
    await seconds_pass(1)
    assert shop.store.view().parked == 1


# Version 1.


async def test_a_version_1_phone_is_told_nothing_but_the_close() -> None:
    async with live_session(POLICY) as session:
        await seconds_pass(AGE_S)
        assert session.phone.statuses == ["draining"]
        assert session.phone.closed == RESTARTS


async def test_in_version_1_what_is_said_at_the_end_is_answered_in_time() -> None:
    async with live_session() as session:
        link = await session.start()
        session.supervisor.tell(Draining())
        for chunk in chunks(speech(10_000)):
            session.phone.speaks(chunk)
            await seconds_pass(0.1)
            if AudioStreamEnd() in link.heard:
                break
        assert now() == pytest.approx(POLICY.drain_s - 2, abs=0.4)
        link.says(heard("mleko"), calls(call("c1", "mleko")), TURN_COMPLETE)
        await session.ended()
        assert len(session.phone.products) == 1
        assert now() < POLICY.drain_s
        assert session.phone.closed == RESTARTS


async def test_in_version_1_a_phone_that_stops_speaking_is_answered() -> None:
    async with live_session() as session:
        link = await session.start()
        session.phone.speaks(*chunks(speech(800)))
        await a_moment()
        session.supervisor.tell(Draining())
        await seconds_pass(3)
        assert link.heard[-1] == AudioStreamEnd()
        await session.ended()
        assert now() == pytest.approx(POLICY.drain_s, abs=0.1)


async def test_in_version_1_gemini_may_be_out_of_reach_meanwhile() -> None:
    async with live_session() as session:
        session.gemini.opening_takes_s = 100
        session.phone.speaks(speech(300))
        await a_moment()
        session.supervisor.tell(Draining())
        await session.ended()
        assert session.phone.closed == RESTARTS
        assert now() == pytest.approx(POLICY.drain_s, abs=0.5)


async def test_in_version_1_gemini_may_be_given_up_meanwhile() -> None:
    async with live_session(SessionPolicy(restart=RestartPolicy(intensity=0))) as session:
        link = await session.start()
        session.phone.speaks(speech(300))
        await a_moment()
        session.supervisor.tell(Draining())
        await a_moment()
        link.breaks(LinkClosed(1006, "", closed_by="nobody"))
        await session.ended()
        assert session.phone.closed == RESTARTS
        assert now() < 1
