"""Tests for `gateway.session_changes`, and for the events that are made of it."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from starlette.types import ASGIApp, Message, Scope

from gateway.cluster.instances import Drains, Look, Missing, Switched, Terminated
from gateway.endpoints.session_events import MOST_WATCHERS, SessionEvents
from gateway.readiness import Readiness
from gateway.session_changes import SessionChanges
from gateway.session_query import SessionQuery
from schemas.admin import (
    EndedSession,
    InstanceView,
    SessionDetail,
    Sessions,
    SessionStateName,
    SessionSummary,
)
from tests.support.an_app import App
from tests.support.moments import now, seconds_pass

TOKEN = "token-of-the-admins"  # noqa: S105 - made up
AT = "2026-11-22T17:30:05.123+00:00"
LATER = "2026-11-22T17:30:09.123+00:00"


def row(user: str, state: SessionStateName = "listening", instance: str = "one") -> SessionSummary:
    return SessionSummary(user, f"s-{user}", state, AT, AT, instance)


def whole(*rows: SessionSummary) -> Sessions:
    return Sessions(len(rows), rows, instances=(InstanceView("one", len(rows)),))


def part(*rows: SessionSummary, unanswered: tuple[str, ...]) -> Sessions:
    return Sessions(len(rows), rows, complete=False, unanswered=unanswered, problem="late")


def told(looks: Sequence[Sessions]) -> list[list[tuple[str, str]]]:
    changes = SessionChanges()
    return [
        [(change.kind, change.row.user_id) for change in changes.since(look, look.sessions)]
        for look in looks
    ]


def test_what_begins_changes_and_ends_is_told_once() -> None:
    assert told(
        [
            whole(row("anna")),
            whole(row("anna"), row("jan")),
            whole(row("anna", "reconnecting"), row("jan", instance="two")),
            whole(row("anna", "reconnecting")),
            whole(row("anna", "reconnecting")),
        ]
    ) == [
        [("began", "anna")],
        [("began", "jan")],
        [("changed", "anna"), ("changed", "jan")],
        [("ended", "jan")],
        [],
    ]


def test_what_runs_on_an_instance_that_did_not_reply_is_not_taken_for_ended() -> None:
    anna, jan = row("anna"), row("jan", instance="two")
    assert told(
        [
            whole(anna, jan),
            part(anna, unanswered=("two",)),
            part(jan, unanswered=("three",)),
            part(unanswered=()),
            whole(),
        ]
    ) == [
        [("began", "anna"), ("began", "jan")],
        [],
        [("ended", "anna")],
        [],
        [("ended", "jan")],
    ]


class Looks:
    """`SessionsView` that shows one look after the other, and then says that it drains."""

    def __init__(self, readiness: Readiness, *looks: Sessions | Look) -> None:
        self._readiness = readiness
        self._looks = list(looks)

    async def listed(self) -> Sessions:
        raise NotImplementedError

    async def looked(self) -> Look:
        look = self._looks.pop(0)
        if not self._looks:
            self._readiness.note_draining()
        return look if isinstance(look, Look) else Look(look)

    async def shown(self, user_id: str) -> SessionDetail | Missing:
        raise NotImplementedError(user_id)

    async def end(self, user_id: str) -> Terminated | Missing:
        raise NotImplementedError(user_id)

    async def debug(self, user_id: str, *, on: bool) -> Switched | Missing:
        raise NotImplementedError(user_id, on)

    async def drain(self, instance: str) -> Drains | Missing:
        raise NotImplementedError(instance)


def stream(looks: Sequence[Sessions | Look], **query: str) -> AsyncIterator[Any]:
    readiness = Readiness()
    events = SessionEvents(Looks(readiness, *looks), readiness, every_s=0)
    response = events.response(SessionQuery.read(query), until=math.inf)
    assert response is not None
    assert response.headers["content-type"] == "text/event-stream"
    return aiter(response.body_iterator)


async def events_of(looks: Sequence[Sessions | Look], **query: str) -> list[tuple[str, Any]]:
    read = []
    async for event in stream(looks, **query):
        name, data, *_ = [*bytes(event).decode().splitlines(), ""]
        read.append((name, json.loads(data.partition(" ")[2] or "null")))
    return read


async def test_a_watcher_is_told_of_those_it_asked_for_until_the_instance_goes() -> None:
    read = await events_of(
        [whole(row("anna"), row("jan")), part(row("jan"), unanswered=("two",)), whole()],
        user="an",
    )
    assert [name for name, _ in read] == [
        "event: began",
        "event: ended",
        "event: incomplete",
        "event: complete",
        "event: draining",
    ]
    assert read[0][1]["user_id"] == "anna"
    assert read[2][1] == {"problem": "late", "unanswered": ["two"]}
    assert read[4][1]["instance"] == "one"
    assert datetime.fromisoformat(read[4][1]["at"]).tzinfo is UTC


def over(user: str, code: int, instance: str = "one") -> EndedSession:
    return EndedSession.of(row(user, instance=instance), close_code=code, ended_at=LATER)


async def test_a_watcher_is_told_with_which_code_and_when_a_session_ended() -> None:
    began = whole(row("anna", "draining"), row("jan"), row("ola"))
    last = Look(whole(row("ola")), (over("anna", 4009), over("anna", 4010), over("jan", 1, "two")))
    read = await events_of([began, last, whole(row("ola"))])
    assert [name for name, _ in read[3:]] == ["event: ended"] * 2 + ["event: draining"]
    known, unknown = read[3][1], read[4][1]
    assert (known["user_id"], known["state"]) == ("anna", "closed")
    assert (known["close_code"], known["ended_at"]) == (4010, LATER)
    assert (unknown["user_id"], unknown["state"]) == ("jan", "closed")
    assert (unknown["close_code"], unknown["ended_at"]) == (None, None)


async def test_a_session_that_is_not_asked_for_any_more_has_not_ended() -> None:
    looks = [whole(row("anna")), whole(row("anna", "reconnecting")), whole(row("anna", "stopped"))]
    read = await events_of([*looks, whole(row("anna"))], state="listening")
    assert [(name, data.get("state")) for name, data in read] == [
        ("event: began", "listening"),
        ("event: changed", "reconnecting"),
        ("event: began", "listening"),
        ("event: draining", None),
    ]


async def test_a_watcher_of_nothing_is_told_that_the_connection_is_alive() -> None:
    read = await events_of([whole()] * 31)
    assert [name for name, _ in read] == [": alive", ": alive", "event: draining"]


class Watcher:
    """Somebody who asks an application for events, and reads them until leaving."""

    def __init__(self, app: ASGIApp) -> None:
        self.sent: list[Message] = []
        self._app = app
        self._left = asyncio.Event()
        self._scope: Scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "method": "GET",
            "path": "/sessions/events",
            "query_string": b"",
            "headers": [
                (b"host", b"localhost"),
                (b"authorization", f"Bearer {TOKEN}".encode()),
            ],
            "client": ("192.0.2.7", 1),
        }

    async def watch(self) -> None:
        """Return when it is over."""
        await self._app(self._scope, self._receive, self._send)

    def leave(self) -> None:
        self._left.set()

    @property
    def status(self) -> int:
        """That of the answer."""
        status: int = self.sent[0]["status"]
        return status

    async def _receive(self) -> Message:
        await self._left.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        await asyncio.sleep(0)
        self.sent.append(message)


async def test_so_many_may_watch_and_no_more_until_one_leaves() -> None:
    app = App({"ADMIN_TOKEN": TOKEN})
    # They arrive together; the first leaves before it is told a thing.
    watchers = [Watcher(app.asgi) for _ in range(MOST_WATCHERS + 2)]
    watchers[0].leave()
    late = Watcher(app.asgi)
    async with asyncio.TaskGroup() as group:
        for each in watchers:
            group.create_task(each.watch(), name="watcher")
        await seconds_pass(3)
        assert [each.status for each in watchers[1:]] == [200] * (MOST_WATCHERS - 1) + [503] * 2
        assert (b"retry-after", b"10") in watchers[-1].sent[0]["headers"]
        group.create_task(late.watch(), name="watcher")
        await seconds_pass(1)
        assert late.status == 200
        for each in (*watchers, late):
            each.leave()
    assert (
        app.observer.noted("request_refused")
        == [{"status": 503, "cause": "watchers", "address": "192.0.2.7"}] * 2
    )


async def test_a_watcher_is_told_no_more_once_its_token_has_expired() -> None:
    readiness, began_at = Readiness(), now()
    looks = Looks(readiness, *[whole(row("anna"))] * 99)
    events = SessionEvents(looks, readiness, wall_clock=now)
    response = events.response(SessionQuery(), until=began_at + 2.5)
    assert response is not None
    read = [bytes(event).splitlines()[0] async for event in response.body_iterator]  # type: ignore[arg-type]  # they are bytes
    assert read == [b"event: began", b"event: expired"]
    assert now() == pytest.approx(began_at + 2.5)
