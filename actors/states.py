"""The states of a session, and what phones and admins are told of them. Pure."""

from __future__ import annotations

import enum
from typing import Final

from actors.commands import Command, Tell
from schemas.admin import SessionStateName
from schemas.server import Status, StatusName


class State(enum.Enum):
    """A session is in exactly one of these."""

    IDLE = enum.auto()
    CONNECTING = enum.auto()
    LISTENING = enum.auto()
    RECONNECTING = enum.auto()
    STOPPED = enum.auto()
    REFUSED = enum.auto()
    LEAVING = enum.auto()
    CLOSED = enum.auto()

    @property
    def running(self) -> bool:
        """Whether there is a link, or one is on its way."""
        # The first is what it nearly always is, and to look up a member of an enum takes longer.
        return self is State.LISTENING or self in _RUNNING_STATUSES

    @property
    def shown(self) -> SessionStateName:
        """The state as admins see it."""
        return _SHOWN[self]

    @property
    def status(self) -> StatusName:
        """What a phone is told of a state in which the session runs."""
        return _RUNNING_STATUSES[self]


_RUNNING_STATUSES: Final[dict[State, StatusName]] = {
    State.CONNECTING: "connecting",
    State.LISTENING: "listening",
    State.RECONNECTING: "reconnecting",
}
_SHOWN: Final[dict[State, SessionStateName]] = {
    State.IDLE: "idle",
    State.CONNECTING: "connecting",
    State.LISTENING: "listening",
    State.RECONNECTING: "reconnecting",
    State.STOPPED: "stopped",
    State.REFUSED: "stopped",
    State.LEAVING: "draining",
    State.CLOSED: "closed",
}
_TEXTS: Final[dict[StatusName, str]] = {
    "connecting": "Connecting to Gemini Live API",
    "listening": "Gemini Live API ready",
    "reconnecting": "Connection to Gemini Live API lost, reconnecting; keep speaking",
    "stopped": "Session stopped",
    "draining": "This server is about to restart, finishing what was said",
}


class StatusLine:
    """What the phone was told last, so that it is told changes only."""

    __slots__ = ("_told",)

    def __init__(self) -> None:
        self._told: StatusName | None = None

    def tell(self, status: StatusName) -> list[Command]:
        """Tell the phone, unless it knows."""
        return [] if status == self._told else self.repeat(status)

    def repeat(self, status: StatusName) -> list[Command]:
        """Tell the phone, which has asked."""
        self._told = status
        return [Tell(Status(status=status, message=_TEXTS[status]))]
