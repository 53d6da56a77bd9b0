from __future__ import annotations

import base64
import uuid

import pytest

from tests.support.an_app import App
from tests.support.asgi import connected, request
from tests.support.moments import a_moment

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
    assert app.observer.noted("handshake_refused") == [{"status": 400}]


@pytest.mark.parametrize(
    ("offered", "told"),
    [
        (["shopping.v2"], "shopping.v2 is not served yet"),
        (["graphql-ws", "shopping.v2"], "shopping.v2 is not served yet"),
        (["graphql-ws"], "unknown subprotocol"),
    ],
)
async def test_subprotocols_are_refused_in_the_handshake(offered: list[str], told: str) -> None:
    async with connected(App().asgi, "/ws/anna", subprotocols=offered) as phone:
        assert phone.refusal.status == 400
        assert phone.refusal.json["error"].startswith(told)


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


async def test_coming_and_going_are_noted() -> None:
    app = App()
    async with connected(app.asgi, "/ws/anna") as phone:
        session = app.registry.get("anna")
        assert session is not None
        assert uuid.UUID(session.summary().session_id).version == 4
        phone.leaves()
    assert [name for name, _ in app.observer.notes if name.startswith("session_")] == [
        "session_connected",
        "session_disconnected",
    ]
