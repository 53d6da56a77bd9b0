"""The session's supervisor actor: it feeds the pure session and has it obeyed.

It runs in the connection's own ASGI task and owns three tasks, client reader, Gemini reader and
audio pump, of which the Gemini reader is started anew for every link; and the client writer, its
own send side.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from msgspec.structs import replace

from actors.alarm import Alarm
from actors.audio_pump import AudioPump
from actors.client_reader import ClientReader
from actors.client_writer import ClientWriter
from actors.commands import CloseClient, Command
from actors.dialects import V1, Dialect
from actors.farewell import Farewell
from actors.gemini_reader import GeminiReader
from actors.identity import Identity
from actors.keeper import Keeper
from actors.lasting import Owner
from actors.lifetime import Lifetime
from actors.link_slot import LinkSlot
from actors.links import Links
from actors.mailbox import Mailbox
from actors.meter import Meter
from actors.orders import Orders
from actors.outbox import Outbox
from actors.ports import FOR_ANYBODY, ClientSocket, Fact, Fenced, Permit
from actors.presence import UNTOUCHED, Presence
from actors.restart import Restarts
from actors.session import Session
from actors.session_view import SessionView
from actors.signal import Signal
from actors.spender import Spender
from actors.surroundings import Surroundings
from actors.tally import Gauges
from actors.uplink import UplinkMailbox
from actors.uplink_orders import UplinkOrders
from actors.witness import Witness, Witnesses
from schemas.admin import SessionDetail, SessionSummary
from schemas.close_codes import CloseCode
from schemas.messages import (
    DeadlinePassed,
    Event,
    FromOutside,
    Replaced,
    SpeechArrived,
    StartRequested,
    TextTyped,
)


class SessionSupervisor:
    """Serves one connection, from accepted to closed: has its session handle what happens."""

    # There are more of them than instances share the names of: each would have a dict of its own.
    __slots__ = (
        "__weakref__",
        "_alarm",
        "_audio_pump",
        "_bug",
        "_client_reader",
        "_client_writer",
        "_clock",
        "_farewell",
        "_identity",
        "_idle",
        "_inbox",
        "_keeper",
        "_links",
        "_meter",
        "_observer",
        "_older",
        "_orders",
        "_outbox",
        "_presence",
        "_rest",
        "_session",
        "_socket",
        "_tally",
        "_tenure",
        "_uplink",
        "_user_id",
        "_view",
        "_wall_clock",
        "_witnesses",
    )

    def __init__(  # noqa: PLR0913 - by keyword, and it puts all its parts together
        self,
        *,
        user_id: str,
        session_id: str,
        socket: ClientSocket,
        surroundings: Surroundings,
        dialect: Dialect = V1,
        witnesses: tuple[Witness, ...] = (),
        permit: Permit = FOR_ANYBODY,
    ) -> None:
        policy = surroundings.policy
        self._user_id = user_id
        self._socket = socket
        self._observer = observer = surroundings.observer
        self._tally = tally = surroundings.tally
        self._tenure = tenure = surroundings.tenure()
        self._wall_clock = wall_clock = surroundings.wall_clock
        self._clock = clock = asyncio.get_running_loop().time
        self._uplink = uplink = UplinkMailbox(
            policy.uplink_ms, policy.stall_s, merge_up_to_ms=policy.merge_up_to_ms
        )
        self._session = session = Session(
            session_id=session_id,
            policy=policy,
            restarts=Restarts(policy.restart, surroundings.jitter),
            outlives=dialect.outlives,
            connected_at=clock(),
            spread=surroundings.jitter(),
            price=surroundings.price,
            sending=uplink,
        )
        lifetime = Lifetime(idle_s=policy.idle_s, age_s=policy.age_s, now=clock())
        # The other queues.
        self._inbox: Mailbox[Event] = Mailbox(policy.inbox_messages)
        self._outbox = Outbox(policy.outbox_bytes, dialect.encode)
        # The tasks.
        slot = LinkSlot()
        self._client_writer = ClientWriter(
            socket,
            self._outbox,
            self._inbox,
            timeout_s=policy.client_send_timeout_s,
            tenure=tenure,
        )
        self._links = Links(GeminiReader(surroundings.connector, slot, self._inbox), slot)
        self._audio_pump = AudioPump(
            uplink,
            slot,
            self._inbox,
            speed=policy.drain_speed,
            merge_up_to_ms=policy.merge_up_to_ms,
            tenure=tenure,
            delays=tally.uplink_delay,
        )
        self._client_reader = ClientReader(
            socket,
            uplink,
            self._inbox,
            grammar=dialect,
            send_at_once=self._audio_pump.send_at_once,
            rates=policy.rates,
        )
        # What is counted, kept and seen.
        created_at = wall_clock()
        self._presence = Presence(
            lifetime, self._outbox, unix=created_at, refused=surroundings.refused
        )
        self._meter = Meter(tally, session=session, uplink=uplink, outbox=self._outbox)
        spender = Spender(surroundings.spending, user_id, uplink)
        self._keeper = Keeper(
            surroundings.store,
            observer,
            Owner(user_id=user_id, created_at=created_at),
            session=session,
            uplink=uplink,
            tenure=tenure,
        )
        self._witnesses = Witnesses(witnesses)
        self.debug(on=surroundings.debug)
        # What is done with commands, and without them.
        self._farewell = Farewell(
            socket,
            self._outbox,
            self._client_writer,
            observer=observer,
            refused=surroundings.refused,
        )
        self._orders = Orders(
            session=session,
            inbox=self._inbox,
            writer=self._client_writer,
            farewell=self._farewell,
            links=self._links,
            uplink_orders=UplinkOrders(uplink, surroundings.connector),
            keeper=self._keeper,
            permit=permit,
            spender=spender,
            meter=self._meter,
            observer=observer,
            witnesses=self._witnesses,
            tenure=tenure,
        )
        self._alarm = Alarm(session, lifetime, uplink, self._inbox)
        self._identity = Identity(
            session=session,
            keeper=self._keeper,
            uplink=uplink,
            meter=self._meter,
            spender=spender,
            lifetime=lifetime,
            observer=observer,
            new_token=surroundings.new_token,
            clock=clock,
            wall_clock=wall_clock,
        )
        self._view = SessionView(
            session=session,
            keeper=self._keeper,
            presence=self._presence,
            farewell=self._farewell,
            uplink=uplink,
            inbox=self._inbox,
            outbox=self._outbox,
            pump=self._audio_pump,
            meter=self._meter,
            priced=surroundings.price is not None,
            clock=clock,
            wall_clock=wall_clock,
        )
        self._older: tuple[Signal, ...] = ()
        self._idle = False
        """It waits for an event."""
        self._rest: list[Command] = []
        """Commands of the event that was dealt with at once last that take waiting."""
        self._bug: Exception | None = None
        """Came up where it could be raised to nobody."""

    async def run(self) -> None:
        """Serve the phone until its session is closed, then close its socket.

        An error that is our bug closes the socket with 1011 and is reported, not raised. Being
        cancelled closes it with 1012. So does a session that is no longer this process's, and then
        nothing else is sent or written.
        """
        self._tally.sessions.add(self)
        close_socket = self._farewell.close_socket
        try:
            await self._run_tasks()
        except Exception as exc:  # noqa: BLE001 - the session's outermost boundary
            self._observer.fail("session_broke", exc)
            self._farewell.order = CloseClient(CloseCode.INTERNAL_ERROR, "internal error")
            await close_socket(self._farewell.order)
        except asyncio.CancelledError:
            self._farewell.order = CloseClient(CloseCode.SERVICE_RESTART, "this server restarts")
            await close_socket(self._farewell.order)
            raise
        finally:
            # The socket and its taker know each other: so they, and the speech that they lead to,
            # are freed at once and not by the collector.
            self._socket.offer_to(None)
            self._alarm.stop()
            self.settle()
            self._tally.sessions.discard(self)
            await self._keeper.let_go()

    async def _run_tasks(self) -> None:
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(
                    self._client_reader.run(self._handle_phone_now), name="client-reader"
                ),
                group.create_task(self._client_writer.run(), name="client-writer"),
                group.create_task(self._audio_pump.run(), name="audio-pump"),
            ]
            self._orders.begin(group, self._handle_now)
            try:
                await self._serve()
            finally:
                self._orders.end()
            # Now, because the phone may take its time, and the user's newer connection waits.
            await self._keeper.let_go()
            await self._farewell.say()
            self._links.close()
            for task in (*tasks, *self._orders.errands):
                task.cancel()
            # Now, because Gemini may take seconds to close the link, and the group waits for that.
            last = self._farewell.order or CloseClient(CloseCode.NORMAL, "")
            await self._farewell.close_socket(last)

    async def _serve(self) -> None:
        try:
            while not self._session.closed:
                await self._keeper.tidy()
                event = await self._next_event()
                if not self._tenure.held:
                    break
                await self._serve_one(event)
                await self._give_way()
        except Fenced:
            self._leave_to_its_owner()
        if not self._tenure.held:
            self._outbox.abandon()
            lost = CloseClient(CloseCode.SERVICE_RESTART, "this instance lost its lease")
            self._farewell.order = lost

    async def _next_event(self) -> Event:
        self._alarm.set()
        self._idle = True
        try:
            return await self._inbox.get()
        finally:
            self._idle = False

    async def _serve_one(self, event: Event) -> None:
        if self._bug is not None:
            raise self._bug
        rest, self._rest = self._rest, []
        await self._orders.obey(rest)
        if self._session.nameless and isinstance(event, StartRequested | SpeechArrived | TextTyped):
            await self._orders.obey(await self._identity.give(event, self._older))
            if self._session.nameless:
                return
        await self._orders.obey(self._handle(event))
        self._uplink.gate = self._session.gate

    async def _give_way(self) -> None:
        """Let others have their turn if more has piled up, as while an older connection let go.

        Not while a link is open: what Gemini had said before it was sent a notice would be taken
        for an answer to that. The phone's reader hands on no more than a turn's work then.
        """
        if self._inbox.waiting and not self._links.one_is_open:
            await asyncio.sleep(0)

    def _leave_to_its_owner(self) -> None:
        """The session is another instance's: tell nobody anything more of it, and store nothing."""
        self._observer.warn("session_fenced")
        # What it commands at its end would be about a session that is no longer this one's.
        self._session.handle(Replaced(), now=self._clock(), unix=self._wall_clock())
        self._uplink.gate = self._session.gate
        self._farewell.order = CloseClient(CloseCode.REPLACED, "connected elsewhere")

    def _handle(self, event: Event) -> list[Command]:
        now, unix = self._clock(), self._wall_clock()
        if not isinstance(event, UNTOUCHED):
            self._presence.note(event, now=now, unix=unix)
        commands = self._session.handle(event, now=now, unix=unix)
        for witness in self._witnesses.present:
            witness.saw(event, commands, self._session)
        return commands

    # What is dealt with at once.

    def _handle_now(self, events: Sequence[Event]) -> int:
        """Deal with events within the task that brings them; return how many have not to wait.

        That is the way of nearly all that Gemini says: a product is on the phone's socket before
        any other task has run. An event has to wait while another one does, or is dealt with.
        """
        if not self._idle or self._inbox.waiting or not self._tenure.held:
            return 0
        orders = self._orders
        reports = orders.reports
        self._idle, orders.at_once = False, True
        handled = 0
        while handled < len(events) and self._goes_on_at_once:
            reports.append(events[handled])
            handled += 1
            while reports and self._goes_on_at_once:
                self._rest = orders.obey_now(self._handle(reports.pop(0)))
        self._client_writer.flush()
        self._idle, orders.at_once = True, False
        self._uplink.gate = self._session.gate
        if self._rest or self._session.closed or self._keeper.untidy:
            # Wakes `_serve`, which goes on from here; nothing else is dealt with before.
            self._inbox.put_first(*reports, DeadlinePassed())
            reports.clear()
        self._alarm.set()
        return handled

    @property
    def _goes_on_at_once(self) -> bool:
        return not (self._rest or self._session.closed) and self._tenure.held

    def _handle_phone_now(self, event: Event) -> bool:
        """Deal with an event within the callback that brings it, if it has not to wait.

        The callback belongs to the phone's connection: lines written there would lack the session's
        ids, and a bug of ours that came up there would not end the session as it should.
        """
        try:
            return self._handle_now([event]) == 1
        except Exception as exc:  # noqa: BLE001 - `_serve` raises it
            self._bug = exc
            self._inbox.put_first(DeadlinePassed())
            return True

    # The session as the registry and the admin endpoints see it.

    @property
    def user_id(self) -> str:
        """The user it belongs to."""
        return self._user_id

    def follows(self, older: tuple[Signal, ...]) -> None:
        """Let a resume wait until the user's older connections have let their sessions go."""
        self._older = older

    @property
    def letting_go(self) -> tuple[Signal, ...]:
        """All set once no session is this connection's, nor that of one that it follows."""
        older = (event for event in self._older if not event.is_set())
        return (*older, self._keeper.parked)

    def tell(self, event: FromOutside) -> None:
        """Deliver an event from outside; never waits, never raises."""
        self._inbox.put_now(event)

    def debug(self, *, on: bool) -> None:
        """Write a line for each event from now on, or no more."""
        self._witnesses.debug(self._observer, self._user_id, on=on)

    def summary(self) -> SessionSummary:
        """Return the session in one row."""
        return self._view.summary()

    def detail(self) -> SessionDetail:
        """Return the session in depth."""
        return replace(self._view.detail(), debugged=self._witnesses.debugged)

    # The session as it is counted.

    def settle(self) -> None:
        """Add to the tally what is not in it yet."""
        self._meter.settle(self._audio_pump)

    def gauges(self) -> Gauges:
        """Return how it is."""
        return self._view.gauges()

    def outcome(self) -> dict[str, Fact]:
        """Return how it ended and what it has come to, for one line in the log."""
        return self._view.outcome()
