from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from gateway.cluster.instances import Missing, Terminated
from gateway.endpoints.sessions import SessionsEndpoints
from schemas.admin import SessionDetail, Sessions
from tests.support.an_app import App
from tests.support.asgi import Answer, connected, request
from tests.support.moments import a_moment

TOKEN = "token-of-the-admins"  # noqa: S105 - made up


def an_app() -> App:
    return App({"ADMIN_TOKEN": TOKEN})


async def ask(app: App, path: str, *, method: str = "GET") -> Answer:
    return await request(
        app.asgi, path, method=method, headers={"Authorization": f"Bearer {TOKEN}"}
    )


async def test_without_sessions_the_list_is_empty() -> None:
    answer = await ask(an_app(), "/sessions")
    assert (answer.status, answer.json) == (
        200,
        {
            "active_sessions": 0,
            "sessions": [],
            "complete": True,
            "unanswered": [],
            "problem": None,
        },
    )


async def test_each_live_session_is_one_row() -> None:
    app = an_app()
    async with connected(app.asgi, "/ws/anna"), connected(app.asgi, "/ws/jan"):
        listed = (await ask(app, "/sessions")).json
    assert listed["active_sessions"] == 2
    assert [row["user_id"] for row in listed["sessions"]] == ["anna", "jan"]
    assert {(row["state"], row["instance"]) for row in listed["sessions"]} == {("idle", "here")}


async def test_one_session_is_shown_in_depth() -> None:
    app = an_app()
    async with connected(app.asgi, "/ws/anna@shop.example") as phone:
        phone.says("start_session", language="en-US")
        await a_moment()
        answer = await ask(app, "/sessions/anna@shop.example")
    assert answer.status == 200
    assert (answer.json["state"], answer.json["language"]) == ("listening", "en-US")
    assert answer.json["uplink"]["bound"] == 15_000
    assert answer.json["instance"] == "here"


async def test_ending_a_session_closes_its_phone_with_4010() -> None:
    app = an_app()
    async with connected(app.asgi, "/ws/anna") as phone:
        session_id = (await ask(app, "/sessions")).json["sessions"][0]["session_id"]
        answer = await ask(app, "/sessions/anna", method="DELETE")
        await a_moment()
        assert phone.close_code == 4010
        assert len(app.registry) == 0
    assert (answer.status, answer.json) == (200, {"message": f"Session {session_id} terminated"})
    assert app.observer.noted("admin_acted") == [
        {"action": "end_session", "by": "ADMIN_TOKEN", "address": "192.0.2.7", "user_id": "anna"}
    ]
    assert app.observer.noted("session_ended_by_admin") == [
        {"session_id": session_id, "user_id": "anna"}
    ]


@pytest.mark.parametrize("method", ["GET", "DELETE"])
async def test_a_user_without_a_session_is_not_found(method: str) -> None:
    answer = await ask(an_app(), "/sessions/nobody", method=method)
    assert (answer.status, answer.json) == (404, {"error": "this user has no session here"})


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/sessions"), ("GET", "/sessions/a"), ("DELETE", "/sessions/a")]
)
async def test_without_an_admin_token_the_endpoints_say_how_to_set_it(
    method: str, path: str
) -> None:
    app = App()
    answer = await request(app.asgi, path, method=method)
    assert answer.status == 403
    assert app.observer.noted("admin_refused") == [
        {"status": 403, "reason": "switched_off", "address": "192.0.2.7"}
    ]
    assert "set ADMIN_TOKEN" in answer.json["error"]


@pytest.mark.parametrize(
    "authorization",
    [None, "", "Bearer", "Bearer wrong", f"Basic {TOKEN}", TOKEN, f"Bearer {TOKEN}x", "Bearer ł"],
)
@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/sessions"), ("GET", "/sessions/a"), ("DELETE", "/sessions/a")]
)
async def test_without_the_right_token_nothing_is_told(
    method: str, path: str, authorization: str | None
) -> None:
    headers = {}
    if authorization is not None:
        headers["Authorization"] = authorization.encode().decode("latin-1")
    answer = await request(an_app().asgi, path, method=method, headers=headers)
    assert answer.status == 401
    assert answer.headers["www-authenticate"] == 'Bearer realm="sessions"'
    assert TOKEN not in answer.body.decode()


async def test_the_schemes_name_is_not_case_sensitive() -> None:
    app = an_app()
    answer = await request(app.asgi, "/sessions", headers={"Authorization": f"bearer {TOKEN}"})
    assert answer.status == 200


class PartView:
    """A view that is not whole."""

    def __init__(self, *, ended: Terminated | None = None) -> None:
        self._ended = ended

    async def listed(self) -> Sessions:
        return Sessions(0, (), complete=False, unanswered=("two",), problem="late")

    async def shown(self, user_id: str) -> SessionDetail | Missing:
        assert user_id == "anna"
        return Missing(("two",), "late")

    async def end(self, user_id: str) -> Terminated | Missing:
        return self._ended or Missing(("two",), f"{user_id} is late")


async def ask_part(view: PartView, method: str, path: str) -> Answer:
    endpoints = SessionsEndpoints(view=view, access=an_app().access)
    app = Starlette(
        routes=[
            Route("/sessions", endpoints.index),
            Route("/sessions/{user_id}", endpoints.show),
            Route("/sessions/{user_id}", endpoints.stop, methods=["DELETE"]),
        ]
    )
    return await request(app, path, method=method, headers={"Authorization": f"Bearer {TOKEN}"})


async def test_an_answer_that_is_not_whole_names_who_did_not_reply() -> None:
    listed = await ask_part(PartView(), "GET", "/sessions")
    assert (listed.status, listed.json["complete"]) == (200, False)
    assert (listed.json["unanswered"], listed.json["problem"]) == (["two"], "late")


@pytest.mark.parametrize(("method", "why"), [("GET", "late"), ("DELETE", "anna is late")])
async def test_a_user_of_whom_nobody_knows_for_sure_is_no_404(method: str, why: str) -> None:
    answer = await ask_part(PartView(), method, "/sessions/anna")
    assert answer.status == 503
    assert answer.json == {
        "error": f"this user has no session as far as is known: {why}; try again",
        "unanswered": ["two"],
    }


async def test_all_sessions_that_end_are_named() -> None:
    view = PartView(ended=Terminated(("s1", "s2"), ("two",)))
    answer = await ask_part(view, "DELETE", "/sessions/anna")
    assert answer.json == {"message": "Sessions s1, s2 terminated", "unanswered": ["two"]}
