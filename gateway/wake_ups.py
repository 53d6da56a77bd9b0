"""How often the process wakes up for speech: 250 times a second at most, not once a chunk.

A chunk that comes by itself costs three times what it does behind others: meanwhile the caches have
lost what the interpreter needs. So once chunks come faster than that, the event loop rests for a
few milliseconds before it waits for sockets again, and deals with all that has come by then. A lone
chunk never waits, nor does what Gemini says: that ends the rest.
"""

from __future__ import annotations

import asyncio
import selectors
import time
from collections.abc import Callable
from typing import Final

APART_MS: Final = 4.0
"""By default; docs/performance.md has the figures."""
_TURNS: Final = 4
"""Of the loop, until all that follows from a message of Gemini's is on its way to the phone."""


class WakeUps:
    """Keeps the turns of one event loop in which speech is dealt with apart.

    Args:
        apart_s: seconds from one to the next at least; 0: they come as they may.
        urgent: waits for what ends a rest.
        clock: returns seconds.
    """

    def __init__(
        self,
        apart_s: float,
        *,
        urgent: selectors.BaseSelector | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._apart_s = apart_s
        self._urgent = urgent or selectors.DefaultSelector()
        self._clock = clock
        self._turns = 0
        self._scheduled = False
        self._next_at = 0.0

    def watch(self, fd: int) -> None:
        """Let no rest go on while there is something to read from `fd`, a socket's number."""
        self._urgent.register(fd, selectors.EVENT_READ)

    def forget(self, fd: int) -> None:
        """Watch it no more; to be called before it is closed."""
        self._urgent.unregister(fd)

    def hurry(self) -> None:
        """Let what was just read from a socket that is watched be dealt with before any rest."""
        self._turns = _TURNS

    def space_out(self, loop: asyncio.AbstractEventLoop) -> None:
        """Rest when this turn's callbacks have run, if the last turn with speech was just now."""
        if self._apart_s and not self._scheduled:
            self._scheduled = True
            loop.call_soon(self._rest, loop)

    def _rest(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._turns:
            self._turns -= 1
            loop.call_soon(self._rest, loop)
            return
        self._scheduled = False
        left_s = self._next_at - self._clock()
        if left_s > 0:
            self._urgent.select(left_s)
        self._next_at = self._clock() + self._apart_s


UNSPACED: Final = WakeUps(0)
"""For a loop that does not serve phones."""
