"""What waits for a phone that takes nothing just now, bounded in bytes.

Products, statuses and errors are never dropped. When the bound is passed, spoken replies are,
oldest first, then transcripts and pongs; if that is not enough the phone is too slow to be served.
A transcript that is not final gives way to the next one of its utterance.
"""

from __future__ import annotations

from dataclasses import dataclass

from actors.signal import Signal
from schemas.admin import QueueView
from schemas.server import (
    Encode,
    Frame,
    Interrupted,
    Pong,
    ServerMessage,
    SpokenAudio,
    Transcript,
)


@dataclass(slots=True, eq=False)
class _Waiting:
    """A frame, and what it says as far as that matters here."""

    frame: Frame
    message: ServerMessage


class Outbox:
    """The supervisor puts messages in, the client writer takes frames out."""

    __slots__ = (
        "_abandoned",
        "_bound",
        "_bytes",
        "_drained",
        "_dropped",
        "_encode",
        "_filled",
        "_peak",
        "_unfinished",
        "_waiting",
    )

    def __init__(self, bound_bytes: int, encode: Encode) -> None:
        self._bound = bound_bytes
        self._encode = encode
        self._waiting: list[_Waiting] = []
        self._unfinished: dict[bool, _Waiting] = {}
        """By whether it is the user's: the transcript that waits and is not final."""
        self._bytes = 0
        self._peak = 0
        self._dropped = 0
        self._abandoned = False
        self._filled = Signal()
        self._drained = Signal(is_set=True)

    @property
    def idle(self) -> bool:
        """Whether nothing waits, nothing is on its way, and something may be."""
        return self._drained.is_set() and not self._abandoned

    def encode(self, message: ServerMessage) -> Frame | None:
        """Return a message as the phone reads it; ``None`` if its protocol has no word for it."""
        return self._encode(message)

    def put(self, message: ServerMessage) -> bool:
        """Add `message`; return whether all that must not be dropped fits the bound."""
        frame = None if self._abandoned else self._encode(message)
        if frame is None:
            return True
        if isinstance(message, Interrupted):
            self._drop((SpokenAudio,), down_to=0)
        self._add(_Waiting(frame, message))
        if self._bytes > self._bound:
            self._drop((SpokenAudio,), down_to=self._bound)
            self._drop((Transcript, Pong), down_to=self._bound)
        self._peak = max(self._peak, self._bytes)
        return self._bytes <= self._bound

    async def get(self) -> Frame:
        """Remove the oldest frame, waiting for one. To be followed by `sent`."""
        while not self._waiting:
            self._filled.clear()
            await self._filled.wait()
        waiting = self._waiting.pop(0)
        self._gone(waiting)
        return waiting.frame

    def sent(self) -> None:
        """The frame that was taken last has gone."""
        if not self._waiting:
            self._drained.set()

    def abandon(self) -> None:
        """Nothing will go any more: nobody need wait for it, and nothing more is kept."""
        self._abandoned = True
        self._waiting.clear()
        self._unfinished.clear()
        self._bytes = 0
        self._drained.set()

    async def wait_drained(self) -> None:
        """Return when everything that was put in has gone, or nothing will go any more."""
        await self._drained.wait()

    def view(self) -> QueueView:
        """Return how full it is and was; `dropped` counts messages."""
        return QueueView(
            unit="bytes",
            bound=self._bound,
            depth=self._bytes,
            peak=self._peak,
            dropped=self._dropped,
        )

    def _add(self, waiting: _Waiting) -> None:
        message = waiting.message
        if isinstance(message, Transcript):
            earlier = self._unfinished.pop(message.is_user, None)
            if earlier is not None:
                self._bytes += len(waiting.frame) - len(earlier.frame)
                earlier.frame, earlier.message = waiting.frame, message
                waiting = earlier
            if not message.final:
                self._unfinished[message.is_user] = waiting
            if earlier is not None:
                return
        self._waiting.append(waiting)
        self._bytes += len(waiting.frame)
        self._filled.set()
        self._drained.clear()

    def _gone(self, waiting: _Waiting) -> None:
        self._bytes -= len(waiting.frame)
        message = waiting.message
        if isinstance(message, Transcript) and self._unfinished.get(message.is_user) is waiting:
            del self._unfinished[message.is_user]

    def _drop(self, kinds: tuple[type, ...], *, down_to: int) -> None:
        kept: list[_Waiting] = []
        for waiting in self._waiting:
            if isinstance(waiting.message, kinds) and self._bytes > down_to:
                self._gone(waiting)
                self._dropped += 1
            else:
                kept.append(waiting)
        self._waiting = kept
