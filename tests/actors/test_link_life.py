"""The links of a whole session, on virtual time: left in time, given up when they do not answer."""

from __future__ import annotations

import asyncio
import gc
import weakref

import pytest

from actors.dialects import V2
from actors.policy import SessionPolicy
from actors.ports import LinkClosed
from actors.restart import RestartPolicy
from actors.rotation import Ages
from schemas.close_codes import CloseCode
from schemas.messages import Draining
from tests.support.fake_gemini import FakeConnector, FakeLink
from tests.support.fake_store import FakeStore
from tests.support.gemini_says import (
    TURN_COMPLETE,
    call,
    calls,
    cancelled,
    go_away,
    handle,
    heard,
)
from tests.support.live_session import LiveSession, live_session
from tests.support.moments import a_moment, seconds_pass
from tests.support.sounds import chunks, silence, speech

UNTROUBLED = ["connecting", "listening"]


async def speak(session: LiveSession, pcm: bytes) -> None:
    """Speak at speaking pace."""
    for chunk in chunks(pcm):
        session.phone.speaks(chunk)
        await seconds_pass(0.1)


def names(session: LiveSession) -> list[tuple[object, object]]:
    return [
        (product["action"], product["name"])
        for product in session.phone.products
        if isinstance(product, dict)
    ]


async def answer(link: FakeLink, call_id: str, product: str) -> None:
    """Let Gemini call, end its turn and give a new handle."""
    link.says(heard(f"dodaj {product}"), calls(call(call_id, product)), TURN_COMPLETE)
    link.says(handle(f"after {call_id}"))
    await a_moment()


async def test_a_go_away_while_nobody_speaks_is_followed_at_once_and_unnoticed() -> None:
    async with live_session() as session:
        link = await session.start()
        await speak(session, speech(600) + silence(800))
        await answer(link, "c1", "mleko")
        link.says(go_away(50))
        await a_moment()
        newest = session.gemini.newest
        assert (newest is not link, newest.request.handle) == (True, "after c1")
        assert session.phone.statuses == UNTROUBLED
        assert session.supervisor.detail().restarts == 0


async def test_who_speaks_is_let_finish_before_the_link_is_left() -> None:
    async with live_session() as session:
        link = await session.start()
        await seconds_pass(2)
        await speak(session, speech(500))
        link.says(go_away(10))
        await speak(session, speech(500, 1) + silence(800))
        assert session.gemini.newest is link
        await answer(link, "c1", "mleko")
        assert session.gemini.newest is not link
        assert session.phone.statuses == UNTROUBLED


async def test_a_link_is_left_a_third_of_the_notice_before_its_end_by_a_timer() -> None:
    async with live_session() as session:
        link = await session.start()
        await seconds_pass(2)
        await speak(session, speech(500))
        link.says(go_away(9))
        for _ in range(59):
            session.phone.speaks(speech(100))
            await seconds_pass(0.1)
        assert session.gemini.newest is link
        await seconds_pass(0.2)
        newest = session.gemini.newest
        assert newest is not link
        await seconds_pass(2)
        assert newest.audio == link.audio
        assert session.phone.statuses == UNTROUBLED


async def test_links_are_left_before_ten_minutes_and_sessions_before_fifty_eight() -> None:
    ages = Ages(link_s=600, session_s=3_480)
    async with live_session(SessionPolicy(ages=ages, connection_age_s=0, idle_s=0)) as session:
        link = await session.start()
        await answer(link, "c1", "mleko")
        await seconds_pass(3_300)
        opened_at = [link.opened_at for link in session.gemini.links]
        assert [round(at) for at in opened_at] == [0, 540, 1_080, 1_620, 2_160, 2_700, 3_132]
        requests = [link.request for link in session.gemini.links]
        assert [request.handle for request in requests] == [None, *["after c1"] * 5, None]
        assert [item.name for item in requests[-1].shopping_list] == ["mleko"]
        assert session.phone.statuses == UNTROUBLED


async def test_a_session_is_as_old_as_it_is_on_whichever_connection_it_goes_on() -> None:
    store = FakeStore()
    policy = SessionPolicy(ages=Ages(link_s=10_000, session_s=1_000))
    async with live_session(policy, store=store, dialect=V2) as session:
        link = await session.start()
        link.says(handle("h1"))
        await seconds_pass(600)
        (info,) = session.phone.told("session")
    async with live_session(policy, store=store, dialect=V2) as session:
        await session.start(resume={"token": info["resume_token"]})
        await seconds_pass(290)
        assert session.gemini.requested == ["h1"]
        await seconds_pass(20)
        assert session.gemini.requested == ["h1", None]


async def test_a_session_that_answers_ever_more_slowly_is_followed_by_a_fresh_one() -> None:
    async with live_session() as session:
        link = await session.start()
        for turn in range(10):
            await speak(session, speech(600, turn) + silence(800))
            await seconds_pass(0.2 if turn < 5 else 3.0)
            assert session.gemini.newest is link
            await answer(link, f"c{turn}", "mleko")
        newest = session.gemini.newest
        assert (newest is link, newest.request.handle) == (False, None)
        assert [(item.name, item.quantity) for item in newest.request.shopping_list] == [
            ("mleko", 10)
        ]
        assert session.phone.statuses == UNTROUBLED


async def test_a_session_that_cannot_be_resumed_just_now_is_left_when_it_has_to_be() -> None:
    async with live_session() as session:
        link = await session.start()
        await seconds_pass(2)
        link.says(handle("h1"), handle("", resumable=False), go_away(9))
        await seconds_pass(5.9)
        assert session.gemini.newest is link
        await seconds_pass(0.2)
        assert session.gemini.newest.request.handle == "h1"


async def test_a_sentence_that_nobody_answers_is_said_to_another_link() -> None:
    async with live_session() as session:
        link = await session.start()
        link.says(handle("h1"))
        await speak(session, speech(800) + silence(800))
        await seconds_pass(7)
        assert session.gemini.newest is link
        await seconds_pass(4)
        newest = session.gemini.newest
        assert newest.request.handle == "h1"
        assert newest.audio == link.audio
        await answer(newest, "c1", "mleko")
        assert names(session) == [("add", "mleko")]
        assert session.phone.statuses == UNTROUBLED
        assert session.observer.noted("link_stalled") == [{"link": 1, "understood": False}]


async def test_a_resume_that_transcribes_and_never_answers_is_begun_afresh() -> None:
    """Gemini's "poisoned" resume: the list and the language go along in the setup."""
    async with live_session() as session:
        link = await session.start(language="en-US")
        await speak(session, speech(600) + silence(800))
        await answer(link, "c1", "milk")
        link.breaks()
        await a_moment()
        poisoned = session.gemini.newest
        await speak(session, speech(600, 1) + silence(800))
        for _ in range(5):
            poisoned.says(heard("add bread"))
            await seconds_pass(2)
        request = session.gemini.newest.request
        assert (poisoned.request.handle, request.handle) == ("after c1", None)
        assert [item.name for item in request.shopping_list] == ["milk"]
        assert request.language == "en-US"
        await answer(session.gemini.newest, "c2", "bread")
        assert names(session) == [("add", "milk"), ("add", "bread")]


async def test_a_noise_that_three_links_do_not_answer_troubles_no_fourth() -> None:
    async with live_session() as session:
        await session.start()
        await speak(session, speech(400) + silence(800))
        await seconds_pass(60)
        assert len(session.gemini.links) == 4
        assert session.phone.statuses[-1] == "listening"


async def test_silence_that_nobody_answers_for_two_minutes_is_told_to_another_link() -> None:
    async with live_session() as session:
        await session.start()
        for _ in range(1_300):
            session.phone.speaks(silence(100))
            await seconds_pass(0.1)
        assert len(session.gemini.links) == 2
        assert session.phone.statuses == UNTROUBLED


async def test_an_answer_that_could_not_be_sent_is_settled_on_the_link_that_resumes() -> None:
    async with live_session() as session:
        link = await session.start()
        link.says(handle("h1"))
        link.takes_nothing()
        link.says(calls(call("c1", "mleko")))
        await a_moment()
        link.breaks()
        await a_moment()
        newest = session.gemini.newest
        assert (link.answers, [each.id for each in newest.answers]) == ([], ["c1"])
        newest.says(calls(call("c1", "mleko")))
        await a_moment()
        assert names(session) == [("add", "mleko")]


async def test_a_fresh_session_is_not_answered_what_it_never_asked() -> None:
    async with live_session() as session:
        link = await session.start()
        link.takes_nothing()
        link.says(calls(call("c1", "mleko")))
        await a_moment()
        link.breaks()
        await a_moment()
        assert session.gemini.newest.answers == []
        assert [item.name for item in session.gemini.newest.request.shopping_list] == ["mleko"]


async def test_a_call_that_gemini_takes_back_is_taken_back_from_the_phone() -> None:
    async with live_session() as session:
        link = await session.start()
        link.says(calls(call("c1", "mleko")), cancelled("c1"))
        await a_moment()
        assert names(session) == [("add", "mleko"), ("remove", "mleko")]


async def test_a_resume_that_gemini_hangs_up_on_climbs_down_rung_by_rung() -> None:
    async with live_session() as session:
        link = await session.start()
        link.says(handle("h1"), handle("h2"))
        await a_moment()
        hang_up = LinkClosed(1011, "Internal error encountered.", closed_by="peer")
        session.gemini.refusals.extend([hang_up] * 4)
        link.breaks()
        await seconds_pass(5)
        assert session.gemini.requested == [None, "h2", "h2", "h1", "h1", None]
        assert session.phone.statuses == [*UNTROUBLED, "reconnecting", "listening"]


async def test_a_handle_that_is_not_taken_is_not_tried_again_but_the_one_before_is() -> None:
    async with live_session() as session:
        link = await session.start()
        link.says(handle("h1"), handle("h2"))
        await a_moment()
        session.gemini.refusals.append(LinkClosed(1008, "no such session", closed_by="peer"))
        link.breaks()
        await seconds_pass(1)
        assert session.gemini.requested == [None, "h2", "h1"]


async def test_without_any_link_for_ninety_seconds_the_phone_is_told_to_try_later() -> None:
    gemini = FakeConnector()
    gemini.opening_takes_s = 1_000
    async with live_session(gemini=gemini) as session:
        session.phone.says("start_session")
        await seconds_pass(89)
        assert session.phone.closed is None
        await seconds_pass(2)
        assert session.phone.closed == (CloseCode.TRY_AGAIN_LATER, "Gemini unreachable")


async def test_what_nobody_heard_when_the_time_to_stop_is_over_is_told() -> None:
    gemini = FakeConnector()
    gemini.opening_takes_s = 1_000
    async with live_session(gemini=gemini) as session:
        session.phone.says("start_session")
        await speak(session, speech(800))
        session.phone.says("stop_session")
        await seconds_pass(7)
        assert session.phone.errors == ["audio_data: 800 ms of speech could not be kept"]
        assert session.phone.statuses[-1] == "stopped"


async def test_a_link_that_ends_by_itself_while_it_is_to_be_left_is_lost_like_any_other() -> None:
    async with live_session() as session:
        link = await session.start()
        await seconds_pass(2)
        await speak(session, speech(300))
        link.says(go_away(10))
        await a_moment()
        link.breaks()
        await asyncio.sleep(0.5)
        assert session.gemini.newest.audio == speech(300)
        assert session.phone.statuses == [*UNTROUBLED, "reconnecting", "listening"]


async def test_a_noise_costs_no_link_while_gemini_is_known_to_be_down() -> None:
    async with live_session() as session:
        link = await session.start()
        session.gemini.openable = False
        await speak(session, speech(300) + silence(800))
        await seconds_pass(60)
        assert session.gemini.links == [link]
        session.gemini.openable = True
        await seconds_pass(8)
        assert len(session.gemini.links) == 2


async def test_what_a_lost_link_was_sent_is_told_as_lost_when_there_is_no_other() -> None:
    async with live_session() as session:
        link = await session.start()
        await speak(session, speech(800))
        link.breaks(LinkClosed(1011, "RESOURCE_EXHAUSTED: quota", closed_by="peer"))
        await a_moment()
        assert session.phone.errors[1:] == ["audio_data: 800 ms of speech could not be kept"]


async def test_a_loss_that_was_not_told_yet_is_told_when_the_session_is_given_up() -> None:
    gemini = FakeConnector()
    gemini.opening_takes_s = 1_000
    policy = SessionPolicy(uplink_ms=1_000, restart=RestartPolicy(outage_s=4))
    async with live_session(policy, gemini=gemini) as session:
        session.phone.says("start_session")
        await speak(session, speech(3_500))
        await seconds_pass(2)
        assert session.phone.errors[:2] == [
            "audio_data: 2500 ms of speech could not be kept",
            "audio_data: 1000 ms of speech could not be kept",
        ]


@pytest.mark.parametrize(
    ("refusal", "kind"),
    [
        (LinkClosed(403, "", closed_by="peer"), "gemini_no_access"),
        (LinkClosed(429, "", closed_by="peer"), "gemini_no_room"),
        (LinkClosed(1007, "bad setup", closed_by="peer"), "gemini_bad_setup"),
    ],
)
async def test_a_link_that_is_refused_is_counted_and_its_kind_stands_in_the_summary(
    refusal: LinkClosed, kind: str
) -> None:
    async with live_session() as session:
        session.gemini.refusals.append(refusal)
        session.phone.says("start_session")
        await a_moment()
        detail = session.supervisor.detail()
        assert (detail.links_opened, detail.restarts) == (0, 1)
        outcome = session.supervisor.outcome()
        assert (outcome["links"], outcome["restarts"], outcome["link_error"]) == (0, 1, kind)
        # Its phone tries again, and then there is one.
        await session.start()
        outcome = session.supervisor.outcome()
        assert (outcome["links"], outcome["restarts"], outcome["link_error"]) == (1, 1, None)


async def test_links_that_are_not_granted_for_a_while_stand_in_the_summary() -> None:
    async with live_session() as session:
        session.gemini.refusals += [LinkClosed(503, "", closed_by="peer")] * 100
        session.phone.says("start_session")
        await a_moment()
        outcome = session.supervisor.outcome()
        assert outcome["links"] == 0
        assert outcome["restarts"] == 2
        assert outcome["link_error"] == "transient"


async def test_a_link_that_is_lost_as_the_connection_is_left_is_counted() -> None:
    async with live_session(dialect=V2) as session:
        link = await session.start()
        session.phone.speaks(speech(500))
        await a_moment()
        session.supervisor.tell(Draining())
        await a_moment()
        link.breaks()
        await a_moment()
        outcome = session.supervisor.outcome()
        assert (outcome["links"], outcome["restarts"]) == (1, 1)
        assert outcome["link_error"] == "transient"


async def test_what_is_said_right_behind_a_start_is_heard() -> None:
    async with live_session() as session:
        session.gemini.refusals.append(LinkClosed(403, "", closed_by="peer"))
        session.phone.says("start_session")
        await a_moment()
        session.phone.says("start_session")
        session.phone.speaks(speech(100))
        await a_moment()
        assert session.gemini.newest.audio == speech(100)


async def test_what_is_said_between_two_stops_and_reaches_nobody_is_told() -> None:
    async with live_session() as session:
        await session.start()
        session.phone.says("stop_session")
        session.phone.says("start_session")
        await a_moment()
        session.phone.speaks(speech(800))
        await a_moment()
        session.phone.says("stop_session")
        await seconds_pass(2)
        assert session.phone.errors == ["audio_data: 800 ms of speech could not be kept"]


async def test_a_session_that_outgrew_its_age_while_it_was_away_spends_no_restart_on_that() -> None:
    ages = Ages(link_s=600, session_s=100)
    async with live_session(SessionPolicy(ages=ages, idle_s=0)) as session:
        link = await session.start()
        link.says(handle("h1"))
        await seconds_pass(89.9)
        session.gemini.opening_takes_s = 1
        link.breaks()
        await seconds_pass(5)
        assert session.gemini.requested == [None, "h1", None]
        assert session.supervisor.detail().restarts == 1


async def test_without_a_link_a_session_in_which_nobody_spoke_stops_at_once() -> None:
    gemini = FakeConnector()
    gemini.opening_takes_s = 1_000
    async with live_session(gemini=gemini) as session:
        session.phone.says("start_session")
        session.phone.says("stop_session")
        await seconds_pass(1)
        assert session.phone.statuses == ["connecting", "stopped"]


async def test_the_log_says_why_a_phones_socket_is_closed() -> None:
    policy = SessionPolicy(restart=RestartPolicy(intensity=0))
    async with live_session(policy) as session:
        link = await session.start()
        link.breaks()
        await a_moment()
        assert session.observer.noted("closing_client") == [
            {"code": 1013, "reason": "Gemini unreachable"}
        ]


async def test_of_links_that_were_left_nothing_stays() -> None:
    async with live_session() as session:
        link = await session.start()
        await speak(session, speech(600) + silence(800))
        await answer(link, "c1", "mleko")
        readers: weakref.WeakSet[asyncio.Task[object]] = weakref.WeakSet()
        for _ in range(5):
            readers.update(t for t in asyncio.all_tasks() if t.get_name() == "gemini-reader")
            session.gemini.newest.says(go_away(50))
            await a_moment()
            session.gemini.newest.says(handle("and on"))
            await a_moment()
        gc.collect()
        # The last one is left alone: its links may not have gone yet.
        assert len(readers) <= 1
