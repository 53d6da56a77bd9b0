"""What follows from what a session's links do: each opens, hears Gemini, ends or is left. Pure."""

from __future__ import annotations

from typing import Final, assert_never

from actors.accounting import Accounting
from actors.commands import (
    AskAboutSpeech,
    CloseLink,
    Command,
    ForgetSpeech,
    Note,
    RewindSpeech,
    SettleAnswers,
    Tell,
    TellLoss,
)
from actors.departure import Departure
from actors.endings import Verdict, Why
from actors.finishing import Ending
from actors.liveness import Stall
from actors.ports import Fact
from actors.standing import Standing
from actors.starting import open_link
from actors.states import State
from actors.stopping import Stopping
from schemas.errors import ErrorCode
from schemas.gemini import GeminiMessage
from schemas.messages import GeminiSaid, LinkEnded, LinkEvent, LinkOpened, SpeechReport
from schemas.server import Error

_CODES: Final[dict[Why, ErrorCode]] = {
    Why.ACCESS: "gemini_no_access",
    Why.QUOTA: "gemini_no_room",
    Why.MODEL: "gemini_no_model",
    Why.SETUP: "gemini_bad_setup",
}


class LinkLife:
    """Sees one session through its links: each is used, left in time and followed by another."""

    __slots__ = (
        "_accounting",
        "_departure",
        "_finishing",
        "_leaving",
        "_linking",
        "_standing",
        "_stopping",
    )

    def __init__(
        self,
        standing: Standing,
        accounting: Accounting,
        stopping: Stopping,
        departure: Departure,
    ) -> None:
        self._standing = standing
        self._linking = standing.linking
        self._finishing = standing.finishing
        self._leaving = standing.leaving
        self._accounting = accounting
        self._stopping = stopping
        self._departure = departure

    def handle(self, event: LinkEvent, *, now: float, unix: float) -> list[Command]:
        """Return what an event of a link leads to: nothing, if it is an older one's."""
        if not self._linking.concerns(event.link):
            return []
        match event:
            case GeminiSaid(message=message):
                return self._said(message, now=now, unix=unix)
            case LinkOpened():
                return self._opened(now=now, unix=unix)
            case LinkEnded():
                return self._ended(event, now)
            case other:
                assert_never(other)

    # What Gemini says: content and calls first, then the resumption handle, then goAway.

    def _said(self, message: GeminiMessage, *, now: float, unix: float) -> list[Command]:
        standing = self._standing
        conversation = standing.conversation
        commands = conversation.take(message, standing.locale, now=now, unix=unix)
        self._leaving.busy()
        self._linking.heard(message, now)
        if self._linking.resumable_from(message):
            commands.append(SettleAnswers())
        if message.go_away is not None:
            commands.append(Note("go_away", {"time_left": message.go_away.time_left}))
        if not conversation.turn_open and _bills(message):
            commands += self._accounting.count(now)
        return commands if standing.closed else [*commands, *self._go_on(now)]

    def _go_on(self, now: float) -> list[Command]:
        """Return what is to be done about the link, or the end, after a message."""
        turn_open = self._standing.conversation.turn_open
        if self._finishing.active:
            # An open turn is waited for; after it, the end comes `stop_quiet_s` later.
            self._finishing.gemini_is_busy()
            return [] if turn_open else [AskAboutSpeech()]
        if self._linking.must_leave(now):
            return self._rotate(now)
        wanted = self._linking.leaving_wanted(now) or self._leaving.wanted(now)
        return [AskAboutSpeech()] if wanted and not turn_open else []

    # While it is open: left in time, and given up when it does not answer.

    def due(self, now: float) -> list[Command]:
        """Return what is to be done at one of the links' deadlines."""
        if self._linking.given_up(now):
            return self._give_up(now)
        if self._linking.must_leave(now):
            return self._rotate(now)
        return [AskAboutSpeech()] if self._linking.wants_report(now) else []

    def reported(self, report: SpeechReport, now: float) -> list[Command]:
        """Return what follows for the link that is open from what Gemini has not answered."""
        standing = self._standing
        match self._linking.stalls(report, now):
            case Stall.UNANSWERED:
                standing.last_error = "no answer"
                return [self._stalled(understood=True), CloseLink(), *self._restart(now)]
            case Stall.UNHEARD:
                return [self._stalled(understood=False), *self._rotate(now, "unheard")]
            case Stall.SILENT:
                return self._rotate(now, "silent") if report.openable else []
            case Stall.NONE:
                idle = standing.conversation.idle(now)
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
        if self._standing.has_to_part:
            return self._departure.part(now)
        cause = cause or self._linking.leaving_cause(now)
        age_s = round(self._linking.lived_s(now), 3)
        note = Note("link_left", {"link": self._linking.number, "age_s": age_s, "cause": cause})
        delay_s = self._linking.leave(now)
        if delay_s is None:
            return [note, *self._give_up(now)]
        return [note, CloseLink(), *self._reopen(now, delay_s)]

    # Where it begins and ends.

    def _opened(self, *, now: float, unix: float) -> list[Command]:
        standing = self._standing
        standing.state = State.LISTENING
        standing.link_error = None
        if not self._linking.resumes:
            standing.gemini_since = unix
        # The wall clock may have been set back meanwhile.
        self._linking.was_opened(now, session_age_s=max(0.0, unix - standing.gemini_since))
        told = [] if standing.leaves else standing.status.tell("listening")
        facts: dict[str, Fact] = {"link": self._linking.number, "resumed": self._linking.resumes}
        return [*told, Note("link_opened", facts), TellLoss()]

    def _ended(self, event: LinkEnded, now: float) -> list[Command]:
        facts: dict[str, Fact] = {"code": event.code, "reason": event.reason}
        facts |= {"closed_by": event.closed_by, "lived_s": round(self._linking.lived_s(now), 3)}
        self._standing.last_error = f"{event.code} {event.reason}"
        judgement = self._linking.judge(event, now)
        self._standing.link_error = _kind(judgement.why)
        note = Note("link_lost", {**facts, "verdict": judgement.verdict.value}, trouble=True)
        if judgement.verdict is Verdict.REFUSED and judgement.why is not None:
            return [note, *self._refused(judgement.why, now)]
        return [note, *self._restart(now)]

    def _refused(self, why: Why, now: float) -> list[Command]:
        self._linking.refused()
        told = Tell(Error(message=why.value, code=_CODES[why]))
        if self._standing.leaves:
            return [told, *self._stopping.ended(Ending.TO_LEAVE, now)]
        self._finishing.over()
        stopped = self._stopping.ended(Ending.TO_STOP, now)
        self._standing.state = State.REFUSED
        forgotten = ForgetSpeech(later_too=True, lost=True)
        return [RewindSpeech(resuming=False), TellLoss(), forgotten, told, *stopped]

    def _restart(self, now: float) -> list[Command]:
        """Open another link after a failure, unless there were too many."""
        standing = self._standing
        if standing.has_to_part:
            self._linking.refused()
            return self._departure.part(now)
        delay_s = self._linking.retry_in(now)
        if delay_s is None:
            return self._give_up(now)
        commands = self._reopen(now, delay_s)
        if standing.state is State.RECONNECTING and not standing.leaves:
            commands += standing.status.tell("reconnecting")
        return commands

    def _reopen(self, now: float, delay_s: float) -> list[Command]:
        """Go on with a new link, and say again there what the old one may not have heard.

        Unless what the old one has come to uses up what may be spent.
        """
        standing = self._standing
        standing.conversation.link_lost(now)
        counted = self._accounting.count(now)
        if standing.closed:
            return counted
        if standing.state is State.LISTENING:
            standing.state = State.RECONNECTING
        self._finishing.gemini_is_busy()
        order = open_link(standing, now, delay_s)
        return [*counted, RewindSpeech(resuming=self._linking.resumes), order]

    def _give_up(self, now: float) -> list[Command]:
        """Close the phone's socket once it was told what is lost."""
        if self._leaving.announced:
            self._finishing.begin(Ending.TO_LEAVE, now)
        self._linking.stop(now)
        self._finishing.give_up(now)
        # What the last link was sent and did not answer is lost as well.
        return [CloseLink(), RewindSpeech(resuming=False), TellLoss(), AskAboutSpeech()]


def _kind(why: Why | None) -> str:
    """Return the word for a failure of a link: the phone's error code, if Gemini refuses it."""
    return "transient" if why is None else _CODES[why]


def _bills(message: GeminiMessage) -> bool:
    """Whether it may complete the bill of a turn."""
    content = message.server_content
    return message.usage_metadata is not None or (content is not None and content.turn_complete)
