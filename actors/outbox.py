"""What waits for a phone that takes nothing just now, bounded in bytes.

Products, statuses and errors are never dropped. Transcripts and pongs are, oldest first, when the
bound is passed; if that is not enough the phone is too slow to be served.
"""

from __future__ import annotations

import asyncio
from collections import deque

from schemas.admin import QueueView
from schemas.server import Pong, ServerMessage, Transcript, encode


class Outbox:
    """The supervisor puts messages in, the client writer takes frames out."""

    def __init__(self, bound_bytes: int) -> None:
        self._bound = bound_bytes
        self._frames: deque[tuple[str, bool]] = deque()
        self._bytes = 0
        self._peak = 0
        self._dropped = 0
        self._abandoned = False
        self._filled = asyncio.Event()
        self._drained = asyncio.Event()
        self._drained.set()

    def put(self, message: ServerMessage) -> bool:
        """Add `message`; return whether all that must not be dropped fits the bound."""
        if self._abandoned:
            return True
        frame = encode(message)
        self._frames.append((frame, isinstance(message, Transcript | Pong)))
        self._bytes += len(frame)
        self._filled.set()
        self._drained.clear()
        if self._bytes > self._bound:
            self._drop_droppable()
        self._peak = max(self._peak, self._bytes)
        return self._bytes <= self._bound

    async def get(self) -> str:
        """Remove the oldest frame, waiting for one. To be followed by `sent`."""
        while not self._frames:
            self._filled.clear()
            await self._filled.wait()
        frame, _ = self._frames.popleft()
        self._bytes -= len(frame)
        return frame

    def sent(self) -> None:
        """The frame that was taken last has gone."""
        if not self._frames:
            self._drained.set()

    def abandon(self) -> None:
        """Nothing will go any more: nobody need wait for it, and nothing more is kept."""
        self._abandoned = True
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

    def _drop_droppable(self) -> None:
        kept: deque[tuple[str, bool]] = deque()
        for frame, droppable in self._frames:
            if droppable and self._bytes > self._bound:
                self._bytes -= len(frame)
                self._dropped += 1
            else:
                kept.append((frame, droppable))
        self._frames = kept
