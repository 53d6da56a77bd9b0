"""Speech that Gemini was sent and has not acted on yet: what a lost link may not have heard.

Gemini does not say which speech it has acted on; it works through what it hears one utterance at
a time, and answers each in a turn of its own. So the end of a turn confirms the oldest utterance,
whose end is found as Gemini finds it, by half a second of silence. Counting utterances holds
however fast the speech was sent: after a gap, several go out at once.
"""

from __future__ import annotations

from collections import deque
from typing import Final

from actors.loudness import first_utterance, holds_speech, last_pause_end

_STALE_S: Final = 8.0
"""What was sent this long before a turn ended was heard, whatever became of it."""
_LONG_S: Final = 20.0
"""Sound that goes on for this long without a pause may be none of a voice's."""


class Unconfirmed:
    """Chunks of PCM16 mono 16 kHz with the monotonic seconds at which each was sent.

    Attributes:
        size: bytes of all chunks.
        closed: the microphone was closed after them: nothing that they begin goes on.
        last_sent_at: when the newest chunk was sent, forgotten or not.
    """

    def __init__(self) -> None:
        self.size = 0
        self.closed = False
        self.last_sent_at: float | None = None
        self._chunks: deque[tuple[float, bytes]] = deque()

    def add(self, pcm: bytes, now: float) -> None:
        """Note that `pcm` is sent."""
        self._chunks.append((now, pcm))
        self.last_sent_at = now
        self.size += len(pcm)

    def confirm(self, now: float) -> float | None:
        """A turn about speech is over: forget its utterance; return how long ago that had ended.

        If Gemini ended it before there was silence, only what was said up to its last pause is
        forgotten, and when it ended is not known.
        """
        sent = self._joined()
        utterance = first_utterance(sent)
        ended_at = None
        if utterance is not None:
            over = utterance.over or self.closed
            ended_at = self._sent_at(utterance.end - 1) if over else None
            self._cut(utterance.end if over else last_pause_end(sent))
        while self._chunks and self._chunks[0][0] < now - _STALE_S:
            self.drop_oldest()
        return None if ended_at is None else now - ended_at

    def unanswered_since(self) -> float | None:
        """Return since when an answer is due: since the oldest utterance ended, if one did.

        For one that goes on, it is due `_LONG_S` after it began.
        """
        utterance = first_utterance(self._joined())
        if utterance is None:
            return None
        if utterance.over or self.closed:
            return self._sent_at(utterance.end - 1)
        return self._sent_at(utterance.start) + _LONG_S

    def drop_oldest(self) -> None:
        """Forget the oldest chunk."""
        _, pcm = self._chunks.popleft()
        self.size -= len(pcm)

    def take_all(self) -> bytes:
        """Remove and return everything: the link it was sent on is lost."""
        everything = self._joined()
        self.clear()
        return everything

    def clear(self) -> None:
        """Forget everything."""
        self._chunks.clear()
        self.size = 0
        self.closed = False

    def holds_speech(self) -> bool:
        """Say whether any of it sounds like speech."""
        return holds_speech(self._joined())

    def _sent_at(self, at: int) -> float:
        """Return when the byte at `at` was sent."""
        times = iter(self._chunks)
        sent_at, pcm = next(times)
        while at >= len(pcm):
            at -= len(pcm)
            sent_at, pcm = next(times)
        return sent_at

    def _cut(self, size: int) -> None:
        """Forget the first `size` bytes."""
        self.size -= size
        while size:
            sent_at, pcm = self._chunks.popleft()
            if len(pcm) > size:
                self._chunks.appendleft((sent_at, pcm[size:]))
            size -= min(size, len(pcm))

    def _joined(self) -> bytes:
        return b"".join(pcm for _, pcm in self._chunks)
