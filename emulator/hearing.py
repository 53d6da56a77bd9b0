"""From a connection's audio to what was heard: finds speech, has it decoded, keeps the order.

Decoding happens elsewhere (`Ears`), and nothing waits for it but `run`: audio that arrives
meanwhile goes on being searched for speech.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from emulator.audio import NATIVE_RATE, Resampler
from emulator.ears import Ears
from emulator.events import ConversationEvent, Heard, SpeechBegan
from emulator.record import ConnectionRecord, Utterance

BYTES_PER_MS = NATIVE_RATE * 2 // 1000
QUEUE_LENGTH = 32
"""Stretches of speech that may wait to be decoded; the reader of the connection waits beyond."""
LONGEST_ACTIVITY_MS = 60_000
"""Of audio between activityStart and activityEnd; more of it is decoded as another stretch."""


@dataclass(frozen=True, slots=True)
class Begun:
    """Speech began."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of speech: PCM16 mono at 16 kHz, and where in the stream it was."""

    pcm: bytes
    start_ms: int
    end_ms: int


class Segmenter(Protocol):
    """Find the stretches of speech in a stream of PCM16 at 16 kHz."""

    def feed(self, pcm: bytes) -> Sequence[Begun | Stretch]:
        """Take the next piece, of any even size."""

    def flush(self) -> Sequence[Begun | Stretch]:
        """End speech that is open: the stream pauses."""


class ManualSegmenter:
    """Speech is what the client marks with activityStart and activityEnd."""

    def __init__(self) -> None:
        self._taken_ms = 0
        self._open: bytearray | None = None
        self._start_ms = 0

    def feed(self, pcm: bytes) -> Sequence[Begun | Stretch]:
        """Keep what lies within an activity."""
        self._taken_ms += len(pcm) // BYTES_PER_MS
        if self._open is None:
            return ()
        self._open += pcm
        if len(self._open) < LONGEST_ACTIVITY_MS * BYTES_PER_MS:
            return ()
        stretches = self.flush()
        self._begin()
        return stretches

    def start(self) -> Sequence[Begun | Stretch]:
        """Begin an activity; one that is open goes on."""
        if self._open is not None:
            return ()
        self._begin()
        return (Begun(),)

    def flush(self) -> Sequence[Begun | Stretch]:
        """End the activity, if one is open."""
        if self._open is None:
            return ()
        pcm, self._open = bytes(self._open), None
        return (Stretch(pcm, self._start_ms, self._taken_ms),)

    def _begin(self) -> None:
        self._open, self._start_ms = bytearray(), self._taken_ms


class Hearing:
    """One connection's sense of hearing."""

    def __init__(
        self,
        segmenter: Segmenter,
        ears: Ears,
        *,
        language: str,
        tell: Callable[[ConversationEvent], Awaitable[None]],
        record: ConnectionRecord,
    ) -> None:
        self._segmenter = segmenter
        self._ears = ears
        self._language = language
        self._tell = tell
        self._record = record
        self._resamplers: dict[int, Resampler] = {}
        self._stretches: asyncio.Queue[tuple[Stretch, float]] = asyncio.Queue(QUEUE_LENGTH)

    async def take(self, pcm: bytes, rate: int) -> None:
        """Listen to PCM16 mono at `rate` Hz."""
        if rate not in self._resamplers:
            # A stream that changes its rate starts anew; only one rate is remembered.
            self._resamplers = {rate: Resampler(rate)}
        await self._pass_on(self._segmenter.feed(self._resamplers[rate].feed(pcm)))

    async def activity_started(self) -> None:
        """The client says that speech begins; means nothing unless it is to say so."""
        if isinstance(self._segmenter, ManualSegmenter):
            await self._pass_on(self._segmenter.start())

    async def activity_ended(self) -> None:
        """The client says that speech ended; means nothing unless it is to say so."""
        if isinstance(self._segmenter, ManualSegmenter):
            await self._pass_on(self._segmenter.flush())

    async def paused(self) -> None:
        """The client's stream pauses, so that open speech ends here."""
        await self._pass_on(self._segmenter.flush())

    async def run(self) -> None:
        """Decode the stretches found, one after the other, until cancelled."""
        while True:
            stretch, ended_at = await self._stretches.get()
            text = await self._ears.hear(stretch.pcm, self._language)
            self._record.heard(
                Utterance(
                    text=text,
                    start_ms=stretch.start_ms,
                    end_ms=stretch.end_ms,
                    ended_at=ended_at,
                    heard_at=time.time(),
                )
            )
            await self._tell(Heard(text, len(stretch.pcm) / BYTES_PER_MS / 1000))

    async def _pass_on(self, found: Sequence[Begun | Stretch]) -> None:
        for one in found:
            if isinstance(one, Begun):
                await self._tell(SpeechBegan())
            else:
                await self._stretches.put((one, time.time()))
