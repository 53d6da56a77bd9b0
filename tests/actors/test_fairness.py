"""What one phone asks for keeps others waiting for no longer than one of its messages takes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from actors.allowance import UNBOUNDED
from actors.dialects import V2
from actors.policy import SessionPolicy
from actors.signal import Signal
from tests.support.live_session import LiveSession, live_session
from tests.support.moments import a_moment

POLICY = SessionPolicy(rates=UNBOUNDED)
REFS = [f"r{number}" for number in range(50)]


def edits(session: LiveSession) -> None:
    for ref in REFS:
        session.phone.says("edit", operations=[{"op": "add", "name": f"item {ref}"}], ref=ref)


class Bystander:
    """Has a turn whenever others have; sees how much of the phone's requests was done by then."""

    def __init__(self, session: LiveSession) -> None:
        self._session = session
        self.saw: set[int] = set()

    async def run(self) -> None:
        """Look on until cancelled."""
        while True:
            self.saw.add(len(self._session.phone.told("received")))
            await asyncio.sleep(0)


@asynccontextmanager
async def looking_on(session: LiveSession) -> AsyncGenerator[Bystander, None]:
    """Let somebody look on; all that was asked for is done at the end."""
    bystander = Bystander(session)
    task = asyncio.create_task(bystander.run())
    yield bystander
    # Virtual time does not pass while somebody looks on.
    for _ in range(1_000):
        await asyncio.sleep(0)
    task.cancel()
    await a_moment()
    assert [told["ref"] for told in session.phone.told("received")] == REFS


async def test_others_have_their_turn_after_each_of_the_edits_that_come_together() -> None:
    async with live_session(POLICY, dialect=V2) as session:
        await session.start()
        async with looking_on(session) as bystander:
            edits(session)
        assert bystander.saw == set(range(51))


async def test_others_have_their_turn_while_what_has_piled_up_is_dealt_with() -> None:
    older = Signal()
    async with live_session(POLICY, dialect=V2) as session:
        session.gemini.opening_takes_s = 1.0
        session.supervisor.follows((older,))
        session.phone.says("start_session", resume={"token": "unknown"})
        edits(session)
        await a_moment()
        assert session.phone.heard == []
        async with looking_on(session) as bystander:
            older.set()
        assert bystander.saw == set(range(51))
