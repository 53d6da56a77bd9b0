"""How far a connection has come, for scripts that wait for it."""

from __future__ import annotations

import asyncio


class Milestones:
    """Counts what scripts can wait for, and wakes those that do."""

    def __init__(self) -> None:
        self._turns = 0
        self._audio_ms = 0.0
        self._changed = asyncio.Event()

    def turn_completed(self) -> None:
        """Note that turnComplete was sent."""
        self._turns += 1
        self._announce()

    def audio_received(self, total_ms: float) -> None:
        """Note how much audio there has been."""
        self._audio_ms = total_ms
        self._announce()

    async def until_audio(self, total_ms: float) -> None:
        """Wait until that much audio has been received."""
        while self._audio_ms < total_ms:
            await self._changed.wait()

    async def next_turn(self) -> None:
        """Wait for the next turnComplete."""
        turns = self._turns
        while self._turns == turns:
            await self._changed.wait()

    def _announce(self) -> None:
        # Whoever waits holds on to the old event, so that none misses a change.
        if not self._changed.is_set():
            self._changed.set()
            self._changed = asyncio.Event()
