"""Speech on its way to Gemini, bounded in milliseconds, and what a lost link may not have heard.

A link that dies takes nothing with it: what it was sent and has not acted on is kept
(`actors.unconfirmed`) and goes out again on the next one.

When the bound is passed, the oldest goes: first what was sent already, then what still waits, and
only the latter is a loss. Control messages are not speech: they overtake it and are never dropped.
"""

from __future__ import annotations

import asyncio
from collections import deque
from itertools import takewhile
from typing import TypeAlias, TypeGuard

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
        """Say that the microphone is closed, after all speech that was put in.

        Speech that is put in later belongs to what is said next: it is not taken before `clear`.
        """
        self._waiting.append(EndOfAudio())
        self._filled.set()

    def put_control(self, message: ControlMessage) -> None:
        """Add a message that goes out before any speech."""
        self._control.append(message)
        self._filled.set()

    def rewind(self) -> None:
        """Put what was sent and not confirmed back in front; forget answers to the lost link."""
        self._control.clear()
        if self.sent.closed:
            self._waiting.appendleft(EndOfAudio())
        sent = self.sent.take_all()
        self._waiting.extendleft(
            sent[start : start + _REPLAY_CHUNK]
            for start in reversed(range(0, len(sent), _REPLAY_CHUNK))
        )
        self._waiting_bytes += len(sent)
        if self._waiting:
            self._filled.set()

    def clear(self, *, later_too: bool = False) -> None:
        """Forget everything up to the end of audio, and if `later_too` what was put in after it."""
        self._control.clear()
        self.sent.clear()
        if later_too:
            self._waiting.clear()
            self._waiting_bytes = 0
        elif EndOfAudio() in self._waiting:
            while _is_speech(speech := self._waiting.popleft()):
                self._waiting_bytes -= len(speech)
        if self._waiting:
            self._filled.set()

    @property
    def audio_ms(self) -> int:
        """Milliseconds of speech that came in, in all."""
        return self._total_bytes // BYTES_PER_MS

    def holds_unheard_speech(self) -> bool:
        """Say whether there is, before the end of audio, what sounds like unanswered speech."""
        if self.sent.holds_speech():
            return True
        if self.sent.closed:
            return False
        before_the_end = takewhile(_is_speech, self._waiting)
        return holds_speech(b"".join(filter(_is_speech, before_the_end)))

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
        while not self._control and (self.sent.closed or not self._waiting):
            self._filled.clear()
            await self._filled.wait()

    def take(self, now: float) -> Uplink | None:
        """Remove and return what is to be sent next, `None` if it has gone meanwhile.

        Speech is remembered as sent at `now`, monotonic seconds, so that a send that fails loses
        nothing.
        """
        if self._control:
            return self._control.popleft()
        if self.sent.closed or not self._waiting:
            return None
        speech = self._waiting.popleft()
        if _is_speech(speech):
            self._waiting_bytes -= len(speech)
            self.sent.add(speech, now)
        else:
            self.sent.closed = True
        return speech

    def _keep_bound(self) -> int:
        while self.sent.size and self._waiting_bytes + self.sent.size > self._bound:
            self.sent.drop_oldest()
        lost = 0
        while self._waiting_bytes - lost > self._bound:
            oldest = self._waiting.popleft()
            lost += len(oldest) if _is_speech(oldest) else 0
        self._waiting_bytes -= lost
        self._dropped_bytes += lost
        self._peak_bytes = max(self._peak_bytes, self._waiting_bytes)
        return lost


def _is_speech(speech: Speech) -> TypeGuard[bytes]:
    return isinstance(speech, bytes)
