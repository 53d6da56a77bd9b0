from __future__ import annotations

import asyncio

import pytest

from gateway.front import Front
from gateway.readiness import Readiness, State
from gateway.refusals import Refusals
from tests.support.an_app import App
from tests.support.asgi import Answer, connected, request
from tests.support.moments import a_moment, seconds_pass
from tests.support.recording_observer import RecordingObserver

GOING = {"error": "this instance is going away: connect again"}
STARTING = {"error": "this instance is starting: connect again"}


@pytest.mark.parametrize("path", ["/livez", "/readyz"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_probes_are_answered_as_the_application_would(path: str, method: str) -> None:
    by_front = await request(Front(Readiness()), path, method=method)
    by_app = await request(App(starting=True).asgi, path, method=method)
    assert by_front == by_app


@pytest.mark.parametrize("path", ["/", "/health", "/sessions", "/elsewhere"])
async def test_other_requests_wait_for_the_application(path: str) -> None:
    app, front = App(), Front(Readiness())
    async with asyncio.TaskGroup() as group:
        waiting = group.create_task(request(front, path), name="request")
        await seconds_pass(9)
        assert not waiting.done()
        front.hand_over(app.asgi)
    assert waiting.result().status == (await request(app.asgi, path)).status


async def test_a_phone_that_comes_while_it_is_loaded_waits_and_is_then_served() -> None:
    app, front = App(), Front(Readiness())
    async with connected(front, "/ws/anna") as phone:
        phone.says("ping")
        await seconds_pass(1)
        assert not phone.sent
        front.hand_over(app.asgi)
        await a_moment()
        assert phone.heard == [{"type": "pong"}]
    app.store.close()


async def test_of_a_users_phones_that_wait_the_newest_wins() -> None:
    app, front = App(), Front(Readiness())
    async with connected(front, "/ws/anna") as older, connected(front, "/ws/anna") as newer:
        front.hand_over(app.asgi)
        await a_moment()
        assert (older.close_code, newer.close_code) == (4009, None)
    app.store.close()


async def test_once_there_is_an_application_it_alone_answers() -> None:
    front = Front(Readiness())
    front.hand_over(App().asgi)
    assert (await request(front, "/readyz")).json == {"status": "ok"}
    assert (await request(front, "/livez", method="POST")).status == 405


@pytest.mark.parametrize(("told_to_go", "cause"), [(False, "starting"), (True, "draining")])
async def test_whoever_is_refused_is_counted_and_has_a_line(
    *, told_to_go: bool, cause: str
) -> None:
    observer = RecordingObserver()
    refusals = Refusals(observer=observer)
    front = Front(Readiness(), refusals=refusals, patience_s=3)
    if told_to_go:
        front.begin(0)
    async with connected(front, "/ws/anna"):
        await request(front, "/health")
        await request(front, "/readyz")
        await a_moment()
    assert refusals.counts == {cause: 2}
    refused = {"status": 503, "cause": cause, "address": "192.0.2.7"}
    assert observer.noted("request_refused") == [refused, refused]


async def test_who_is_served_in_the_end_was_not_refused() -> None:
    refusals, app = Refusals(), App()
    front = Front(Readiness(), refusals=refusals)
    async with asyncio.TaskGroup() as group:
        group.create_task(request(front, "/health"), name="request")
        await seconds_pass(1)
        front.hand_over(app.asgi)
    assert refusals.counts == {}


async def test_nobody_waits_for_ever() -> None:
    front = Front(Readiness(), patience_s=3)
    async with connected(front, "/ws/anna") as phone:
        answer = await request(front, "/health")
        await a_moment()
        assert (answer.status, answer.json) == (503, STARTING)
        assert (phone.refusal.status, phone.refusal.json) == (503, STARTING)


async def test_told_to_go_it_refuses_those_who_wait_and_is_over_when_they_know() -> None:
    front = Front(Readiness())
    answers: list[Answer] = []
    assert not front.over(0)
    async with connected(front, "/ws/anna") as phone, asyncio.TaskGroup() as group:
        group.create_task(request(front, "/health", answers=answers), name="request")
        await a_moment()
        front.begin(0)
        assert not front.over(0)
        await a_moment()
        assert front.over(0)
        assert (phone.refusal.status, phone.refusal.json) == (503, GOING)
    assert [(each.status, each.json) for each in answers] == [(503, GOING)]


async def test_told_to_go_it_says_so_and_refuses_whoever_comes() -> None:
    front = Front(Readiness())
    front.begin(0)
    front.begin(1)
    assert front.readiness.state is State.DRAINING
    ready = await request(front, "/readyz")
    assert (ready.status, ready.json) == (503, {"status": "draining"})
    assert (await request(front, "/livez")).json == {"status": "ok"}
    assert (await request(front, "/")).json == GOING
