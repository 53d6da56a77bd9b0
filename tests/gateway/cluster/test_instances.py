"""Tests for `gateway.cluster.instances`, `own`, `reception` and `hand_over`: three instances."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from actors.ports import StoreUnavailable
from actors.registry import SessionRegistry
from gateway.cluster.bus import Bus
from gateway.cluster.hand_over import WITHIN_S as HAND_OVER_S
from gateway.cluster.hand_over import HandedOver, HandOver
from gateway.cluster.instances import (
    Drains,
    Everywhere,
    HereOnly,
    Look,
    Missing,
    Roll,
    Switched,
    Terminated,
)
from gateway.cluster.own import OwnSessions
from gateway.cluster.reception import OwnReception
from schemas.admin import EndedSession, SessionDetail
from schemas.cluster import ReplaceConnection
from schemas.messages import EndedByAdmin, Replaced
from tests.support.fake_cluster import FakePost, SeenSession
from tests.support.recording_observer import RecordingObserver

AWAY = "the other instances cannot be asked: Redis is away"
UNSURE = "Redis has not named every instance"
LATE = "not every instance replied in time"


class Instance:
    """One of them."""

    def __init__(self, name: str, post: FakePost, names: tuple[str, ...]) -> None:
        self.registry = SessionRegistry()
        self.observer = RecordingObserver()
        self.replaced: list[tuple[str, str]] = []
        self.settled = True
        self.paid: list[str] = []
        self.pays_late = False
        self.drained = 0
        self.own = OwnSessions(name, self.registry, self.observer, leave=self.leave)
        reception = OwnReception(self.own, self.registry, self, pay=self.pay)
        self.bus = Bus(name, post=post, reception=reception, observer=self.observer)
        self.roll = Roll(tuple(other for other in names if other != name))
        self.view = Everywhere(self.own, self.bus, others=self.others)
        self.hand_over = HandOver(self.bus, settled=lambda: self.settled)

    async def others(self) -> Roll:
        return self.roll

    def replace(self, user_id: str, connection: str) -> None:
        self.replaced.append((user_id, connection))

    async def pay(self, session_id: str) -> None:
        if self.pays_late:
            raise StoreUnavailable("Redis is away")
        self.paid.append(session_id)

    def leave(self) -> None:
        self.drained += 1

    def has(self, user_id: str, session_id: str = "s1") -> SeenSession:
        """Let it have a session."""
        session = SeenSession(user_id, session_id)
        self.registry.claim(session)
        return session


class Three:
    """Instances `one`, `two` and `three`."""

    def __init__(self) -> None:
        self.post = FakePost()
        names = ("one", "two", "three")
        self.one, self.two, self.three = (Instance(name, self.post, names) for name in names)
        self.post.takers = {
            name: each.bus.take for name, each in zip(names, self.each, strict=True)
        }

    @property
    def each(self) -> tuple[Instance, Instance, Instance]:
        """All of them."""
        return (self.one, self.two, self.three)

    def stop(self, name: str) -> None:
        """Let one read nothing, as if it were stopped."""
        self.post.takers[name] = lambda _: None


@contextlib.asynccontextmanager
async def three_instances() -> AsyncIterator[Three]:
    three = Three()
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(each.bus.run(), name="bus") for each in three.each]
        await asyncio.sleep(0)
        yield three
        for task in tasks:
            task.cancel()


def now() -> float:
    return asyncio.get_running_loop().time()


async def test_all_sessions_are_listed_with_where_they_run() -> None:
    async with three_instances() as three:
        three.one.has("ala")
        three.two.has("ola")
        three.three.has("jan")
        three.three.has("ewa")
        listed = await three.one.view.listed()
        assert [(row.user_id, row.instance) for row in listed.sessions] == [
            ("ala", "one"),
            ("ola", "two"),
            ("jan", "three"),
            ("ewa", "three"),
        ]
        assert (listed.active_sessions, listed.complete, listed.problem) == (4, True, None)


async def test_every_instance_is_named_with_how_many_sessions_it_has() -> None:
    async with three_instances() as three:
        three.three.has("jan")
        three.three.has("ewa")
        listed = await three.one.view.listed()
        counts = [(each.instance, each.sessions) for each in listed.instances]
        assert counts == [("one", 0), ("two", 0), ("three", 2)]
        three.stop("two")
        listed = await three.three.view.listed()
        counts = [(each.instance, each.sessions) for each in listed.instances]
        assert counts == [("three", 2), ("one", 0), ("two", None)]


async def test_who_watches_sees_what_has_ended_on_any_instance() -> None:
    def ended(instance: Instance, user_id: str) -> None:
        row = instance.has(user_id).summary()
        instance.registry.remember(EndedSession.of(row, close_code=4010), now=now())

    async with three_instances() as three:
        ended(three.two, "ola")
        ended(three.one, "ala")
        look = await three.one.view.looked()
        assert [row.user_id for row in look.sessions.sessions] == ["ala", "ola"]
        assert [(row.user_id, row.instance, row.close_code) for row in look.ended] == [
            ("ala", "one", 4010),
            ("ola", "two", 4010),
        ]


async def test_an_instance_that_does_not_reply_is_named_within_a_second() -> None:
    async with three_instances() as three:
        three.two.has("ola")
        three.stop("three")
        listed = await three.one.view.listed()
        assert now() < 1
        assert [row.user_id for row in listed.sessions] == ["ola"]
        assert (listed.complete, listed.unanswered, listed.problem) == (False, ("three",), LATE)


async def test_an_instance_that_has_gone_is_named_too() -> None:
    async with three_instances() as three:
        del three.post.takers["three"]
        listed = await three.one.view.listed()
        assert (listed.complete, listed.unanswered) == (False, ("three",))
        assert now() == 0


async def test_while_redis_is_away_an_instance_lists_its_own_and_says_so() -> None:
    async with three_instances() as three:
        three.one.has("ala")
        three.two.has("ola")
        three.post.away = True
        listed = await three.one.view.listed()
        assert [row.user_id for row in listed.sessions] == ["ala"]
        assert (listed.complete, listed.unanswered) == (False, ("two", "three"))
        assert listed.problem == AWAY


async def test_an_instance_that_does_not_know_of_all_others_says_so() -> None:
    async with three_instances() as three:
        three.one.roll = Roll(("two",), complete=False)
        listed = await three.one.view.listed()
        assert (listed.complete, listed.unanswered, listed.problem) == (False, (), UNSURE)


async def test_many_sessions_are_listed_without_holding_others_up() -> None:
    async with three_instances() as three:
        for number in range(1_200):
            three.one.has(f"u{number}")
        listing = asyncio.ensure_future(three.one.view.listed())
        turns = 0
        while not listing.done():
            turns += 1
            await asyncio.sleep(0)
        assert len((await listing).sessions) == 1_200
        assert turns > 2


async def test_a_session_is_shown_wherever_it_runs() -> None:
    async with three_instances() as three:
        three.one.has("ala")
        three.three.has("jan")
        here = await three.one.view.shown("ala")
        there = await three.one.view.shown("jan")
        assert isinstance(here, SessionDetail)
        assert isinstance(there, SessionDetail)
        assert (here.instance, there.instance) == ("one", "three")
        assert await three.one.view.shown("nobody") == Missing()


async def test_a_session_that_may_be_where_nobody_replies_is_not_denied() -> None:
    async with three_instances() as three:
        three.stop("three")
        assert await three.one.view.shown("jan") == Missing(("three",), LATE)
        assert await three.one.view.end("jan") == Missing(("three",), LATE)
        three.post.away = True
        assert await three.one.view.shown("jan") == Missing(("two", "three"), AWAY)
        assert now() < 2


async def test_a_session_is_ended_wherever_it_runs() -> None:
    async with three_instances() as three:
        session = three.two.has("ola", "s7")
        assert await three.one.view.end("ola") == Terminated(("s7",))
        assert session.told == [EndedByAdmin()]
        assert three.two.observer.noted("session_ended_by_admin") == [
            {"session_id": "s7", "user_id": "ola"}
        ]
        assert await three.one.view.end("nobody") == Missing()


async def test_an_instance_drains_whichever_is_asked() -> None:
    async with three_instances() as three:
        assert await three.one.view.drain("two") == Drains("two")
        assert await three.one.view.drain("") == Drains("one")
        assert await three.one.view.drain("one") == Drains("one")
        assert await three.one.view.drain("four") == Missing()
        assert (three.one.drained, three.two.drained, three.three.drained) == (2, 1, 0)


async def test_an_instance_that_does_not_reply_is_not_said_to_drain() -> None:
    async with three_instances() as three:
        three.stop("three")
        assert await three.one.view.drain("three") == Missing(("three",), LATE)
        three.post.away = True
        assert await three.one.view.drain("two") == Missing(("two",), AWAY)


async def test_while_a_user_changes_instances_both_of_their_sessions_end() -> None:
    async with three_instances() as three:
        sessions = [three.one.has("ala", "s1"), three.two.has("ala", "s2")]
        three.stop("three")
        assert await three.one.view.end("ala") == Terminated(("s1", "s2"), ("three",))
        assert [session.told for session in sessions] == [[EndedByAdmin()], [EndedByAdmin()]]


async def test_a_session_is_debugged_wherever_it_is() -> None:
    async with three_instances() as three:
        near, far = three.one.has("ala", "s1"), three.two.has("ola", "s7")
        assert await three.one.view.debug("ala", on=True) == Switched("s1")
        assert await three.one.view.debug("ola", on=True) == Switched("s7")
        assert (near.debugged, far.debugged) == (True, True)
        assert await three.one.view.debug("ola", on=False) == Switched("s7")
        assert not far.debugged
        assert await three.one.view.debug("nobody", on=True) == Missing()


async def test_a_single_instance_sees_and_ends_its_own() -> None:
    registry = SessionRegistry()
    view = HereOnly(OwnSessions("one", registry, RecordingObserver()))
    registry.claim(SeenSession("ala"))
    listed = await view.listed()
    assert [(row.user_id, row.instance) for row in listed.sessions] == [("ala", "one")]
    assert await view.looked() == Look(listed)
    shown = await view.shown("ala")
    assert isinstance(shown, SessionDetail)
    assert await view.end("ala") == Terminated(("s1",))
    assert (await view.shown("jan"), await view.end("jan")) == (Missing(), Missing())
    assert await view.debug("ala", on=True) == Switched("s1")
    assert await view.debug("jan", on=True) == Missing()


# Handing a session over.


async def test_the_instance_that_has_a_session_parks_it_for_the_one_that_asks() -> None:
    async with three_instances() as three:
        session = three.two.has("ala", "s7")
        asyncio.get_running_loop().call_later(0.3, session.parked.set)
        assert await three.one.hand_over("two", "ala", "s7") is HandedOver.PARKED
        assert session.told == [Replaced()]
        assert now() == pytest.approx(0.3)


async def test_a_session_that_is_not_parked_in_time_is_no_answer() -> None:
    async with three_instances() as three:
        three.two.has("ala", "s7")
        assert await three.one.hand_over("two", "ala", "s7") is HandedOver.NO_ANSWER
        assert now() == pytest.approx(HAND_OVER_S)
        await asyncio.sleep(3)
        assert three.two.observer.warnings == []


async def test_a_session_that_is_not_there_any_more_is_told_from_one_that_is() -> None:
    async with three_instances() as three:
        assert await three.one.hand_over("two", "ala", "s7") is HandedOver.NOT_THERE
        newer = three.two.has("ala", "s8")
        assert await three.one.hand_over("two", "ala", "s7") is HandedOver.NOT_THERE
        assert newer.told == []


async def test_an_older_connection_that_is_parking_it_is_waited_for() -> None:
    async with three_instances() as three:
        older = three.two.has("ala", "s7")
        newer = three.two.has("ala", "s8")
        asyncio.get_running_loop().call_later(0.2, older.parked.set)
        assert await three.one.hand_over("two", "ala", "s7") is HandedOver.NOT_THERE
        assert now() == pytest.approx(0.2)
        assert newer.told == []


async def test_what_an_instance_owes_redis_of_a_session_is_stored_before_another_takes_it() -> None:
    async with three_instances() as three:
        assert await three.one.hand_over("two", "ala", "s7") is HandedOver.NOT_THERE
        three.two.has("ala", "s7").parked.set()
        assert await three.one.hand_over("two", "ala", "s7") is HandedOver.PARKED
        assert three.two.paid == ["s7", "s7"]


async def test_an_instance_that_cannot_store_yet_what_it_owes_of_a_session_does_not_answer() -> (
    None
):
    async with three_instances() as three:
        three.two.pays_late = True
        assert await three.one.hand_over("two", "ala", "s7") is HandedOver.NO_ANSWER
        assert now() == pytest.approx(HAND_OVER_S)


async def test_nobody_under_a_name_is_known_at_once_while_all_is_settled() -> None:
    async with three_instances() as three:
        del three.post.takers["two"]
        assert await three.one.hand_over("two", "ala", "s7") is HandedOver.NOBODY
        assert now() == 0


async def test_right_after_redis_is_back_others_get_the_time_to_find_it() -> None:
    async with three_instances() as three:
        three.two.has("ala", "s7").parked.set()
        taker = three.post.takers.pop("two")
        three.one.settled = False
        asyncio.get_running_loop().call_later(0.25, three.post.takers.__setitem__, "two", taker)
        assert await three.one.hand_over("two", "ala", "s7") is HandedOver.PARKED
        del three.post.takers["two"]
        begun = now()
        assert await three.one.hand_over("two", "ala", "s7") is HandedOver.NOBODY
        assert HAND_OVER_S - 0.3 < now() - begun <= HAND_OVER_S


async def test_nobody_is_asked_again_whom_there_is_no_time_to_hear() -> None:
    async with three_instances() as three:
        del three.post.takers["two"]
        three.one.settled = False
        three.post.slow_s = 0.62
        assert await three.one.hand_over("two", "ala", "s7") is HandedOver.NOBODY
        assert now() == pytest.approx(1.34)


async def test_a_stopped_instance_does_not_answer() -> None:
    async with three_instances() as three:
        three.stop("two")
        assert await three.one.hand_over("two", "ala", "s7") is HandedOver.NO_ANSWER
        assert now() == pytest.approx(HAND_OVER_S)


async def test_while_redis_is_away_nothing_is_handed_over() -> None:
    async with three_instances() as three:
        three.post.away = True
        with pytest.raises(StoreUnavailable):
            await three.one.hand_over("two", "ala", "s7")


async def test_a_connection_is_replaced_as_another_instance_says() -> None:
    async with three_instances() as three:
        await three.one.bus.tell("two", ReplaceConnection("ala", "c7"))
        await asyncio.sleep(0.001)
        assert three.two.replaced == [("ala", "c7")]
