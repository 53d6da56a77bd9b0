"""Tests for `actors.registry`."""

from __future__ import annotations

from actors.registry import REMEMBERED, REMEMBERED_S, RegisteredSession, SessionRegistry
from actors.signal import Signal
from schemas.admin import EndedSession, SessionDetail, SessionSummary
from schemas.messages import Draining, FromOutside, Replaced


class FakeSession:
    """Satisfies `RegisteredSession`; keeps what it is told."""

    def __init__(self, user_id: str) -> None:
        self._user_id = user_id
        self.told: list[FromOutside] = []
        self.older: tuple[Signal, ...] = ()
        self._letting_go = (Signal(),)

    @property
    def user_id(self) -> str:
        return self._user_id

    @property
    def letting_go(self) -> tuple[Signal, ...]:
        return self._letting_go

    def follows(self, older: tuple[Signal, ...]) -> None:
        self.older = older

    def tell(self, event: FromOutside) -> None:
        self.told.append(event)

    def debug(self, *, on: bool) -> None:
        raise NotImplementedError

    def summary(self) -> SessionSummary:
        raise NotImplementedError

    def detail(self) -> SessionDetail:
        raise NotImplementedError


def test_a_session_is_found_by_its_user() -> None:
    registry, session = SessionRegistry(), FakeSession("ala")
    registry.claim(session)
    assert registry.get("ala") is session
    assert registry.get("ola") is None
    assert (len(registry), list(registry)) == (1, [session])


def test_the_newest_session_of_a_user_wins_and_the_older_is_told() -> None:
    registry, older, newer = SessionRegistry(), FakeSession("ala"), FakeSession("ala")
    registry.claim(older)
    registry.claim(newer)
    assert registry.get("ala") is newer
    assert (older.told, newer.told) == ([Replaced()], [])
    assert (older.older, newer.older) == ((), older.letting_go)


def test_the_older_sessions_clean_up_does_not_touch_the_newer() -> None:
    registry, older, newer = SessionRegistry(), FakeSession("ala"), FakeSession("ala")
    registry.claim(older)
    registry.claim(newer)
    registry.release(older)
    assert registry.get("ala") is newer
    registry.release(newer)
    registry.release(newer)
    assert len(registry) == 0


def test_users_do_not_disturb_each_other() -> None:
    registry, ala, ola = SessionRegistry(), FakeSession("ala"), FakeSession("ola")
    registry.claim(ala)
    registry.claim(ola)
    registry.release(ala)
    assert list(registry) == [ola]
    assert ola.told == []


def test_all_are_told_even_if_one_leaves_meanwhile() -> None:
    registry = SessionRegistry()

    class Leaver(FakeSession):
        def tell(self, event: FromOutside) -> None:
            super().tell(event)
            registry.release(self)

    sessions = [Leaver("ala"), FakeSession("ola")]
    for session in sessions:
        registry.claim(session)
    registry.tell_all(Draining())
    assert [session.told for session in sessions] == [[Draining()], [Draining()]]
    assert list(registry) == sessions[1:]


def test_each_session_of_a_user_follows_the_one_before_unless_that_has_gone() -> None:
    registry = SessionRegistry()
    first, second, third, fourth = (FakeSession("ala") for _ in range(4))
    for session in (first, second, third):
        registry.claim(session)
    assert (second.older, third.older) == (first.letting_go, second.letting_go)
    registry.release(third)
    registry.claim(fourth)
    assert fourth.older == ()


class FakeWatcher:
    """Satisfies `Watcher`; keeps what it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, RegisteredSession]] = []

    def claimed(self, session: RegisteredSession) -> None:
        self.told.append(("claimed", session))

    def released(self, session: RegisteredSession) -> None:
        self.told.append(("released", session))


def test_a_watcher_is_told_of_every_users_newest_session() -> None:
    registry, older, newer = SessionRegistry(), FakeSession("ala"), FakeSession("ala")
    watcher = FakeWatcher()
    registry.watched_by(watcher)
    registry.claim(older)
    registry.claim(newer)
    registry.release(older)
    registry.release(newer)
    assert watcher.told == [("claimed", older), ("claimed", newer), ("released", newer)]


def ended(session_id: str) -> EndedSession:
    return EndedSession("ala", session_id, "closed", "", "", close_code=4010)


def test_how_a_session_ended_is_known_for_a_while() -> None:
    registry = SessionRegistry()
    registry.remember(ended("s1"), now=100.0)
    registry.remember(ended("s2"), now=105.0)
    assert registry.remembered(now=100.0 + REMEMBERED_S) == (ended("s1"), ended("s2"))
    registry.remember(ended("s3"), now=105.1 + REMEMBERED_S)
    assert registry.remembered(now=105.1 + REMEMBERED_S) == (ended("s3"),)
    assert registry.remembered(now=200.0) == ()


def test_of_many_sessions_that_end_at_once_the_newest_are_known() -> None:
    registry = SessionRegistry()
    for number in range(REMEMBERED + 1):
        registry.remember(ended(f"s{number}"), now=100.0)
    known = registry.remembered(now=100.0)
    assert (len(known), known[0].session_id) == (REMEMBERED, "s1")
