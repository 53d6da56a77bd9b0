"""Speech on its way to Gemini, bounded in milliseconds, and what a lost link may not have heard.

Speech is kept until it is confirmed: when Gemini has acted on a sentence, everything up to the
pause before whatever is being said now is forgotten. A link that dies takes nothing with it: what
it was sent and did not confirm goes out again on the next one (`rewind`).

When the bound is passed, the oldest goes: first what was sent already, then what still waits, and
only the latter is a loss. Control messages are not speech: they overtake it and are never dropped.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TypeAlias

from actors.gate import Gate
from actors.loudness import holds_speech, longest_pause_end
from schemas.admin import QueueView
from schemas.client import BYTES_PER_MS
from schemas.gemini import ControlMessage
from schemas.messages import EndOfAudio, Uplink

Speech: TypeAlias = bytes | EndOfAudio

_LOOK_BACK = 2_000 * BYTES_PER_MS
"""How far before a confirmed point the pause is looked for."""
_REPLAY_CHUNK = 100 * BYTES_PER_MS


class UplinkMailbox:
    """The client reader puts speech in, the audio pump takes it out."""

    def __init__(self, bound_ms: int) -> None:
        self.gate = Gate.KNOCK
        self._bound = bound_ms * BYTES_PER_MS
        self._control: deque[ControlMessage] = deque()
        self._waiting: deque[Speech] = deque()
        self._sent: deque[bytes] = deque()
        self._waiting_bytes = 0
        self._sent_bytes = 0
        self._position = 0
        self._marked = 0
        self._ended = 0
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

    def mark(self) -> None:
        """Note that Gemini speaks about what it has been sent up to now."""
        self._marked = self._position

    def confirm(self) -> None:
        """Forget what was sent before the mark: Gemini has acted on it.

        Somebody may have begun a new sentence by then; it is kept from its beginning, which is
        the end of the longest pause before the mark: what Gemini takes for the end of a sentence
        is longer than any pause within one. No sentence goes on after the end of audio.

        One mark confirms once: what was kept is not for the next confirmation to forget.
        """
        start = self._position - self._sent_bytes
        sent = b"".join(self._sent)
        heard = sent[: max(0, self._marked - start)]
        tail = heard[-_LOOK_BACK:]
        pause = longest_pause_end(tail)
        begun = len(heard) if pause is None else len(heard) - len(tail) + pause
        cut = max(begun, min(len(heard), self._ended - start))
        self._marked = start + cut
        self._sent = deque([sent[cut:]] if cut < len(sent) else [])
        self._sent_bytes = len(sent) - cut

    def rewind(self) -> None:
        """Put what was sent and not confirmed back in front; forget answers to the lost link."""
        self._control.clear()
        sent = b"".join(self._sent)
        self._waiting.extendleft(
            sent[start : start + _REPLAY_CHUNK]
            for start in reversed(range(0, len(sent), _REPLAY_CHUNK))
        )
        self._waiting_bytes += self._sent_bytes
        self._position -= self._sent_bytes
        self._marked = min(self._marked, self._position)
        self._ended = min(self._ended, self._position)
        self._sent.clear()
        self._sent_bytes = 0
        if self._waiting:
            self._filled.set()

    def clear(self, *, later_too: bool = False) -> None:
        """Forget everything up to the end of audio, if that still waits; else what was sent.

        What was put in after the end of audio belongs to what is said next, and is forgotten only
        if `later_too`.
        """
        self._control.clear()
        self._sent.clear()
        self._sent_bytes = 0
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
        """Say whether what waits, or was sent and not confirmed, sounds like speech."""
        waiting = [speech for speech in self._waiting if isinstance(speech, bytes)]
        return holds_speech(b"".join([*self._sent, *waiting]))

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

    def take(self) -> Uplink | None:
        """Remove and return what is to be sent next, `None` if it has gone meanwhile.

        Speech is remembered as sent at once, so that a send that fails loses nothing.
        """
        if self._control:
            return self._control.popleft()
        if not self._waiting:
            return None
        speech = self._waiting.popleft()
        if isinstance(speech, bytes):
            self._sent.append(speech)
            self._waiting_bytes -= len(speech)
            self._sent_bytes += len(speech)
            self._position += len(speech)
        else:
            self._ended = self._position
        return speech

    def _keep_bound(self) -> int:
        while self._sent and self._waiting_bytes + self._sent_bytes > self._bound:
            self._sent_bytes -= len(self._sent.popleft())
        lost = 0
        while self._waiting_bytes - lost > self._bound:
            oldest = self._waiting.popleft()
            lost += len(oldest) if isinstance(oldest, bytes) else 0
        self._waiting_bytes -= lost
        self._dropped_bytes += lost
        self._peak_bytes = max(self._peak_bytes, self._waiting_bytes)
        return lost
