"""A flag that tasks wait for. An `asyncio.Event` takes 0.8 KiB even while nobody waits for it."""

from __future__ import annotations

import asyncio


class Signal:
    """Is set or not, and lets tasks wait until it is set."""

    __slots__ = ("_is_set", "_waiting")

    def __init__(self, *, is_set: bool = False) -> None:
        self._is_set = is_set
        self._waiting: tuple[asyncio.Future[None], ...] = ()

    def is_set(self) -> bool:
        """Whether it is set."""
        return self._is_set

    def set(self) -> None:
        """Set it, and wake whoever waits."""
        self._is_set = True
        if self._waiting:
            waiting, self._waiting = self._waiting, ()
            for waiter in waiting:
                if not waiter.done():
                    waiter.set_result(None)

    def pulse(self) -> None:
        """Wake whoever waits; who comes from now on waits."""
        self.set()
        self.clear()

    def clear(self) -> None:
        """Unset it: who comes from now on waits."""
        self._is_set = False

    async def wait(self) -> None:
        """Return once it is or has been set, even if it was cleared again since. Cancellable."""
        if self._is_set:
            return
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting = (*self._waiting, waiter)
        try:
            await waiter
        finally:
            if self._waiting:
                self._waiting = tuple(other for other in self._waiting if other is not waiter)
