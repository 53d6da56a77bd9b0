"""One session's links as tasks: each is a run of the Gemini reader."""

from __future__ import annotations

import asyncio
from typing import Final

from actors.commands import OpenLink
from actors.gemini_reader import GeminiReader, HandleNow
from actors.link_slot import LinkSlot
from actors.signal import Signal

_CLOSED_S: Final = 1.0
"""How long a link that was given up may take to be closed (`actors.ports.GeminiConnector`)."""


class Links:
    """Opens and closes links; those that are being closed are known until they are."""

    __slots__ = ("_reader", "_slot", "_tasks")

    def __init__(self, reader: GeminiReader, slot: LinkSlot) -> None:
        self._reader = reader
        self._slot = slot
        self._tasks: dict[asyncio.Task[None], Signal] = {}
        """With what is set when each is over."""

    @property
    def one_is_open(self) -> bool:
        """Whether something can be sent to Gemini."""
        return self._slot.link is not None

    def open(self, order: OpenLink, group: asyncio.TaskGroup, handle_now: HandleNow) -> None:
        """Begin a task of the group for a new link, which waits until the older ones are closed."""
        older = tuple(self._tasks.values())
        task = group.create_task(self._reader.run(order, older, handle_now), name="gemini-reader")
        task.add_done_callback(self._over)
        self._tasks[task] = Signal()

    def close(self) -> None:
        """Close whichever is open, or is being opened."""
        # Cancelling takes effect later; until then the pump would send to a link given up already.
        self._slot.clear()
        for task in self._tasks:
            task.cancel()

    async def closed(self) -> None:
        """Wait until Gemini's side is closed too: it refuses to resume a session that is open."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=_CLOSED_S)

    def _over(self, task: asyncio.Task[None]) -> None:
        self._tasks.pop(task).set()
