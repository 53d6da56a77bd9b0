"""Whether this process takes new sessions."""

from __future__ import annotations

import enum


class State(enum.Enum):
    """From start to end, never backwards."""

    STARTING = "starting"
    """It answers, but the upstream is not ready."""
    READY = "ok"
    """It takes sessions."""
    DRAINING = "draining"
    """It is going away and takes no more."""


class Readiness:
    """This process's state, shared by those who change it and those who tell it."""

    def __init__(self) -> None:
        self._state = State.STARTING

    @property
    def state(self) -> State:
        """What it is now."""
        return self._state

    def note_ready(self) -> None:
        """The upstream is ready; means nothing once the process drains."""
        if self._state is State.STARTING:
            self._state = State.READY

    def note_draining(self) -> None:
        """The process was told to go."""
        self._state = State.DRAINING
