"""Instances in memory: what carries their messages, and sessions that are only looked at."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from actors.ports import StoreUnavailable
from actors.signal import Signal
from gateway.cluster.shared import Script
from schemas.admin import QueueView, SessionDetail, SessionSummary
from schemas.messages import FromOutside

THEN = "2026-11-01T10:00:00.000+00:00"


class FakePost:
    """Satisfies `gateway.cluster.bus.Post`.

    Attributes:
        takers: who gets messages, by the name that they listen under.
        sent: all messages, with the names that they were sent to.
        away: nothing can be sent.
        slow_s: how long sending takes.
    """

    def __init__(self) -> None:
        self.takers: dict[str, Callable[[bytes], None]] = {}
        self.sent: list[tuple[str, bytes]] = []
        self.away = False
        self.slow_s = 0.0

    async def send(self, instances: Sequence[str], message: bytes) -> Sequence[int]:
        """Let those that are there take it."""
        await asyncio.sleep(self.slow_s)
        if self.away:
            raise StoreUnavailable("Redis is away")
        counts = []
        for instance in instances:
            self.sent.append((instance, message))
            taker = self.takers.get(instance)
            counts.append(int(taker is not None))
            if taker is not None:
                taker(message)
        return counts


class FakeScripts:
    """Satisfies `gateway.cluster.lease.Scripts`: answers as the test says.

    Attributes:
        ran: the scripts by name, with their keys and arguments.
        answers: what is returned, by the script's name; a function is called.
        slow_s: how long each takes.
        away: nothing can be run.
        held: scripts wait until it is set.
    """

    def __init__(self) -> None:
        self.ran: list[tuple[str, tuple[str, ...], tuple[str | bytes | float, ...]]] = []
        self.answers: dict[str, Any] = {}
        self.slow_s = 0.0
        self.away = False
        self.held = Signal(is_set=True)

    async def run(
        self, script: Script, keys: Sequence[str], args: Sequence[str | bytes | float]
    ) -> Any:  # noqa: ANN401 - what the script returns
        """Return the test's answer."""
        await self.held.wait()
        if self.slow_s:
            await asyncio.sleep(self.slow_s)
        if self.away:
            raise StoreUnavailable("Redis is away")
        self.ran.append((script.name, tuple(keys), tuple(args)))
        answer = self.answers.get(script.name)
        return answer() if callable(answer) else answer

    def names(self) -> list[str]:
        """Return which scripts ran."""
        return [name for name, _, _ in self.ran]


class SeenSession:
    """Satisfies `actors.registry.RegisteredSession`; keeps what it is told.

    Attributes:
        told: the events.
        parked: set once it has let go.
        debugged: whether it writes a line for each event.
    """

    def __init__(self, user_id: str, session_id: str = "s1") -> None:
        self._user_id = user_id
        self._session_id = session_id
        self._older: tuple[Signal, ...] = ()
        self.told: list[FromOutside] = []
        self.parked = Signal()
        self.debugged = False

    @property
    def user_id(self) -> str:
        """Whose it is."""
        return self._user_id

    @property
    def letting_go(self) -> tuple[Signal, ...]:
        """As a session's."""
        return (*(each for each in self._older if not each.is_set()), self.parked)

    def follows(self, older: tuple[Signal, ...]) -> None:
        """Remember."""
        self._older = older

    def tell(self, event: FromOutside) -> None:
        """Keep an event."""
        self.told.append(event)

    def debug(self, *, on: bool) -> None:
        """Remember."""
        self.debugged = on

    def summary(self) -> SessionSummary:
        """Return it in one row."""
        return SessionSummary(self._user_id, self._session_id, "listening", THEN, THEN)

    def detail(self) -> SessionDetail:
        """Return it in depth."""
        queue = QueueView("ms", 1, 0, 0, 0)
        return SessionDetail(
            user_id=self._user_id,
            session_id=self._session_id,
            state="listening",
            created_at=THEN,
            last_activity=THEN,
            language="pl-PL",
            link_age_s=None,
            links_opened=0,
            restarts=0,
            last_error=None,
            audio_s=0.0,
            products=0,
            prompt_tokens=0,
            response_tokens=0,
            uplink=queue,
            inbox=queue,
            outbox=queue,
        )
