from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from gateway.cluster.instances import Drains, Look, Missing, Switched, Terminated
from gateway.endpoints.session_events import SessionEvents
from gateway.endpoints.sessions import SessionsEndpoints
from gateway.readiness import Readiness
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
            "next": None,
            "instances": [{"instance": "here", "sessions": 0}],
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
    assert app.observer.noted("session_ended_by_admin") == [
        {"session_id": session_id, "user_id": "anna"}
    ]


async def test_one_session_is_debugged_until_that_is_switched_off() -> None:
    app = an_app()
    async with connected(app.asgi, "/ws/anna") as phone:
        session_id = (await ask(app, "/sessions/anna")).json["session_id"]
        switched = await ask(app, "/sessions/anna/debug", method="PUT")
        debugged = await ask(app, "/sessions/anna")
        phone.says("ping")
        await a_moment()
        stopped = await ask(app, "/sessions/anna/debug", method="DELETE")
        phone.says("ping")
        await a_moment()
    assert switched.json == {"message": f"Session {session_id} is debugged"}
    assert debugged.json["debugged"] is True
    assert stopped.json == {"message": f"Session {session_id} is debugged no more"}
    assert [facts["event"] for _, facts in app.observer.debugged] == ["PingReceived"]
    assert app.observer.noted("session_debugged") == [
        {"session_id": session_id, "user_id": "anna", "on": on} for on in (True, False)
    ]


async def test_who_has_no_session_cannot_be_debugged() -> None:
    answer = await ask(an_app(), "/sessions/nobody/debug", method="PUT")
    assert (answer.status, answer.json) == (404, {"error": "this user has no session here"})


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
        {"status": 403, "cause": "switched_off", "address": "192.0.2.7"}
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

    async def looked(self) -> Look:
        return Look(await self.listed())

    async def shown(self, user_id: str) -> SessionDetail | Missing:
        assert user_id == "anna"
        return Missing(("two",), "late")

    async def debug(self, user_id: str, *, on: bool) -> Switched | Missing:
        return Missing(("two",), f"{user_id} is late{on}")

    async def drain(self, instance: str) -> Drains | Missing:
        return Missing(("two",), f"{instance} is late")

    async def end(self, user_id: str) -> Terminated | Missing:
        return self._ended or Missing(("two",), f"{user_id} is late")


async def ask_part(view: PartView, method: str, path: str) -> Answer:
    events = SessionEvents(view, Readiness())
    endpoints = SessionsEndpoints(view=view, access=an_app().access, events=events)
    app = Starlette(
        routes=[
            Route("/drain", endpoints.drain, methods=["POST"]),
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


async def test_an_instance_that_does_not_reply_is_not_known_to_drain() -> None:
    answer = await ask_part(PartView(), "POST", "/drain?instance=two")
    assert answer.status == 503
    assert answer.json["error"].startswith("whether the instance drains is not known: two is late")
    assert answer.json["unanswered"] == ["two"]


async def test_sessions_are_filtered_and_paged() -> None:
    app = an_app()
    async with (
        connected(app.asgi, "/ws/jan"),
        connected(app.asgi, "/ws/anna"),
        connected(app.asgi, "/ws/anna2") as phone,
    ):
        phone.says("start_session")
        await a_moment()
        first = (await ask(app, "/sessions?user=anna&limit=1")).json
        assert [row["user_id"] for row in first["sessions"]] == ["anna"]
        assert first["active_sessions"] == 2
        second = (await ask(app, f"/sessions?user=anna&limit=1&after={first['next']}")).json
        assert [row["user_id"] for row in second["sessions"]] == ["anna2"]
        assert second["next"] is None
        listening = (await ask(app, "/sessions?state=listening,draining&instance=here")).json
        assert [row["user_id"] for row in listening["sessions"]] == ["anna2"]
        assert (await ask(app, "/sessions?instance=there")).json["active_sessions"] == 0


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("limit=0", "limit: a whole number from 1 to 1000"),
        ("limit=1001", "limit: a whole number from 1 to 1000"),
        ("limit=99999", "limit: a whole number from 1 to 1000"),
        ("limit=%D9%A1", "limit: a whole number from 1 to 1000"),
        ("state=asleep", "state: one or more of idle, "),
        ("usr=anna", "'usr' is not known: use user, state, "),
    ],
)
@pytest.mark.parametrize("path", ["/sessions", "/sessions/events"])
async def test_a_query_that_asks_for_what_there_is_not_is_refused(
    path: str, query: str, told: str
) -> None:
    answer = await ask(an_app(), f"{path}?{query}")
    assert answer.status == 400
    assert answer.json["error"].startswith(told)


async def test_what_an_admin_does_is_noted_with_who_it_was() -> None:
    app = an_app()
    async with connected(app.asgi, "/ws/anna"):
        await ask(app, "/sessions/anna/debug", method="PUT")
        await ask(app, "/sessions/anna", method="DELETE")
    await ask(app, "/sessions/nobody", method="DELETE")
    await ask(app, "/drain?instance=elsewhere", method="POST")
    await ask(app, "/drain", method="POST")
    noted = app.observer.noted("admin_acted")
    assert {(each["admin"], each["address"]) for each in noted} == {("ADMIN_TOKEN", "192.0.2.7")}
    assert [(each["action"], each["target"], each["status"]) for each in noted] == [
        ("debug on", "anna", 200),
        ("stop", "anna", 200),
        ("stop", "nobody", 404),
        ("drain", "elsewhere", 404),
        ("drain", "here", 200),
    ]


async def test_who_is_no_admin_does_nothing() -> None:
    app = an_app()
    for method, path in (("POST", "/drain"), ("GET", "/sessions/events")):
        assert (await request(app.asgi, path, method=method)).status == 401
    assert app.observer.noted("admin_acted") == []
