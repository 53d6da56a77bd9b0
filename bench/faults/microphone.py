"""A phone's open microphone: quiet all the time, and what is said whenever it is said."""

from __future__ import annotations

import asyncio
import base64
import random
import time
from collections import deque
from typing import Final

from websockets.exceptions import ConnectionClosed

from bench.phone import BYTES_PER_MS, Phone

CHUNK_MS: Final = 100
_CHUNK: Final = CHUNK_MS * BYTES_PER_MS
_QUIET: Final = 6
"""Amplitude of what is heard when nobody speaks: far below speech, and never the same twice."""


class Microphone:
    """Streams 100 ms chunks at speaking pace while it is on.

    Attributes:
        sent: every sample that the phone sent, in order.
        sent_at: Unix seconds at which each chunk was.
    """

    def __init__(self, phone: Phone, *, seed: str) -> None:
        self._phone = phone
        self._random = random.Random(seed)  # noqa: S311 - no secret
        self._speech: deque[bytes] = deque()
        self._on = asyncio.Event()
        self._planned = 0
        self.sent = bytearray()
        self.sent_at: list[float] = []

    def switch_on(self) -> None:
        """Go on streaming."""
        self._on.set()

    def switch_off(self) -> None:
        """Stream nothing; the phone's user may still type."""
        self._on.clear()

    def say(self, pcm: bytes) -> int:
        """Say this next; return the byte of the stream at which it begins."""
        begins = len(self.sent) + sum(map(len, self._speech))
        whole = -(-len(pcm) // _CHUNK) * _CHUNK
        padded = pcm + self._quiet(whole - len(pcm))
        self._speech.extend(padded[at : at + _CHUNK] for at in range(0, whole, _CHUNK))
        return begins

    async def until(self, position: int) -> None:
        """Return when the stream has come to that byte."""
        while len(self.sent) < position:
            await asyncio.sleep(0.005)

    async def run(self) -> None:
        """Stream until cancelled, or until the phone's socket is closed."""
        loop = asyncio.get_running_loop()
        while True:
            await self._on.wait()
            due = loop.time()
            while True:
                due += CHUNK_MS / 1000
                await asyncio.sleep(max(0.0, due - loop.time()))
                if not self._on.is_set():
                    break
                chunk = self._speech.popleft() if self._speech else self._quiet(_CHUNK)
                if not await self._send(chunk):
                    return

    async def _send(self, chunk: bytes) -> bool:
        self.sent += chunk
        self.sent_at.append(time.time())
        text = base64.b64encode(chunk).decode()
        try:
            await self._phone.socket.send(f'{{"type":"audio_chunk","audio_data":"{text}"}}')
        except ConnectionClosed:
            return False
        return True

    def _quiet(self, size: int) -> bytes:
        samples = (self._random.randint(-_QUIET, _QUIET) for _ in range(size // 2))
        return b"".join(sample.to_bytes(2, "little", signed=True) for sample in samples)
