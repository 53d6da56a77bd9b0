"""What is known of a phone's being there: when it did something last, and how it went."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from actors.lifetime import Lifetime
from actors.outbox import Outbox
from schemas.messages import (
    Acknowledged,
    ClientErred,
    ClientLeft,
    DeadlinePassed,
    Event,
    LimitPassed,
    ListRequested,
    SpeechAnswered,
    SpeechArrived,
    SpeechReport,
    SpendingTold,
    StartRequested,
    StopRequested,
    StoreReturned,
    TextTyped,
)

_ASKS: Final = (
    StartRequested,
    StopRequested,
    SpeechArrived,
    TextTyped,
    ListRequested,
    Acknowledged,
)
"""What a phone sends that is not idle; a `ping` by itself is."""
UNTOUCHED: Final = (
    DeadlinePassed,
    SpeechReport,
    SpeechAnswered,
    StoreReturned,
    SpendingTold,
    LimitPassed,
)
"""Events in which nobody does anything: a phone's presence does not see them."""


class Presence:
    """Sees the events in which somebody does something.

    Attributes:
        active_at: when there was one last, in Unix seconds.
        left_with: the code that the phone's socket was gone with, if it went by itself.
    """

    __slots__ = ("_lifetime", "_outbox", "_refused", "active_at", "left_with")

    def __init__(
        self,
        lifetime: Lifetime,
        outbox: Outbox,
        *,
        unix: float,
        refused: Callable[[str], None],
    ) -> None:
        self._lifetime = lifetime
        self._outbox = outbox
        self._refused = refused
        self.active_at = unix
        self.left_with: int | None = None

    def note(self, event: Event, *, now: float, unix: float) -> None:
        """Take note of one at `now` in monotonic and `unix` in wall-clock seconds."""
        self.active_at = unix
        if isinstance(event, _ASKS):
            self._lifetime.active_at = now
        elif isinstance(event, ClientErred):
            self._refused(event.code)
        elif isinstance(event, ClientLeft):
            self.left_with = event.code
            self._outbox.abandon()
