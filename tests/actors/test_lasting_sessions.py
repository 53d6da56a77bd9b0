"""Sessions of protocol v2 from end to end on virtual time: they outlive their connections."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import pytest

from actors.policy import SessionPolicy
from schemas.gemini import (
    FunctionCall,
    GeminiMessage,
    Remark,
    ServerContent,
    ToolResponse,
    TypedText,
)
from schemas.messages import Draining, EndedByAdmin
from shopping import UNDO_NAME
from tests.support.fake_gemini import FakeLink
from tests.support.gemini_says import (
    SPOKEN_REPLY,
    TURN_COMPLETE,
    call,
    calls,
    cancelled,
    handle,
    heard,
)
from tests.support.moments import a_moment, seconds_pass
from tests.support.shop import App, Shop, open_shop
from tests.support.sounds import silence, speech


@pytest.fixture
async def shop() -> AsyncGenerator[Shop, None]:
    async with open_shop() as opened:
        yield opened


async def begun(shop: Shop, user: str = "ala", **fields: object) -> App:
    app = App(shop, user)
    await app.start(**fields)
    return app


async def buys(app: App, *names: str) -> None:
    """Let Gemini call for products in a turn of their own."""
    link = app.shop.gemini.newest
    link.says(heard(" ".join(names)), calls(*(call(name, name) for name in names)), TURN_COMPLETE)
    await a_moment()
    app.look()


async def asks(app: App, kind: str, **fields: object) -> dict[str, Any]:
    """Let the phone send a message; return the last answer."""
    app.phone.says(kind, **fields)
    await a_moment()
    app.look()
    return app.phone.heard[-1]


def edit(name: str, **fields: object) -> dict[str, object]:
    return {"op": "add", "name": name, **fields}


# Beginning and coming back.


async def test_the_first_answer_introduces_the_session(shop: Shop) -> None:
    app = await begun(shop, language="en-GB", list=[{"id": "a1", "name": "Milks", "quantity": 2}])
    first, second = app.phone.heard[:2]
    assert first["type"] == "session"
    assert second["status"] == "connecting"
    assert first["resumed"] is False
    assert (first["seq"], first["language"], first["reply"]) == (0, "en-GB", "none")
    assert first["list"] == [
        {"id": "a1", "name": "milk", "quantity": 2, "unit": "l", "category": "Dairy"}
    ]
    assert shop.gemini.newest.request.shopping_list[0].name == "milk"


async def test_speech_starts_a_session_too(shop: Shop) -> None:
    app = App(shop)
    app.connection = shop.connect()
    app.phone.sends(speech(100))
    await a_moment()
    assert [message["type"] for message in app.phone.heard] == ["session", "status", "status"]
    assert shop.gemini.newest.audio == speech(100)


async def test_a_phone_that_comes_back_is_told_what_it_missed(shop: Shop) -> None:
    app = await begun(shop)
    await buys(app, "mleko")
    app.phone.leaves(1006)
    await a_moment()
    shop.gemini.newest.says(calls(call("c", "chleb")), TURN_COMPLETE, handle("h1"))
    await seconds_pass(30)
    assert shop.gemini.open_links == []
    await app.start()
    assert app.sessions[-1]["resumed"] is True
    assert [event["product"]["name"] for event in app.events] == ["mleko", "chleb"]
    assert app.sessions[-1]["list"] == list(app.items.values())
    assert shop.gemini.requested[-1] == "h1"
    assert set(app.seen.values()) == {1}


async def test_events_that_are_not_acknowledged_come_again_in_order(shop: Shop) -> None:
    app = await begun(shop)
    app.acknowledges = False
    await buys(app, "mleko")
    await buys(app, "chleb")
    await buys(app, "ser")
    app.phone.leaves()
    app.seq = 1
    await app.start()
    assert [event["seq"] for event in app.events] == [1, 2, 3, 2, 3]


async def test_acknowledged_events_are_kept_no_longer(shop: Shop) -> None:
    app = await begun(shop)
    await buys(app, "mleko")
    app.phone.leaves()
    await a_moment()
    app.seq = 0
    await app.start()
    assert len(app.events) == 1
    assert app.sessions[-1]["list"] == list(app.items.values())


@pytest.mark.parametrize("token", ["nobody's", "token-999"])
async def test_a_token_that_resumes_nothing_begins_a_fresh_session(shop: Shop, token: str) -> None:
    app = await begun(shop)
    await buys(app, "mleko")
    app.phone.leaves()
    app.token = token
    await app.start(list=[{"id": "x", "name": "mleko"}])
    session = app.sessions[-1]
    assert session["resumed"] is False
    assert session["seq"] == 0
    assert [item["id"] for item in session["list"]] == ["x"]
    assert session["session_id"] != app.sessions[0]["session_id"]


async def test_another_users_token_begins_a_fresh_session_and_reveals_nothing(shop: Shop) -> None:
    ala = await begun(shop)
    await buys(ala, "mleko")
    ala.phone.leaves()
    await seconds_pass(30)
    ola = App(shop, "ola")
    ola.token = ala.token
    await ola.start()
    assert ola.sessions[-1]["resumed"] is False
    assert ola.sessions[-1]["list"] == []
    await ala.start()
    assert ala.sessions[-1]["resumed"] is True


async def test_the_old_token_is_good_until_the_new_one_has_arrived(shop: Shop) -> None:
    app = await begun(shop)
    first: str | None = app.token
    app.acknowledges = False
    app.phone.leaves()
    await app.start()
    app.phone.leaves()
    app.token = first
    await app.start()
    assert app.sessions[-1]["resumed"] is True
    await asks(app, "ack", seq=0)
    app.phone.leaves()
    assert app.token != first
    app.token = first
    await app.start()
    assert app.sessions[-1]["resumed"] is False


async def test_a_session_is_gone_after_its_window(shop: Shop) -> None:
    app = await begun(shop)
    app.phone.leaves()
    await seconds_pass(2 + 6 + 600)
    assert shop.store.view().parked == 0
    await app.start()
    assert app.sessions[-1]["resumed"] is False


async def test_the_language_of_a_resumed_session_is_its_own(shop: Shop) -> None:
    app = await begun(shop, language="en-US")
    app.phone.leaves()
    await app.start()
    assert app.sessions[-1]["language"] == "en-US"
    assert shop.gemini.newest.request.language == "en-US"


async def test_a_list_that_cannot_be_taken_is_an_error_and_nothing_else_is_lost(
    shop: Shop,
) -> None:
    app = App(shop)
    app.connection = shop.connect()
    twice = [{"id": "a", "name": "mleko"}, {"id": "a", "name": "chleb"}]
    error = await asks(app, "start_session", list=twice)
    assert error["code"] == "invalid_field"
    assert error["message"].startswith("list[1].id: ")
    await asks(app, "start_session", list=twice[:1])
    assert app.sessions[-1]["list"][0]["name"] == "mleko"


# One owner at a time.


async def test_a_newer_connection_takes_the_session_over(shop: Shop) -> None:
    app = await begun(shop)
    await buys(app, "mleko")
    older = app.phone
    await app.start()
    assert older.closed == (4009, "connected elsewhere")
    assert app.sessions[-1]["resumed"] is True
    assert len(shop.gemini.open_links) == 1


async def test_speech_that_was_not_answered_goes_out_again_for_the_newer_connection(
    shop: Shop,
) -> None:
    app = await begun(shop)
    app.phone.sends(speech(500, 1))
    await a_moment()
    await app.start()
    app.phone.sends(speech(500, 2))
    await seconds_pass(2)
    assert shop.gemini.newest.audio == speech(500, 1) + speech(500, 2)


async def test_a_word_that_had_only_begun_is_heard_from_its_beginning(shop: Shop) -> None:
    app = await begun(shop)
    app.phone.speaks(speech(100, 1))
    await a_moment()
    await app.start()
    app.phone.speaks(speech(100, 2))
    await a_moment()
    assert shop.gemini.newest.audio == speech(100, 1) + speech(100, 2)


async def test_another_phone_of_the_user_leaves_the_first_ones_session_to_be_resumed(
    shop: Shop,
) -> None:
    first, second = await begun(shop), App(shop)
    await buys(first, "mleko")
    await second.start()
    assert first.phone.closed == (4009, "connected elsewhere")
    assert second.sessions[-1]["list"] == []
    await first.start()
    assert second.phone.closed == (4009, "connected elsewhere")
    assert first.list == {"mleko": 1}
    assert first.sessions[-1]["resumed"] is True


async def test_two_connections_at_once_with_one_token_have_one_owner(shop: Shop) -> None:
    app = await begun(shop)
    app.phone.leaves(1006)
    await a_moment()
    one, other = shop.connect(), shop.connect()
    for connection in (one, other):
        resume = {"token": app.token, "last_seq": 0}
        connection.phone.says("start_session", resume=resume)
    await seconds_pass(1)
    assert one.phone.closed == (4009, "connected elsewhere")
    assert other.phone.told("session")[0]["resumed"] is True
    assert len(shop.registry) == 1


async def test_an_older_connection_that_does_not_let_go_keeps_its_session(shop: Shop) -> None:
    app = await begun(shop)
    await buys(app, "mleko")
    shop.store.slow["park"] = 10
    app.connection = shop.connect()
    app.phone.says("start_session", resume={"token": app.token, "last_seq": 0})
    await seconds_pass(60)
    assert app.phone.told("session")[0]["resumed"] is False
    assert shop.observer.noted("older_connection_not_parked") == [{}]


# How connections end.


async def test_a_phone_that_takes_nothing_is_closed_and_its_session_parked() -> None:
    policy = SessionPolicy(client_send_timeout_s=5, outbox_bytes=20_000)
    async with open_shop(policy=policy) as shop:
        app = await begun(shop)
        app.phone.takes_nothing()
        await buys(app, "mleko", "chleb")
        await seconds_pass(10)
        assert app.phone.closed == (4008, "messages were not taken")
        await app.start()
        assert app.list == {"mleko": 1, "chleb": 1}


async def test_a_phone_that_takes_nothing_is_closed_when_too_much_waits() -> None:
    policy = SessionPolicy(client_send_timeout_s=500, outbox_bytes=3_000)
    async with open_shop(policy=policy) as shop:
        app = await begun(shop)
        app.phone.takes_nothing()
        names = [f"produkt {number}" for number in range(20)]
        await buys(app, *names)
        await seconds_pass(10)
        assert app.phone.closed == (4008, "messages were not taken")
        await app.start()
        assert list(app.list) == names


async def test_an_instance_that_goes_parks_the_session_before_it_closes(shop: Shop) -> None:
    app = await begun(shop)
    await buys(app, "mleko")
    app.held.supervisor.tell(Draining())
    await seconds_pass(10)
    assert app.phone.closed == (1012, "this server restarts")
    assert shop.store.view().parked == 1


async def test_an_instance_that_goes_waits_for_no_phone_that_has_gone(shop: Shop) -> None:
    app = await begun(shop)
    app.phone.leaves(1006)
    await a_moment()
    assert app.held.supervisor.summary().state == "parking"
    app.held.supervisor.tell(Draining())
    await a_moment()
    assert shop.store.view().parked == 1


async def test_an_admin_ends_a_session_for_good(shop: Shop) -> None:
    app = await begun(shop)
    app.held.supervisor.tell(EndedByAdmin())
    await a_moment()
    assert app.phone.closed == (4010, "ended by an admin")
    assert shop.store.view().parked == 0
    await app.start()
    assert app.sessions[-1]["resumed"] is False


async def test_who_keeps_breaking_the_protocol_has_nothing_to_resume(shop: Shop) -> None:
    app = await begun(shop)
    for _ in range(21):
        app.phone.sends("nonsense")
    await a_moment()
    assert app.phone.closed == (1008, "kept breaking the protocol")
    assert shop.store.view().parked == 0


async def test_a_session_that_is_not_running_is_parked_at_once(shop: Shop) -> None:
    app = await begun(shop)
    await asks(app, "stop_session")
    await seconds_pass(2)
    app.phone.leaves(1000)
    await a_moment()
    assert shop.store.view().parked == 1


async def test_a_session_that_is_stopping_when_its_phone_goes_is_parked_when_it_has_stopped(
    shop: Shop,
) -> None:
    app = await begun(shop)
    app.phone.sends(speech(500) + silence(600))
    await asks(app, "stop_session")
    app.phone.leaves(1000)
    await a_moment()
    assert shop.store.view().parked == 0
    await buys(app, "mleko")
    await seconds_pass(3)
    assert shop.store.view().parked == 1
    await app.start()
    assert app.list == {"mleko": 1}


async def test_what_gemini_could_not_hear_before_it_was_given_up_is_heard_after_the_resume() -> (
    None
):
    policy = SessionPolicy()
    async with open_shop(policy=policy) as shop:
        app = await begun(shop)
        app.phone.sends(speech(500, 7))
        await a_moment()
        shop.gemini.openable = False
        for link in shop.gemini.open_links:
            link.breaks()
        shop.gemini.opening_takes_s = 1_000
        await seconds_pass(120)
        assert app.phone.closed == (1013, "Gemini unreachable")
        assert app.phone.told("audio_gap") == []
        shop.gemini.opening_takes_s = 0
        shop.gemini.openable = True
        await app.start()
        await seconds_pass(2)
        assert speech(500, 7) in shop.gemini.newest.audio


async def test_a_bug_leaves_what_was_stored(shop: Shop) -> None:
    app = await begun(shop)
    await buys(app, "mleko")
    shop.gemini.newest.breaks(RuntimeError("a bug"))
    await seconds_pass(1)
    assert app.phone.closed == (1011, "internal error")
    await app.start()
    assert app.list == {"mleko": 1}
    shop.observer.failures.clear()


async def test_a_connection_that_is_cancelled_leaves_what_was_stored(shop: Shop) -> None:
    app = await begun(shop)
    await buys(app, "mleko")
    app.held.running.cancel()
    await app.held.ended()
    assert shop.store.view().parked == 1
    await app.start()
    assert app.list == {"mleko": 1}


# Text, and what is done by hand.


async def test_a_typed_sentence_goes_to_gemini_and_its_products_carry_its_ref(shop: Shop) -> None:
    app = await begun(shop)
    await asks(app, "text", text="dodaj mleko", ref="r1")
    link = shop.gemini.newest
    assert link.heard == [TypedText("dodaj mleko")]
    link.says(calls(call("c", "mleko")), TURN_COMPLETE)
    await a_moment()
    app.look()
    assert app.events[0]["ref"] == "r1"
    assert app.phone.told("received") == [{"type": "received", "ref": "r1"}]
    await buys(app, "chleb")
    assert "ref" not in app.events[1]


async def test_a_request_that_comes_again_has_no_second_effect(shop: Shop) -> None:
    app = await begun(shop)
    for _ in range(2):
        await asks(app, "text", text="dodaj mleko", ref="r1")
        await asks(app, "edit", operations=[edit("chleb")], ref="r2")
    assert [item for item in shop.gemini.newest.heard if isinstance(item, TypedText)] == [
        TypedText("dodaj mleko")
    ]
    assert app.list == {"chleb": 1}
    app.phone.leaves()
    await app.start()
    assert app.sessions[-1]["received"] == ["r1", "r2"]
    await asks(app, "edit", operations=[edit("chleb")], ref="r2")
    assert app.list == {"chleb": 1}


async def test_a_request_that_nothing_comes_of_is_received_all_the_same(shop: Shop) -> None:
    app = await begun(shop)
    await asks(app, "text", text="dzień dobry", ref="r1")
    assert app.phone.told("received") == []
    await asks(app, "text", text="dzień dobry", ref="r1")
    assert app.phone.told("received") == []
    shop.gemini.newest.says(TURN_COMPLETE)
    await a_moment()
    answer = await asks(app, "text", text="dzień dobry", ref="r1")
    assert app.phone.told("received") == [answer, answer]


async def test_a_sentence_that_asks_for_more_than_fits_is_refused_aloud(shop: Shop) -> None:
    app = await begun(shop, list=[{"id": "m", "name": "mleko", "quantity": 9_000}])
    shop.gemini.newest.says(calls(call("c", "mleko", quantity=9_000)), TURN_COMPLETE)
    await a_moment()
    (error,) = app.phone.told("error")
    assert error["code"] == "list_full"
    assert app.list == {"mleko": 9_000}


async def test_the_newest_fifty_requests_are_remembered(shop: Shop) -> None:
    app = await begun(shop)
    for number in range(52):
        await asks(app, "edit", operations=[edit("chleb")], ref=f"r{number}")
    app.phone.leaves()
    await app.start()
    assert app.sessions[-1]["received"] == [f"r{number}" for number in range(2, 52)]


async def test_a_typed_sentence_that_was_not_answered_goes_out_again(shop: Shop) -> None:
    app = await begun(shop)
    await asks(app, "text", text="dodaj mleko", ref="r1")
    shop.gemini.newest.breaks()
    await seconds_pass(1)
    assert shop.gemini.newest.heard == [TypedText("dodaj mleko")]
    app.phone.leaves()
    await app.start()
    await seconds_pass(1)
    link = shop.gemini.newest
    assert link.heard == [TypedText("dodaj mleko")]
    link.says(calls(call("c", "mleko")), TURN_COMPLETE)
    await a_moment()
    app.look()
    assert app.events[0]["ref"] == "r1"
    link.breaks()
    await seconds_pass(1)
    assert shop.gemini.newest.heard == []


@pytest.mark.parametrize("killed", [1, 2])
async def test_what_was_left_and_then_answered_has_no_second_effect_after_a_crash(
    shop: Shop, killed: int
) -> None:
    """What is stored whole says that it was not heard; only the steps behind it know better."""
    app = await begun(shop)
    await asks(app, "text", text="dodaj mleko", ref="r1")
    await asks(app, "edit", operations=[edit("masło")])
    app.phone.leaves()
    await seconds_pass(10)
    await app.start()
    await seconds_pass(1)
    shop.gemini.newest.says(calls(call("c0", "mleko")), TURN_COMPLETE)
    await a_moment()
    await asks(app, "edit", operations=[edit("chleb")])
    for crash in range(1, killed + 1):
        app.held.running.cancel()
        await app.held.ended()
        await app.start()
        await seconds_pass(1)
        assert shop.gemini.newest.heard == [TypedText("dodaj mleko")]
        shop.gemini.newest.says(calls(call(f"c{crash}", "mleko")), TURN_COMPLETE)
        await a_moment()
        app.look()
    assert app.list == {"masło": 1, "mleko": 1, "chleb": 1}
    await buys(app, "mleko")
    assert app.list["mleko"] == 2


@pytest.mark.parametrize("heard_before", [True, False])
@pytest.mark.parametrize("killed", [1, 2])
async def test_nor_have_two_sentences_that_were_left_and_then_answered(
    shop: Shop, killed: int, *, heard_before: bool
) -> None:
    app = await begun(shop)
    if not heard_before:
        shop.gemini.opening_takes_s = 1_000
        shop.gemini.newest.breaks()
        await a_moment()
    for voice in (1, 2):
        app.phone.sends(speech(500, voice) + silence(600))
        await seconds_pass(1)
    app.phone.leaves()
    await seconds_pass(10)
    shop.gemini.opening_takes_s = 0
    await app.start()
    await seconds_pass(1)
    await buys(app, "mleko")
    await buys(app, "ser")
    for crash in range(1, killed + 1):
        app.held.running.cancel()
        await app.held.ended()
        await app.start()
        await seconds_pass(1)
        for name in ("mleko", "ser"):
            link = shop.gemini.newest
            link.says(heard(name), calls(call(f"{name}-{crash}", name)), TURN_COMPLETE)
            await a_moment()
            app.look()
    assert app.list == {"mleko": 1, "ser": 1}


async def test_an_undo_that_was_left_and_then_answered_is_not_done_again_after_a_crash(
    shop: Shop,
) -> None:
    app = await begun(shop)
    await buys(app, "ser")
    await buys(app, "mleko")
    await asks(app, "text", text="cofnij", ref="r1")
    app.phone.leaves()
    await seconds_pass(10)
    await app.start()
    await seconds_pass(1)
    shop.gemini.newest.says(calls(FunctionCall(name=UNDO_NAME, id="u0")), TURN_COMPLETE)
    await a_moment()
    app.held.running.cancel()
    await app.held.ended()
    await app.start()
    await seconds_pass(1)
    shop.gemini.newest.says(calls(FunctionCall(name=UNDO_NAME, id="u1")), TURN_COMPLETE)
    await a_moment()
    app.look()
    assert app.list == {"ser": 1}


@pytest.mark.parametrize("lost", ["link", "phone"])
async def test_what_was_spoken_and_typed_goes_out_again_in_its_order(shop: Shop, lost: str) -> None:
    app = await begun(shop)
    app.phone.sends(speech(500, 1) + silence(600))
    await seconds_pass(1)
    app.phone.says("text", text="nie, dwa")
    app.phone.sends(speech(500, 2) + silence(600))
    await seconds_pass(1)
    if lost == "link":
        shop.gemini.newest.breaks()
    else:
        await app.start()
    await seconds_pass(2)
    said = shop.gemini.newest.heard
    typed = said.index(TypedText("nie, dwa"))
    assert speech(500, 1) in b"".join(each for each in said[:typed] if isinstance(each, bytes))
    assert speech(500, 2) in b"".join(each for each in said[typed:] if isinstance(each, bytes))


async def test_sentences_that_the_microphone_was_closed_after_are_all_heard_after_a_resume(
    shop: Shop,
) -> None:
    app = await begun(shop)
    shop.gemini.newest.takes_nothing()
    for voice in range(7):
        app.phone.sends(speech(2_000, voice))
        app.phone.says("audio_end")
    await a_moment()
    await app.start()
    await seconds_pass(5)
    assert app.phone.told("audio_gap") == []
    assert all(speech(2_000, voice) in shop.gemini.newest.audio for voice in range(7))


async def test_text_starts_a_stopped_session_again(shop: Shop) -> None:
    app = await begun(shop)
    await asks(app, "stop_session")
    await seconds_pass(2)
    await asks(app, "text", text="dodaj mleko")
    assert [session["resumed"] for session in app.sessions] == [False, True]
    assert app.sessions[0]["session_id"] == app.sessions[1]["session_id"]
    assert shop.gemini.newest.heard == [TypedText("dodaj mleko")]


async def test_text_while_the_session_stops_is_refused(shop: Shop) -> None:
    app = await begun(shop)
    app.phone.sends(speech(500) + silence(600))
    app.phone.says("stop_session")
    error = await asks(app, "text", text="dodaj mleko", ref="r1")
    assert (error["code"], error["ref"]) == ("not_started", "r1")


async def test_text_that_nobody_answers_before_the_stop_is_told(shop: Shop) -> None:
    app = await begun(shop)
    await asks(app, "text", text="dodaj mleko", ref="r1")
    await asks(app, "text", text="dodaj chleb")
    await asks(app, "stop_session")
    await seconds_pass(10)
    refused = app.phone.told("error")
    assert [(error["code"], error.get("ref")) for error in refused] == [
        ("not_processed", "r1"),
        ("not_processed", None),
    ]
    assert refused[0]["retryable"] is True
    await asks(app, "text", text="dodaj mleko", ref="r1")
    assert TypedText("dodaj mleko") in shop.gemini.newest.heard


async def test_too_many_typed_sentences_are_refused_and_the_rest_goes_on(shop: Shop) -> None:
    app = await begun(shop)
    for number in range(51):
        app.phone.says("text", text=f"zdanie {number}", ref=f"r{number}")
    await seconds_pass(1)
    errors = app.phone.told("error")
    assert [(error["code"], error["ref"]) for error in errors] == [("too_many_texts", "r50")]
    assert errors[0]["retry_after_ms"] == 2_000


async def test_the_model_is_told_what_the_shopper_does(shop: Shop) -> None:
    app = await begun(shop)
    await asks(app, "edit", operations=[edit("chleb", quantity=2), edit("masło")], ref="r1")
    await asks(app, "undo")
    told = [item for item in shop.gemini.newest.heard if isinstance(item, Remark)]
    assert [remark.text for remark in told] == [
        '[Osoba zmieniła listę ręcznie: dodano "chleb" (2 szt), dodano "masło" (1 kostka).]',
        '[Osoba zmieniła listę ręcznie: usunięto "masło", usunięto "chleb".]',
    ]
    assert [event["by"] for event in app.events] == ["shopper"] * 4
    assert app.list == {}


async def test_the_model_is_told_again_what_it_may_have_missed(shop: Shop) -> None:
    app = await begun(shop)
    shop.gemini.newest.says(handle("h1"))
    await asks(app, "edit", operations=[edit("chleb")])
    shop.gemini.newest.breaks()
    await seconds_pass(1)
    assert any(isinstance(item, Remark) for item in shop.gemini.newest.heard)


async def test_the_model_is_told_on_the_next_connection_what_it_may_have_missed(shop: Shop) -> None:
    app = await begun(shop)
    shop.gemini.newest.says(handle("h1"))
    await a_moment()
    shop.gemini.newest.takes_nothing()
    await asks(app, "edit", operations=[edit("mleko")])
    await app.start()
    await a_moment()
    assert shop.gemini.requested[-1] == "h1"
    assert len(shop.gemini.newest.remarks) == 1


async def test_a_fresh_gemini_session_is_given_no_answer_that_it_did_not_ask_for(
    shop: Shop,
) -> None:
    app = await begun(shop)
    link = shop.gemini.newest
    link.takes_nothing()
    link.says(calls(call("c", "mleko")))
    await asks(app, "edit", operations=[edit("chleb")])
    await app.start()
    await a_moment()
    assert shop.gemini.requested[-1] is None
    assert shop.gemini.newest.heard == []
    names = [item.name for item in shop.gemini.newest.request.shopping_list]
    assert sorted(names) == ["chleb", "mleko"]


async def test_a_stopped_session_can_be_edited(shop: Shop) -> None:
    app = await begun(shop)
    await asks(app, "stop_session")
    await seconds_pass(2)
    await asks(app, "edit", operations=[edit("chleb")])
    assert app.list == {"chleb": 1}
    await asks(app, "start_session")
    assert [item.name for item in shop.gemini.newest.request.shopping_list] == ["chleb"]


@pytest.mark.parametrize(
    ("kind", "fields", "code", "message"),
    [
        ("undo", {}, "nothing_to_undo", "undo: "),
        ("confirm", {"id": "x"}, "unknown_item", "id: "),
        ("reject", {"id": "x"}, "unknown_item", "id: "),
        ("ack", {"seq": 1}, "invalid_field", "seq: "),
        (
            "edit",
            {"operations": [edit("chleb"), {"op": "remove", "id": "x"}]},
            "unknown_item",
            "operations[1].id: ",
        ),
    ],
)
async def test_requests_that_cannot_be_carried_out_say_why(
    shop: Shop, kind: str, fields: dict[str, object], code: str, message: str
) -> None:
    app = await begun(shop)
    error = await asks(app, kind, **fields)
    assert error["code"] == code
    assert error["message"].startswith(message)
    assert app.list == {}


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("ack", {"seq": 0}),
        ("edit", {"operations": [edit("x")]}),
        ("undo", {}),
        ("confirm", {"id": "x"}),
        ("reject", {"id": "x"}),
    ],
)
async def test_requests_before_there_is_a_session_are_refused(
    shop: Shop, kind: str, fields: dict[str, object]
) -> None:
    app = App(shop)
    app.connection = shop.connect()
    error = await asks(app, kind, **fields)
    assert error["code"] == "not_started"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"language": "en-US"}, "language"),
        ({"reply": "audio"}, "reply"),
        ({"resume": {"token": "t"}}, "resume"),
    ],
)
async def test_what_is_settled_when_a_session_starts_cannot_change(
    shop: Shop, fields: dict[str, object], field: str
) -> None:
    app = await begun(shop)
    error = await asks(app, "start_session", **fields)
    assert error["code"] == "already_started"
    assert error["message"].startswith(f"{field}: ")


async def test_a_start_that_asks_for_nothing_else_is_introduced_again(shop: Shop) -> None:
    app = await begun(shop)
    await asks(app, "start_session")
    assert app.sessions[1] == app.sessions[0] | {"resumed": True}


# Suggestions.


async def test_starts_that_change_nothing_are_not_logged(shop: Shop) -> None:
    app = await begun(shop)
    for _ in range(20):
        app.phone.says("start_session")
    await a_moment()
    assert len(app.phone.told("session")) == 21
    assert shop.observer.noted("session_introduced") == [
        {"resumed": False, "replayed": 0, "connected_as": None}
    ]


async def test_what_is_not_heard_surely_waits_for_the_shopper(shop: Shop) -> None:
    app = await begun(shop)
    link = shop.gemini.newest
    link.says(calls(call("c", "maślanka", confidence=0.3)), TURN_COMPLETE)
    await a_moment()
    app.look()
    (suggestion,) = app.suggestions.values()
    assert suggestion["name"] == "maślanka"
    assert app.list == {}
    assert link.answers[0].response.status == "corrected"
    await asks(app, "confirm", id=suggestion["id"], ref="r1")
    assert app.list == {"maślanka": 1}
    assert app.suggestions == {}
    assert app.events[-1]["suggestion"] == suggestion["id"]
    assert app.events[-1]["product"]["id"] == suggestion["id"]


async def test_a_suggestion_can_be_rejected(shop: Shop) -> None:
    app = await begun(shop)
    shop.gemini.newest.says(calls(call("c", "maślanka", confidence=0.3)), TURN_COMPLETE)
    await a_moment()
    app.look()
    await asks(app, "reject", id=next(iter(app.suggestions)))
    assert app.events[-1]["reason"] == "rejected"
    assert app.suggestions == {}


async def test_suggestions_are_there_after_a_resume(shop: Shop) -> None:
    app = await begun(shop)
    shop.gemini.newest.says(calls(call("c", "maślanka", confidence=0.3)), TURN_COMPLETE)
    await a_moment()
    app.look()
    app.phone.leaves()
    await app.start()
    assert app.sessions[-1]["suggestions"] == list(app.suggestions.values())


async def test_a_call_that_is_cancelled_after_the_resume_is_taken_back(shop: Shop) -> None:
    app = await begun(shop)
    await buys(app, "mleko")
    app.phone.leaves()
    await app.start()
    shop.gemini.newest.says(cancelled("mleko"))
    await a_moment()
    assert app.list == {}
    assert app.events[-1]["reason"] == "cancelled"


# Spoken replies.


async def test_replies_are_heard_by_phones_that_ask_for_them(shop: Shop) -> None:
    app = await begun(shop, reply="audio")
    link = shop.gemini.newest
    assert link.request.aloud
    link.says(SPOKEN_REPLY, calls(call("c")))
    link.says(GeminiMessage(server_content=ServerContent(interrupted=True)))
    await a_moment()
    assert app.phone.sounds == [bytes(3)]
    assert app.phone.told("interrupted")
    assert link.answers[0].scheduling == "WHEN_IDLE"
    assert app.sessions[0]["audio"]["output"] == {
        "encoding": "pcm16le",
        "sample_rate": 24_000,
        "channels": 1,
    }


async def test_replies_are_not_heard_by_others(shop: Shop) -> None:
    app = await begun(shop)
    link = shop.gemini.newest
    link.says(SPOKEN_REPLY, calls(call("c")))
    link.says(GeminiMessage(server_content=ServerContent(interrupted=True)))
    await a_moment()
    assert app.phone.sounds == []
    assert app.phone.told("interrupted") == []
    assert link.answers[0].scheduling == "SILENT"


async def test_the_pieces_of_a_transcript_are_shown_as_they_come(shop: Shop) -> None:
    app = await begun(shop)
    shop.gemini.newest.says(heard("dodaj"))
    await a_moment()
    shop.gemini.newest.says(heard(" mleko"))
    await a_moment()
    shop.gemini.newest.says(TURN_COMPLETE)
    await a_moment()
    assert [(each["text"], each["final"]) for each in app.phone.told("transcript")] == [
        ("dodaj", False),
        ("dodaj mleko", False),
        ("dodaj mleko", True),
    ]


async def test_speech_that_could_not_be_kept_is_told_as_a_gap() -> None:
    async with open_shop(policy=SessionPolicy(uplink_ms=1_000)) as shop:
        app = App(shop)
        shop.gemini.opening_takes_s = 60
        await app.start()
        for number in range(20):
            app.phone.sends(speech(100, number))
        await seconds_pass(61)
        (gap,) = app.phone.told("audio_gap")
        assert gap == {"type": "audio_gap", "ms": 1_000, "reason": "no_link"}


async def test_a_gap_that_was_not_told_yet_is_told_after_the_resume() -> None:
    async with open_shop(policy=SessionPolicy(uplink_ms=1_000)) as shop:
        app = App(shop)
        await app.start()
        shop.gemini.newest.breaks()
        shop.gemini.opening_takes_s = 60
        await seconds_pass(1)
        for number in range(20):
            app.phone.sends(speech(100, number))
        app.phone.leaves(1006)
        await seconds_pass(1)
        shop.gemini.opening_takes_s = 0
        await app.start()
        await seconds_pass(1)
        assert sum(gap["ms"] for gap in app.phone.told("audio_gap")) >= 1_000  # type: ignore[misc]  # a JSON number


async def test_the_microphone_can_be_closed_between_sentences(shop: Shop) -> None:
    app = await begun(shop)
    app.phone.sends(speech(300, 1))
    app.phone.says("audio_end")
    app.phone.sends(speech(300, 2))
    await seconds_pass(1)
    link = shop.gemini.newest
    assert [type(item).__name__ for item in link.heard] == ["bytes", "AudioStreamEnd", "bytes"]
    # The end of a turn confirms one utterance: the second one goes out again.
    link.says(heard("jeden"), TURN_COMPLETE)
    await a_moment()
    link.breaks()
    await seconds_pass(1)
    assert speech(300, 2) in shop.gemini.newest.audio
    assert speech(300, 1) not in shop.gemini.newest.audio


# The store.


async def test_a_conversation_goes_on_while_the_store_is_down(shop: Shop) -> None:
    app = await begun(shop)
    shop.store.down = {"append"}
    await buys(app, "mleko")
    assert app.list == {"mleko": 1}
    assert shop.gemini.newest.answers[0].response.status == "accepted"
    assert shop.observer.noted("store_unavailable") == [{"problem": "it is down"}]
    await app.start()
    assert app.list == {"mleko": 1}
    assert app.sessions[-1]["resumed"] is True


async def test_what_the_store_missed_is_stored_with_what_comes_next(shop: Shop) -> None:
    app = await begun(shop)
    shop.store.down = {"append"}
    await buys(app, "mleko")
    shop.store.down = set()
    await buys(app, "chleb")
    await buys(app, "ser")
    assert shop.store.writes == ["create", "append", "save", "append"]
    app.held.running.cancel()
    await app.held.ended()
    await app.start()
    assert [item["name"] for item in app.sessions[-1]["list"]] == ["mleko", "chleb", "ser"]


async def test_a_session_that_the_store_did_not_take_is_stored_with_its_next_step(
    shop: Shop,
) -> None:
    shop.store.down = {"create"}
    app = await begun(shop)
    await buys(app, "mleko")
    shop.store.down = set()
    await buys(app, "chleb")
    app.held.running.cancel()
    await app.held.ended()
    await app.start()
    assert app.sessions[-1]["resumed"] is True
    assert app.list == {"mleko": 1, "chleb": 1}


async def test_a_session_that_the_store_did_not_take_is_stored_when_it_is_parked(
    shop: Shop,
) -> None:
    shop.store.down = {"create"}
    app = await begun(shop)
    shop.store.down = set()
    await app.start()
    assert app.sessions[-1]["resumed"] is True


async def test_a_store_that_fails_to_park_is_asked_to_keep_what_it_has(shop: Shop) -> None:
    app = await begun(shop)
    await buys(app, "mleko")
    shop.store.slow = {"park": 1.0}
    shop.store.down = {"park"}
    app.phone.leaves()
    await seconds_pass(4)
    shop.store.down = set()
    await seconds_pass(2)
    assert shop.store.writes.count("park") == 2
    await app.start()
    assert app.sessions[-1]["resumed"] is True
    assert app.list == {"mleko": 1}


async def test_a_store_that_is_down_when_a_phone_comes_back_lets_it_try_again(
    shop: Shop,
) -> None:
    app = await begun(shop)
    await buys(app, "mleko")
    shop.store.down = {"resume"}
    await app.start()
    assert app.phone.closed == (1013, "sessions cannot be resumed just now")
    shop.store.down = set()
    await app.start()
    assert app.sessions[-1]["resumed"] is True
    assert app.list == {"mleko": 1}


async def test_a_session_is_resumed_once_its_older_link_is_closed(shop: Shop) -> None:
    app = await begun(shop)
    shop.gemini.closing_takes_s = 0.5
    older = shop.gemini.newest
    app.connection = shop.connect()
    app.phone.says("start_session", resume={"token": app.token, "last_seq": 0})
    await seconds_pass(1)
    newer = shop.gemini.newest
    assert older.closed_at is not None
    assert newer.opened_at >= older.closed_at
    shop.gemini.closing_takes_s = 0.0


async def test_a_turn_for_the_reply_answers_no_later_sentence(shop: Shop) -> None:
    app = await begun(shop)
    await asks(app, "text", text="dodaj mleko", ref="r1")
    await asks(app, "text", text="dodaj chleb", ref="r2")
    shop.gemini.newest.says(calls(call("c1", "mleko")), TURN_COMPLETE, TURN_COMPLETE)
    await seconds_pass(0.1)
    shop.gemini.newest.breaks()
    await seconds_pass(1)
    assert shop.gemini.newest.heard == [TypedText("dodaj chleb")]


async def test_a_sentence_that_something_came_of_is_not_to_be_sent_again(shop: Shop) -> None:
    app = await begun(shop)
    await asks(app, "text", text="dodaj mleko i chleb", ref="r1")
    shop.gemini.newest.says(calls(call("c1", "mleko")))
    await a_moment()
    await asks(app, "stop_session")
    await seconds_pass(10)
    assert app.phone.told("error") == []
    await asks(app, "text", text="dodaj mleko i chleb", ref="r1")
    assert app.list == {"mleko": 1}


async def test_a_stored_session_that_cannot_be_read_begins_a_fresh_one(shop: Shop) -> None:
    app = await begun(shop)
    app.phone.leaves()
    await seconds_pass(10)
    for record in shop.store._records.values():  # noqa: SLF001 - damaged on purpose
        record.session = b"damaged"
    await app.start()
    assert app.sessions[-1]["resumed"] is False
    assert shop.observer.noted("stored_session_invalid")


async def test_a_session_with_many_steps_is_stored_anew(shop: Shop) -> None:
    app = await begun(shop)
    for number in range(60):
        await asks(app, "edit", operations=[edit(f"produkt {number}")])
    assert shop.store.writes.count("save") == 1
    assert shop.store.writes.count("append") == 60
    app.phone.leaves()
    await app.start()
    assert len(app.list) == 60


async def test_what_is_stored_as_steps_is_there_after_a_bug(shop: Shop) -> None:
    app = await begun(shop)
    await asks(app, "edit", operations=[edit("chleb")], ref="r1")
    await buys(app, "mleko")
    await asks(app, "undo", ref="r2")
    app.held.running.cancel()
    await app.held.ended()
    app.seq = 0
    app.items = {}
    app.acknowledges = False
    await app.start()
    assert app.list == {"chleb": 1}
    assert app.sessions[-1]["received"] == ["r1", "r2"]
    await asks(app, "undo")
    assert app.list == {}


async def test_answers_that_may_not_have_arrived_are_given_on_the_next_connection(
    shop: Shop,
) -> None:
    app = await begun(shop)
    link: FakeLink = shop.gemini.newest
    link.says(handle("h1"))
    await a_moment()
    link.takes_nothing()
    link.says(calls(call("c", "mleko")))
    await a_moment()
    await app.start()
    await a_moment()
    answers = [item for item in shop.gemini.newest.heard if isinstance(item, ToolResponse)]
    assert [answer.id for each in answers for answer in each.function_responses] == ["c"]


async def test_log_lines_are_about_the_resumed_session(shop: Shop) -> None:
    app = await begun(shop)
    app.phone.leaves()
    await app.start()
    assert shop.observer.names == [app.sessions[0]["session_id"]]
    summary = app.held.supervisor.summary()
    assert summary.session_id == app.sessions[0]["session_id"]
    detail = app.held.supervisor.detail()
    assert detail.links_opened == 2


async def test_the_line_of_a_resumed_session_names_the_id_of_the_lines_before(shop: Shop) -> None:
    app = await begun(shop)
    app.phone.leaves()
    fresh = shop.connect(app.user)
    name_before = fresh.supervisor.summary().session_id
    fresh.phone.says("start_session", resume={"token": app.token, "last_seq": 0})
    await a_moment()
    assert fresh.supervisor.summary().session_id == app.sessions[0]["session_id"] != name_before
    # Started again after a stop, it has no other name.
    fresh.phone.says("stop_session")
    await seconds_pass(2)
    fresh.phone.says("start_session")
    await a_moment()
    introduced = shop.observer.noted("session_introduced")
    assert [facts["connected_as"] for facts in introduced] == [None, name_before, None]


async def test_v1_phones_are_not_stored(shop: Shop) -> None:
    await asyncio.sleep(0)
    assert shop.store.writes == []
