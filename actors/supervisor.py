"""The session's supervisor actor: it feeds the pure session and obeys it.

It runs in the connection's own ASGI task and owns three tasks, client reader, Gemini reader and
audio pump, of which the Gemini reader is started anew for every link; and the client writer, its
own send side.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from actors.audio_pump import AudioPump
from actors.client_reader import ClientReader
from actors.client_writer import ClientWriter
from actors.commands import (
    CloseClient,
    CloseLink,
    Command,
    Note,
    OpenLink,
    Tell,
)
from actors.gemini_reader import GeminiReader
from actors.link_slot import LinkSlot
from actors.mailbox import Mailbox
from actors.outbox import Outbox
from actors.policy import SessionPolicy
from actors.ports import ClientSocket, GeminiConnector, Observer
from actors.restart import Restarts
from actors.session import Session
from actors.uplink import UplinkMailbox
from actors.uplink_orders import UplinkOrders
from schemas.admin import SessionDetail, SessionSummary
from schemas.close_codes import CloseCode
from schemas.messages import (
    ClientStalled,
    DeadlinePassed,
    Draining,
    EndedByAdmin,
    Event,
    Replaced,
    SpeechAnswered,
    SpeechReport,
)

_FAREWELL_S = 2.0
"""How long a phone may take for the last messages before its socket is closed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What all sessions of a process have in common.

    Attributes:
        connector: opens Gemini links.
        observer: is told what happens.
        policy: bounds and timeouts.
        wall_clock: returns Unix seconds, for times shown to people only.
        jitter: returns a number from 0 to 1 that spreads restarts over time.
    """

    connector: GeminiConnector
    observer: Observer
    policy: SessionPolicy
    wall_clock: Callable[[], float] = time.time
    jitter: Callable[[], float] = random.random


class SessionSupervisor:
    """One connection's session, from accepted to closed."""

    def __init__(
        self, *, user_id: str, session_id: str, socket: ClientSocket, surroundings: Surroundings
    ) -> None:
        policy = surroundings.policy
        restarts = Restarts(policy.restart, surroundings.jitter)
        self._user_id = user_id
        self._session_id = session_id
        self._clock = asyncio.get_running_loop().time
        self._socket = socket
        self._observer = surroundings.observer
        self._wall_clock = surroundings.wall_clock
        self._session = Session(session_id=session_id, policy=policy, restarts=restarts)
        self._inbox: Mailbox[Event] = Mailbox(policy.inbox_messages)
        self._uplink = UplinkMailbox(policy.uplink_ms, policy.stall_s)
        self._outbox = Outbox(policy.outbox_bytes)
        self._uplink_orders = UplinkOrders(self._uplink, self._inbox, surroundings.connector)
        self._slot = LinkSlot()
        self._client_reader = ClientReader(socket, self._uplink, self._inbox)
        self._client_writer = ClientWriter(
            socket, self._outbox, self._inbox, timeout_s=policy.client_send_timeout_s
        )
        self._gemini_reader = GeminiReader(surroundings.connector, self._slot, self._inbox)
        self._audio_pump = AudioPump(
            self._uplink, self._slot, self._inbox, speed=policy.drain_speed
        )
        self._link_tasks: set[asyncio.Task[None]] = set()
        self._farewell: CloseClient | None = None
        self._created_at = self._active_at = self._wall_clock()

    async def run(self) -> None:
        """Serve the phone until its session is closed, then close its socket.

        An error that is our bug closes the socket with 1011 and is reported, not raised. Being
        cancelled closes it with 1012.
        """
        try:
            await self._run_tasks()
        except Exception as exc:  # noqa: BLE001 - the session's outermost boundary
            self._observer.fail("session_broke", exc)
            await self._close_socket(CloseClient(CloseCode.INTERNAL_ERROR, "internal error"))
        except asyncio.CancelledError:
            await self._close_socket(CloseClient(CloseCode.SERVICE_RESTART, "this server restarts"))
            raise

    async def _run_tasks(self) -> None:
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(self._client_reader.run(), name="client-reader"),
                group.create_task(self._client_writer.run(), name="client-writer"),
                group.create_task(self._audio_pump.run(), name="audio-pump"),
            ]
            await self._serve(group)
            if self._farewell is not None:
                await self._say_farewell()
            self._close_link()
            for task in tasks:
                task.cancel()
            # Now, because Gemini may take seconds to close the link, and the group waits for that.
            await self._close_socket(self._farewell or CloseClient(CloseCode.NORMAL, ""))

    async def _serve(self, group: asyncio.TaskGroup) -> None:
        while not self._session.closed:
            event = await self._next_event()
            now, unix = self._clock(), self._wall_clock()
            if not isinstance(event, DeadlinePassed | SpeechReport | SpeechAnswered):
                self._active_at = unix
            for command in self._session.handle(event, now=now, unix=unix):
                self._obey(command, group)
            self._uplink.gate = self._session.gate

    async def _next_event(self) -> Event:
        deadline = self._session.deadline
        if deadline is None:
            return await self._inbox.get()
        try:
            async with asyncio.timeout_at(deadline):
                return await self._inbox.get()
        except TimeoutError:
            return DeadlinePassed()

    async def _say_farewell(self) -> None:
        try:
            async with asyncio.timeout(_FAREWELL_S):
                await self._outbox.wait_drained()
        except TimeoutError:
            self._observer.warn("messages_not_taken", waiting=self._outbox.view().depth)

    async def _close_socket(self, farewell: CloseClient) -> None:
        try:
            async with asyncio.timeout(_FAREWELL_S):
                await self._socket.close(farewell.code, farewell.reason)
        except TimeoutError:
            self._observer.warn("close_not_taken", code=farewell.code)

    def _obey(self, command: Command, group: asyncio.TaskGroup) -> None:
        match command:
            case OpenLink():
                older = frozenset(self._link_tasks)
                task = group.create_task(
                    self._gemini_reader.run(command, older), name="gemini-reader"
                )
                task.add_done_callback(self._link_tasks.discard)
                self._link_tasks.add(task)
            case CloseLink():
                self._close_link()
            case Tell(message):
                if not self._outbox.put(message):
                    self._inbox.put_now(ClientStalled())
            case CloseClient():
                self._farewell = command
            case Note(event, facts, trouble):
                (self._observer.warn if trouble else self._observer.note)(event, **facts)
            case other:
                self._uplink_orders.obey(other)

    def _close_link(self) -> None:
        # Cancelling takes effect later; until then the pump would send to a link given up already.
        self._slot.clear()
        for task in self._link_tasks:
            task.cancel()

    # The session as the registry and the admin endpoints see it.

    @property
    def user_id(self) -> str:
        """The user it belongs to."""
        return self._user_id

    def tell(self, event: Replaced | EndedByAdmin | Draining) -> None:
        """Deliver an event from outside; never waits, never raises."""
        self._inbox.put_now(event)

    def _last_activity(self) -> float:
        """Return Unix seconds of the last event, or of the last speech sent if that is later."""
        sent_at = self._uplink.sent.last_sent_at
        if sent_at is None:
            return self._active_at
        return max(self._active_at, self._wall_clock() - (self._clock() - sent_at))

    def summary(self) -> SessionSummary:
        """Return the session in one row."""
        return SessionSummary(
            user_id=self._user_id,
            session_id=self._session_id,
            state=self._session.state_name,
            created_at=_iso(self._created_at),
            last_activity=_iso(self._last_activity()),
        )

    def detail(self) -> SessionDetail:
        """Return the session in depth."""
        session = self._session
        opened_at = session.opened_at
        now = self._clock()
        return SessionDetail(
            user_id=self._user_id,
            session_id=self._session_id,
            state=session.state_name,
            created_at=_iso(self._created_at),
            last_activity=_iso(self._last_activity()),
            language=session.language,
            link_age_s=None if opened_at is None else round(now - opened_at, 3),
            links_opened=session.links_opened,
            restarts=session.restarts,
            last_error=session.last_error,
            audio_s=self._uplink.audio_ms / 1000,
            products=session.conversation.calls.products,
            prompt_tokens=session.conversation.usage.prompt_tokens,
            response_tokens=session.conversation.usage.response_tokens,
            usage=session.conversation.usage.view(),
            uplink=self._uplink.view(),
            inbox=self._inbox.view(),
            outbox=self._outbox.view(),
        )


def _iso(unix: float) -> str:
    return datetime.fromtimestamp(unix, UTC).isoformat(timespec="milliseconds")
