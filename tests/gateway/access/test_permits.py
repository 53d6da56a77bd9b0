"""On virtual time: the wall clock is the loop's, unless a test sets it back."""

from __future__ import annotations

import asyncio

import pytest

from actors.ports import NotAdmitted
from gateway.access.identity import Identity
from gateway.access.permits import OPEN, ExpiringPermit
from schemas.messages import AccessExpired


class Rig:
    """A permit of anna's for ten seconds, and what its session is told."""

    def __init__(self) -> None:
        self.set_back_s = 0.0
        self.told: list[float] = []
        self.permit = ExpiringPermit(
            Identity("anna", self.wall_clock() + 10), check=self.check, wall_clock=self.wall_clock
        )

    def wall_clock(self) -> float:
        return 1_000.0 + asyncio.get_running_loop().time() - self.set_back_s

    async def check(self, token: str) -> Identity:
        user_id, _, lasts_s = token.partition(" ")
        return Identity(user_id, self.wall_clock() + float(lasts_s))

    def tell(self, event: AccessExpired) -> None:
        assert event == AccessExpired()
        self.told.append(self.wall_clock() - 1_000)


async def test_a_session_is_told_when_its_permit_expires() -> None:
    rig = Rig()
    rig.permit.begin(rig.tell)
    await asyncio.sleep(9.9)
    assert rig.told == []
    await asyncio.sleep(0.2)
    assert rig.told == [pytest.approx(10)]
    rig.permit.end()


async def test_a_newer_token_lets_it_go_on() -> None:
    rig = Rig()
    rig.permit.begin(rig.tell)
    await asyncio.sleep(5)
    await rig.permit.renew("anna 60")
    await asyncio.sleep(30)
    assert rig.told == []
    await asyncio.sleep(31)
    assert rig.told == [pytest.approx(65)]
    rig.permit.end()


async def test_another_users_token_changes_nothing() -> None:
    rig = Rig()
    rig.permit.begin(rig.tell)
    with pytest.raises(NotAdmitted) as caught:
        await rig.permit.renew("jan 60")
    assert caught.value.forbidden
    await asyncio.sleep(11)
    assert rig.told == [pytest.approx(10)]
    rig.permit.end()


async def test_a_session_that_is_over_is_told_nothing() -> None:
    rig = Rig()
    rig.permit.end()
    rig.permit.begin(rig.tell)
    rig.permit.end()
    await rig.permit.renew("anna 1")
    await asyncio.sleep(60)
    assert rig.told == []


async def test_a_wall_clock_that_is_set_back_is_waited_for() -> None:
    rig = Rig()
    rig.permit.begin(rig.tell)
    rig.set_back_s = 5
    await asyncio.sleep(12)
    assert rig.told == []
    await asyncio.sleep(4)
    assert len(rig.told) == 1
    rig.permit.end()


async def test_a_permit_for_years_is_looked_after_day_by_day() -> None:
    rig = Rig()
    await rig.permit.renew(f"anna {2**40}")
    rig.permit.begin(rig.tell)
    await asyncio.sleep(3 * 86_400)
    assert rig.told == []
    rig.permit.end()


async def test_a_phone_that_is_not_asked_may_show_what_it_likes() -> None:
    OPEN.begin(lambda _: None)
    await OPEN.renew("anything")
    OPEN.end()
