"""A connection outlives the token that it was opened with, if a newer one comes in time."""

from __future__ import annotations

import asyncio

import pytest

from actors.commands import Renew
from actors.dialects import V1, V2, Dialect
from actors.ports import CannotCheck, NotAdmitted
from schemas.client import Auth
from schemas.messages import AccessExpired, TokenOffered
from tests.support.fake_store import FakeStore
from tests.support.live_session import live_session
from tests.support.moments import a_moment, seconds_pass

TOKEN = "a-newer-token"  # noqa: S105 - made up


class APermit:
    """One whose checks take as long as the test says, and end as it says."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.takes_s = 0.0
        self.problem: Exception | None = None

    async def renew(self, token: str) -> None:
        self.asked.append(token)
        await asyncio.sleep(self.takes_s)
        if self.problem is not None:
            raise self.problem


async def test_a_token_is_checked_and_answered_by_its_ref() -> None:
    permit = APermit()
    async with live_session(dialect=V2, permit=permit) as session:
        session.phone.says("auth", token=TOKEN, ref="a1")
        await a_moment()
        session.phone.says("auth", token="another")  # noqa: S106 - made up
        await a_moment()
        assert session.phone.heard == [{"type": "received", "ref": "a1"}]
    assert permit.asked == [TOKEN, "another"]
    assert session.observer.noted("token_taken") == [{}, {}]


async def test_speech_does_not_wait_for_the_check() -> None:
    permit = APermit()
    permit.takes_s = 5
    async with live_session(dialect=V2, permit=permit) as session:
        link = await session.start()
        session.phone.says("auth", token=TOKEN, ref="a1")
        session.phone.speaks(b"\1\0" * 1_600)
        await a_moment()
        assert link.audio == b"\1\0" * 1_600
        assert session.phone.told("received") == []
        await seconds_pass(5)
        assert session.phone.told("received") == [{"type": "received", "ref": "a1"}]


async def test_one_is_checked_at_a_time() -> None:
    permit = APermit()
    permit.takes_s = 1
    async with live_session(dialect=V2, permit=permit) as session:
        session.phone.says("auth", token=TOKEN, ref="a1")
        session.phone.says("auth", token="another", ref="a2")  # noqa: S106 - made up
        await seconds_pass(2)
        assert [(told["type"], told["ref"]) for told in session.phone.heard] == [
            ("error", "a2"),
            ("received", "a1"),
        ]
    assert permit.asked == [TOKEN]


@pytest.mark.parametrize(
    ("problem", "code", "retryable"),
    [
        (NotAdmitted("expired", "it has expired"), "not_authenticated", False),
        (CannotCheck("no keys"), "cannot_authenticate", True),
    ],
)
async def test_a_token_that_is_not_taken_is_an_error_and_nothing_else_is_lost(
    problem: Exception, code: str, *, retryable: bool
) -> None:
    permit = APermit()
    permit.problem = problem
    async with live_session(dialect=V2, permit=permit) as session:
        await session.start()
        session.phone.says("auth", token=TOKEN)
        await a_moment()
        (told,) = session.phone.told("error")
        assert (told["code"], told["retryable"]) == (code, retryable)
        assert session.phone.closed is None
        assert TOKEN not in str(session.observer.notes + session.observer.warnings)


async def test_a_phone_that_keeps_trying_tokens_is_closed_with_1008() -> None:
    permit = APermit()
    permit.problem = NotAdmitted("malformed", "it is no JWT")
    async with live_session(dialect=V2, permit=permit) as session:
        for _ in range(21):
            session.phone.says("auth", token=TOKEN)
            await a_moment()
        assert session.phone.closed == (1008, "kept breaking the protocol")


async def test_another_users_token_closes_with_4003() -> None:
    permit = APermit()
    permit.problem = NotAdmitted("other_user", "it is jan's", forbidden=True)
    async with live_session(dialect=V2, permit=permit) as session:
        session.phone.says("auth", token=TOKEN)
        await a_moment()
        assert session.phone.closed == (4003, "another user's token")


async def test_another_users_token_of_a_phone_that_broke_the_protocol_closes_once() -> None:
    permit = APermit()
    permit.takes_s = 1
    permit.problem = NotAdmitted("other_user", "it is jan's", forbidden=True)
    async with live_session(dialect=V2, permit=permit) as session:
        session.phone.says("auth", token=TOKEN)
        session.phone.sends(*["[]"] * 20)
        await seconds_pass(2)
        assert session.phone.closed == (1008, "kept breaking the protocol")


async def test_a_phone_that_leaves_meanwhile_leaves_no_check_behind() -> None:
    permit = APermit()
    permit.takes_s = 60
    async with live_session(dialect=V2, permit=permit) as session:
        session.phone.says("auth", token=TOKEN)
        await a_moment()
        assert permit.asked == [TOKEN]


@pytest.mark.parametrize(("dialect", "parked"), [(V1, 0), (V2, 1)])
async def test_when_access_expires_the_phone_is_closed_with_4001_and_may_resume(
    dialect: Dialect, parked: int
) -> None:
    store = FakeStore()
    async with live_session(dialect=dialect, store=store) as session:
        await session.start()
        session.supervisor.tell(AccessExpired())
        await session.ended()
        assert session.phone.closed == (4001, "the token has expired")
    assert sum(record.parked for record in store.records.values()) == parked


async def test_by_default_any_token_is_taken() -> None:
    async with live_session(dialect=V2) as session:
        session.phone.says("auth", token=TOKEN, ref="a1")
        await a_moment()
        assert session.phone.heard == [{"type": "received", "ref": "a1"}]


async def test_version_one_has_no_such_message() -> None:
    async with live_session() as session:
        session.phone.says("auth", token=TOKEN)
        await a_moment()
        (told,) = session.phone.told("error")
        assert str(told["message"]).startswith("type: Invalid value 'auth'")


def test_no_repr_shows_a_token() -> None:
    assert TOKEN not in f"{Auth(TOKEN)} {TokenOffered(TOKEN)} {Renew(TOKEN)}"
