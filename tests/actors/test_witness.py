"""Tests for `actors.witness`: what is seen of a session by whoever looks on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from actors.commands import Command
from actors.ports import Fact
from actors.session import Session
from schemas.messages import Event
from tests.support.gemini_says import TURN_COMPLETE, call, calls, heard
from tests.support.live_session import live_session
from tests.support.moments import a_moment


class Onlooker:
    """Satisfies `actors.witness.Witness`; keeps what it sees."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def saw(self, event: Event, commands: Sequence[Command], session: Session) -> None:
        assert session.session_id == "s1"
        self.seen.append(f"{type(event).__name__}: {len(commands)}")

    def noted(self, event: str, facts: Mapping[str, Fact]) -> None:
        self.seen.append(f"{event} {sorted(facts)}")


async def test_each_event_is_seen_with_what_it_leads_to_and_what_is_noted_after_it() -> None:
    onlooker = Onlooker()
    async with live_session(witnesses=(onlooker,)) as session:
        link = await session.start()
        link.says(heard("Dodaj mleko"), calls(call("c1")))
        await a_moment()
    assert onlooker.seen == [
        "StartRequested: 2",
        "LinkOpened: 3",
        "link_opened ['link', 'resumed']",
        "GeminiSaid: 1",
        "GeminiSaid: 5",
        "function_called ['products', 'status']",
        "ClientLeft: 3",
        "client_left ['code']",
    ]


async def test_a_debugged_session_writes_a_line_for_each_event_until_it_is_no_more() -> None:
    async with live_session() as session:
        link = await session.start()
        assert session.observer.debugged == []
        session.supervisor.debug(on=True)
        session.supervisor.debug(on=True)
        link.says(heard("Dodaj mleko"))
        await a_moment()
        assert session.observer.debugged == [
            (
                "event_handled",
                {
                    "session_id": "s1",
                    "user_id": "ala",
                    "event": "GeminiSaid",
                    "holds": "server_content",
                    "commands": "Tell",
                    "state": "listening",
                    "turn_open": False,
                },
            )
        ]
        session.supervisor.debug(on=False)
        link.says(TURN_COMPLETE)
        await a_moment()
        assert len(session.observer.debugged) == 1


async def test_every_session_may_be_debugged_from_its_beginning() -> None:
    async with live_session(debug=True) as session:
        await session.start()
    events = [facts["event"] for _, facts in session.observer.debugged]
    assert events == ["StartRequested", "LinkOpened", "ClientLeft"]
