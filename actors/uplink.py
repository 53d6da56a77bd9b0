"""Speech on its way to Gemini, bounded in milliseconds, and what a lost link may not have heard.

A link that dies takes nothing with it: what it was sent and has not acted on is kept
(`actors.unconfirmed`) and goes out again on the next one.

When the bound is passed, the oldest goes: first what was sent already, then what still waits, and
only the latter is a loss. Answers to function calls are not speech: they overtake it and are never
dropped while there may be somebody to take them.
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
from schemas.gemini import ToolResponse
from schemas.messages import EndOfAudio, SpeechReport, Uplink

Speech: TypeAlias = bytes | EndOfAudio

_REPLAY_CHUNK = 100 * BYTES_PER_MS


class UplinkMailbox:
    """The client reader puts speech in, the audio pump takes it out."""

    def __init__(self, bound_ms: int, ignored_after_s: float = 8.0) -> None:
        self.gate = Gate.KNOCK
        self.sent = Unconfirmed(ignored_after_s)
        self._bound = bound_ms * BYTES_PER_MS
        self._answers: deque[ToolResponse] = deque()
        self._in_doubt: deque[ToolResponse] = deque()
        """Those that were taken to be sent, and may not have arrived."""
        self._handed_over = 0
        self._waiting: deque[Speech] = deque()
        self._waiting_bytes = 0
        self._total_bytes = 0
        self._dropped_bytes = 0
        self._untold_bytes = 0
        self._peak_bytes = 0
        self._filled = asyncio.Event()

    # The client reader's side.

    def put(self, pcm: bytes) -> bool:
        """Add speech; return whether older speech, not sent yet, had to go for it."""
        self._waiting.append(pcm)
        self._waiting_bytes += len(pcm)
        self._total_bytes += len(pcm)
        self._filled.set()
        return self._keep_bound()

    def take_loss(self, at_least_ms: int = 1) -> int:
        """Return the milliseconds lost that nobody was told of; 0 if they are fewer.

        Those that are returned count as told.
        """
        lost_ms = self._untold_bytes // BYTES_PER_MS
        if lost_ms < at_least_ms:
            return 0
        self._untold_bytes -= lost_ms * BYTES_PER_MS
        return lost_ms

    # The supervisor's side.

    def put_end(self) -> None:
        """Say that the microphone is closed, after all speech that was put in.

        Speech that is put in later belongs to what is said next: it is not taken before `clear`.
        """
        self._waiting.append(EndOfAudio())
        self._filled.set()

    def put_answers(self, answers: ToolResponse) -> None:
        """Add answers to function calls, which go out before any speech."""
        self._answers.append(answers)
        self._filled.set()

    def answer_sent(self) -> None:
        """The answer that was taken last has been handed to the link."""
        self._handed_over = len(self._in_doubt)

    def settle_answers(self) -> None:
        """Gemini has gone on: answers that the link was handed by now have arrived."""
        while self._handed_over:
            self._in_doubt.popleft()
            self._handed_over -= 1

    def rewind(self, *, resuming: bool) -> tuple[float | None, int]:
        """Put what was sent and not confirmed back in front: the link is lost.

        Answers that may not have arrived go out again too if the next link resumes the session
        that asked: a call without its answer would hold that session up (pydantic-ai,
        livekit/agents#6569). A fresh session has asked nothing.

        Returns:
            Since when, in monotonic seconds, Gemini may have answered something of it, `None` if
            nothing had been sent whole; and how many utterances are said again.
        """
        self._answers.extendleft(reversed(self._in_doubt))
        self._forget_doubts()
        if not resuming:
            self._answers.clear()
        if self.sent.closed:
            self._waiting.appendleft(EndOfAudio())
        held = self.sent.held()
        sent = self.sent.take_all()
        self._waiting.extendleft(
            sent[start : start + _REPLAY_CHUNK]
            for start in reversed(range(0, len(sent), _REPLAY_CHUNK))
        )
        self._waiting_bytes += len(sent)
        self._keep_bound()
        if self._waiting or self._answers:
            self._filled.set()
        return held

    def clear(self, *, later_too: bool = False) -> None:
        """Forget everything up to the end of audio, and if `later_too` what was put in after it."""
        self._answers.clear()
        self._forget_doubts()
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

    def report(self) -> SpeechReport:
        """Return what Gemini has not answered of what was said before the end of audio."""
        unsent = b"" if self.sent.closed else self._before_the_end()
        unsent_ms = len(unsent) // BYTES_PER_MS if holds_speech(unsent) else 0
        since = self.sent.unanswered_since()
        if since is None and unsent_ms:
            # Gemini takes nothing: the pump waits in the middle of a sentence.
            since = self.sent.last_sent_at
        return SpeechReport(
            unheard=unsent_ms > 0 or self.sent.holds_speech(),
            unsent_ms=unsent_ms,
            unanswered_since=since,
            last_sent_at=self.sent.last_sent_at,
        )

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

    @property
    def behind_ms(self) -> int:
        """Milliseconds of speech that wait."""
        return self._waiting_bytes // BYTES_PER_MS

    async def wait_filled(self, *, speech: bool = True) -> None:
        """Return as soon as there is something to take; without `speech`, only for an answer."""
        while not self._answers and (not speech or self.sent.closed or not self._waiting):
            self._filled.clear()
            await self._filled.wait()

    def take(self, now: float) -> Uplink | None:
        """Remove and return what is to be sent next, `None` if it has gone meanwhile.

        Speech is remembered as sent at `now`, monotonic seconds, so that a send that fails loses
        nothing.
        """
        if self._answers:
            answers = self._answers.popleft()
            self._in_doubt.append(answers)
            return answers
        if self.sent.closed or not self._waiting:
            return None
        speech = self._waiting.popleft()
        if _is_speech(speech):
            self._waiting_bytes -= len(speech)
            self.sent.add(speech, now)
        else:
            self.sent.closed = True
        return speech

    def unsent_ms(self) -> int:
        """Return the milliseconds of speech that wait, what came after the end included."""
        waiting = b"".join(filter(_is_speech, self._waiting))
        return len(waiting) // BYTES_PER_MS if holds_speech(waiting) else 0

    def _forget_doubts(self) -> None:
        self._in_doubt.clear()
        self._handed_over = 0

    def _before_the_end(self) -> bytes:
        before_the_end = takewhile(_is_speech, self._waiting)
        return b"".join(filter(_is_speech, before_the_end))

    def _keep_bound(self) -> bool:
        while self.sent.size and self._waiting_bytes + self.sent.size > self._bound:
            self.sent.drop_oldest()
        lost = 0
        while self._waiting_bytes - lost > self._bound:
            oldest = self._waiting.popleft()
            if _is_speech(oldest):
                lost += len(oldest)
            else:
                # All that was said before the microphone was closed is gone.
                self.sent.closed = True
        self._waiting_bytes -= lost
        self._dropped_bytes += lost
        self._untold_bytes += lost
        self._peak_bytes = max(self._peak_bytes, self._waiting_bytes)
        return lost > 0


def _is_speech(speech: Speech) -> TypeGuard[bytes]:
    return isinstance(speech, bytes)
