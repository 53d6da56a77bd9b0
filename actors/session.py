"""A session's state machine: events in, commands out. Never awaits, logs or reads a clock.

::

    IDLE ──start──► CONNECTING ──opened──► LISTENING ◄──opened── RECONNECTING
                        │                   │  │   └──link lost──────▲ │
                        │                  stop └──refused──┐           │
                        ├──stop──► STOPPED ◄────────────────│──stop────┤
                        └──refused──► REFUSED ◄─────────────┴──refused─┘
    any ──the phone left, was replaced, kept breaking the protocol, …──► CLOSED

While it is CONNECTING, LISTENING or RECONNECTING it may be *ending*: what was said is still
finished, then it is STOPPED (the phone asked) or CLOSED (this instance is going away). A start that
is asked for while it is stopping is carried out afterwards.

Whichever state it runs in, a link may be *left* for a new one before Gemini ends it (rotation):
the phone is told nothing of that unless the new one is not granted.

Invariants, whatever comes in whatever order:

* Links are numbered from 1; what an older one has still to say changes nothing, and there is
  never more than one that is open or being opened.
* No link is opened unless the phone asked for one or spoke, and none is kept while the session is
  idle, stopped, refused or closed.
* Nothing follows `CloseClient`, and it comes once.
* Every function call gets one answer a link and has one effect in all; a product event's id comes
  once.
* When a link ends or is left, what was sent and not acted on is rewound before the next is opened.
* A resumption handle is offered only in the session that it was given in, and never after that
  session was found to be at fault.
* The phone hears of a status when it changes, or when it asks to start or stop, and of none after
  `draining`.
* What the session waits for always ends: there is a deadline while it is ending, while it has no
  link, and while it has one.
"""

from __future__ import annotations

from typing import assert_never

from actors.commands import (
    AskAboutSpeech,
    CloseClient,
    CloseLink,
    Command,
    EndAudio,
    ForgetSpeech,
    Note,
    RewindSpeech,
    SettleAnswers,
    Tell,
    TellLoss,
)
from actors.conversation import Conversation
from actors.endings import Verdict, Why
from actors.finishing import Ending, Finishing
from actors.gate import Gate
from actors.linking import Linking
from actors.liveness import Stall
from actors.policy import SessionPolicy
from actors.ports import Fact
from actors.restart import Restarts
from actors.states import State, StatusLine
from actors.window import SlidingWindow
from schemas.admin import SessionStateName
from schemas.close_codes import CloseCode
from schemas.gemini import GeminiMessage
from schemas.messages import (
    ClientErred,
    ClientLeft,
    ClientRequest,
    ClientStalled,
    ClientTrouble,
    DeadlinePassed,
    Draining,
    EndedByAdmin,
    Event,
    GeminiSaid,
    LinkEnded,
    LinkEvent,
    LinkOpened,
    Order,
    PingReceived,
    Progress,
    Replaced,
    SpeechAnswered,
    SpeechArrived,
    SpeechLost,
    SpeechReport,
    SpeechRewound,
    StartRequested,
    StopRequested,
)
from schemas.server import Error, Pong
from shopping import Locale, locale_for

EXHAUSTED_TEXT = "Gemini cannot be reached; try again later."


class Session:
    """One phone's session.

    `handle` takes an event and the time, and returns what is to be done, in order. Between
    events, `deadline` says when it wants a `DeadlinePassed` (monotonic seconds), `gate` what
    happens to speech.
    """

    def __init__(self, *, session_id: str, policy: SessionPolicy, restarts: Restarts) -> None:
        self._policy = policy
        self._restarts = restarts
        self._state = State.IDLE
        self._status = StatusLine()
        self.language = policy.language
        self._locale: Locale = locale_for(policy.language)
        self._linking = Linking(policy, restarts)
        self._finishing = Finishing(policy)
        self._violations = SlidingWindow(
            intensity=policy.violations, period_s=policy.violations_period_s
        )
        self._conversation = Conversation(session_id)
        self.last_error: str | None = None

    # What others may look at.

    @property
    def state_name(self) -> SessionStateName:
        """The state as admins see it."""
        draining = self._finishing.active and self._state.running
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
        if self._finishing.active:
            return self._finishing.deadline
        return self._linking.deadline if self._state.running else None

    @property
    def gate(self) -> Gate:
        """What happens to speech that arrives now."""
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
            case StartRequested() | SpeechArrived() | StopRequested() | PingReceived():
                commands = self._on_request(event, now)
            case SpeechLost() | ClientErred() | ClientLeft() | ClientStalled():
                commands = self._on_trouble(event, now)
            case LinkOpened() | GeminiSaid() | LinkEnded():
                commands = self._on_link(event, now=now, unix=unix)
            case SpeechReport() | SpeechAnswered() | SpeechRewound() | DeadlinePassed():
                commands = self._on_progress(event, now)
            case Replaced() | EndedByAdmin() | Draining():
                commands = self._on_order(event, now)
            case other:
                assert_never(other)
        return commands

    def _on_request(self, event: ClientRequest, now: float) -> list[Command]:
        match event:
            case StartRequested():
                return self._start_requested(event, now)
            case SpeechArrived():
                return self._speech_arrived(now)
            case StopRequested():
                return self._stop(Ending.TO_STOP, now)
            case PingReceived():
                return [Tell(Pong())]
            case other:
                assert_never(other)

    def _on_trouble(self, event: ClientTrouble, now: float) -> list[Command]:
        match event:
            case SpeechLost(ms):
                return self._speech_lost(ms)
            case ClientErred():
                return self._client_erred(event, now)
            case ClientLeft(code):
                return self._end([Note("client_left", {"code": code})], now)
            case ClientStalled():
                return self._close(CloseCode.TOO_SLOW, "messages were not taken", now)
            case other:
                assert_never(other)

    def _on_order(self, event: Order, now: float) -> list[Command]:
        match event:
            case Replaced():
                return self._close(CloseCode.REPLACED, "connected elsewhere", now)
            case EndedByAdmin():
                return self._close(CloseCode.ENDED_BY_ADMIN, "ended by an admin", now)
            case Draining():
                return [*self._status.tell("draining"), *self._stop(Ending.TO_LEAVE, now)]
            case other:
                assert_never(other)

    def _on_progress(self, event: Progress, now: float) -> list[Command]:
        match event:
            case SpeechReport():
                if self._finishing.active:
                    return self._finish(event, now)
                return self._reported(event, now) if self._state is State.LISTENING else []
            case SpeechAnswered(after_s):
                if self._state is State.LISTENING:
                    self._linking.answered(after_s, now)
                return []
            case SpeechRewound(since, utterances):
                self._conversation.calls.said_again(since, utterances)
                return []
            case DeadlinePassed():
                deadline = self.deadline
                return [] if deadline is None or now < deadline else self._due(now)
            case other:
                assert_never(other)

    def _on_link(self, event: LinkEvent, *, now: float, unix: float) -> list[Command]:
        if not self._linking.concerns(event.link):
            return []
        match event:
            case LinkOpened():
                return self._link_opened(now)
            case GeminiSaid(message=message):
                return self._gemini_said(message, now=now, unix=unix)
            case LinkEnded():
                return self._link_ended(event, now)
            case other:
                assert_never(other)

    # The phone.

    def _speech_arrived(self, now: float) -> list[Command]:
        # Chunks that came before the first one was dealt with knocked as well.
        wanted = self._state in (State.IDLE, State.STOPPED) and not self._finishing.active
        return self._start(self.language, now) if wanted else []

    def _start_requested(self, event: StartRequested, now: float) -> list[Command]:
        if self._finishing.active:
            self._finishing.start_afterwards(event)
            return []
        if self._state.running:
            return self._start_again(event.language)
        return self._start(event.language or self._policy.language, now)

    def _start(self, language: str, now: float) -> list[Command]:
        self._state = State.CONNECTING
        self.language = language
        self._locale = locale_for(self.language)
        self._linking.begin()
        return [*self._status.tell("connecting"), self._open_link(now)]

    def _start_again(self, language: str | None) -> list[Command]:
        if language is not None and language != self.language:
            problem = f"language: the session runs in {self.language}; stop it first"
            return [Tell(Error(message=problem))]
        return self._status.repeat(self._state.status)

    def _stop(self, ending: Ending, now: float) -> list[Command]:
        if not self._state.running:
            return self._ended(ending, now)
        if not self._finishing.begin(ending, now):
            return []
        # The pump reports once all has gone to Gemini; without a link nobody would.
        linked = self._state is State.LISTENING
        return [EndAudio()] if linked else [EndAudio(), AskAboutSpeech()]

    def _finish(self, report: SpeechReport, now: float) -> list[Command]:
        """Wait for what sounds like speech: it is answered in a turn."""
        finishing = self._finishing
        if finishing.out_of_time:
            stops = finishing.ending is Ending.TO_STOP
            told = [] if stops else self._speech_lost(report.unsent_ms)
            return [*told, *self._ended(finishing.ending, now)]
        if report.unheard or self._conversation.turn_open:
            finishing.gemini_is_busy()
        else:
            finishing.gemini_is_quiet(now, more_may_come=self._conversation.listens(now))
        return []

    def _due(self, now: float) -> list[Command]:
        if not self._finishing.active:
            return self._link_due(now)
        # Out of time: what still waits for a link is lost, and that is told.
        over = self._finishing.due(now)
        return self._ended(self._finishing.ending, now) if over else [TellLoss(), AskAboutSpeech()]

    def _ended(self, ending: Ending, now: float) -> list[Command]:
        """Everything that was said is finished."""
        if ending is Ending.TO_LEAVE:
            return self._close(CloseCode.SERVICE_RESTART, "this server restarts", now)
        if ending is Ending.TO_GIVE_UP:
            told = Tell(Error(message=EXHAUSTED_TEXT))
            return [told, *self._close(CloseCode.TRY_AGAIN_LATER, "Gemini unreachable", now)]
        start = self._finishing.next_start
        ended: list[Command] = []
        if self._state.running:
            ended = [CloseLink(), ForgetSpeech(later_too=start is None, lost=start is None)]
        self._finishing.over()
        self._state = State.STOPPED
        self._linking.stop(now)
        ended += [*self._conversation.stopped(), *self._status.repeat("stopped")]
        return [*ended, *self._start_requested(start, now)] if start is not None else ended

    def _speech_lost(self, ms: int) -> list[Command]:
        if ms == 0:
            return []
        problem = f"audio_data: {ms} ms of speech could not be kept"
        return [Tell(Error(message=problem)), Note("speech_lost", {"ms": ms}, trouble=True)]

    def _client_erred(self, event: ClientErred, now: float) -> list[Command]:
        told = Tell(Error(message=f"{event.field}: {event.problem}"))
        if self._violations.exceeded_by_one_more(now):
            reason = "kept breaking the protocol"
            return [told, *self._close(CloseCode.POLICY_VIOLATION, reason, now)]
        return [told, Note("client_erred", {"field": event.field})]

    def _close(self, code: CloseCode, reason: str, now: float) -> list[Command]:
        note = Note("closing_client", {"code": int(code), "reason": reason})
        return self._end([note, CloseClient(code, reason)], now)

    def _end(self, last: list[Command], now: float) -> list[Command]:
        flushed = self._conversation.flush()
        self._state = State.CLOSED
        self._linking.stop(now)
        self._finishing.over()
        return [CloseLink(), *flushed, *last]

    # The link.

    def _open_link(self, now: float, delay_s: float = 0.0) -> Command:
        self._conversation.link_lost(now)
        known = self._conversation.calls.basket.items()
        return self._linking.open(now, language=self.language, known=known, delay_s=delay_s)

    def _link_opened(self, now: float) -> list[Command]:
        self._state = State.LISTENING
        self._linking.was_opened(now)
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
        delay_s = self._linking.retry_in(now)
        if delay_s is None:
            return self._give_up(now)
        return [*self._reopen(now, delay_s), *self._tell_reconnecting()]

    def _give_up(self, now: float) -> list[Command]:
        """Close the phone's socket once it was told what is lost."""
        self._linking.stop(now)
        self._finishing.give_up(now)
        # What the last link was sent and did not answer is lost as well.
        return [CloseLink(), RewindSpeech(resuming=False), TellLoss(), AskAboutSpeech()]

    def _tell_reconnecting(self) -> list[Command]:
        told = self._state is State.RECONNECTING and not self._leaves
        return self._status.tell("reconnecting") if told else []

    @property
    def _leaves(self) -> bool:
        return self._finishing.ending is Ending.TO_LEAVE

    def _reopen(self, now: float, delay_s: float) -> list[Command]:
        """Go on with a new link, and say again there what the old one may not have heard."""
        if self._state is State.LISTENING:
            self._state = State.RECONNECTING
        self._finishing.gemini_is_busy()
        order = self._open_link(now, delay_s)
        return [RewindSpeech(resuming=self._linking.resumes), order]

    def _refused(self, why: Why, now: float) -> list[Command]:
        told = Tell(Error(message=why.value))
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
        self._linking.heard(message, now)
        if self._linking.resumable_from(message):
            commands.append(SettleAnswers())
        if message.go_away is not None:
            commands.append(Note("go_away", {"time_left": message.go_away.time_left}))
        turn_open = self._conversation.turn_open
        if self._finishing.active:
            # An open turn is waited for; after it, the end comes `stop_quiet_s` later.
            self._finishing.gemini_is_busy()
            commands += [] if turn_open else [AskAboutSpeech()]
        elif self._linking.must_leave(now):
            commands += self._rotate(now)
        elif not turn_open and self._linking.leaving_wanted(now):
            commands.append(AskAboutSpeech())
        return commands

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
                return [self._stalled(understood=False), *self._rotate(now)]
            case Stall.SILENT:
                return self._rotate(now) if report.openable else []
            case Stall.NONE:
                idle = not (self._conversation.turn_open or self._conversation.listens(now))
                return self._rotate(now) if idle and self._linking.may_leave(report, now) else []
            case other:
                assert_never(other)

    def _stalled(self, *, understood: bool) -> Note:
        facts: dict[str, Fact] = {"link": self._linking.number, "understood": understood}
        return Note("link_stalled", facts, trouble=True)

    def _rotate(self, now: float) -> list[Command]:
        """Go on with a new link before Gemini closes this one, and do not trouble the phone."""
        age_s = round(self._linking.lived_s(now), 3)
        note = Note("link_left", {"link": self._linking.number, "age_s": age_s})
        delay_s = self._linking.leave(now)
        if delay_s is None:
            return [note, *self._give_up(now)]
        return [note, CloseLink(), *self._reopen(now, delay_s)]
