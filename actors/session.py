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
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from msgspec.structs import replace

from actors.budget import Budget, Price
from actors.caps import Level, Scope
from actors.commands import (
    AskAboutSpeech,
    CloseClient,
    CloseLink,
    Command,
    EndAudio,
    ForgetSpeech,
    HangUp,
    Note,
    Renew,
    RewindSpeech,
    SendText,
    SettleAnswers,
    Spend,
    Tell,
    TellLoss,
)
from actors.conversation import Conversation
from actors.endings import Verdict, Why
from actors.finishing import Ending, Finishing
from actors.gate import Gate
from actors.lasting import NOT_STARTED, Lasting, Owner
from actors.leaving import Leaving
from actors.linking import Linking
from actors.liveness import Stall
from actors.policy import SessionPolicy
from actors.ports import Fact
from actors.restart import Restarts
from actors.states import State, StatusLine
from actors.unheard import NOTHING_UNHEARD, Unheard
from actors.window import SlidingWindow
from schemas.admin import SessionStateName
from schemas.bill import NOTHING, Bill
from schemas.close_codes import CloseCode
from schemas.errors import ErrorCode
from schemas.gemini import GeminiMessage
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
    LinkEvent,
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
from schemas.server import AudioGap, Error, Pong, Received
from schemas.shopping_list import Step
from schemas.stored import StoredSession
from shopping import Locale, locale_for

EXHAUSTED_TEXT = "Gemini cannot be reached; try again later."
_RESTARTS = (CloseCode.SERVICE_RESTART, "this server restarts")
_LEAVES_NOTHING = (CloseCode.POLICY_VIOLATION, CloseCode.ENDED_BY_ADMIN, CloseCode.TOO_OLD)
"""Why a connection is closed when nobody may resume its session."""
_CLOSINGS: dict[type[Order], tuple[CloseCode, str]] = {
    Replaced: (CloseCode.REPLACED, "connected elsewhere"),
    EndedByAdmin: (CloseCode.ENDED_BY_ADMIN, "ended by an admin"),
    AccessExpired: (CloseCode.NOT_AUTHENTICATED, "the token has expired"),
    StoreFailed: (CloseCode.TRY_AGAIN_LATER, "sessions cannot be resumed just now"),
}
"""Orders that close the phone's socket."""
_NO_VIOLATION: tuple[ErrorCode, ...] = ("too_many_texts", "cannot_authenticate")
"""Errors that are not the app's fault."""
_CODES: dict[Why, ErrorCode] = {
    Why.ACCESS: "gemini_no_access",
    Why.QUOTA: "gemini_no_room",
    Why.MODEL: "gemini_no_model",
    Why.SETUP: "gemini_bad_setup",
}
_TOO_MUCH: dict[str, str] = {
    "messages": "too many messages",
    "bytes": "too many bytes",
    "audio": "too much sound",
}
_BUDGETS: dict[Scope, str] = {
    "session": "this session may use",
    "user": "this user may use today",
    "day": "all users together may use today",
}


class Session:
    """One phone's session.

    `handle` takes an event and the time, and returns what is to be done, in order. Between
    events, `deadline` says when it wants a `DeadlinePassed` (monotonic seconds), `gate` what
    happens to speech.

    Attributes:
        language: BCP 47 tag of what is spoken.
        last_error: what went wrong last with a link.
    """

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
        """
        self._policy = policy
        self._restarts = restarts
        self._lasting = Lasting(session_id, policy, outlives=outlives)
        self._restored = False
        self._gemini_since = 0.0
        """When the newest Gemini session began, in Unix seconds."""
        self._phone_left_at: float | None = None
        self._checking = False
        """A token is being checked."""
        self._state = State.IDLE
        self._status = StatusLine()
        self.language = policy.language
        self._locale: Locale = locale_for(policy.language)
        self._linking = Linking(policy, restarts)
        self._finishing = Finishing(policy)
        self._leaving = Leaving(policy, connected_at=connected_at, spread=spread)
        self._violations = SlidingWindow(
            intensity=policy.violations, period_s=policy.violations_period_s
        )
        self.last_error: str | None = None
        self._budget = Budget(policy.budgets, price)

    @property
    def _conversation(self) -> Conversation:
        return self._lasting.conversation

    # What others may look at.

    @property
    def state_name(self) -> SessionStateName:
        """The state as admins see it."""
        if self._phone_left_at is not None and not self.closed:
            return "parking"
        ending = self._finishing.active or self._leaving.announced
        draining = ending and self._state.running
        return "draining" if draining else self._state.shown

    @property
    def closed(self) -> bool:
        """Nothing will happen any more."""
        return self._state is State.CLOSED

    @property
    def restarts(self) -> int:
        """Links that were lost or not granted."""
        return self._restarts.total

    @property
    def conversation(self) -> Conversation:
        """What was said and carried out so far."""
        return self._conversation

    @property
    def bill(self) -> Bill:
        """What it has come to so far, over all its connections."""
        return self._budget.bill(self._conversation.usage.view())

    @property
    def links_opened(self) -> int:
        """Links that were granted."""
        return self._linking.opened

    @property
    def opened_at(self) -> float | None:
        """When the current link opened, in monotonic seconds."""
        return self._linking.opened_at

    @property
    def deadline(self) -> float | None:
        """When the session wants to be woken, in monotonic seconds."""
        if self.closed:
            return None
        if self._finishing.active:
            return self._finishing.deadline
        earliest = self._leaving.deadline
        if self._state.running:
            earliest = _earlier(earliest, self._linking.deadline)
        if self._phone_left_at is None:
            return earliest
        return _earlier(earliest, self._phone_left_at + self._policy.phone_grace_s)

    @property
    def gate(self) -> Gate:
        """What happens to speech that arrives now."""
        if self._state is State.LEAVING:
            return Gate.OPEN
        if not self._state.running:
            closed = self._state in (State.REFUSED, State.CLOSED)
            return Gate.SHUT if closed else Gate.KNOCK
        # What still comes after a stop is what was on its way; after a new start it is not.
        open_ = not self._finishing.active or self._finishing.next_start is not None
        return Gate.OPEN if open_ else Gate.SHUT

    # Events.

    def handle(self, event: Event, *, now: float, unix: float) -> list[Command]:
        """Return what `event` leads to.

        Args:
            event: what happened.
            now: monotonic seconds.
            unix: wall-clock seconds, for timestamps shown to people.
        """
        if self.closed:
            return []
        match event:
            # First, for it is nearly all that comes.
            case LinkOpened() | GeminiSaid() | LinkEnded():
                commands = self._on_link(event, now=now, unix=unix)
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
                return self._start_requested(event, now)
            case SpeechArrived():
                return self._speech_arrived(now)
            case StopRequested():
                return self._stop(Ending.TO_STOP, now)
            case PingReceived():
                return [Tell(Pong())]
            case TokenOffered() | TokenTaken() | TokenRefused():
                return self._on_token(event, now)
            case other:
                assert_never(other)

    def _on_list_request(
        self, event: TextTyped | ListRequested | Acknowledged, *, now: float, unix: float
    ) -> list[Command]:
        match event:
            case TextTyped():
                return self._typed(event, now)
            case ListRequested(request):
                linked = self._state.running or self._state is State.LEAVING
                return self._lasting.by_hand(request, self._locale, unix=unix, linked=linked)
            case Acknowledged(seq):
                return self._lasting.acknowledged(seq)
            case other:
                assert_never(other)

    def _on_trouble(self, event: ClientTrouble, now: float) -> list[Command]:
        match event:
            case SpeechLost(ms):
                return self._speech_lost(ms)
            case ClientErred():
                return self._client_erred(event, now)
            case ClientLeft(code):
                return [Note("client_left", {"code": code}), *self._phone_left(now)]
            case ClientStalled():
                return self._close(CloseCode.TOO_SLOW, "messages were not taken", now)
            case LimitPassed(limit):
                return self._limit_passed(limit, now)
            case other:
                assert_never(other)

    def _on_order(self, event: Order, now: float) -> list[Command]:
        match event:
            case Replaced() if self._state is State.LEAVING:
                self._leaving.hurry(now)
                return []
            case Replaced() | EndedByAdmin() | AccessExpired() | StoreFailed():
                return self._close(*_CLOSINGS[type(event)], now)
            case StoreReturned():
                return self._lasting.stored_anew()
            case SpendingTold():
                return self._spending_told(event, now)
            case Draining():
                return self._draining(now)
            case other:
                assert_never(other)

    def _on_progress(self, event: Progress, now: float) -> list[Command]:
        match event:
            case SpeechReport():
                return self._on_report(event, now)
            case SpeechAnswered(after_s):
                if self._state is State.LISTENING:
                    self._linking.answered(after_s, now)
                return []
            case TextAnswered():
                ref = self._conversation.typed.answered()
                return [] if ref is None else [Tell(Received(ref))]
            case SpeechRewound(since, utterances):
                self._conversation.calls.said_again(since, utterances)
                return []
            case DeadlinePassed():
                deadline = self.deadline
                return [] if deadline is None or now < deadline else self._due(now)
            case other:
                assert_never(other)

    def _on_report(self, report: SpeechReport, now: float) -> list[Command]:
        if self._finishing.active:
            return self._finish(report, now)
        left = self._left_after(report, now)
        if left or self._state is not State.LISTENING:
            return left
        return self._reported(report, now)

    def _on_token(self, event: TokenOffered | TokenChecked, now: float) -> list[Command]:
        """One token is checked at a time: that may take a look at its issuer's keys."""
        if isinstance(event, TokenOffered):
            if self._checking:
                busy = ClientErred("token", "one is being checked", "not_authenticated", event.ref)
                return self._client_erred(busy, now)
            self._checking = True
            return [Renew(event.token, event.ref)]
        self._checking = False
        if isinstance(event, TokenTaken):
            return [*([Tell(Received(event.ref))] if event.ref else []), Note("token_taken", {})]
        note = Note("token_refused", {"reason": event.reason}, trouble=True)
        erred = ClientErred("token", event.problem, event.code, event.ref)
        told = self._client_erred(erred, now)
        if event.forbidden and not self.closed:
            told += self._close(CloseCode.FORBIDDEN, "another user's token", now)
        return [note, *told]

    def _on_link(self, event: LinkEvent, *, now: float, unix: float) -> list[Command]:
        if not self._linking.concerns(event.link):
            return []
        match event:
            case GeminiSaid(message=message):
                return self._gemini_said(message, now=now, unix=unix)
            case LinkOpened():
                return self._link_opened(now=now, unix=unix)
            case LinkEnded():
                return self._link_ended(event, now)
            case other:
                assert_never(other)

    # What outlives the connection, for phones that know what to do with that.

    @property
    def nameless(self) -> bool:
        """Whether it is to be given a token, or the session that it goes on with, to start."""
        return self._lasting.nameless

    @property
    def session_id(self) -> str:
        """What it is called; another one's name, if it goes on with that."""
        return self._lasting.session_id

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
            locale = locale_for(request.language or self._policy.language)
            return self._lasting.begin(request, token, locale)
        self._lasting.go_on_with(stored, steps, token)
        self.language = stored.language
        self._linking.restore(stored.handles, opened=stored.links_opened)
        self._gemini_since = stored.gemini_since
        self._restored = True
        self._budget.restore(stored.usage)
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
        return replace(
            self._lasting.stored(owner, unheard),
            language=self.language,
            handles=self._linking.handles,
            gemini_since=self._gemini_since,
            links_opened=self._linking.opened,
            audio_ms=audio_ms,
        )

    # The phone.

    def _speech_arrived(self, now: float) -> list[Command]:
        # Chunks that came before the first one was dealt with knocked as well.
        wanted = self._state in (State.IDLE, State.STOPPED) and not self._finishing.active
        return self._start(StartRequested(self.language), now) if wanted else []

    def _typed(self, event: TextTyped, now: float) -> list[Command]:
        ledger = self._conversation.ledger
        if event.ref is not None and ledger.has_dealt_with(event.ref):
            waits = event.ref in self._conversation.typed.refs
            return [] if waits else [Tell(Received(event.ref))]
        closing = self._finishing.active and self._finishing.next_start is None
        if self._lasting.token is None or closing or self._state is State.REFUSED:
            return [Tell(Error(f"text: {NOT_STARTED}", "not_started", event.ref))]
        if event.ref is not None:
            ledger.deal_with(event.ref)
        self._conversation.typed.add(event.ref)
        waits = self._state.running or self._state is State.LEAVING
        started = [] if waits else self._start(StartRequested(self.language), now)
        return [SendText(event.text), *started]

    def _phone_left(self, now: float) -> list[Command]:
        """Go on for a moment, should the phone come back, then finish what was said."""
        if not self._resumable or not self._state.running or self._leaving.announced:
            return self._end([], now)
        if self._finishing.active:
            self._finishing.begin(Ending.TO_PARK, now)
        self._phone_left_at = now
        return []

    def _start_requested(self, event: StartRequested, now: float) -> list[Command]:
        if self._leaving.announced:
            return []
        if self._finishing.active:
            self._finishing.start_afterwards(event)
            return []
        if self._state.running:
            return self._start_again(event)
        return self._start(event, now)

    def _start(self, event: StartRequested, now: float) -> list[Command]:
        restored, self._restored = self._restored, False
        self.language = event.language or (self.language if restored else self._policy.language)
        self._locale = locale_for(self.language)
        self._conversation.reply = event.reply or self._conversation.reply
        if not restored:
            self._linking.begin()
        self._state = State.CONNECTING
        introduced = self._lasting.introduce(event, self.language)
        if introduced:
            replayed = sum(isinstance(each, Tell) for each in introduced) - 1
            facts: dict[str, Fact] = {"resumed": restored, "replayed": replayed}
            introduced.append(Note("session_introduced", facts))
        if over := self._judge("session", self.bill, now):
            return [*introduced, *over]
        # Others may have spent what there was.
        asks = [Spend(NOTHING)] if self._policy.budgets.shared else []
        return [*introduced, *self._status.tell("connecting"), *asks, self._open_link(now)]

    def _start_again(self, event: StartRequested) -> list[Command]:
        problem = ""
        if event.language is not None and event.language != self.language:
            problem = f"language: the session runs in {self.language}; stop it first"
        elif event.reply is not None and event.reply != self._conversation.reply:
            problem = f"reply: the session runs with {self._conversation.reply}; stop it first"
        elif event.resume is not None:
            problem = "resume: a session runs on this connection already"
        if problem:
            return [Tell(Error(message=problem, code="already_started"))]
        return [
            *self._lasting.introduce(event, self.language),
            *self._status.repeat(self._state.status),
        ]

    def _stop(self, ending: Ending, now: float) -> list[Command]:
        if self._state is State.LEAVING:
            return []
        if not self._state.running:
            return self._ended(ending, now)
        ending = Ending.TO_LEAVE if self._leaving.announced else ending
        if not self._finishing.begin(ending, now, by=self._leaving.by):
            return []
        self._conversation.typed.end()
        # The pump reports once all has gone to Gemini; without a link nobody would.
        linked = self._state is State.LISTENING
        return [EndAudio()] if linked else [EndAudio(), AskAboutSpeech()]

    def _finish(self, report: SpeechReport, now: float) -> list[Command]:
        """Wait for what sounds like speech: it is answered in a turn."""
        finishing = self._finishing
        if finishing.out_of_time:
            # A session that is parked keeps it.
            kept = finishing.ending is Ending.TO_STOP or self._resumable
            told = [] if kept else self._speech_lost(report.unsent_ms)
            return [*told, *self._ended(finishing.ending, now)]
        if report.unheard or self._conversation.turn_open:
            finishing.gemini_is_busy()
        else:
            finishing.gemini_is_quiet(now, more_may_come=self._conversation.listens(now))
        return []

    def _due(self, now: float) -> list[Command]:
        if not self._finishing.active:
            left_at = self._phone_left_at
            if left_at is not None and now >= left_at + self._policy.phone_grace_s:
                return self._stop(Ending.TO_PARK, now)
            left = self._leave(now) if self._leaving.due(now) else []
            goes_on = self._state.running and not self._finishing.active
            return [*left, *self._link_due(now)] if goes_on else left
        # Out of time: what still waits for a link is lost, and that is told.
        over = self._finishing.due(now)
        return self._ended(self._finishing.ending, now) if over else [TellLoss(), AskAboutSpeech()]

    def _ended(self, ending: Ending, now: float) -> list[Command]:
        """Everything that was said is finished."""
        if ending is Ending.TO_LEAVE:
            return self._close(*_RESTARTS, now)
        if ending is Ending.TO_PARK:
            return self._end([], now)
        if ending is Ending.TO_GIVE_UP:
            told = Tell(Error(message=EXHAUSTED_TEXT, code="gemini_unreachable"))
            return [told, *self._close(CloseCode.TRY_AGAIN_LATER, "Gemini unreachable", now)]
        start = self._finishing.next_start
        ended: list[Command] = []
        if self._state.running:
            ended = [CloseLink(), ForgetSpeech(later_too=start is None, lost=start is None)]
            ended += self._forget_texts(later_too=start is None)
        self._finishing.over()
        self._state = State.STOPPED
        self._linking.stop(now)
        ended += [*self._conversation.stopped(), *self._status.repeat("stopped")]
        return [*ended, *self._start_requested(start, now)] if start is not None else ended

    def _forget_texts(self, *, later_too: bool) -> list[Command]:
        """Tell which typed sentences nobody will answer; they may be sent again."""
        told: list[Command] = []
        for ref in self._conversation.typed.forget(later_too=later_too):
            if ref is not None:
                self._conversation.ledger.forget(ref)
            problem = "text: the session ended before it was processed"
            told.append(Tell(Error(problem, "not_processed", ref)))
        return told

    def _speech_lost(self, ms: int) -> list[Command]:
        if ms == 0:
            return []
        running = self._state.running and not self._finishing.active
        gap = AudioGap(ms=ms, reason="no_link" if running else "not_heard")
        return [Tell(gap), Note("speech_lost", {"ms": ms}, trouble=True)]

    def _client_erred(self, event: ClientErred, now: float) -> list[Command]:
        told = Tell(Error(f"{event.field}: {event.problem}", event.code, event.ref))
        if event.code in _NO_VIOLATION:
            return [told]
        if self._violations.exceeded_by_one_more(now):
            reason = "kept breaking the protocol"
            return [told, *self._close(CloseCode.POLICY_VIOLATION, reason, now)]
        return [told, Note("client_erred", {"field": event.field})]

    def _limit_passed(self, limit: str, now: float) -> list[Command]:
        if limit == "idle":
            return self._close(CloseCode.IDLE, "nothing was said for too long", now)
        if limit == "age":
            return self._close(CloseCode.TOO_OLD, "the session is too old", now)
        told = Tell(Error(f"frame: {_TOO_MUCH[limit]} in too short a time", "too_fast"))
        return [told, *self._close(CloseCode.TOO_FAST, _TOO_MUCH[limit], now)]

    # What it costs.

    def _account(self, now: float) -> list[Command]:
        """Count what was billed, once no turn is open."""
        bill = self._budget.take(self._conversation.usage.view())
        return [Spend(bill), *self._judge("session", self._budget.billed, now)] if bill else []

    def _spending_told(self, told: SpendingTold, now: float) -> list[Command]:
        if not self._state.running:
            return []
        commands = [] if told.user is None else self._judge("user", told.user, now)
        return commands if self.closed else [*commands, *self._judge("day", told.everybody, now)]

    def _judge(self, scope: Scope, bill: Bill, now: float) -> list[Command]:
        """Warn of a budget that is nearly spent; end with one that is."""
        level: Level | None = self._budget.news(scope, bill)
        if level is None:
            return []
        facts: dict[str, Fact] = {"scope": scope, "tokens": bill.tokens, "nanos": bill.nanos}
        what = _BUDGETS[scope]
        if level == "low":
            low = Note("budget_low", facts, trouble=True)
            return [Tell(Error(f"budget: what {what} is nearly used up", "budget_low")), low]
        told = Tell(Error(f"budget: what {what} is used up", "budget_spent"))
        spent = Note("budget_spent", facts, trouble=True)
        return [told, spent, *self._close(CloseCode.SPENT, f"what {what} is used up", now)]

    def _close(self, code: CloseCode, reason: str, now: float) -> list[Command]:
        note = Note("closing_client", {"code": int(code), "reason": reason})
        kept = code not in _LEAVES_NOTHING
        return self._end([note, CloseClient(code, reason)], now, kept=kept)

    def _end(self, last: list[Command], now: float, *, kept: bool = True) -> list[Command]:
        flushed = self._conversation.flush()
        bill = self._budget.take(self._conversation.usage.view())
        spent = [Spend(bill)] if bill else []
        parting = self._lasting.parting(now, kept=kept)
        self._state = State.CLOSED
        self._linking.stop(now)
        self._finishing.over()
        return [CloseLink(), *flushed, *spent, *parting, *last]

    # The phone's connection, which is left in time.

    def _draining(self, now: float) -> list[Command]:
        self._leaving.begin(now)
        if self._state is State.LEAVING:
            return []
        if self._finishing.active and self._phone_left_at is None:
            return [*self._announce(), *self._stop(Ending.TO_LEAVE, now)]
        return self._leave(now)

    def _announce(self) -> list[Command]:
        self._leaving.announced = True
        return self._status.tell("draining")

    def _leave(self, now: float) -> list[Command]:
        """Leave the phone's connection, or look for the moment to."""
        if self._phone_left_at is not None:
            return self._end([], now)
        if self._state is State.LEAVING:
            return self._end([CloseClient(*_RESTARTS)], now)
        if not self._state.running:
            return [*self._announce(), *self._ended(Ending.TO_LEAVE, now)]
        told = self._announce() if self._leaving.near(now) else []
        unlinked = self._leaving.announced and self._state is not State.LISTENING
        if self._resumable and (unlinked or self._leaving.overdue(now, resumable=True)):
            return [*told, *self._part(now)]
        if self._leaving.overdue(now, resumable=self._resumable):
            return [*told, *self._stop(Ending.TO_LEAVE, now)]
        self._leaving.ask(now)
        return [*told, AskAboutSpeech()]

    def _left_after(self, report: SpeechReport, now: float) -> list[Command]:
        """Leave the phone's connection if this is the moment to."""
        if not (self._state.running and self._leaving.wanted(now)):
            return []
        idle = not (self._conversation.turn_open or self._conversation.listens(now))
        if self._leaving.quiet(report, now, idle=idle, resumable=self._resumable):
            return self._part(now)
        if not self._leaving.hushed(report, now, resumable=self._resumable):
            return []
        return self._part(now) if self._resumable else self._stop(Ending.TO_LEAVE, now)

    def _part(self, now: float) -> list[Command]:
        """Leave the phone's connection now; what it says until it sees that is kept."""
        told = self._announce()
        if not self._resumable:
            return [*told, *self._ended(Ending.TO_LEAVE, now)]
        self._state = State.LEAVING
        self._leaving.part(now)
        self._linking.stop(now)
        code, reason = _RESTARTS
        note = Note("closing_client", {"code": int(code), "reason": reason})
        return [*told, CloseLink(), *self._conversation.flush(), note, HangUp(code, reason)]

    @property
    def _resumable(self) -> bool:
        return self._lasting.token is not None

    @property
    def _has_to_part(self) -> bool:
        """Whether another instance opens the next link."""
        return self._resumable and self._leaving.announced and not self._finishing.active

    # The link.

    def _open_link(self, now: float, delay_s: float = 0.0) -> Command:
        self._conversation.link_lost(now)
        return self._linking.open(
            now,
            language=self.language,
            known=self._conversation.ledger.list.items,
            aloud=self._conversation.reply == "audio",
            delay_s=delay_s,
        )

    def _link_opened(self, *, now: float, unix: float) -> list[Command]:
        self._state = State.LISTENING
        if not self._linking.resumes:
            self._gemini_since = unix
        # The wall clock may have been set back meanwhile.
        self._linking.was_opened(now, session_age_s=max(0.0, unix - self._gemini_since))
        told = [] if self._leaves else self._status.tell("listening")
        facts: dict[str, Fact] = {"link": self._linking.number, "resumed": self._linking.resumes}
        return [*told, Note("link_opened", facts), TellLoss()]

    def _link_ended(self, event: LinkEnded, now: float) -> list[Command]:
        facts: dict[str, Fact] = {"code": event.code, "reason": event.reason}
        facts |= {"closed_by": event.closed_by, "lived_s": round(self._linking.lived_s(now), 3)}
        self.last_error = f"{event.code} {event.reason}"
        judgement = self._linking.judge(event, now)
        note = Note("link_lost", {**facts, "verdict": judgement.verdict.value}, trouble=True)
        if judgement.verdict is Verdict.REFUSED and judgement.why is not None:
            return [note, *self._refused(judgement.why, now)]
        return [note, *self._restart(now)]

    def _restart(self, now: float) -> list[Command]:
        """Open another link after a failure, unless there were too many."""
        if self._has_to_part:
            return self._part(now)
        delay_s = self._linking.retry_in(now)
        if delay_s is None:
            return self._give_up(now)
        return [*self._reopen(now, delay_s), *self._tell_reconnecting()]

    def _give_up(self, now: float) -> list[Command]:
        """Close the phone's socket once it was told what is lost."""
        if self._leaving.announced:
            self._finishing.begin(Ending.TO_LEAVE, now)
        self._linking.stop(now)
        self._finishing.give_up(now)
        # What the last link was sent and did not answer is lost as well.
        return [CloseLink(), RewindSpeech(resuming=False), TellLoss(), AskAboutSpeech()]

    def _tell_reconnecting(self) -> list[Command]:
        told = self._state is State.RECONNECTING and not self._leaves
        return self._status.tell("reconnecting") if told else []

    @property
    def _leaves(self) -> bool:
        return self._finishing.ending is Ending.TO_LEAVE or self._leaving.announced

    def _reopen(self, now: float, delay_s: float) -> list[Command]:
        """Go on with a new link, and say again there what the old one may not have heard."""
        if self._state is State.LISTENING:
            self._state = State.RECONNECTING
        self._finishing.gemini_is_busy()
        order = self._open_link(now, delay_s)
        return [RewindSpeech(resuming=self._linking.resumes), order]

    def _refused(self, why: Why, now: float) -> list[Command]:
        told = Tell(Error(message=why.value, code=_CODES[why]))
        if self._leaves:
            return [told, *self._ended(Ending.TO_LEAVE, now)]
        self._finishing.over()
        stopped = self._ended(Ending.TO_STOP, now)
        self._state = State.REFUSED
        forgotten = ForgetSpeech(later_too=True, lost=True)
        return [RewindSpeech(resuming=False), TellLoss(), forgotten, told, *stopped]

    # What Gemini says: content and calls first, then the resumption handle, then goAway.

    def _gemini_said(self, message: GeminiMessage, *, now: float, unix: float) -> list[Command]:
        commands = self._conversation.take(message, self._locale, now=now, unix=unix)
        self._leaving.busy()
        self._linking.heard(message, now)
        if self._linking.resumable_from(message):
            commands.append(SettleAnswers())
        if message.go_away is not None:
            commands.append(Note("go_away", {"time_left": message.go_away.time_left}))
        if not self._conversation.turn_open and _bills(message):
            commands += self._account(now)
        return commands if self.closed else [*commands, *self._go_on(now)]

    def _go_on(self, now: float) -> list[Command]:
        """Return what is to be done about the link, or the end, after a message."""
        turn_open = self._conversation.turn_open
        if self._finishing.active:
            # An open turn is waited for; after it, the end comes `stop_quiet_s` later.
            self._finishing.gemini_is_busy()
            return [] if turn_open else [AskAboutSpeech()]
        if self._linking.must_leave(now):
            return self._rotate(now)
        wanted = self._linking.leaving_wanted(now) or self._leaving.wanted(now)
        return [AskAboutSpeech()] if wanted and not turn_open else []

    # The link, while it is open: left in time, and given up when it does not answer.

    def _link_due(self, now: float) -> list[Command]:
        if self._linking.given_up(now):
            return self._give_up(now)
        if self._linking.must_leave(now):
            return self._rotate(now)
        return [AskAboutSpeech()] if self._linking.wants_report(now) else []

    def _reported(self, report: SpeechReport, now: float) -> list[Command]:
        match self._linking.stalls(report, now):
            case Stall.UNANSWERED:
                self.last_error = "no answer"
                return [self._stalled(understood=True), CloseLink(), *self._restart(now)]
            case Stall.UNHEARD:
                return [self._stalled(understood=False), *self._rotate(now, "unheard")]
            case Stall.SILENT:
                return self._rotate(now, "silent") if report.openable else []
            case Stall.NONE:
                idle = not (self._conversation.turn_open or self._conversation.listens(now))
                return self._rotate(now) if idle and self._linking.may_leave(report, now) else []
            case other:
                assert_never(other)

    def _stalled(self, *, understood: bool) -> Note:
        facts: dict[str, Fact] = {"link": self._linking.number, "understood": understood}
        return Note("link_stalled", facts, trouble=True)

    def _rotate(self, now: float, cause: str | None = None) -> list[Command]:
        """Go on with a new link before Gemini closes this one, and do not trouble the phone.

        Without a `cause`, it is what was planned.
        """
        if self._has_to_part:
            return self._part(now)
        cause = cause or self._linking.leaving_cause(now)
        age_s = round(self._linking.lived_s(now), 3)
        note = Note("link_left", {"link": self._linking.number, "age_s": age_s, "cause": cause})
        delay_s = self._linking.leave(now)
        if delay_s is None:
            return [note, *self._give_up(now)]
        return [note, CloseLink(), *self._reopen(now, delay_s)]


def _earlier(one: float | None, other: float | None) -> float | None:
    if one is None or other is None:
        return other if one is None else one
    return min(one, other)


def _bills(message: GeminiMessage) -> bool:
    """Whether it may complete the bill of a turn."""
    content = message.server_content
    return message.usage_metadata is not None or (content is not None and content.turn_complete)
