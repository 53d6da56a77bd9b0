"""Answers pings, at once or as late as Gemini was seen to."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

PONGS_WAITING = 1_000
"""Pongs that may be due later; the oldest is never sent when there are more."""


class Pongs:
    """One connection's pongs."""

    def __init__(self, send: Callable[[bytes], Awaitable[None]]) -> None:
        """Take what sends one pong."""
        self._send = send
        self._delay_s = 0.0
        self._due: deque[tuple[float, bytes]] = deque(maxlen=PONGS_WAITING)
        self._came = asyncio.Event()

    def delay(self, seconds: float) -> None:
        """Answer pings that late from now on; late pongs keep their time and their order."""
        self._delay_s = seconds

    async def answer(self, ping: bytes) -> None:
        """Answer a ping, or see to it that `run` does."""
        if not self._delay_s:
            await self._send(ping)
            return
        self._due.append((asyncio.get_running_loop().time() + self._delay_s, ping))
        self._came.set()

    async def run(self) -> None:
        """Send the late pongs when they are due, until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            await self._came.wait()
            due, ping = self._due.popleft()
            if not self._due:
                self._came.clear()
            await asyncio.sleep(due - loop.time())
            await self._send(ping)
