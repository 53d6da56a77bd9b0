"""Speech on its way to Gemini, bounded in milliseconds, and what a lost link may not have heard.

A link that dies takes nothing with it: what it was sent and has not acted on is kept
(`actors.unconfirmed`) and goes out again on the next one.

When the bound is passed, the oldest goes: first what was sent already, then what still waits, and
only the latter is a loss. Control messages are not speech: they overtake it and are never dropped.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TypeAlias

from actors.gate import Gate
from actors.loudness import holds_speech
from actors.unconfirmed import Unconfirmed
from schemas.admin import QueueView
from schemas.client import BYTES_PER_MS
from schemas.gemini import ControlMessage
from schemas.messages import EndOfAudio, Uplink

Speech: TypeAlias = bytes | EndOfAudio

_REPLAY_CHUNK = 100 * BYTES_PER_MS


class UplinkMailbox:
    """The client reader puts speech in, the audio pump takes it out."""

    def __init__(self, bound_ms: int) -> None:
        self.gate = Gate.KNOCK
        self.sent = Unconfirmed()
        self._bound = bound_ms * BYTES_PER_MS
        self._control: deque[ControlMessage] = deque()
        self._waiting: deque[Speech] = deque()
        self._waiting_bytes = 0
        self._total_bytes = 0
        self._dropped_bytes = 0
        self._peak_bytes = 0
        self._filled = asyncio.Event()

    # The client reader's side.

    def put(self, pcm: bytes) -> int:
        """Add speech and return how many bytes of older, unsent speech had to go for it."""
        self._waiting.append(pcm)
        self._waiting_bytes += len(pcm)
        self._total_bytes += len(pcm)
        self._filled.set()
        return self._keep_bound()

    # The supervisor's side.

    def put_end(self) -> None:
        """Say that the microphone is closed, after all speech that was put in."""
        if not self._waiting or isinstance(self._waiting[-1], bytes):
            self._waiting.append(EndOfAudio())
        self._filled.set()

    def put_control(self, message: ControlMessage) -> None:
        """Add a message that goes out before any speech."""
        self._control.append(message)
        self._filled.set()

    def rewind(self) -> None:
        """Put what was sent and not confirmed back in front; forget answers to the lost link."""
        self._control.clear()
        sent = self.sent.take_all()
        self._waiting.extendleft(
            sent[start : start + _REPLAY_CHUNK]
            for start in reversed(range(0, len(sent), _REPLAY_CHUNK))
        )
        self._waiting_bytes += len(sent)
        if self._waiting:
            self._filled.set()

    def clear(self, *, later_too: bool = False) -> None:
        """Forget everything up to the end of audio, if that still waits; else what was sent.

        What was put in after the end of audio belongs to what is said next, and is forgotten only
        if `later_too`.
        """
        self._control.clear()
        self.sent.clear()
        if later_too:
            self._waiting.clear()
            self._waiting_bytes = 0
        elif EndOfAudio() in self._waiting:
            while isinstance(speech := self._waiting.popleft(), bytes):
                self._waiting_bytes -= len(speech)

    @property
    def audio_ms(self) -> int:
        """Milliseconds of speech that came in, in all."""
        return self._total_bytes // BYTES_PER_MS

    def holds_unheard_speech(self) -> bool:
        """Say whether what waits, or was sent and not acted on, sounds like speech."""
        waiting = b"".join(speech for speech in self._waiting if isinstance(speech, bytes))
        return self.sent.holds_speech() or holds_speech(waiting)

    def view(self) -> QueueView:
        """Return how full it is and was, in milliseconds of unsent speech."""
        return QueueView(
            unit="ms",
            bound=self._bound // BYTES_PER_MS,
            depth=self._waiting_bytes // BYTES_PER_MS,
            peak=self._peak_bytes // BYTES_PER_MS,
            dropped=self._dropped_bytes // BYTES_PER_MS,
        )

    # The audio pump's side.

    async def wait_filled(self) -> None:
        """Return as soon as there is something to take."""
        while not self._waiting and not self._control:
            self._filled.clear()
            await self._filled.wait()

    def take(self, now: float) -> Uplink | None:
        """Remove and return what is to be sent next, `None` if it has gone meanwhile.

        Speech is remembered as sent at `now`, monotonic seconds, so that a send that fails loses
        nothing.
        """
        if self._control:
            return self._control.popleft()
        if not self._waiting:
            return None
        speech = self._waiting.popleft()
        if isinstance(speech, bytes):
            self._waiting_bytes -= len(speech)
            self.sent.add(speech, now)
        else:
            self.sent.close()
        return speech

    def _keep_bound(self) -> int:
        while self.sent.size and self._waiting_bytes + self.sent.size > self._bound:
            self.sent.drop_oldest()
        lost = 0
        while self._waiting_bytes - lost > self._bound:
            oldest = self._waiting.popleft()
            lost += len(oldest) if isinstance(oldest, bytes) else 0
        self._waiting_bytes -= lost
        self._dropped_bytes += lost
        self._peak_bytes = max(self._peak_bytes, self._waiting_bytes)
        return lost
