"""How a session stops: what was said is finished first, within a time. Pure."""

from __future__ import annotations

from typing import Final

from actors.closing import RESTARTS, Closing
from actors.commands import (
    AskAboutSpeech,
    CloseLink,
    Command,
    EndAudio,
    ForgetSpeech,
    Note,
    Tell,
    TellLoss,
)
from actors.finishing import Ending
from actors.standing import Standing
from actors.starting import Starting
from actors.states import State
from schemas.close_codes import CloseCode
from schemas.messages import SpeechReport
from schemas.server import AudioGap, Error

EXHAUSTED_TEXT: Final = "Gemini cannot be reached; try again later."


class Stopping:
    """Finishes what was said in one session, and then ends it in the way that is wanted."""

    __slots__ = ("_closing", "_finishing", "_leaving", "_standing", "_starting")

    def __init__(self, standing: Standing, closing: Closing, starting: Starting) -> None:
        self._standing = standing
        self._finishing = standing.finishing
        self._leaving = standing.leaving
        self._closing = closing
        self._starting = starting

    def stop(self, ending: Ending, now: float) -> list[Command]:
        """Begin to finish what was said, unless nothing can have been."""
        standing = self._standing
        if standing.state is State.LEAVING:
            return []
        if not standing.state.running:
            return self.ended(ending, now)
        ending = Ending.TO_LEAVE if self._leaving.announced else ending
        if not self._finishing.begin(ending, now, by=self._leaving.by):
            return []
        standing.conversation.typed.end()
        # The pump reports once all has gone to Gemini; without a link nobody would.
        linked = standing.state is State.LISTENING
        return [EndAudio()] if linked else [EndAudio(), AskAboutSpeech()]

    def phone_left(self, now: float) -> list[Command]:
        """Go on for a moment, should the phone come back, then finish what was said."""
        standing = self._standing
        if not standing.resumable or not standing.state.running or self._leaving.announced:
            return self._closing.end([], now)
        if self._finishing.active:
            self._finishing.begin(Ending.TO_PARK, now)
        standing.phone_left_at = now
        return []

    def reported(self, report: SpeechReport, now: float) -> list[Command]:
        """Wait for what sounds like speech: it is answered in a turn."""
        finishing, conversation = self._finishing, self._standing.conversation
        if finishing.out_of_time:
            # A session that is parked keeps it.
            kept = finishing.ending is Ending.TO_STOP or self._standing.resumable
            told = [] if kept else self.speech_lost(report.unsent_ms)
            return [*told, *self.ended(finishing.ending, now)]
        if report.unheard or conversation.turn_open:
            finishing.gemini_is_busy()
        else:
            finishing.gemini_is_quiet(now, more_may_come=conversation.listens(now))
        return []

    def due(self, now: float) -> list[Command]:
        """End it, or see what is left of it when it is out of time."""
        # Out of time: what still waits for a link is lost, and that is told.
        over = self._finishing.due(now)
        return self.ended(self._finishing.ending, now) if over else [TellLoss(), AskAboutSpeech()]

    def speech_lost(self, ms: int) -> list[Command]:
        """Tell how much speech could not be kept, or was not heard before the end."""
        if ms == 0:
            return []
        running = self._standing.state.running and not self._finishing.active
        gap = AudioGap(ms=ms, reason="no_link" if running else "not_heard")
        return [Tell(gap), Note("speech_lost", {"ms": ms}, trouble=True)]

    def ended(self, ending: Ending, now: float) -> list[Command]:
        """Everything that was said is finished."""
        if ending is Ending.TO_LEAVE:
            return self._closing.close(*RESTARTS, now)
        if ending is Ending.TO_PARK:
            return self._closing.end([], now)
        if ending is Ending.TO_GIVE_UP:
            told = Tell(Error(message=EXHAUSTED_TEXT, code="gemini_unreachable"))
            code = CloseCode.TRY_AGAIN_LATER
            return [told, *self._closing.close(code, "Gemini unreachable", now)]
        return self._stopped(now)

    def _stopped(self, now: float) -> list[Command]:
        """The phone, which keeps its socket, may start again, or has asked for that already."""
        standing = self._standing
        start = self._finishing.next_start
        # Before the link and the typed sentences are forgotten: what they come to is billed.
        settled = [*standing.conversation.stopped(), *self._closing.settle(now)]
        ended: list[Command] = []
        if standing.state.running:
            ended = [CloseLink(), ForgetSpeech(later_too=start is None, lost=start is None)]
            ended += self._forget_texts(later_too=start is None)
        self._finishing.over()
        standing.state = State.STOPPED
        standing.linking.stop(now)
        ended += settled
        ended += standing.status.repeat("stopped")
        return [*ended, *self._starting.requested(start, now)] if start is not None else ended

    def _forget_texts(self, *, later_too: bool) -> list[Command]:
        """Tell which typed sentences nobody will answer; they may be sent again."""
        conversation = self._standing.conversation
        told: list[Command] = []
        for ref in conversation.typed.forget(later_too=later_too):
            if ref is not None:
                conversation.ledger.forget(ref)
            problem = "text: the session ended before it was processed"
            told.append(Tell(Error(problem, "not_processed", ref)))
        return told
