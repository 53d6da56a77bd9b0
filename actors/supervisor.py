"""The session's supervisor actor: it feeds the pure session and obeys it.

It runs in the connection's own ASGI task and owns three tasks, client reader, Gemini reader and
audio pump, of which the Gemini reader is started anew for every link; and the client writer, its
own send side.
"""

from __future__ import annotations

import asyncio
import math
import random
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from actors.audio_pump import AudioPump
from actors.budget import Price
from actors.caps import NANOS
from actors.client_reader import ClientReader
from actors.client_writer import ClientWriter
from actors.commands import (
    CloseClient,
    CloseLink,
    Command,
    Drop,
    HangUp,
    Immediate,
    Keep,
    Note,
    OpenLink,
    Park,
    Renew,
    Save,
    SettleToken,
    Spend,
    Tell,
)
from actors.dialects import V1, Dialect
from actors.gemini_reader import GeminiReader
from actors.keeper import Keeper
from actors.lasting import Owner
from actors.lifetime import Lifetime
from actors.link_slot import LinkSlot
from actors.mailbox import Mailbox
from actors.meter import Meter
from actors.outbox import Outbox
from actors.policy import SessionPolicy
from actors.ports import (
    FOR_ANYBODY,
    FOR_GOOD,
    CannotCheck,
    ClientSocket,
    Fact,
    Fenced,
    GeminiConnector,
    NotAdmitted,
    Observer,
    Permit,
    SessionStore,
    Spending,
    SpendingNowhere,
    StoreUnavailable,
    Tenure,
)
from actors.restart import Restarts
from actors.session import Session
from actors.signal import Signal
from actors.spender import Spender
from actors.tally import Gauges, Tally
from actors.uplink import UplinkMailbox
from actors.uplink_orders import UplinkCommand, UplinkOrders
from actors.witness import DebugLines, Witness
from schemas.admin import SessionDetail, SessionSummary
from schemas.close_codes import CloseCode
from schemas.messages import (
    Acknowledged,
    ClientErred,
    ClientLeft,
    DeadlinePassed,
    Event,
    FromOutside,
    LimitPassed,
    ListRequested,
    Replaced,
    SpeechAnswered,
    SpeechArrived,
    SpeechReport,
    SpendingTold,
    StartRequested,
    StopRequested,
    StoreFailed,
    StoreReturned,
    TextAnswered,
    TextTyped,
    TokenRefused,
    TokenTaken,
)

_FAREWELL_S = 2.0
"""How long a phone may take for the last messages before its socket is closed."""
_LINK_CLOSED_S: Final = 1.0
"""How long a link that was given up may take to be closed (`actors.ports.GeminiConnector`)."""
_TOKEN_BYTES: Final = 32
_ASKS: Final = (
    StartRequested,
    StopRequested,
    SpeechArrived,
    TextTyped,
    ListRequested,
    Acknowledged,
)
"""What a phone sends that is not idle; a `ping` by itself is."""
_UNTOUCHED: Final = (
    DeadlinePassed,
    SpeechReport,
    SpeechAnswered,
    StoreReturned,
    SpendingTold,
    LimitPassed,
)
"""Events in which nobody does anything."""
_REFUSING: Final = {
    CloseCode.POLICY_VIOLATION: "violations",
    CloseCode.TOO_SLOW: "too_slow",
    CloseCode.IDLE: "idle",
    CloseCode.TOO_OLD: "age",
    CloseCode.SPENT: "budget",
    CloseCode.TOO_FAST: "too_fast",
}
"""Close codes that are refusals, and what they are counted as."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What all sessions of a process have in common.

    Attributes:
        connector: opens Gemini links.
        store: keeps sessions between connections.
        observer: is told what happens.
        policy: bounds and timeouts.
        wall_clock: returns Unix seconds, for times shown to people only.
        jitter: returns a number from 0 to 1 that spreads restarts over time.
        new_token: returns a resume token that nobody can guess.
        tenure: returns how long this process may serve a session that begins now.
        tally: counts what happens.
        debug: each session writes a line for each of its events.
        spending: counts what is spent.
        price: what the model costs, if that is known.
        refused: is told the cause of each refusal.
    """

    connector: GeminiConnector
    store: SessionStore
    observer: Observer
    policy: SessionPolicy
    wall_clock: Callable[[], float] = time.time
    jitter: Callable[[], float] = random.random
    new_token: Callable[[], str] = lambda: secrets.token_urlsafe(_TOKEN_BYTES)
    tenure: Callable[[], Tenure] = lambda: FOR_GOOD
    tally: Tally = field(default_factory=Tally)
    debug: bool = False
    spending: Spending = field(default_factory=SpendingNowhere)
    price: Price | None = None
    refused: Callable[[str], None] = lambda _: None


class SessionSupervisor:
    """One connection's session, from accepted to closed."""

    # There are more of them than instances share the names of: each would have a dict of its own.
    __slots__ = (
        "__weakref__",
        "_active_at",
        "_at_once",
        "_audio_pump",
        "_began_at",
        "_bug",
        "_checking",
        "_client_reader",
        "_client_writer",
        "_clock",
        "_farewell",
        "_gemini_reader",
        "_group",
        "_hanging_up",
        "_idle",
        "_inbox",
        "_keeper",
        "_left_with",
        "_lifetime",
        "_link_tasks",
        "_meter",
        "_new_token",
        "_observer",
        "_older",
        "_outbox",
        "_permit",
        "_price",
        "_refused",
        "_reports",
        "_rest",
        "_session",
        "_slot",
        "_socket",
        "_spender",
        "_tally",
        "_tenure",
        "_timer",
        "_uplink",
        "_uplink_orders",
        "_user_id",
        "_wakes_at",
        "_wall_clock",
        "_witnesses",
    )

    def __init__(  # noqa: PLR0913, PLR0915 - by keyword, and it puts all its parts together
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
        restarts = Restarts(policy.restart, surroundings.jitter)
        self._user_id = user_id
        self._tenure = tenure = surroundings.tenure()
        self._new_token = surroundings.new_token
        self._older: tuple[Signal, ...] = ()
        self._clock = asyncio.get_running_loop().time
        self._socket = socket
        self._permit = permit
        self._checking: asyncio.Task[None] | None = None
        """Checks a newer token."""
        self._observer = surroundings.observer
        self._wall_clock = surroundings.wall_clock
        self._session = Session(
            session_id=session_id,
            policy=policy,
            restarts=restarts,
            outlives=dialect.outlives,
            connected_at=self._clock(),
            spread=surroundings.jitter(),
            price=surroundings.price,
        )
        self._price = surroundings.price
        self._refused = surroundings.refused
        self._lifetime = Lifetime(idle_s=policy.idle_s, age_s=policy.age_s, now=self._clock())
        self._inbox: Mailbox[Event] = Mailbox(policy.inbox_messages)
        self._uplink = UplinkMailbox(
            policy.uplink_ms, policy.stall_s, merge_up_to_ms=policy.merge_up_to_ms
        )
        self._spender = Spender(surroundings.spending, user_id, self._uplink)
        self._outbox = Outbox(policy.outbox_bytes, dialect.encode)
        self._uplink_orders = UplinkOrders(self._uplink, surroundings.connector)
        self._tally = surroundings.tally
        self._meter = Meter(
            self._tally, session=self._session, uplink=self._uplink, outbox=self._outbox
        )
        self._witnesses = witnesses
        self._slot = LinkSlot()
        self._client_writer = ClientWriter(
            socket,
            self._outbox,
            self._inbox,
            timeout_s=policy.client_send_timeout_s,
            tenure=tenure,
        )
        self._gemini_reader = GeminiReader(surroundings.connector, self._slot, self._inbox)
        self._audio_pump = AudioPump(
            self._uplink,
            self._slot,
            self._inbox,
            speed=policy.drain_speed,
            merge_up_to_ms=policy.merge_up_to_ms,
            tenure=tenure,
            delays=self._tally.uplink_delay,
        )
        self._client_reader = ClientReader(
            socket,
            self._uplink,
            self._inbox,
            grammar=dialect,
            send_at_once=self._audio_pump.send_at_once,
            rates=policy.rates,
        )
        self._group: asyncio.TaskGroup
        self._idle = False
        """It waits for an event."""
        self._at_once = False
        """It deals with events within the task that brings them."""
        self._reports: list[Event] = []
        """What is to be dealt with next of all, and at once as well."""
        self._rest: list[Command] = []
        """Commands of the event that was dealt with at once last that take waiting."""
        self._bug: Exception | None = None
        """Came up where it could be raised to nobody."""
        self._timer: asyncio.TimerHandle | None = None
        self._wakes_at = math.inf
        self._link_tasks: dict[asyncio.Task[None], Signal] = {}
        """With what is set when each is over."""
        self._farewell: CloseClient | None = None
        self._hanging_up: asyncio.Task[None] | None = None
        self._left_with: int | None = None
        """The code that the phone's socket was gone with, if it went by itself."""
        self._began_at = self._clock()
        self._active_at = self._wall_clock()
        self._keeper = Keeper(
            surroundings.store,
            self._observer,
            Owner(user_id=user_id, created_at=self._active_at),
            session=self._session,
            uplink=self._uplink,
            tenure=tenure,
        )
        if surroundings.debug:
            self.debug(on=True)

    async def run(self) -> None:
        """Serve the phone until its session is closed, then close its socket.

        An error that is our bug closes the socket with 1011 and is reported, not raised. Being
        cancelled closes it with 1012. So does a session that is no longer this process's, and then
        nothing else is sent or written.
        """
        self._tally.sessions.add(self)
        try:
            await self._run_tasks()
        except Exception as exc:  # noqa: BLE001 - the session's outermost boundary
            self._observer.fail("session_broke", exc)
            await self._close_socket(CloseClient(CloseCode.INTERNAL_ERROR, "internal error"))
        except asyncio.CancelledError:
            await self._close_socket(CloseClient(CloseCode.SERVICE_RESTART, "this server restarts"))
            raise
        finally:
            # The socket and its taker know each other: so they, and the speech that they lead to,
            # are freed at once and not by the collector.
            self._socket.offer_to(None)
            self._stop_timer()
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
            self._group = group
            try:
                await self._serve()
            finally:
                # It leads back here, and only the collector would find that.
                del self._group
            # Now, because the phone may take its time, and the user's newer connection waits.
            await self._keeper.let_go()
            if self._farewell is not None:
                if self._farewell.code in _REFUSING:
                    self._refused(_REFUSING[self._farewell.code])
                await self._say_farewell()
            self._close_link()
            for task in (*tasks, self._hanging_up, self._checking):
                if task is not None:
                    task.cancel()
            # Now, because Gemini may take seconds to close the link, and the group waits for that.
            await self._close_socket(self._farewell or CloseClient(CloseCode.NORMAL, ""))

    async def _serve(self) -> None:
        try:
            while not self._session.closed:
                await self._keeper.tidy()
                event = await self._next_event()
                if not self._tenure.held:
                    break
                await self._serve_one(event)
        except Fenced:
            self._leave_to_its_owner()
        if not self._tenure.held:
            self._outbox.abandon()
            self._farewell = CloseClient(CloseCode.SERVICE_RESTART, "this instance lost its lease")

    async def _serve_one(self, event: Event) -> None:
        if self._bug is not None:
            raise self._bug
        rest, self._rest = self._rest, []
        await self._obey_all(rest)
        if self._session.nameless and isinstance(event, StartRequested | SpeechArrived | TextTyped):
            await self._begin(event)
            if self._session.nameless:
                return
        await self._obey_all(self._handle(event))
        self._uplink.gate = self._session.gate

    def _leave_to_its_owner(self) -> None:
        """The session is another instance's: tell nobody anything more of it, and store nothing."""
        self._observer.warn("session_fenced")
        # What it commands at its end would be about a session that is no longer this one's.
        self._session.handle(Replaced(), now=self._clock(), unix=self._wall_clock())
        self._uplink.gate = self._session.gate
        self._farewell = CloseClient(CloseCode.REPLACED, "connected elsewhere")

    def _handle(self, event: Event) -> list[Command]:
        now, unix = self._clock(), self._wall_clock()
        if not isinstance(event, _UNTOUCHED):
            self._active_at = unix
            self._note_phone(event, now)
        commands = self._session.handle(event, now=now, unix=unix)
        for witness in self._witnesses:
            witness.saw(event, commands, self._session)
        return commands

    def _note_phone(self, event: Event, now: float) -> None:
        if isinstance(event, _ASKS):
            self._lifetime.active_at = now
        elif isinstance(event, ClientErred):
            self._refused(event.code)
        elif isinstance(event, ClientLeft):
            self._left_with = event.code
            self._outbox.abandon()

    def _handle_now(self, events: Sequence[Event]) -> int:
        """Deal with events within the task that brings them; return how many have not to wait.

        That is the way of nearly all that Gemini says: a product is on the phone's socket before
        any other task has run. An event has to wait while another one does, or is dealt with.
        """
        if not self._idle or self._inbox.waiting or not self._tenure.held:
            return 0
        self._idle, self._at_once = False, True
        handled = 0
        while handled < len(events) and self._goes_on_at_once:
            self._reports.append(events[handled])
            handled += 1
            while self._reports and self._goes_on_at_once:
                self._rest = self._obey_now(self._handle(self._reports.pop(0)))
        self._client_writer.flush()
        self._idle, self._at_once = True, False
        self._uplink.gate = self._session.gate
        if self._rest or self._session.closed or self._keeper.untidy:
            # Wakes `_serve`, which goes on from here; nothing else is dealt with before.
            self._inbox.put_first(*self._reports, DeadlinePassed())
            self._reports.clear()
        self._set_timer()
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

    async def _begin(self, event: StartRequested | SpeechArrived | TextTyped) -> None:
        """Give the session an identity: a new one, or that of the one the phone comes back to."""
        request = event if isinstance(event, StartRequested) else StartRequested(None)
        token = self._new_token()
        try:
            found = await self._keeper.find(request.resume, token, self._older)
        except StoreUnavailable as exc:
            self._observer.warn("store_unavailable", problem=str(exc))
            unix = self._wall_clock()
            failed = self._session.handle(StoreFailed(), now=self._clock(), unix=unix)
            await self._obey_all(failed)
            return
        if found is None:
            commands = self._session.begin(request, token=token)
        else:
            commands = self._session.begin(
                request, token=token, stored=found.session, steps=found.steps
            )
            self._uplink.go_on(
                found.session.uplink,
                audio_ms=found.session.audio_ms,
                resuming=bool(found.session.handles),
            )
            self._meter.go_on_from_here()
            self._spender.go_on_from_here()
            ago_s = max(0.0, self._wall_clock() - found.session.created_at)
            self._lifetime.began(ago_s, self._clock())
            self._observer.rename(self._session.session_id)
        await self._obey_all(commands)

    async def _next_event(self) -> Event:
        self._set_timer()
        self._idle = True
        try:
            return await self._inbox.get()
        finally:
            self._idle = False

    def _set_timer(self) -> None:
        """See to it that the session is woken when it wants to be; too early does no harm."""
        deadline = self._session.deadline
        over_at = self._lifetime.deadline
        if deadline is None or over_at < deadline:
            deadline = over_at
        if deadline < self._wakes_at:
            self._stop_timer()
            self._wakes_at = deadline
            self._timer = asyncio.get_running_loop().call_at(deadline, self._wake)

    def _wake(self) -> None:
        self._stop_timer()
        deadline, now = self._session.deadline, self._clock()
        if over := self._lifetime.passed(now, self._uplink.sent.last_sent_at):
            self._inbox.put_now(LimitPassed(over))
        elif deadline is not None and deadline <= now:
            self._inbox.put_now(DeadlinePassed())
        else:
            self._set_timer()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer, self._wakes_at = None, math.inf

    async def _say_farewell(self) -> None:
        try:
            async with asyncio.timeout(_FAREWELL_S):
                await self._outbox.wait_drained()
        except TimeoutError:
            self._observer.warn("messages_not_taken", waiting=self._outbox.view().depth)

    async def _hang_up(self, order: HangUp) -> None:
        # The next connection would wait for that anyway; so, when the phone answers, nothing is
        # left to be waited for but the store.
        await self._links_closed()
        await self._say_farewell()
        await self._socket.hang_up(order.code, order.reason)

    async def _close_socket(self, farewell: CloseClient) -> None:
        self._client_writer.flush()
        try:
            async with asyncio.timeout(_FAREWELL_S):
                await self._socket.close(farewell.code, farewell.reason)
        except TimeoutError:
            self._observer.warn("close_not_taken", code=farewell.code)

    async def _obey_all(self, commands: list[Command]) -> None:
        for command in commands:
            if not self._tenure.held:
                return
            if not isinstance(command, Keep | Save | SettleToken | Park | Drop):
                self._obey(command)
            elif not self._keeper.obey_now(command):
                self._client_writer.flush()
                if isinstance(command, Park):
                    await self._links_closed()
                await self._keeper.obey(command)
        self._client_writer.flush()

    def _obey_now(self, commands: list[Command]) -> list[Command]:
        """Obey up to the first command that takes waiting; return that one and what follows it."""
        for at, command in enumerate(commands):
            if not isinstance(command, Keep | Save | SettleToken | Park | Drop):
                self._obey(command)
            elif not self._keeper.obey_now(command):
                return commands[at:]
        return []

    async def _links_closed(self) -> None:
        """Wait until Gemini's side is closed too: it refuses to resume a session that is open."""
        if self._link_tasks:
            await asyncio.wait(self._link_tasks, timeout=_LINK_CLOSED_S)

    def _obey(self, command: Immediate) -> None:
        match command:
            case OpenLink():
                older = tuple(self._link_tasks.values())
                task = self._group.create_task(
                    self._gemini_reader.run(command, older, self._handle_now), name="gemini-reader"
                )
                task.add_done_callback(self._link_over)
                self._link_tasks[task] = Signal()
            case CloseLink():
                self._close_link()
            case Tell(message):
                self._client_writer.tell(message)
            case HangUp() | Renew():
                self._see_to(command)
            case CloseClient():
                self._farewell = command
            case Spend(bill):
                self._spender.spend(bill, self._tell_spending)
            case Note():
                self._note(command)
            case other:
                self._order_uplink(other)

    def _see_to(self, command: HangUp | Renew) -> None:
        """Obey what takes a task of its own."""
        if isinstance(command, HangUp):
            self._client_writer.flush()
            self._hanging_up = self._group.create_task(self._hang_up(command), name="hang-up")
        else:
            self._checking = self._group.create_task(self._renew(command), name="token-check")

    def _order_uplink(self, order: UplinkCommand) -> None:
        report = self._uplink_orders.obey(order)
        if report is not None:
            self._report(report)

    def _note(self, note: Note) -> None:
        # The phone first: a line takes as long as a message.
        self._client_writer.flush()
        write = self._observer.warn if note.trouble else self._observer.note
        write(note.event, **note.facts)
        for witness in self._witnesses:
            witness.noted(note.event, note.facts)

    def _link_over(self, task: asyncio.Task[None]) -> None:
        self._link_tasks.pop(task).set()

    async def _renew(self, order: Renew) -> None:
        ref = order.ref
        try:
            await self._permit.renew(order.token)
        except NotAdmitted as exc:
            told = TokenRefused(exc.reason, exc.problem, forbidden=exc.forbidden, ref=ref)
        except CannotCheck as exc:
            told = TokenRefused("cannot_check", str(exc), "cannot_authenticate", ref=ref)
        else:
            self._inbox.put_now(TokenTaken(ref))
            return
        self._inbox.put_now(told)

    def _report(self, event: Event) -> None:
        """Tell the session of what it wanted to know: next of all, or as soon as may be."""
        if isinstance(event, SpeechAnswered):
            self._meter.answered(event)
        if self._at_once:
            self._reports.append(event)
        elif isinstance(event, TextAnswered):
            # Gemini's next call would otherwise be taken for one about this sentence.
            self._inbox.put_first(event)
        else:
            self._inbox.put_now(event)

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

    def _tell_spending(self, told: SpendingTold) -> None:
        """Deliver it, unless the session is over: the counters may be away for hours."""
        if not self._session.closed:
            self._inbox.put_now(told)

    def debug(self, *, on: bool) -> None:
        """Write a line for each event from now on, or no more."""
        others = tuple(each for each in self._witnesses if not isinstance(each, DebugLines))
        lines = (DebugLines(self._observer, self._user_id),) if on else ()
        self._witnesses = (*others, *lines)

    # The session as it is counted.

    def settle(self) -> None:
        """Add to the tally what is not in it yet."""
        self._meter.settle(self._audio_pump)

    def gauges(self) -> Gauges:
        """Return how it is."""
        return Gauges(
            state=self._session.state_name,
            uplink=self._uplink.view(),
            inbox=self._inbox.view(),
            outbox=self._outbox.view(),
        )

    def outcome(self) -> dict[str, Fact]:
        """Return how it ended and what it has come to, for one line in the log."""
        code = self._left_with if self._farewell is None else int(self._farewell.code)
        duration_s = round(self._clock() - self._began_at, 3)
        ended: dict[str, Fact] = {"code": code, "duration_s": duration_s}
        return ended | self._meter.outcome(self._audio_pump) | {"cost": self._cost}

    @property
    def _cost(self) -> float | None:
        """Dollars, `None` if it is not known what the model costs."""
        return None if self._price is None else self._session.bill.nanos / NANOS

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
            session_id=self._session.session_id,
            state=self._session.state_name,
            created_at=_iso(self._keeper.owner.created_at),
            last_activity=_iso(self._last_activity()),
        )

    def detail(self) -> SessionDetail:
        """Return the session in depth."""
        session = self._session
        opened_at = session.opened_at
        now = self._clock()
        return SessionDetail(
            user_id=self._user_id,
            session_id=self._session.session_id,
            state=session.state_name,
            created_at=_iso(self._keeper.owner.created_at),
            last_activity=_iso(self._last_activity()),
            language=session.language,
            link_age_s=None if opened_at is None else round(now - opened_at, 3),
            links_opened=session.links_opened,
            restarts=session.restarts,
            last_error=session.last_error,
            audio_s=self._uplink.audio_ms / 1000,
            products=session.conversation.ledger.products,
            prompt_tokens=session.conversation.usage.prompt_tokens,
            response_tokens=session.conversation.usage.response_tokens,
            usage=session.conversation.usage.view(),
            cost=self._cost,
            uplink=self._uplink.view(),
            inbox=self._inbox.view(),
            outbox=self._outbox.view(),
        )


def _iso(unix: float) -> str:
    return datetime.fromtimestamp(unix, UTC).isoformat(timespec="milliseconds")
