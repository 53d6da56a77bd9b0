"""Audio in chunks at the pace of speech: what a microphone does, done for a file.

The schedule is absolute: a chunk is due when the last of its samples would have been spoken,
counted from the start. Sleeping between chunks instead would add each delay to all that follow.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable
from typing import Final

from schemas.client import BYTES_PER_MS, MIN_AUDIO_BYTES

CHUNK_BYTES: Final = 100 * BYTES_PER_MS
MAX_CATCH_UP_S: Final = 2.0
"""How much may be sent in a hurry after a pause; more would overflow the gateway's 15 s uplink."""


async def chunked(blocks: AsyncIterable[bytes]) -> AsyncGenerator[bytes, None]:
    """Cut sound into chunks of 100 ms; every byte comes out, in order and once.

    What is left at the end is a chunk of its own, or part of the last when it is under the 10 ms
    that the protocol asks for. Only sound of under 10 ms in all, and half a sample at the end, are
    lost.
    """
    kept = bytearray()
    async for block in blocks:
        kept += block
        while len(kept) >= CHUNK_BYTES + MIN_AUDIO_BYTES:
            yield bytes(kept[:CHUNK_BYTES])
            del kept[:CHUNK_BYTES]
    rest = bytes(kept[: len(kept) - len(kept) % 2])
    if len(rest) >= MIN_AUDIO_BYTES:
        yield rest


class Pace:
    """When the next chunk is due, at `speed` times the pace of speech, from now on."""

    def __init__(self, *, speed: float) -> None:
        self._speed = speed
        self._origin = asyncio.get_running_loop().time()
        self._spoken_ms = 0.0

    async def spoken(self, pcm: bytes) -> None:
        """Return when `pcm`, following all before it, would have been spoken."""
        self._spoken_ms += len(pcm) / BYTES_PER_MS
        due = self._origin + self._spoken_ms / 1000 / self._speed
        late = asyncio.get_running_loop().time() - due
        if late > MAX_CATCH_UP_S:
            self._origin += late
        await asyncio.sleep(max(0.0, -late))
