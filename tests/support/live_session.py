"""A whole session on virtual time: the phone and Gemini are fakes, everything between is ours."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import msgspec

from actors.budget import Price
from actors.dialects import V1, Dialect
from actors.policy import SessionPolicy
from actors.ports import FOR_ANYBODY, FOR_GOOD, Permit, Spending, SpendingNowhere, Tenure
from actors.supervisor import SessionSupervisor
from actors.surroundings import Surroundings
from actors.tally import Tally
from actors.witness import Witness
from tests.support.fake_gemini import FakeConnector, FakeLink
from tests.support.fake_socket import FakeSocket
from tests.support.fake_store import FakeStore
from tests.support.gemini_says import TURN_COMPLETE, call, calls, heard
from tests.support.moments import a_moment
from tests.support.recording_observer import RecordingObserver


@dataclass(slots=True)
class LiveSession:
    """One running session and its surroundings."""

    supervisor: SessionSupervisor
    phone: FakeSocket
    gemini: FakeConnector
    store: FakeStore
    observer: RecordingObserver
    tally: Tally
    refusals: list[str]
    running: asyncio.Task[None] = field(init=False)

    async def start(self, **fields: object) -> FakeLink:
        """Let the phone start the session; return the link when it is open."""
        self.phone.says("start_session", **fields)
        await a_moment()
        return self.gemini.newest

    async def ended(self) -> None:
        """Return when the session has ended."""
        await asyncio.wait([self.running])


@asynccontextmanager
async def live_session(  # noqa: PLR0913 - its surroundings, all but the first by keyword
    policy: SessionPolicy | None = None,
    *,
    phone: FakeSocket | None = None,
    gemini: FakeConnector | None = None,
    store: FakeStore | None = None,
    dialect: Dialect = V1,
    tenure: Tenure = FOR_GOOD,
    witnesses: tuple[Witness, ...] = (),
    debug: bool = False,
    permit: Permit = FOR_ANYBODY,
    spending: Spending | None = None,
    price: Price | None = None,
) -> AsyncGenerator[LiveSession, None]:
    """Run a session; at the end its phone leaves, and nothing of it may be left."""
    before = asyncio.all_tasks()
    phone, gemini = phone or FakeSocket(), gemini or FakeConnector()
    store, observer = store or FakeStore(), RecordingObserver()
    refusals: list[str] = []
    surroundings = Surroundings(
        connector=gemini,
        store=store,
        observer=observer,
        policy=policy or SessionPolicy(),
        wall_clock=lambda: 1_700_000_000.5 + asyncio.get_running_loop().time(),
        jitter=lambda: 1.0,
        tenure=lambda: tenure,
        tally=Tally(),
        debug=debug,
        spending=spending or SpendingNowhere(),
        price=price,
        refused=refusals.append,
    )
    supervisor = SessionSupervisor(
        user_id="ala",
        session_id="s1",
        socket=phone,
        surroundings=surroundings,
        dialect=dialect,
        witnesses=witnesses,
        permit=permit,
    )
    session = LiveSession(supervisor, phone, gemini, store, observer, surroundings.tally, refusals)
    session.running = asyncio.create_task(supervisor.run(), name="session")
    yield session
    phone.leaves()
    await session.ended()
    left = asyncio.all_tasks() ^ before
    assert not left, f"the session left tasks behind: {left}, before: {before}"
    assert gemini.open_links == [], "the session left links open"


def product_names(phone: FakeSocket) -> list[str]:
    """Return the names of the products that a phone was told, in their order."""
    names = [
        msgspec.convert(message["product"], dict[str, object])["name"]
        for message in phone.told("product_detected")
    ]
    return [str(name) for name in names]


def buys(link: FakeLink, call_id: str, product: str) -> None:
    """Let Gemini hear one sentence, call the function for it and complete its turn."""
    link.says(heard(f"Dodaj {product}"), calls(call(call_id, product)), TURN_COMPLETE)
