from __future__ import annotations

import asyncio
import base64
import uuid
from dataclasses import replace

import pytest

from gateway.refusals import LINES_A_MINUTE, Lines
from tests.support.an_app import App
from tests.support.asgi import connected, request
from tests.support.gemini_says import SPOKEN_REPLY
from tests.support.moments import a_moment, seconds_pass

V2 = ["shopping.v2"]
SECOND = base64.b64encode(b"\x01\x00" * 16_000).decode()


async def test_a_phone_speaks_and_gemini_hears_it() -> None:
    app = App()
    async with connected(app.asgi, "/ws/anna") as phone:
        phone.says("start_session")
        phone.says("audio_chunk", audio_data=SECOND)
        await a_moment()
        assert app.upstream.newest.audio == b"\x01\x00" * 16_000
        statuses = [m["status"] for m in phone.heard if m["type"] == "status"]
    assert statuses == ["connecting", "listening"]


async def test_connecting_alone_opens_no_link() -> None:
    app = App()
    async with connected(app.asgi, "/ws/anna") as phone:
        phone.says("ping")
        await a_moment()
        assert phone.heard == [{"type": "pong"}]
    assert app.upstream.links == []


@pytest.mark.parametrize("user_id", ["a", "A.b_c~d@e-9", "x" * 128])
async def test_allowed_user_ids_are_taken(user_id: str) -> None:
    async with connected(App().asgi, f"/ws/{user_id}") as phone:
        assert phone.accepted


@pytest.mark.parametrize("user_id", ["", "x" * 129, "a b", "ż", "a/b", "a+b", "a%0A"])
async def test_other_user_ids_are_refused_in_the_handshake(user_id: str) -> None:
    app = App()
    async with connected(app.asgi, f"/ws/{user_id}") as phone:
        assert not phone.accepted
        assert phone.refusal.status == 400
        assert phone.refusal.json["error"].startswith("user_id: 1 to 128 characters")
        assert len(app.registry) == 0
    (noted,) = app.observer.noted("handshake_refused")
    assert noted == {"status": 400, "cause": "bad_user_id", "address": "192.0.2.7"}


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [
        ([], None),
        (["shopping.v2"], "shopping.v2"),
        (["graphql-ws", "shopping.v2"], "shopping.v2"),
    ],
)
async def test_the_version_of_the_protocol_is_chosen_in_the_handshake(
    offered: list[str], chosen: str | None
) -> None:
    async with connected(App().asgi, "/ws/anna", subprotocols=offered) as phone:
        assert phone.subprotocol == chosen
        phone.says("start_session")
        await a_moment()
        phone.says("undo")
        await a_moment()
        kinds = [message["type"] for message in phone.heard]
        codes = [message.get("code") for message in phone.heard if message["type"] == "error"]
    if chosen is None:
        assert kinds == ["status", "status", "error"]
        assert codes == [None]
    else:
        assert kinds == ["session", "status", "status", "error"]
        assert codes == ["nothing_to_undo"]


@pytest.mark.parametrize("offered", [["graphql-ws"], ["shopping.v1"], ["Shopping.V2", "x"]])
async def test_other_subprotocols_are_refused_in_the_handshake(offered: list[str]) -> None:
    app = App()
    async with connected(app.asgi, "/ws/anna", subprotocols=offered) as phone:
        assert not phone.accepted
        assert phone.refusal.status == 400
        assert phone.refusal.json["error"] == (
            "unknown subprotocol: connect without Sec-WebSocket-Protocol for v1, "
            "or with shopping.v2"
        )
    (noted,) = app.observer.noted("handshake_refused")
    assert noted == {"status": 400, "cause": "bad_subprotocol", "address": "192.0.2.7"}


async def test_a_session_is_resumed_on_another_connection_and_keeps_its_id() -> None:
    app = App()
    async with connected(app.asgi, "/ws/anna", subprotocols=V2) as phone:
        phone.says("start_session", list=[{"id": "a1", "name": "mleko"}])
        await a_moment()
        first = phone.heard[0]
    await seconds_pass(10)
    assert app.store.view().parked == 1
    async with connected(app.asgi, "/ws/anna", subprotocols=V2) as phone:
        resume = {"token": first["resume_token"], "last_seq": first["seq"]}
        phone.says("start_session", resume=resume)
        await a_moment()
        again = phone.heard[0]
        session = app.registry.get("anna")
        assert session is not None
        assert session.summary().session_id == first["session_id"]
    assert (first["resumed"], again["resumed"]) == (False, True)
    assert (again["session_id"], again["list"]) == (first["session_id"], first["list"])
    assert again["resume_token"] != first["resume_token"]
    assert app.observer.names == [first["session_id"]]
    app.store.close()


async def test_what_the_model_says_reaches_a_phone_that_plays_it_as_binary_frames() -> None:
    app = App()
    async with connected(app.asgi, "/ws/anna", subprotocols=V2) as phone:
        phone.says("start_session", reply="audio")
        await a_moment()
        app.upstream.newest.says(SPOKEN_REPLY)
        await a_moment()
        assert phone.sounds == [bytes(3)]
        assert app.upstream.newest.request.aloud
    app.store.close()


async def test_while_draining_handshakes_are_refused() -> None:
    app = App()
    app.readiness.note_draining()
    async with connected(app.asgi, "/ws/anna") as phone:
        assert phone.refusal.status == 503


async def test_before_the_upstream_is_ready_phones_are_taken() -> None:
    async with connected(App(starting=True).asgi, "/ws/anna") as phone:
        assert phone.accepted


async def test_a_session_that_slipped_in_as_the_drain_began_is_drained() -> None:
    app = App()
    async with connected(app.asgi, "/ws/anna", when_accepted=app.readiness.note_draining) as phone:
        await a_moment()
        assert phone.close_code == 1012


@pytest.mark.parametrize("path", ["/", "/socket", "/sessions", "/ws/a%0Ab"])
async def test_a_websocket_elsewhere_is_refused_as_not_found(path: str) -> None:
    async with connected(App().asgi, path) as phone:
        assert phone.refusal.status == 404
        assert "/ws/{user_id}" in phone.refusal.json["error"]


async def test_a_plain_get_is_told_to_upgrade() -> None:
    answer = await request(App().asgi, "/ws/anna")
    assert (answer.status, answer.headers["upgrade"]) == (426, "websocket")


async def test_the_newest_connection_of_a_user_wins() -> None:
    app = App()
    async with connected(app.asgi, "/ws/anna") as older:
        async with connected(app.asgi, "/ws/anna") as newer:
            await a_moment()
            assert older.close_code == 4009
            newer.says("ping")
            await a_moment()
            assert newer.heard == [{"type": "pong"}]
            assert len(app.registry) == 1
        assert len(app.registry) == 0


async def test_how_a_connection_ended_is_remembered_for_those_that_watch() -> None:
    app = App()
    async with connected(app.asgi, "/ws/anna"), connected(app.asgi, "/ws/anna") as newer:
        await a_moment()
        newer.leaves(1000)
        await a_moment()
    ended = app.registry.remembered(now=asyncio.get_running_loop().time())
    assert [(row.user_id, row.state, row.close_code) for row in ended] == [
        ("anna", "closed", 4009),
        ("anna", "closed", 1000),
    ]
    assert ended[0].ended_at == "2026-09-21T14:13:20.000+00:00"
    assert ended[0].session_id != ended[1].session_id


async def test_coming_and_going_are_noted() -> None:
    app = App()
    async with connected(app.asgi, "/ws/anna") as phone:
        session = app.registry.get("anna")
        assert session is not None
        assert uuid.UUID(session.summary().session_id).version == 4
        phone.leaves()
    assert [name for name, _ in app.observer.notes if name.startswith("session_")] == [
        "session_connected",
        "session_ended",
    ]


async def test_a_flood_of_refusals_does_not_fill_the_log() -> None:
    access = replace(App().access, lines=Lines(clock=lambda: 0.0))
    app = App(access=access)
    for _ in range(LINES_A_MINUTE + 3):
        async with connected(app.asgi, "/ws/a b") as phone:
            assert phone.refusal.status == 400
    assert len(app.observer.noted("handshake_refused")) == LINES_A_MINUTE


def refused(app: App) -> list[tuple[object, object]]:
    return [(each["status"], each["cause"]) for each in app.observer.noted("handshake_refused")]


async def test_a_full_instance_says_so_before_and_refuses_with_the_time_to_come_again() -> None:
    app = App({"MAX_SESSIONS": "2"})
    assert (await request(app.asgi, "/readyz")).status == 200
    async with connected(app.asgi, "/ws/anna"):
        full = await request(app.asgi, "/readyz")
        assert (full.status, full.json) == (503, {"status": "full"})
        async with connected(app.asgi, "/ws/ola") as second:
            assert second.accepted
            async with connected(app.asgi, "/ws/ela") as third:
                assert third.refusal.status == 503
                assert third.refusal.json == {"error": "this instance is full: connect again"}
                assert third.refusal.headers["retry-after"] == "5"
            async with connected(app.asgi, "/ws/ola") as newer:
                assert newer.accepted
    assert (await request(app.asgi, "/readyz")).status == 200
    assert refused(app) == [(503, "full")]


async def test_a_user_who_connects_too_often_is_refused_with_the_time_to_come_again() -> None:
    app = App({"CONNECTS_PER_USER": "1"})
    async with connected(app.asgi, "/ws/anna") as phone:
        assert phone.accepted
    async with connected(app.asgi, "/ws/anna") as phone:
        assert phone.refusal.status == 429
        assert phone.refusal.headers["retry-after"] == "60"
    assert refused(app) == [(429, "user_connects")]


async def test_an_address_has_its_share_of_connects_and_sessions() -> None:
    app = App({"CONNECTS_PER_ADDRESS": "3", "SESSIONS_PER_ADDRESS": "1"})
    async with connected(app.asgi, "/ws/anna"):
        async with connected(app.asgi, "/ws/ola") as second:
            assert second.refusal.json["error"].startswith("too many sessions from this address")
        async with connected(app.asgi, "/ws/anna") as newer:
            assert newer.accepted
        async with connected(app.asgi, "/ws/ela") as third:
            assert third.refusal.json["error"].startswith("too many connections from this address")
    assert refused(app) == [(429, "address_sessions"), (429, "address_connects")]
