"""A phone: streams PCM at speaking pace and notes when what comes back arrives."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import time
import wave
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

BYTES_PER_MS = 32
WAIT_S = 20.0
"""How long a status is waited for."""


@dataclass(slots=True)
class Phone:
    """One connected phone.

    Attributes:
        socket: its WebSocket.
        received: what came, with the Unix time in seconds at which it did.
        started_at: Unix time at which the first chunk was sent.
        late_ms: the longest that a chunk was sent after its time.
        sent_ms: how much sound was sent.
    """

    socket: ClientConnection
    received: list[tuple[float, dict[str, Any]]] = field(default_factory=list)
    started_at: float = 0.0
    late_ms: float = 0.0
    sent_ms: float = 0.0

    async def say(self, pcm: bytes, *, chunk_ms: int = 100) -> None:
        """Stream PCM16 mono 16 kHz in chunks, each when its last sample would be spoken."""
        self.started_at = time.time()
        async for piece, late_ms in paced(pcm, chunk_ms=chunk_ms):
            self.late_ms = max(self.late_ms, late_ms)
            chunk = base64.b64encode(piece).decode()
            await self.socket.send(f'{{"type":"audio_chunk","audio_data":"{chunk}"}}')
            self.sent_ms += len(piece) / BYTES_PER_MS

    async def send(self, message: dict[str, Any]) -> None:
        """Send one message."""
        await self.socket.send(json.dumps(message))

    async def wait_for_status(self, status: str, *, within_s: float = WAIT_S) -> None:
        """Return when the newest status is `status`."""
        async with asyncio.timeout(within_s):
            while self.statuses()[-1:] != [status]:
                await asyncio.sleep(0.01)

    def statuses(self) -> list[str]:
        """Return the statuses that came, in order."""
        return [message["status"] for _, message in self.received if message["type"] == "status"]

    def products(self) -> list[tuple[float, dict[str, Any]]]:
        """Return the products that came, each with its time."""
        return [
            (at, message["product"])
            for at, message in self.received
            if message["type"] == "product_detected"
        ]


@contextlib.asynccontextmanager
async def connected(port: int, user: str, *, token: str = "") -> AsyncIterator[Phone]:
    """Connect a phone to the gateway on 127.0.0.1, and hang up afterwards."""
    url = f"ws://127.0.0.1:{port}/ws/{user}"
    shown = {"Authorization": f"Bearer {token}"} if token else {}
    async with asyncio.TaskGroup() as group:
        async with connect(
            url, additional_headers=shown, compression=None, max_queue=None
        ) as socket:
            phone = Phone(socket)
            listening = group.create_task(_listen(phone), name="listen")
            yield phone
        await listening


async def _listen(phone: Phone) -> None:
    with contextlib.suppress(ConnectionClosed):
        while True:
            frame = await phone.socket.recv()
            phone.received.append((time.time(), json.loads(frame)))


async def paced(pcm: bytes, *, chunk_ms: int = 100) -> AsyncIterator[tuple[bytes, float]]:
    """Yield sound in chunks when their last samples would be spoken, and the ms by which late."""
    loop = asyncio.get_running_loop()
    start = loop.time()
    size = chunk_ms * BYTES_PER_MS
    for number, offset in enumerate(range(0, len(pcm), size), start=1):
        due = start + number * chunk_ms / 1000
        await asyncio.sleep(max(0.0, due - loop.time()))
        yield pcm[offset : offset + size], (loop.time() - due) * 1000


def pcm_of(path: Path) -> bytes:
    """Return the samples of a 16 kHz mono 16-bit WAV file."""
    with wave.open(str(path)) as recording:
        shape = (recording.getframerate(), recording.getnchannels(), recording.getsampwidth())
        if shape != (16_000, 1, 2):
            raise ValueError(f"{path}: not 16 kHz mono 16-bit")
        frames: bytes = recording.readframes(recording.getnframes())
        return frames
