"""A session's commands, obeyed: by the phone's writer, the links, the uplink and the store."""

from __future__ import annotations

import asyncio

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
from actors.farewell import Farewell
from actors.gemini_reader import HandleNow
from actors.keeper import Keeper
from actors.links import Links
from actors.log_lines import LogLines
from actors.mailbox import Mailbox
from actors.meter import Meter
from actors.ports import Observer, Permit, Tenure
from actors.renewal import renewed
from actors.session import Session
from actors.spender import Spender
from actors.uplink_orders import UplinkCommand, UplinkOrders
from actors.witness import Witnesses
from schemas.messages import Event, SpeechAnswered, SpendingTold, TextAnswered


class Orders:
    """Obeys one session's commands in their order, and reports what it wants to know in return.

    Attributes:
        at_once: the session is dealing with an event within the task that brought it.
        reports: what it is to be told next of all, and at once as well.
    """

    __slots__ = (
        "_checking",
        "_clock",
        "_farewell",
        "_group",
        "_handle_now",
        "_hanging_up",
        "_inbox",
        "_keeper",
        "_lines",
        "_links",
        "_meter",
        "_observer",
        "_permit",
        "_session",
        "_spender",
        "_tenure",
        "_uplink_orders",
        "_witnesses",
        "_writer",
        "at_once",
        "reports",
    )

    def __init__(  # noqa: PLR0913 - whoever does what is commanded, all by keyword
        self,
        *,
        session: Session,
        inbox: Mailbox[Event],
        writer: ClientWriter,
        farewell: Farewell,
        links: Links,
        uplink_orders: UplinkOrders,
        keeper: Keeper,
        permit: Permit,
        spender: Spender,
        meter: Meter,
        observer: Observer,
        witnesses: Witnesses,
        tenure: Tenure,
    ) -> None:
        self._clock = asyncio.get_running_loop().time
        self._lines = LogLines()
        self._session = session
        self._inbox = inbox
        self._writer = writer
        self._farewell = farewell
        self._links = links
        self._uplink_orders = uplink_orders
        self._keeper = keeper
        self._permit = permit
        self._spender = spender
        self._meter = meter
        self._observer = observer
        self._witnesses = witnesses
        self._tenure = tenure
        self._group: asyncio.TaskGroup
        self._handle_now: HandleNow
        self._hanging_up: asyncio.Task[None] | None = None
        self._checking: asyncio.Task[None] | None = None
        """Checks a newer token."""
        self.at_once = False
        self.reports: list[Event] = []

    def begin(self, group: asyncio.TaskGroup, handle_now: HandleNow) -> None:
        """Let what takes a task of its own be one of the group; links' events are handled so."""
        self._group, self._handle_now = group, handle_now

    def end(self) -> None:
        """Obey nothing more."""
        # They lead back to the supervisor, and only the collector would find that.
        del self._group, self._handle_now

    @property
    def errands(self) -> list[asyncio.Task[None]]:
        """The tasks that were begun beside links; some may be over."""
        return [task for task in (self._hanging_up, self._checking) if task is not None]

    async def obey(self, commands: list[Command]) -> None:
        """Obey them all, unless the session is no longer this process's.

        Raises:
            Fenced: the session is another instance's, and nothing more is to be done about it.
        """
        for command in commands:
            if not self._tenure.held:
                return
            if not isinstance(command, Keep | Save | SettleToken | Park | Drop):
                self._obey(command)
            elif not self._keeper.obey_now(command):
                self._writer.flush()
                if isinstance(command, Park):
                    await self._links.closed()
                await self._keeper.obey(command)
        self._writer.flush()

    def obey_now(self, commands: list[Command]) -> list[Command]:
        """Obey up to the first command that takes waiting; return that one and what follows it."""
        for at, command in enumerate(commands):
            if not isinstance(command, Keep | Save | SettleToken | Park | Drop):
                self._obey(command)
            elif not self._keeper.obey_now(command):
                return commands[at:]
        return []

    def _obey(self, command: Immediate) -> None:
        match command:
            case OpenLink():
                self._links.open(command, self._group, self._handle_now)
            case CloseLink():
                self._links.close()
            case Tell(message):
                self._writer.tell(message)
            case HangUp() | Renew():
                self._see_to(command)
            case CloseClient():
                self._farewell.order = command
            case Spend(bill):
                self._spender.spend(bill, self._tell_spending)
            case Note():
                self._note(command)
            case other:
                self._order_uplink(other)

    def _see_to(self, command: HangUp | Renew) -> None:
        """Obey what takes a task of its own."""
        if isinstance(command, HangUp):
            self._writer.flush()
            self._hanging_up = self._group.create_task(self._hang_up(command), name="hang-up")
        else:
            self._checking = self._group.create_task(self._renew(command), name="token-check")

    async def _hang_up(self, order: HangUp) -> None:
        # The next connection would wait for that anyway; so, when the phone answers, nothing is
        # left to be waited for but the store.
        await self._links.closed()
        await self._farewell.hang_up(order)

    async def _renew(self, order: Renew) -> None:
        self._inbox.put_now(await renewed(self._permit, order))

    def _note(self, note: Note) -> None:
        # The phone first: a line takes as long as a message.
        self._writer.flush()
        untold = self._lines.due(self._clock())
        if untold is None:
            self._observer.count(note.event, note.trouble, **note.facts)
        else:
            write = self._observer.warn if note.trouble else self._observer.note
            facts = {**note.facts, "untold": untold} if untold else note.facts
            write(note.event, **facts)
        for witness in self._witnesses.present:
            witness.noted(note.event, note.facts)

    def _order_uplink(self, order: UplinkCommand) -> None:
        report = self._uplink_orders.obey(order)
        if report is not None:
            self._report(report)

    def _report(self, event: Event) -> None:
        """Tell the session of what it wanted to know: next of all, or as soon as may be."""
        if isinstance(event, SpeechAnswered):
            self._meter.answered(event)
        if self.at_once:
            self.reports.append(event)
        elif isinstance(event, TextAnswered):
            # Gemini's next call would otherwise be taken for one about this sentence.
            self._inbox.put_first(event)
        else:
            self._inbox.put_now(event)

    def _tell_spending(self, told: SpendingTold) -> None:
        """Deliver it, unless the session is over: the counters may be away for hours."""
        if not self._session.closed:
            self._inbox.put_now(told)
