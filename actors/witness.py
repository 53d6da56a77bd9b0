"""Who looks on while a session goes: it sees each event, and what that leads to. Pure.

A session has none, as a rule. What a witness writes or sends is names, numbers and states, never
speech, what was said, or tokens.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from actors.commands import Command
from actors.ports import Fact, Observer
from actors.session import Session
from schemas.messages import Event, GeminiSaid


class Witness(Protocol):
    """Looks on; never waits, never raises."""

    def saw(self, event: Event, commands: Sequence[Command], session: Session) -> None:
        """An event was taken in by the session, which wants these commands obeyed."""

    def noted(self, event: str, facts: Mapping[str, Fact]) -> None:
        """The observer is told this; the commands before it have been obeyed."""


class DebugLines:
    """Writes a line for each event of one session, but none for speech that goes its way."""

    def __init__(self, observer: Observer, user_id: str) -> None:
        self._observer = observer
        self._user_id = user_id

    def saw(self, event: Event, commands: Sequence[Command], session: Session) -> None:
        """Write what came and what follows, by their names."""
        self._observer.debug(
            "event_handled",
            # An acknowledgement comes in the connection's own context, which lacks the ids.
            session_id=session.session_id,
            user_id=self._user_id,
            event=type(event).__name__,
            holds=_fields(event),
            commands=" ".join(type(command).__name__ for command in commands),
            state=session.state_name,
            turn_open=session.conversation.turn_open,
        )

    def noted(self, event: str, facts: Mapping[str, Fact]) -> None:
        """Write nothing: the observer does."""


class Witnesses:
    """The witnesses of one session.

    Attributes:
        present: those that look on now.
    """

    __slots__ = ("present",)

    def __init__(self, present: tuple[Witness, ...]) -> None:
        self.present = present

    @property
    def debugged(self) -> bool:
        """Whether a line is written for each event."""
        return any(isinstance(each, DebugLines) for each in self.present)

    def debug(self, observer: Observer, user_id: str, *, on: bool) -> None:
        """Have a line written for each event from now on, or no more."""
        others = tuple(each for each in self.present if not isinstance(each, DebugLines))
        self.present = (*others, DebugLines(observer, user_id)) if on else others


def _fields(event: Event) -> str:
    """Return the names of what Gemini's message holds."""
    if not isinstance(event, GeminiSaid):
        return ""
    message = event.message
    fields = type(message).__struct_fields__
    return " ".join(name for name in fields if getattr(message, name) is not None)
