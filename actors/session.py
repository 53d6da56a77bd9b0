"""A session's state machine: events in, commands out. Never awaits, logs or reads a clock.

::

    IDLE ──start──► CONNECTING ──opened──► LISTENING ◄──opened── RECONNECTING
                        │                   │  │   └──link lost──────▲ │
                        │                  stop └──refused──┐           │
                        ├──stop──► STOPPED ◄────────────────│──stop────┤
                        └──refused──► REFUSED ◄─────────────┴──refused─┘
    LISTENING, … ──its connection is left──► LEAVING ──the phone's close frame──► CLOSED
    any ──the phone left, was replaced, kept breaking the protocol, …──► CLOSED

While it is CONNECTING, LISTENING or RECONNECTING it may be *ending*: what was said is still
finished, then it is STOPPED (the phone asked) or CLOSED (this instance is going away, or the phone
has gone). A start that is asked for while it is stopping is carried out afterwards.

When this instance is going away, or the phone's connection has grown old, the session listens on
until a quiet moment (`actors.leaving`). One that can be resumed is then LEAVING: its link is
closed, the phone's socket closes, and what the phone says until it sees that is parked with the
rest. Any other is CLOSED, and is ending before that if the moment does not come.

A session that outlives its connection (protocol v2) is parked when it is CLOSED, unless nobody may
resume it. Where its phone has gone without a word, it goes on for a moment as if nothing had
happened, because the phone may be back in mid-sentence; then it finishes what was said.

Whichever state it runs in, a link may be *left* for a new one before Gemini ends it (rotation):
the phone is told nothing of that unless the new one is not granted.

Invariants, whatever comes in whatever order:

* Links are numbered from 1; what an older one has still to say changes nothing, and there is
  never more than one that is open or being opened.
* No link is opened unless the phone asked for one or spoke, and none is kept while the session is
  idle, stopped, refused or closed.
* Nothing follows `CloseClient`, and it comes once.
* Every function call gets one answer a link and has one effect in all; an event comes once, and its
  number is the next one.
* What changes the list is stored before Gemini is answered and before the phone is told.
* A session that outlives its connection is parked or dropped once, when its link is closed, before
  its phone's socket is; where that is hung up (LEAVING), when the phone has seen it.
* When a link ends or is left, what was sent and not acted on is rewound before the next is opened.
* A resumption handle is offered only in the session that it was given in, and never after that
  session was found to be at fault.
* The phone hears of a status when it changes, or when it asks to start or stop, and of none after
  `draining`.
* What the session waits for always ends: there is a deadline while it is ending, while it has no
  link, and while it has one.

What follows from an event is decided in a module for each duty, which knows only those before it:
`closing`, `accounting`, `conduct`, `starting`, `stopping`, `departure`, `link_life`. They share the
session's `standing`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, assert_never

from actors.accounting import Accounting
from actors.budget import Price
from actors.closing import Closing
from actors.commands import Command, Note, Tell
from actors.conduct import Conduct
from actors.conversation import Conversation
from actors.departure import Departure
from actors.finishing import Ending
from actors.gate import Gate
from actors.lasting import Owner
from actors.link_life import LinkLife
from actors.policy import SessionPolicy
from actors.restart import Restarts
from actors.sending import NOTHING_NEW, Sending
from actors.standing import Standing
from actors.starting import Starting
from actors.states import State
from actors.stopping import Stopping
from actors.unheard import NOTHING_UNHEARD, Unheard
from schemas.admin import SessionStateName
from schemas.bill import Bill
from schemas.close_codes import CloseCode
from schemas.messages import (
    AccessExpired,
    Acknowledged,
    ClientErred,
    ClientLeft,
    ClientStalled,
    ClientTrouble,
    DeadlinePassed,
    Draining,
    EndedByAdmin,
    Event,
    GeminiSaid,
    LimitPassed,
    LinkEnded,
    LinkOpened,
    ListRequested,
    Order,
    PingReceived,
    Progress,
    Replaced,
    SpeechAnswered,
    SpeechArrived,
    SpeechLost,
    SpeechReport,
    SpeechRewound,
    SpendingTold,
    StartRequested,
    StopRequested,
    StoreFailed,
    StoreReturned,
    TextAnswered,
    TextTyped,
    TokenChecked,
    TokenOffered,
    TokenRefused,
    TokenTaken,
)
from schemas.server import Pong, Received
from schemas.shopping_list import Step
from schemas.stored import StoredSession

_CLOSINGS: Final[dict[type[Order], tuple[CloseCode, str]]] = {
    Replaced: (CloseCode.REPLACED, "connected elsewhere"),
    EndedByAdmin: (CloseCode.ENDED_BY_ADMIN, "ended by an admin"),
    AccessExpired: (CloseCode.NOT_AUTHENTICATED, "the token has expired"),
    StoreFailed: (CloseCode.TRY_AGAIN_LATER, "sessions cannot be resumed just now"),
}
"""Orders that close the phone's socket."""


class Session:
    """One phone's session: has whoever an event concerns say what it leads to.

    `handle` takes an event and the time, and returns what is to be done, in order. Between
    events, `deadline` says when it wants a `DeadlinePassed` (monotonic seconds), `gate` what
    happens to speech.
    """

    __slots__ = (
        "_accounting",
        "_closing",
        "_conduct",
        "_departure",
        "_link_life",
        "_restarts",
        "_standing",
        "_starting",
        "_stopping",
    )

    def __init__(  # noqa: PLR0913 - all by keyword
        self,
        *,
        session_id: str,
        policy: SessionPolicy,
        restarts: Restarts,
        outlives: bool = False,
        connected_at: float = 0.0,
        spread: float = 1.0,
        price: Price | None = None,
        sending: Sending = NOTHING_NEW,
    ) -> None:
        """Begin a session.

        Args:
            session_id: what it is called, unless it goes on with another one.
            policy: bounds and timeouts.
            restarts: when lost links are opened again.
            outlives: it outlives its connection, and its phone knows what to do with that.
            connected_at: when its phone connected, in monotonic seconds.
            spread: from 0 to 1; phones that connected together are not sent away together.
            price: what the model costs; without it tokens are counted, and no money.
            sending: what its links are sent.
        """
        standing = Standing(
            session_id,
            policy,
            restarts,
            outlives=outlives,
            connected_at=connected_at,
            spread=spread,
            price=price,
            sending=sending,
        )
        self._standing = standing
        self._restarts = restarts
        self._closing = closing = Closing(standing)
        self._accounting = accounting = Accounting(standing, closing)
        self._conduct = Conduct(standing, closing)
        self._starting = starting = Starting(standing, accounting)
        self._stopping = stopping = Stopping(standing, closing, starting)
        self._departure = departure = Departure(standing, closing, stopping)
        self._link_life = LinkLife(standing, accounting, stopping, departure)

    # What others may look at.

    @property
    def state_name(self) -> SessionStateName:
        """The state as admins see it."""
        return self._standing.shown

    @property
    def closed(self) -> bool:
        """Nothing will happen any more."""
        return self._standing.state is State.CLOSED

    @property
    def language(self) -> str:
        """BCP 47 tag of what is spoken."""
        return self._standing.language

    @property
    def last_error(self) -> str | None:
        """What went wrong last with a link."""
        return self._standing.last_error

    @property
    def link_error(self) -> str | None:
        """Of what kind it was, if no link was opened since."""
        return self._standing.link_error

    @property
    def restarts(self) -> int:
        """Links that were lost or not granted."""
        return self._restarts.total

    @property
    def conversation(self) -> Conversation:
        """What was said and carried out so far."""
        return self._standing.conversation

    @property
    def bill(self) -> Bill:
        """What it has come to so far, over all its connections."""
        return self._standing.bill

    @property
    def links_opened(self) -> int:
        """Links that were granted."""
        return self._standing.linking.opened

    @property
    def opened_at(self) -> float | None:
        """When the current link opened, in monotonic seconds."""
        return self._standing.linking.opened_at

    @property
    def deadline(self) -> float | None:
        """When the session wants to be woken, in monotonic seconds."""
        return self._standing.deadline

    @property
    def gate(self) -> Gate:
        """What happens to speech that arrives now."""
        return self._standing.gate

    # What outlives the connection, for phones that know what to do with that.

    @property
    def nameless(self) -> bool:
        """Whether it is to be given a token, or the session that it goes on with, to start."""
        return self._standing.lasting.nameless

    @property
    def session_id(self) -> str:
        """What it is called; another one's name, if it goes on with that."""
        return self._standing.lasting.session_id

    def begin(
        self,
        request: StartRequested,
        *,
        token: str,
        stored: StoredSession | None = None,
        steps: Sequence[Step] = (),
    ) -> list[Command]:
        """Begin a list, or go on with a stored session; to be followed by what asked for it.

        Args:
            request: what the phone asks for.
            token: what resumes the session from now on.
            stored: the session to go on with.
            steps: what happened to its list since it was stored.

        Returns:
            The commands; an error of the phone's if there is still no session.
        """
        if stored is None:
            return self._starting.begin(request, token)
        self._starting.go_on_with(stored, steps, token)
        return []

    def stored(
        self, *, owner: Owner, audio_ms: int, unheard: Unheard = NOTHING_UNHEARD
    ) -> StoredSession:
        """Return what the next connection goes on with.

        Args:
            owner: whose it is.
            audio_ms: how much was spoken in all.
            unheard: what Gemini has not acted on.
        """
        return self._standing.stored(owner=owner, audio_ms=audio_ms, unheard=unheard)

    # Events.

    def handle(self, event: Event, *, now: float, unix: float) -> list[Command]:
        """Return what `event` leads to.

        Args:
            event: what happened.
            now: monotonic seconds.
            unix: wall-clock seconds, for timestamps shown to people.
        """
        if self._standing.state is State.CLOSED:
            return []
        match event:
            # First, for it is nearly all that comes.
            case LinkOpened() | GeminiSaid() | LinkEnded():
                commands = self._link_life.handle(event, now=now, unix=unix)
            case (
                StartRequested()
                | SpeechArrived()
                | StopRequested()
                | PingReceived()
                | TokenOffered()
                | TokenTaken()
                | TokenRefused()
            ):
                commands = self._on_request(event, now)
            case TextTyped() | ListRequested() | Acknowledged():
                commands = self._on_list_request(event, now=now, unix=unix)
            case SpeechLost() | ClientErred() | ClientLeft() | ClientStalled() | LimitPassed():
                commands = self._on_trouble(event, now)
            case (
                SpeechReport()
                | SpeechAnswered()
                | TextAnswered()
                | SpeechRewound()
                | DeadlinePassed()
            ):
                commands = self._on_progress(event, now)
            case (
                Replaced()
                | EndedByAdmin()
                | AccessExpired()
                | Draining()
                | StoreFailed()
                | StoreReturned()
                | SpendingTold()
            ):
                commands = self._on_order(event, now)
            case other:
                assert_never(other)
        return commands

    def _on_request(
        self,
        event: StartRequested
        | SpeechArrived
        | StopRequested
        | PingReceived
        | TokenOffered
        | TokenChecked,
        now: float,
    ) -> list[Command]:
        match event:
            case StartRequested():
                return self._starting.requested(event, now)
            case SpeechArrived():
                return self._starting.speech_arrived(now)
            case StopRequested():
                return self._stopping.stop(Ending.TO_STOP, now)
            case PingReceived():
                return [Tell(Pong())]
            case TokenOffered() | TokenTaken() | TokenRefused():
                return self._conduct.on_token(event, now)
            case other:
                assert_never(other)

    def _on_list_request(
        self, event: TextTyped | ListRequested | Acknowledged, *, now: float, unix: float
    ) -> list[Command]:
        standing = self._standing
        match event:
            case TextTyped():
                return self._starting.typed(event, now)
            case ListRequested(request):
                locale, linked = standing.locale, standing.linked
                return standing.lasting.by_hand(request, locale, unix=unix, linked=linked)
            case Acknowledged(seq):
                return standing.lasting.acknowledged(seq)
            case other:
                assert_never(other)

    def _on_trouble(self, event: ClientTrouble, now: float) -> list[Command]:
        match event:
            case SpeechLost(ms):
                return self._stopping.speech_lost(ms)
            case ClientErred():
                return self._conduct.erred(event, now)
            case ClientLeft(code):
                return [Note("client_left", {"code": code}), *self._stopping.phone_left(now)]
            case ClientStalled():
                return self._closing.close(CloseCode.TOO_SLOW, "messages were not taken", now)
            case LimitPassed(limit):
                return self._conduct.passed(limit, now)
            case other:
                assert_never(other)

    def _on_order(self, event: Order, now: float) -> list[Command]:
        match event:
            case Replaced() if self._standing.state is State.LEAVING:
                self._standing.leaving.hurry(now)
                return []
            case Replaced() | EndedByAdmin() | AccessExpired() | StoreFailed():
                return self._closing.close(*_CLOSINGS[type(event)], now)
            case StoreReturned():
                return self._standing.lasting.stored_anew()
            case SpendingTold():
                return self._accounting.spending_told(event, now)
            case Draining():
                return self._departure.draining(now)
            case other:
                assert_never(other)

    def _on_progress(self, event: Progress, now: float) -> list[Command]:
        standing = self._standing
        match event:
            case SpeechReport():
                return self._on_report(event, now)
            case SpeechAnswered(after_s):
                if standing.state is State.LISTENING:
                    standing.linking.answered(after_s, now)
                return []
            case TextAnswered():
                ref = standing.conversation.typed.answered()
                return [] if ref is None else [Tell(Received(ref))]
            case SpeechRewound(since, utterances):
                standing.conversation.calls.said_again(since, utterances)
                return []
            case DeadlinePassed():
                deadline = self.deadline
                return [] if deadline is None or now < deadline else self._due(now)
            case other:
                assert_never(other)

    def _on_report(self, report: SpeechReport, now: float) -> list[Command]:
        standing = self._standing
        if standing.finishing.active:
            return self._stopping.reported(report, now)
        left = self._departure.reported(report, now)
        if left or standing.state is not State.LISTENING:
            return left
        return self._link_life.reported(report, now)

    def _due(self, now: float) -> list[Command]:
        standing = self._standing
        if standing.finishing.active:
            return self._stopping.due(now)
        left_at = standing.phone_left_at
        if left_at is not None and now >= left_at + standing.policy.phone_grace_s:
            return self._stopping.stop(Ending.TO_PARK, now)
        left = self._departure.leave(now) if standing.leaving.due(now) else []
        goes_on = standing.state.running and not standing.finishing.active
        return [*left, *self._link_life.due(now)] if goes_on else left
