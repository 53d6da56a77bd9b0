"""An instance with its phones on virtual time: connections come and go, sessions outlive them.

`Shop` is what all connections of a process have in common, and does with each what the WebSocket
endpoint does. `App` is an app on a phone: it keeps the list by the rules of docs/protocol.md, and
nothing else.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from actors.dialects import V2
from actors.policy import SessionPolicy
from actors.registry import SessionRegistry
from actors.supervisor import SessionSupervisor
from actors.surroundings import Surroundings
from tests.support.cutting_store import CuttingStore
from tests.support.fake_gemini import FakeConnector
from tests.support.fake_socket import FakeSocket
from tests.support.moments import a_moment
from tests.support.recording_observer import RecordingObserver


@dataclass(slots=True)
class Connection:
    """One connection: the phone's end, and the session at the other."""

    phone: FakeSocket
    supervisor: SessionSupervisor
    running: asyncio.Task[None]

    async def ended(self) -> None:
        """Return when the session is no longer this connection's."""
        await asyncio.wait([self.running])


@dataclass(slots=True)
class Shop:
    """One instance."""

    gemini: FakeConnector
    policy: SessionPolicy
    group: asyncio.TaskGroup
    store: CuttingStore = field(default_factory=CuttingStore)
    registry: SessionRegistry = field(default_factory=SessionRegistry)
    observer: RecordingObserver = field(default_factory=RecordingObserver)
    connections: list[Connection] = field(default_factory=list)
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def connect(self, user: str = "ala", *, phone: FakeSocket | None = None) -> Connection:
        """Take a phone in."""
        phone = phone or FakeSocket()
        supervisor = SessionSupervisor(
            user_id=user,
            session_id=f"s{next(self._numbers)}",
            socket=phone,
            surroundings=Surroundings(
                connector=self.gemini,
                store=self.store,
                observer=self.observer,
                policy=self.policy,
                wall_clock=lambda: 1_700_000_000.5 + asyncio.get_running_loop().time(),
                jitter=lambda: 1.0,
                new_token=lambda: f"token-{next(self._numbers)}",
            ),
            dialect=V2,
        )
        running = self.group.create_task(self._serve(supervisor), name="connection")
        connection = Connection(phone, supervisor, running)
        self.connections.append(connection)
        return connection

    async def _serve(self, supervisor: SessionSupervisor) -> None:
        self.registry.claim(supervisor)
        try:
            await supervisor.run()
        finally:
            self.registry.release(supervisor)


@asynccontextmanager
async def open_shop(
    gemini: FakeConnector | None = None, policy: SessionPolicy | None = None
) -> AsyncGenerator[Shop, None]:
    """Run an instance; at the end all phones leave, and nothing of them may be left."""
    async with asyncio.TaskGroup() as group:
        shop = Shop(gemini or FakeConnector(), policy or SessionPolicy(), group)
        yield shop
        for connection in shop.connections:
            connection.phone.leaves()
            await connection.ended()
        assert not len(shop.registry), "a session is registered that no connection has"
        assert shop.gemini.open_links == [], "links are open that no connection has"
        assert shop.store.view().live == 0, "a session is owned that no connection has"
        assert not shop.observer.failures, "there was a bug"
        shop.store.close()


class App:
    """An app: what it has stored, and what it does with what it is told.

    Attributes:
        items: the list it shows, by id.
        suggestions: what it shows for confirmation, by id.
        events: every event that it has taken for new, in order.
        seen: how often each number came.
    """

    def __init__(self, shop: Shop, user: str = "ala") -> None:
        self.shop = shop
        self.user = user
        self.token: str | None = None
        self.seq = 0
        self.items: dict[str, Any] = {}
        self.suggestions: dict[str, Any] = {}
        self.events: list[dict[str, Any]] = []
        self.seen: dict[int, int] = {}
        self.sessions: list[dict[str, Any]] = []
        self.acknowledges = True
        self._read = 0
        self.connection: Connection | None = None

    @property
    def held(self) -> Connection:
        """Its connection, which it has to have."""
        assert self.connection is not None
        return self.connection

    @property
    def phone(self) -> FakeSocket:
        """The phone's end of its connection."""
        return self.held.phone

    async def start(self, **fields: object) -> None:
        """Connect, and start or go on with the session."""
        self.connection = self.shop.connect(self.user)
        self._read = 0
        if self.token is not None:
            fields["resume"] = {"token": self.token, "last_seq": self.seq}
        self.phone.says("start_session", **fields)
        await a_moment()
        self.look()

    def look(self) -> None:
        """Take in what has arrived since it looked last."""
        new = self.phone.heard[self._read :]
        self._read += len(new)
        for message in new:
            self._take(message)

    def _take(self, message: dict[str, Any]) -> None:
        match message["type"]:
            case "session":
                self._begin(message)
            case "product_detected" | "product_suggested" | "product_retracted":
                self._event(message)
            case _:
                pass

    def _begin(self, session: dict[str, Any]) -> None:
        self.sessions.append(session)
        self.token = session["resume_token"]
        if not session["resumed"]:
            self.seq = session["seq"]
            self.items = {item["id"]: item for item in session["list"]}
        if self.acknowledges:
            self.phone.says("ack", seq=self.seq)

    def _event(self, event: dict[str, Any]) -> None:
        seq = event["seq"]
        self.seen[seq] = self.seen.get(seq, 0) + 1
        if seq <= self.seq:
            return
        assert seq == self.seq + 1, f"event {seq} came after {self.seq}"
        self.seq = seq
        self.events.append(event)
        self._show(event)
        if self.acknowledges:
            self.phone.says("ack", seq=seq)

    def _show(self, event: dict[str, Any]) -> None:
        match event:
            case {"type": "product_suggested", "product": product}:
                self.suggestions[product["id"]] = product
            case {"type": "product_retracted", "id": gone}:
                self.items.pop(gone, None)
                self.suggestions.pop(gone, None)
            case {"item": None, "product": product}:
                self.items.pop(product["id"], None)
            case {"item": item}:
                self.items[item["id"]] = item
            case _:
                raise AssertionError(event)
        self.suggestions.pop(event.get("suggestion", ""), None)

    @property
    def list(self) -> dict[str, float]:
        """The quantities it shows, by name."""
        self.look()
        return {item["name"]: item["quantity"] for item in self.items.values()}
