"""A session's state machine: events in, commands out. Never awaits, logs or reads a clock.

::

    IDLE ──start──► CONNECTING ──opened──► LISTENING ◄──opened── RECONNECTING
                        │                   │      └──link lost──────▲ │
                        │                  stop                        │
                        └──────refused──► STOPPED ◄────────────────────┘
    any ──the phone left, was replaced, kept breaking the protocol, …──► CLOSED

While it is CONNECTING, LISTENING or RECONNECTING it may be *ending*: what was said is still
finished, then it is STOPPED (the phone asked) or CLOSED (this instance is going away). A start that
is asked for while it is stopping is carried out afterwards.

Invariants: commands for a link come only for the newest one; nothing follows `CloseClient`; no
link is opened unless the phone asked for one or spoke; every function call gets one answer.
"""

from __future__ import annotations

import enum
from typing import assert_never

from actors.commands import (
    AskWhetherHeard,
    CloseClient,
    CloseLink,
    Command,
    EndAudio,
    ForgetSpeech,
    Note,
    OpenLink,
    RewindSpeech,
    Tell,
)
from actors.conversation import Conversation
from actors.gate import Gate
from actors.policy import SessionPolicy
from actors.ports import Fact, LinkRequest
from actors.restart import Restarts, Verdict, classify
from actors.window import SlidingWindow
from schemas.admin import SessionStateName
from schemas.close_codes import CloseCode
from schemas.gemini import GeminiMessage
from schemas.messages import (
    AudioEnded,
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
    SpeechArrived,
    SpeechLost,
    StartRequested,
    StopRequested,
)
from schemas.server import Error, Pong, Status, StatusName
from shopping import Locale, locale_for


class State(enum.Enum):
    """A session is in exactly one of these."""

    IDLE = enum.auto()
    CONNECTING = enum.auto()
    LISTENING = enum.auto()
    RECONNECTING = enum.auto()
    STOPPED = enum.auto()
    REFUSED = enum.auto()
    CLOSED = enum.auto()


class Ending(enum.Enum):
    """Whether what was said is being finished, and what for."""

    NO = enum.auto()
    TO_STOP = enum.auto()
    TO_LEAVE = enum.auto()


_RUNNING = frozenset({State.CONNECTING, State.LISTENING, State.RECONNECTING})
_NAMES: dict[State, SessionStateName] = {
    State.IDLE: "idle",
    State.CONNECTING: "connecting",
    State.LISTENING: "listening",
    State.RECONNECTING: "reconnecting",
    State.STOPPED: "stopped",
    State.REFUSED: "stopped",
    State.CLOSED: "closed",
}
_STATUS_TEXTS: dict[StatusName, str] = {
    "connecting": "Connecting to Gemini Live API",
    "listening": "Gemini Live API ready",
    "reconnecting": "Connection to Gemini Live API lost, reconnecting; keep speaking",
    "stopped": "Session stopped",
    "draining": "This server is about to restart, finishing what was said",
}
REFUSED_TEXT = (
    "Gemini refuses this service at the moment; speech is not processed. "
    "Send start_session to try again."
)
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
        self._ending = Ending.NO
        self._status: StatusName | None = None
        self.language = policy.language
        self._locale: Locale = locale_for(policy.language)
        self._link = 0
        self._opened_at: float | None = None
        self._handle: str | None = None
        self._next_start: StartRequested | None = None
        self._leave_link_when_idle = False
        self._quiet_at: float | None = None
        self._limit_at: float | None = None
        self._violations = SlidingWindow(
            intensity=policy.violations, period_s=policy.violations_period_s
        )
        self._conversation = Conversation(session_id)
        self.links_opened = 0
        self.last_error: str | None = None

    # What others may look at.

    @property
    def state_name(self) -> SessionStateName:
        """The state as admins see it."""
        if self._ending is not Ending.NO and self._state in _RUNNING:
            return "draining"
        return _NAMES[self._state]

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
    def opened_at(self) -> float | None:
        """When the current link opened, in monotonic seconds."""
        return self._opened_at

    @property
    def deadline(self) -> float | None:
        """When the session wants to be woken, in monotonic seconds."""
        times = [time for time in (self._quiet_at, self._limit_at) if time is not None]
        return min(times, default=None)

    @property
    def gate(self) -> Gate:
        """What happens to speech that arrives now."""
        if self._state not in _RUNNING:
            closed = self._state in (State.REFUSED, State.CLOSED)
            return Gate.SHUT if closed else Gate.KNOCK
        # What still comes after a stop is what was on its way; after a new start it is not.
        open_ = self._ending is Ending.NO or self._next_start is not None
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
            case AudioEnded() | DeadlinePassed():
                commands = self._on_progress(event, now)
            case Replaced() | EndedByAdmin() | Draining():
                commands = self._on_order(event, now)
            case other:
                assert_never(other)
        return commands

    def _on_request(self, event: ClientRequest, now: float) -> list[Command]:
        match event:
            case StartRequested():
                return self._start_requested(event)
            case SpeechArrived():
                return self._speech_arrived()
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
                return self._end([Note("client_left", {"code": code})])
            case ClientStalled():
                return self._close(CloseCode.TOO_SLOW, "messages were not taken")
            case other:
                assert_never(other)

    def _on_order(self, event: Order, now: float) -> list[Command]:
        match event:
            case Replaced():
                return self._close(CloseCode.REPLACED, "connected elsewhere")
            case EndedByAdmin():
                return self._close(CloseCode.ENDED_BY_ADMIN, "ended by an admin")
            case Draining():
                return [*self._tell_status("draining"), *self._stop(Ending.TO_LEAVE, now)]
            case other:
                assert_never(other)

    def _on_progress(self, event: Progress, now: float) -> list[Command]:
        match event:
            case AudioEnded(unheard_speech):
                # What sounds like speech is answered in a turn: that is worth waiting for.
                waiting = unheard_speech or self._conversation.turn_open
                if self._ending is not Ending.NO:
                    self._quiet_at = None if waiting else now + self._policy.stop_quiet_s
                return []
            case DeadlinePassed():
                deadline = self.deadline
                return [] if deadline is None or now < deadline else self._ended(self._ending)
            case other:
                assert_never(other)

    def _on_link(self, event: LinkEvent, *, now: float, unix: float) -> list[Command]:
        if event.link != self._link or self._state not in _RUNNING:
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

    def _speech_arrived(self) -> list[Command]:
        # Chunks that came before the first one was dealt with knocked as well.
        wanted = self._state in (State.IDLE, State.STOPPED) and self._ending is Ending.NO
        return self._start(self.language) if wanted else []

    def _start_requested(self, event: StartRequested) -> list[Command]:
        if self._ending is not Ending.NO:
            self._next_start = event if self._ending is Ending.TO_STOP else None
            return []
        if self._state in _RUNNING:
            return self._start_again(event.language)
        return self._start(event.language or self._policy.language)

    def _start(self, language: str) -> list[Command]:
        self._state = State.CONNECTING
        self.language = language
        self._locale = locale_for(self.language)
        self._handle = None
        return [*self._tell_status("connecting"), self._open_link()]

    def _start_again(self, language: str | None) -> list[Command]:
        if language is not None and language != self.language:
            problem = f"language: the session runs in {self.language}; stop it first"
            return [Tell(Error(message=problem))]
        self._status = None
        return self._tell_status(self._running_status())

    def _running_status(self) -> StatusName:
        match self._state:
            case State.LISTENING:
                return "listening"
            case State.RECONNECTING:
                return "reconnecting"
            case _:
                return "connecting"

    def _stop(self, ending: Ending, now: float) -> list[Command]:
        if self._state not in _RUNNING:
            return self._ended(ending)
        self._next_start = None
        if self._ending is not Ending.NO:
            # A stop that is followed by a drain ends in the drain's way, but not later.
            self._ending = Ending.TO_LEAVE if ending is Ending.TO_LEAVE else self._ending
            return []
        self._ending = ending
        self._limit_at = now + self._policy.stop_limit_s
        return [EndAudio()]

    def _ended(self, ending: Ending) -> list[Command]:
        """Everything that was said is finished."""
        if ending is Ending.TO_LEAVE:
            return self._close(CloseCode.SERVICE_RESTART, "this server restarts")
        start, self._next_start = self._next_start, None
        ended: list[Command] = []
        if self._state in _RUNNING:
            ended = [CloseLink(), ForgetSpeech(later_too=start is None)]
        self._not_ending()
        self._state = State.STOPPED
        self._opened_at = None
        self._handle = None
        self._status = None
        ended += [*self._conversation.stopped(), *self._tell_status("stopped")]
        return [*ended, *self._start_requested(start)] if start is not None else ended

    def _not_ending(self) -> None:
        self._ending = Ending.NO
        self._quiet_at = None
        self._limit_at = None

    def _speech_lost(self, ms: int) -> list[Command]:
        problem = f"audio_data: {ms} ms of speech could not be kept"
        return [Tell(Error(message=problem)), Note("speech_lost", {"ms": ms}, trouble=True)]

    def _client_erred(self, event: ClientErred, now: float) -> list[Command]:
        told = Tell(Error(message=f"{event.field}: {event.problem}"))
        if self._violations.exceeded_by_one_more(now):
            return [told, *self._close(CloseCode.POLICY_VIOLATION, "kept breaking the protocol")]
        return [told, Note("client_erred", {"field": event.field})]

    def _close(self, code: CloseCode, reason: str) -> list[Command]:
        return self._end([CloseClient(code, reason)])

    def _end(self, last: list[Command]) -> list[Command]:
        flushed = self._conversation.flush()
        self._state = State.CLOSED
        self._not_ending()
        return [CloseLink(), *flushed, *last]

    def _tell_status(self, status: StatusName) -> list[Command]:
        if status == self._status:
            return []
        self._status = status
        return [Tell(Status(status=status, message=_STATUS_TEXTS[status]))]

    # The link.

    def _open_link(self, delay_s: float = 0.0) -> OpenLink:
        self._link += 1
        self._opened_at = None
        self._leave_link_when_idle = False
        self._conversation.link_lost()
        request = LinkRequest(language=self.language, handle=self._handle)
        return OpenLink(link=self._link, request=request, delay_s=delay_s)

    def _link_opened(self, now: float) -> list[Command]:
        self._state = State.LISTENING
        self._opened_at = now
        self.links_opened += 1
        resumed = self._handle is not None
        told = [] if self._ending is Ending.TO_LEAVE else self._tell_status("listening")
        return [*told, Note("link_opened", {"link": self._link, "resumed": resumed})]

    def _link_ended(self, event: LinkEnded, now: float) -> list[Command]:
        lived_s = self._lived_s(now)
        facts: dict[str, Fact] = {"code": event.code, "reason": event.reason}
        facts |= {"closed_by": event.closed_by, "lived_s": round(lived_s, 3)}
        note = Note("link_lost", facts, trouble=True)
        self.last_error = f"{event.code} {event.reason}"
        verdict = classify(
            event.code,
            event.reason,
            closed_by=event.closed_by,
            fresh_may_work=self._handle is not None or self._was_stable(lived_s),
        )
        if verdict is Verdict.REFUSED:
            return [note, *self._refused()]
        if verdict is Verdict.WITHOUT_HANDLE:
            self._handle = None
        return [note, *self._retry(now, lived_s), *self._tell_reconnecting()]

    def _retry(self, now: float, lived_s: float) -> list[Command]:
        delay_s = self._restarts.failed(now, lived_s=lived_s)
        if delay_s is None:
            told = Tell(Error(message=EXHAUSTED_TEXT))
            return [told, *self._close(CloseCode.TRY_AGAIN_LATER, "Gemini unreachable")]
        return self._reopen(delay_s)

    def _lived_s(self, now: float) -> float:
        return 0.0 if self._opened_at is None else now - self._opened_at

    def _was_stable(self, lived_s: float) -> bool:
        return lived_s >= self._policy.restart.stable_s

    def _tell_reconnecting(self) -> list[Command]:
        silent = self._state is not State.RECONNECTING or self._ending is Ending.TO_LEAVE
        return [] if silent else self._tell_status("reconnecting")

    def _reopen(self, delay_s: float) -> list[Command]:
        """Go on with a new link, and say again there what the old one may not have heard."""
        if self._state is State.LISTENING:
            self._state = State.RECONNECTING
        self._quiet_at = None
        return [RewindSpeech(), self._open_link(delay_s)]

    def _refused(self) -> list[Command]:
        told = Tell(Error(message=REFUSED_TEXT))
        if self._ending is Ending.TO_LEAVE:
            return [told, *self._ended(Ending.TO_LEAVE)]
        self._next_start = None
        stopped = self._ended(Ending.TO_STOP)
        self._state = State.REFUSED
        return [told, *stopped]

    # What Gemini says: content and calls first, then the resumption handle, then goAway.

    def _gemini_said(self, message: GeminiMessage, *, now: float, unix: float) -> list[Command]:
        commands = self._conversation.take(message, self._locale, unix=unix)
        turn_open = self._conversation.turn_open
        update = message.session_resumption_update
        if update is not None and update.resumable and update.new_handle:
            self._handle = update.new_handle
        if message.go_away is not None:
            self._leave_link_when_idle = True
            commands.append(Note("go_away", {"time_left": message.go_away.time_left}))
        if self._ending is not Ending.NO:
            # An open turn is waited for; after it, the end comes `stop_quiet_s` later.
            self._quiet_at = None
            commands += [] if turn_open else [AskWhetherHeard()]
        elif self._leave_link_when_idle and not turn_open:
            commands += self._rotate(now)
        return commands

    def _rotate(self, now: float) -> list[Command]:
        """Go on with a new link before Gemini closes this one, and do not trouble the phone.

        That is no failure, unless Gemini sends links away as soon as they open: they must not be
        opened in a circle.
        """
        lived_s = self._lived_s(now)
        if self._was_stable(lived_s):
            return [CloseLink(), *self._reopen(0.0)]
        return [CloseLink(), *self._retry(now, lived_s)]
