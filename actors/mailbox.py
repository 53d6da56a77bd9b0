"""A bounded queue between actors that says how full it is and was."""

from __future__ import annotations

from typing import Generic, TypeVar

from actors.signal import Signal
from schemas.admin import QueueView

Message = TypeVar("Message")


class Mailbox(Generic[Message]):
    """First in, first out; one reader, any number of writers.

    Its bound is a number of messages. A writer that finds it full waits (`put`), so nothing is
    ever dropped. The few messages that must not wait (`put_now`: a timer's, an admin's) go in
    above the bound; what belongs to the message that was read last (`put_first`) is read before
    all others.
    """

    __slots__ = (
        "_bound",
        "_dealt_with",
        "_emptied",
        "_filled",
        "_first",
        "_got",
        "_messages",
        "_peak",
        "_progressed",
        "_put",
    )

    def __init__(self, bound: int) -> None:
        self._bound = bound
        # Lists: both are nearly always empty, and a deque takes 0.7 KiB even then.
        self._messages: list[Message] = []
        self._first: list[Message] = []
        self._peak = 0
        self._filled = Signal()
        self._emptied = Signal()
        self._put = self._got = self._dealt_with = 0
        self._progressed = Signal()

    async def put(self, message: Message) -> None:
        """Add `message`, waiting while the mailbox is full."""
        while len(self._messages) >= self._bound:
            self._emptied.clear()
            await self._emptied.wait()
        self.put_now(message)

    def put_now(self, message: Message) -> None:
        """Add `message` however full the mailbox is."""
        self._messages.append(message)
        self._put += 1
        self._note_filled()

    def put_first(self, *messages: Message) -> None:
        """Add what the reader of the last message has to know before it reads another."""
        self._first += messages
        self._note_filled()

    async def get(self) -> Message:
        """Remove the oldest message, waiting for one. Cancelling loses nothing.

        Whoever comes for another has dealt with the last one.
        """
        self._dealt_with = self._got
        self._progressed.set()
        while not self._depth:
            self._filled.clear()
            await self._filled.wait()
        if self._first:
            return self._first.pop(0)
        message = self._messages.pop(0)
        self._got += 1
        self._emptied.set()
        return message

    @property
    def waiting(self) -> bool:
        """Whether there is something to read."""
        return bool(self._messages or self._first)

    async def wait_dealt_with(self) -> None:
        """Return when the reader has dealt with every message that was put in by now."""
        last = self._put
        while self._dealt_with < last:
            self._progressed.clear()
            await self._progressed.wait()

    def view(self) -> QueueView:
        """Return how full it is and was."""
        return QueueView(
            unit="messages",
            bound=self._bound,
            depth=self._depth,
            peak=self._peak,
            dropped=0,
        )

    @property
    def _depth(self) -> int:
        return len(self._messages) + len(self._first)

    def _note_filled(self) -> None:
        self._peak = max(self._peak, self._depth)
        self._filled.set()
