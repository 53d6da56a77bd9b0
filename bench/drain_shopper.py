"""A shopper whose microphone stays open while the connection is replaced: nothing is said twice.

It does what docs/protocol.md asks of an app: it goes on after `draining`, connects at once after
1012, with its token, and keeps what is said meanwhile.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from typing import Final

from bench.line import Line, LineEnded
from bench.list_phone import ListPhone
from bench.phone import BYTES_PER_MS, paced
from bench.recording import Item, item_of
from bench.shopper import CHUNK_MS, PATIENCE_S, PAUSE_MS, language_of, sentence
from bench.tones import tones

_LOOK_S: Final = 0.05
_AGAIN_S: Final = 0.1


class DrainShopper:
    """One shopper with a version 2 phone.

    Attributes:
        number: from 0.
        phone: the phone.
        expected: the products of the sentences that were said.
        closed: when each connection was closed by the gateway (Unix seconds), and the code.
        in_mid_sentence: a voice was to be heard when the first connection was closed.
    """

    def __init__(self, number: int, port: int) -> None:
        self.number = number
        self.language = language_of(number)
        self.phone = ListPhone(port, f"drain-{number:03}", language=self.language)
        self.expected: list[Item] = []
        self.closed: list[tuple[float, int | None]] = []
        self.in_mid_sentence = False
        self._speaks = False
        self._waiting: deque[bytes] = deque()
        self._filled = asyncio.Event()

    async def stay_connected(self, next_port: Callable[[], int]) -> None:
        """Connect, and connect again whenever the line has ended, until cancelled."""
        async with asyncio.TaskGroup() as group:
            while True:
                line = await self._connected(group)
                await line.ended.wait()
                if not self.closed:
                    self.in_mid_sentence = self._speaks
                self.closed.append((time.time(), line.code))
                self.phone.port = next_port()

    async def _connected(self, group: asyncio.TaskGroup) -> Line:
        while True:
            try:
                return await self.phone.connect(group)
            except LineEnded:
                await asyncio.sleep(_AGAIN_S)

    async def send(self) -> None:
        """Send what the microphone has heard, as soon as there is a connection, until cancelled."""
        while True:
            await self._filled.wait()
            line = await self.phone.online()
            chunk = self._waiting[0]
            try:
                await line.send(chunk)
            except LineEnded:
                continue
            self._waiting.popleft()
            if not self._waiting:
                self._filled.clear()

    async def shop(self, going_on: Callable[[], bool]) -> None:
        """Say one sentence after another as long as `going_on` says so, then wait for the rest."""
        number = 0
        await asyncio.sleep(self.number % 10 * CHUNK_MS / 100)
        while going_on():
            text, items = sentence(self.number, number)
            number += 1
            voice = tones(text)
            quiet = PAUSE_MS * BYTES_PER_MS
            quiet += -(len(voice) + quiet) % (CHUNK_MS * BYTES_PER_MS)
            self.expected += items
            said = 0
            async for piece, _ in paced(voice + bytes(quiet), chunk_ms=CHUNK_MS):
                said += len(piece)
                self._speaks = said < len(voice)
                self._hear(piece)
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline and self.lost():
            async for piece, _ in paced(bytes(CHUNK_MS * BYTES_PER_MS)):
                self._hear(piece)

    def _hear(self, piece: bytes) -> None:
        self._waiting.append(piece)
        self._filled.set()

    async def listens(self) -> None:
        """Return when the first session listens."""
        while not self.listening_at(0.0):
            await asyncio.sleep(_LOOK_S)

    # What came of it.

    def received(self) -> list[Item]:
        """Return the products that came."""
        return [
            item_of(event["product"])
            for _, event in self.phone.notebook.events
            if event["type"] == "product_detected"
        ]

    def lost(self) -> list[Item]:
        """Return what was asked for and did not come."""
        received = self.received()
        return [item for item in self.expected if item not in received]

    def doubled(self) -> list[Item]:
        """Return what came again though it had come, and what nobody asked for."""
        left, extra = [*self.expected], []
        for item in self.received():
            if item in left:
                left.remove(item)
            else:
                extra.append(item)
        return extra

    def listening_at(self, after: float) -> float | None:
        """Return when it was told `listening` first after a time, in Unix seconds."""
        for at, message in self.phone.told:
            if at > after and message.get("status") == "listening":
                return at
        return None

    def gaps_s(self) -> tuple[float, float] | None:
        """Return how long nobody listened: since the close, and since the last message before.

        ``None``: the first connection was not closed, or nobody listened again.
        """
        if not self.closed:
            return None
        closed_at = self.closed[0][0]
        listening_at = self.listening_at(closed_at)
        came = [at for at, _ in (*self.phone.told, *self.phone.notebook.events) if at <= closed_at]
        if listening_at is None:
            return None
        return listening_at - closed_at, listening_at - max(came, default=closed_at)

    def untold_ms(self) -> int:
        """Return how much speech the phone was told is lost."""
        told = (message for _, message in self.phone.told if message["type"] == "audio_gap")
        return sum(int(message["ms"]) for message in told)
