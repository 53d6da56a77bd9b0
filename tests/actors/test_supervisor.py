"""Tests for `actors.supervisor`: whole sessions, with fakes for the phone and for Gemini."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import Sequence

import msgspec
import pytest

from actors.dialects import V1, V2, Dialect
from actors.endings import Why
from actors.policy import SessionPolicy
from actors.ports import LinkClosed, LinkRequest
from actors.restart import RestartPolicy
from actors.stopping import EXHAUSTED_TEXT
from schemas.gemini import AudioStreamEnd, FunctionCall
from schemas.messages import Draining, EndedByAdmin, Replaced
from tests.support.fake_gemini import FakeConnector, FakeLink
from tests.support.fake_socket import FakeSocket
from tests.support.gemini_says import (
    GO_AWAY,
    SPOKEN_REPLY,
    TURN_COMPLETE,
    call,
    calls,
    go_away,
    handle,
    heard,
    usage,
)
from tests.support.live_session import LiveSession, buys, live_session, product_names
from tests.support.moments import a_moment, now, seconds_pass
from tests.support.sounds import chunks, silence, speech

STOP_QUIET_S = SessionPolicy().stop_quiet_s


# Starting.


async def test_connecting_alone_opens_nothing() -> None:
    async with live_session() as session:
        await seconds_pass(3000)
        assert session.gemini.attempts == []
        assert session.phone.heard == []


async def test_a_started_session_connects_and_then_listens() -> None:
    async with live_session() as session:
        session.gemini.opening_takes_s = 2
        session.phone.says("start_session")
        await seconds_pass(1)
        assert session.phone.statuses == ["connecting"]
        await seconds_pass(2)
        assert session.phone.statuses == ["connecting", "listening"]
        assert session.gemini.newest.request == LinkRequest(language="pl-PL")


async def test_the_language_of_the_start_is_the_links() -> None:
    async with live_session() as session:
        link = await session.start(language="en-US")
        assert link.request.language == "en-US"
        assert session.supervisor.detail().language == "en-US"


async def test_speech_starts_the_session_and_waits_for_the_setup() -> None:
    spoken = chunks(speech(1_000))
    async with live_session() as session:
        session.gemini.opening_takes_s = 2
        session.phone.speaks(*spoken)
        await seconds_pass(1)
        assert session.phone.statuses == ["connecting"]
        await seconds_pass(2)
        assert session.gemini.newest.audio == b"".join(spoken)
        assert session.phone.statuses == ["connecting", "listening"]


async def test_a_ping_is_answered_in_any_state() -> None:
    async with live_session() as session:
        session.phone.says("ping")
        await a_moment()
        await session.start()
        session.phone.says("ping")
        await a_moment()
        assert len(session.phone.told("pong")) == 2


# Products.


async def test_a_product_is_delivered_and_its_call_answered_at_once() -> None:
    async with live_session() as session:
        link = await session.start()
        session.phone.speaks(speech(500), silence(500))
        link.says(heard("Dodaj "), heard("mleko"), calls(call("c1", "mleko")))
        await a_moment()
        assert [message["type"] for message in session.phone.heard] == [
            "status",
            "status",
            "transcript",
            "product_detected",
        ]
        assert session.phone.told("transcript") == [
            {"type": "transcript", "text": "Dodaj mleko", "isUser": True}
        ]
        assert product_names(session.phone) == ["mleko"]
        assert [(answer.id, answer.response.status) for answer in link.answers] == [
            ("c1", "accepted")
        ]


async def test_a_call_that_comes_twice_gives_one_product() -> None:
    async with live_session() as session:
        link = await session.start()
        link.says(calls(call("c1", "mleko")), calls(call("c1", "mleko")))
        await a_moment()
        assert product_names(session.phone) == ["mleko"]


async def test_a_call_that_makes_no_sense_is_rejected_and_the_session_goes_on() -> None:
    nonsense = FunctionCall(name="sing", id="c1", args=msgspec.Raw(b"[]"))
    async with live_session() as session:
        link = await session.start()
        link.says(calls(nonsense))
        buys(link, "c2", "chleb")
        await a_moment()
        assert [answer.response.status for answer in link.answers] == ["rejected", "accepted"]
        assert product_names(session.phone) == ["chleb"]


# Losing the link.


async def test_a_sentence_cut_by_a_lost_link_is_heard_whole_by_the_next_one() -> None:
    sentence = speech(1_600)
    begun, rest = sentence[: len(sentence) // 2], sentence[len(sentence) // 2 :]
    async with live_session() as session:
        session.phone.speaks(*chunks(begun))
        first = await session.start()
        assert first.audio == begun
        first.breaks()
        await a_moment()
        session.phone.speaks(*chunks(rest))
        await seconds_pass(1)
        second = session.gemini.newest
        assert second is not first
        assert second.audio == sentence
        assert session.phone.statuses[-2:] == ["reconnecting", "listening"]


async def test_what_gemini_had_acted_on_is_not_said_to_it_again() -> None:
    first_sentence, second_sentence = speech(800, 1), speech(1_200, 2)
    async with live_session() as session:
        link = await session.start()
        session.phone.speaks(*chunks(first_sentence + silence(800)))
        await seconds_pass(1)
        buys(link, "c1", "mleko")
        link.says(TURN_COMPLETE)
        await a_moment()
        session.phone.speaks(*chunks(second_sentence))
        await seconds_pass(1)
        link.breaks()
        await seconds_pass(1)
        assert session.gemini.newest.audio == silence(300) + second_sentence
        buys(session.gemini.newest, "c2", "chleb")
        await a_moment()
        assert product_names(session.phone) == ["mleko", "chleb"]


async def test_speech_during_a_long_outage_is_kept_and_sent_in_order() -> None:
    spoken = chunks(speech(4_000))
    async with live_session() as session:
        link = await session.start()
        session.gemini.opening_takes_s = 5
        session.phone.speaks(*spoken[:10])
        await a_moment()
        link.breaks()
        await a_moment()
        for chunk in spoken[10:]:
            session.phone.speaks(chunk)
            await seconds_pass(0.1)
        assert session.phone.statuses[-1] == "reconnecting"
        await seconds_pass(3)
        assert session.gemini.newest.audio == b"".join(spoken)
        assert session.phone.errors == []


async def test_speech_that_cannot_be_kept_is_told_in_milliseconds() -> None:
    async with live_session(SessionPolicy(uplink_ms=1_000)) as session:
        session.gemini.opening_takes_s = 60
        session.phone.speaks(*chunks(speech(6_200, 1)))
        await a_moment()
        assert session.phone.errors == ["audio_data: 5000 ms of speech could not be kept"]
        uplink = session.supervisor.detail().uplink
        assert (uplink.unit, uplink.depth, uplink.dropped) == ("ms", 1_000, 5_200)
        await seconds_pass(60)
        assert session.phone.errors[1:] == ["audio_data: 200 ms of speech could not be kept"]
        assert session.observer.noted("speech_lost") == [{"ms": 5_000}, {"ms": 200}]
        await seconds_pass(60)
        assert session.gemini.newest.audio == speech(6_200, 1)[-32_000:]


async def test_the_newest_resumption_handle_is_used_and_a_bad_one_does_not_erase_it() -> None:
    async with live_session() as session:
        link = await session.start()
        link.says(
            handle("h1"), handle("h2"), handle("", resumable=False), handle("h3", resumable=False)
        )
        await a_moment()
        link.breaks()
        await a_moment()
        assert session.gemini.newest.request.handle == "h2"


async def test_a_handle_that_is_refused_is_dropped_and_a_fresh_session_opened() -> None:
    async with live_session() as session:
        link = await session.start()
        link.says(handle("h1"))
        await a_moment()
        session.gemini.refusals.append(LinkClosed(1007, "invalid handle", closed_by="peer"))
        link.breaks()
        await seconds_pass(1)
        assert len(session.gemini.attempts) == 3
        assert session.gemini.newest.request.handle is None
        assert session.phone.statuses[-2:] == ["reconnecting", "listening"]


async def test_the_older_link_is_closed_before_the_next_is_opened() -> None:
    async with live_session() as session:
        session.gemini.closing_takes_s = 3
        link = await session.start()
        link.breaks()
        await seconds_pass(10)
        assert link.closed_at is not None
        assert session.gemini.newest.opened_at >= link.closed_at


async def test_what_an_older_link_still_had_to_say_is_ignored() -> None:
    """Its speech is said again to the newer link: both would make the product twice."""
    async with live_session() as session:
        link = await session.start()
        await seconds_pass(10)
        session.gemini.closing_takes_s = 1
        link.says(go_away(0), calls(call("c1", "mleko")))
        await a_moment()
        assert session.phone.products == []
        await seconds_pass(2)
        buys(session.gemini.newest, "c2", "mleko")
        await a_moment()
        assert product_names(session.phone) == ["mleko"]
        assert session.phone.statuses == ["connecting", "listening"]


# Giving up.


async def test_a_refusal_is_told_not_retried_and_speech_is_ignored_until_the_next_start() -> None:
    async with live_session() as session:
        session.gemini.refusals.append(LinkClosed(403, "API key not valid", closed_by="peer"))
        session.phone.speaks(speech(500, 1))
        await a_moment()
        assert session.phone.statuses == ["connecting", "stopped"]
        lost = "audio_data: 500 ms of speech could not be kept"
        assert session.phone.errors == [Why.ACCESS.value, lost]
        session.phone.speaks(speech(500, 2))
        await seconds_pass(600)
        assert len(session.gemini.attempts) == 1
        link = await session.start()
        session.phone.speaks(speech(500, 3))
        await a_moment()
        assert link.audio == speech(500, 3)
        assert session.phone.statuses[2:] == ["connecting", "listening"]


async def test_googles_words_are_for_the_log_and_not_for_the_shopper() -> None:
    async with live_session() as session:
        session.gemini.refusals.append(
            LinkClosed(1008, "project 42 has no access", closed_by="peer")
        )
        await a_moment()
        session.phone.says("start_session")
        await a_moment()
        assert "42" not in str(session.phone.heard)
        (lost,) = session.observer.noted("link_lost")
        assert (lost["code"], lost["reason"]) == (1008, "project 42 has no access")
        assert session.supervisor.detail().last_error == "1008 project 42 has no access"


async def test_when_restarts_are_exhausted_the_phone_is_told_and_closed_with_1013() -> None:
    policy = SessionPolicy(restart=RestartPolicy(intensity=3, period_s=60, base_s=1, cap_s=5))
    async with live_session(policy) as session:
        session.gemini.refusals.extend(LinkClosed(503, "", closed_by="peer") for _ in range(9))
        session.phone.says("start_session")
        await session.ended()
        assert session.gemini.attempts == [0, 0, 1, 3]
        assert session.phone.statuses == ["connecting"]
        assert session.phone.errors == [EXHAUSTED_TEXT]
        assert session.phone.closed == (1013, "Gemini unreachable")


@pytest.mark.parametrize("attempt_takes_s", [0.01, 1, 15])
async def test_a_gemini_that_stays_away_is_given_up_after_a_minute_and_a_half(
    attempt_takes_s: float,
) -> None:
    async with live_session() as session:
        session.gemini.opening_takes_s = attempt_takes_s
        session.gemini.refusals.extend(LinkClosed(503, "", closed_by="peer") for _ in range(999))
        session.phone.says("start_session")
        await session.ended()
        assert session.phone.closed == (1013, "Gemini unreachable")
        assert 30 < now() < 90 + 2 * (attempt_takes_s + 5)


async def test_a_link_that_is_called_invalid_as_soon_as_it_opens_is_refused_in_the_end() -> None:
    async with live_session() as session:
        link = await session.start()
        for _ in range(3):
            session.gemini.newest.says(handle("h1"))
            await a_moment()
            session.gemini.newest.breaks(LinkClosed(1007, "invalid", closed_by="peer"))
            await a_moment()
            if session.phone.errors:
                break
            session.gemini.newest.breaks(LinkClosed(1007, "invalid", closed_by="peer"))
            await a_moment()
        assert session.phone.errors == [Why.SETUP.value]
        assert len(session.gemini.links) == 2
        assert session.gemini.links[0] is link


async def test_half_a_transcript_is_not_put_before_the_sentence_said_again() -> None:
    async with live_session() as session:
        link = await session.start()
        link.says(heard("dodaj mle"), usage(500, 0))
        await a_moment()
        link.breaks()
        await a_moment()
        session.gemini.newest.says(heard("dodaj mleko"), usage(10, 0), TURN_COMPLETE)
        await a_moment()
        assert [each["text"] for each in session.phone.told("transcript")] == ["dodaj mleko"]
        assert session.supervisor.detail().prompt_tokens == 510


async def test_the_rest_of_a_sentence_whose_first_product_was_announced_comes_too() -> None:
    """Gemini calls in mid-sentence, the link dies, and on the next link it calls for both."""
    async with live_session() as session:
        link = await session.start()
        session.phone.speaks(*chunks(speech(1_500)))
        await a_moment()
        link.says(calls(call("c1", "mleko")))
        await a_moment()
        for attempt in range(2):
            session.gemini.newest.breaks()
            await seconds_pass(1)
            assert session.gemini.newest.audio == speech(1_500)
            if attempt:
                session.gemini.newest.says(calls(call("c2", "mleko")), calls(call("c3", "chleb")))
        session.gemini.newest.says(TURN_COMPLETE)
        await a_moment()
        assert product_names(session.phone) == ["mleko", "chleb"]
        buys(session.gemini.newest, "c4", "mleko")
        await a_moment()
        assert product_names(session.phone) == ["mleko", "chleb", "mleko"]


async def test_a_turn_that_a_lost_link_left_open_does_not_hold_up_the_next() -> None:
    async with live_session() as session:
        link = await session.start()
        link.says(heard("Dodaj"))
        await a_moment()
        link.breaks()
        await a_moment()
        session.phone.says("stop_session")
        await seconds_pass(STOP_QUIET_S + 0.1)
        assert session.phone.statuses[-1] == "stopped"


# Rotation.


async def test_a_link_that_is_sent_away_is_left_at_an_idle_moment_without_a_word() -> None:
    async with live_session() as session:
        link = await session.start()
        await seconds_pass(10)
        link.says(handle("h1"), heard("Dodaj"), GO_AWAY)
        await a_moment()
        assert session.gemini.links == [link]
        link.says(calls(call("c1", "mleko")))
        await a_moment()
        assert link.answers != []
        link.says(TURN_COMPLETE)
        await a_moment()
        assert link.closed_at is not None
        assert session.gemini.newest.request.handle == "h1"
        assert session.phone.statuses == ["connecting", "listening"]
        assert session.supervisor.detail().restarts == 0
        assert session.supervisor.detail().links_opened == 2


async def test_no_speech_goes_astray_in_a_rotation() -> None:
    """The pump must not serve the link that is being left."""
    spoken = chunks(speech(3_000))
    async with live_session() as session:
        link = await session.start()
        await seconds_pass(10)
        session.gemini.closing_takes_s = 0.5
        for index, chunk in enumerate(spoken):
            if index == 10:
                link.says(go_away(0))
            session.phone.speaks(chunk)
            await asyncio.sleep(0)
        await seconds_pass(2)
        assert session.gemini.newest is not link
        assert session.gemini.newest.audio == b"".join(spoken)


async def test_links_that_are_sent_away_at_once_are_not_opened_in_a_circle() -> None:
    class Inhospitable(FakeConnector):
        """A Gemini that sends every link away as soon as it is open."""

        def opened(self, link: FakeLink) -> None:
            link.says(GO_AWAY)

    policy = SessionPolicy(restart=RestartPolicy(intensity=3, base_s=1))
    async with live_session(policy, gemini=Inhospitable()) as session:
        session.phone.says("start_session")
        await session.ended()
        assert session.gemini.attempts == [0, 0, 1, 3]
        assert session.phone.closed == (1013, "Gemini unreachable")


# The end of a session.


async def test_when_the_phone_leaves_the_link_is_closed() -> None:
    async with live_session() as session:
        link = await session.start()
        session.phone.leaves(1001)
        await session.ended()
        assert link.closed_at == now()
        assert session.phone.closed is None
        assert session.observer.noted("client_left") == [{"code": 1001}]
        assert session.observer.failures == []


async def test_a_phone_that_leaves_while_the_link_opens_leaves_nothing_behind() -> None:
    async with live_session() as session:
        session.gemini.opening_takes_s = 30
        session.phone.says("start_session")
        await seconds_pass(1)
        session.phone.leaves()
        await session.ended()
        assert now() < 2


@pytest.mark.parametrize(
    ("order", "closed"),
    [
        (Replaced(), (4009, "connected elsewhere")),
        (EndedByAdmin(), (4010, "ended by an admin")),
    ],
)
async def test_an_order_from_outside_ends_the_session_with_its_code(
    order: Replaced | EndedByAdmin, closed: tuple[int, str]
) -> None:
    async with live_session() as session:
        link = await session.start()
        link.says(heard("Dodaj"))
        await a_moment()
        session.supervisor.tell(order)
        await session.ended()
        assert session.phone.closed == closed
        assert session.phone.told("transcript") != []
        assert session.supervisor.summary().state == "closed"


async def test_a_draining_instance_finishes_what_was_said_and_closes_with_1012() -> None:
    async with live_session() as session:
        link = await session.start()
        session.phone.speaks(*chunks(speech(800, 1)))
        await a_moment()
        session.supervisor.tell(Draining())
        await a_moment()
        assert session.phone.statuses[-1] == "draining"
        session.phone.speaks(*chunks(speech(500, 2)))
        session.phone.says("start_session")
        await seconds_pass(1)
        buys(link, "c1", "mleko")
        await session.ended()
        assert link.audio == speech(800, 1) + speech(500, 2)
        assert AudioStreamEnd() not in link.heard
        assert now() < 3
        assert product_names(session.phone) == ["mleko"]
        assert session.phone.statuses[-1] == "draining"
        assert session.phone.closed == (1012, "this server restarts")


async def test_a_session_that_does_nothing_drains_at_once() -> None:
    async with live_session() as session:
        await a_moment()
        session.supervisor.tell(Draining())
        await session.ended()
        assert now() < 0.1
        assert session.phone.closed == (1012, "this server restarts")


async def test_a_thousand_messages_at_once_are_all_answered() -> None:
    async with live_session() as session:
        for _ in range(1_000):
            session.phone.says("ping")
        await a_moment()
        assert len(session.phone.told("pong")) == 1_000
        inbox = session.supervisor.detail().inbox
        assert inbox.peak <= inbox.bound == SessionPolicy().inbox_messages


async def test_a_bug_that_comes_up_in_the_phones_callback_closes_the_socket_with_1011() -> None:
    class Buggy(FakeSocket):
        def send_now(self, frames: Sequence[str | bytes]) -> bool:
            raise ZeroDivisionError(frames)

    async with live_session(phone=Buggy(), dialect=V2) as session:
        await a_moment()
        session.phone.says("ack", seq=1)
        await session.ended()
        assert session.phone.closed == (1011, "internal error")
        ((_, error, _),) = session.observer.failures
        assert isinstance(error, ExceptionGroup)
        assert isinstance(error.exceptions[0], ZeroDivisionError)


async def test_an_adapters_bug_closes_the_socket_with_1011_and_is_reported() -> None:
    async with live_session() as session:
        link = await session.start()
        link.breaks(ZeroDivisionError("a bug"))
        await session.ended()
        assert session.phone.closed == (1011, "internal error")
        ((event, error, _),) = session.observer.failures
        assert event == "session_broke"
        assert isinstance(error, ExceptionGroup)
        assert error.subgroup(ZeroDivisionError) is not None


async def test_a_cancelled_session_closes_its_socket_with_1012() -> None:
    async with live_session() as session:
        link = await session.start()
        session.running.cancel()
        await session.ended()
        assert session.running.cancelled()
        assert session.phone.closed == (1012, "this server restarts")
        assert link.closed_at is not None


async def test_a_product_is_told_before_any_other_task_than_the_links_reader_runs() -> None:
    async with live_session(dialect=V2) as session:
        link = await session.start()
        link.says(calls(call("c1")))
        await asyncio.sleep(0)
        assert len(session.phone.products) == 1
        assert session.supervisor.detail().inbox.depth == 0


async def test_a_product_waits_for_a_store_that_takes_time_and_what_follows_waits_for_it() -> None:
    async with live_session(dialect=V2) as session:
        link = await session.start()
        session.store.hold("append")
        link.says(calls(call("c1")), heard("i chleb"))
        await a_moment()
        assert (session.phone.products, session.phone.told("transcript")) == ([], [])
        session.store.release()
        await a_moment()
        kinds = [message["type"] for message in session.phone.heard][-2:]
        assert kinds == ["product_detected", "transcript"]


async def test_a_link_that_worked_and_is_then_called_invalid_is_opened_afresh() -> None:
    async with live_session() as session:
        link = await session.start()
        link.says(handle("h1"))
        await a_moment()
        link.breaks(LinkClosed(1007, "Request contains an invalid argument.", closed_by="peer"))
        await a_moment()
        assert session.gemini.newest is not link
        assert session.gemini.newest.request.handle is None
        assert session.phone.errors == []


async def test_a_hundred_sessions_end_without_a_trace() -> None:
    before = asyncio.all_tasks()

    async def one(session: LiveSession) -> None:
        link = await session.start()
        session.phone.speaks(speech(100))
        link.says(SPOKEN_REPLY)
        buys(link, "c1", "mleko")
        await a_moment()
        assert product_names(session.phone) == ["mleko"]

    for _ in range(100):
        async with live_session() as session:
            await one(session)
    assert asyncio.all_tasks() == before


# Freeing.


@pytest.mark.parametrize("dialect", [V1, V2])
async def test_a_session_that_has_ended_is_freed_without_the_collector(dialect: Dialect) -> None:
    """A collection of everything would hold all other sessions up."""
    gc.collect()
    gc.disable()
    try:
        async with live_session(dialect=dialect) as session:
            link = await session.start()
            session.phone.speaks(*chunks(speech(500) + silence(600)))
            buys(link, "c1", "mleko")
            await a_moment()
            link.breaks()
            await seconds_pass(1)
        parts = [weakref.ref(part) for part in (session.supervisor, session.phone, session.running)]
        del session, link
        await a_moment()
        assert [part() for part in parts] == [None, None, None]
    finally:
        gc.enable()
