"""How a phone's connection is left in time: at a quiet moment, or when it has to be. Pure."""

from __future__ import annotations

from actors.closing import RESTARTS, Closing
from actors.commands import AskAboutSpeech, CloseClient, CloseLink, Command, HangUp, Note
from actors.finishing import Ending
from actors.standing import Standing
from actors.states import State
from actors.stopping import Stopping
from schemas.messages import SpeechReport


class Departure:
    """Leaves one phone's connection as `actors.leaving` plans it."""

    __slots__ = ("_closing", "_leaving", "_standing", "_stopping")

    def __init__(self, standing: Standing, closing: Closing, stopping: Stopping) -> None:
        self._standing = standing
        self._leaving = standing.leaving
        self._closing = closing
        self._stopping = stopping

    def draining(self, now: float) -> list[Command]:
        """Plan to leave: this instance is going away."""
        standing = self._standing
        self._leaving.begin(now)
        if standing.state is State.LEAVING:
            return []
        if standing.finishing.active and standing.phone_left_at is None:
            return [*self._announce(), *self._stopping.stop(Ending.TO_LEAVE, now)]
        return self.leave(now)

    def leave(self, now: float) -> list[Command]:
        """Leave the phone's connection, or look for the moment to."""
        standing = self._standing
        if standing.phone_left_at is not None:
            return self._closing.end([], now)
        if standing.state is State.LEAVING:
            return self._closing.end([CloseClient(*RESTARTS)], now)
        if not standing.state.running:
            return [*self._announce(), *self._stopping.ended(Ending.TO_LEAVE, now)]
        resumable = standing.resumable
        told = self._announce() if self._leaving.near(now) else []
        unlinked = self._leaving.announced and standing.state is not State.LISTENING
        if resumable and (unlinked or self._leaving.overdue(now, resumable=True)):
            return [*told, *self.part(now)]
        if self._leaving.overdue(now, resumable=resumable):
            return [*told, *self._stopping.stop(Ending.TO_LEAVE, now)]
        self._leaving.ask(now)
        return [*told, AskAboutSpeech()]

    def reported(self, report: SpeechReport, now: float) -> list[Command]:
        """Leave the phone's connection if this is the moment to."""
        standing = self._standing
        if not (standing.state.running and self._leaving.wanted(now)):
            return []
        resumable, idle = standing.resumable, standing.conversation.idle(now)
        if self._leaving.quiet(report, now, idle=idle, resumable=resumable):
            return self.part(now)
        if not self._leaving.hushed(report, now, resumable=resumable):
            return []
        return self.part(now) if resumable else self._stopping.stop(Ending.TO_LEAVE, now)

    def part(self, now: float) -> list[Command]:
        """Leave the phone's connection now; what it says until it sees that is kept."""
        standing = self._standing
        told = self._announce()
        if not standing.resumable:
            return [*told, *self._stopping.ended(Ending.TO_LEAVE, now)]
        standing.state = State.LEAVING
        self._leaving.part(now)
        standing.linking.stop(now)
        code, reason = RESTARTS
        note = Note("closing_client", {"code": int(code), "reason": reason})
        flushed = standing.conversation.flush()
        return [*told, CloseLink(), *flushed, note, HangUp(code, reason)]

    def _announce(self) -> list[Command]:
        self._leaving.announced = True
        return self._standing.status.tell("draining")
