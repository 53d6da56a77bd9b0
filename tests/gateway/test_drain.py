from __future__ import annotations

import pytest

from actors.registry import SessionRegistry
from actors.signal import Signal
from gateway.drain import Drain
from gateway.readiness import Readiness, State
from schemas.admin import SessionDetail, SessionSummary
from schemas.messages import Draining, FromOutside
from tests.support.recording_observer import RecordingObserver

LIMIT_S = 8.0


class LiveSession:
    """A session that only listens."""

    def __init__(self, user_id: str) -> None:
        self.user_id = user_id
        self.told: list[FromOutside] = []
        self.letting_go = (Signal(),)

    def follows(self, older: tuple[Signal, ...]) -> None:
        raise NotImplementedError

    def tell(self, event: FromOutside) -> None:
        self.told.append(event)

    def debug(self, *, on: bool) -> None:
        raise NotImplementedError

    def summary(self) -> SessionSummary:
        raise NotImplementedError

    def detail(self) -> SessionDetail:
        raise NotImplementedError


class Process:
    """What a drain works on."""

    def __init__(self) -> None:
        self.registry = SessionRegistry()
        self.readiness = Readiness()
        self.observer = RecordingObserver()
        self.owed = 0
        self.drain = Drain(
            registry=self.registry,
            readiness=self.readiness,
            observer=self.observer,
            limit_s=LIMIT_S,
            owed=lambda: self.owed,
        )
        self.sessions = [LiveSession("anna"), LiveSession("jan")]
        for session in self.sessions:
            self.registry.claim(session)


@pytest.fixture
def process() -> Process:
    return Process()


def test_nothing_is_over_before_it_begins(process: Process) -> None:
    assert not process.drain.over(1e9)
    assert process.readiness.state is State.STARTING


def test_every_session_is_told_once(process: Process) -> None:
    process.drain.begin(100.0)
    process.drain.begin(100.1)
    assert [session.told for session in process.sessions] == [[Draining()], [Draining()]]
    assert process.readiness.state is State.DRAINING
    assert process.observer.noted("draining") == [{"sessions": 2, "limit_s": LIMIT_S}]


def test_it_is_over_when_the_last_session_has_gone(process: Process) -> None:
    process.drain.begin(100.0)
    process.registry.release(process.sessions[0])
    assert not process.drain.over(100.1)
    process.registry.release(process.sessions[1])
    assert process.drain.over(100.1)


def test_what_the_store_is_owed_is_waited_for_until_the_limit_has_passed(process: Process) -> None:
    process.drain.begin(100.0)
    for session in process.sessions:
        process.registry.release(session)
    process.owed = 1
    assert not process.drain.over(100.1)
    assert process.drain.over(100.0 + LIMIT_S)
    process.owed = 0
    assert process.drain.over(100.1)


def test_it_is_over_when_the_limit_has_passed(process: Process) -> None:
    process.drain.begin(100.0)
    process.drain.begin(105.0)
    assert not process.drain.over(100.0 + LIMIT_S - 0.01)
    assert process.drain.over(100.0 + LIMIT_S)
