"""Speech that Gemini was sent and has not acted on yet: what a lost link may not have heard.

Gemini does not say which speech it has acted on; it works through what it hears one utterance at
a time, and answers each in a turn of its own. So the end of a turn confirms the oldest utterance,
whose end is found as Gemini finds it, by half a second of silence. Counting utterances holds
however fast the speech was sent: after a gap, several go out at once. An utterance that Gemini
had time for and did not answer is none to Gemini: noise, or a part of the one before.

Of silence before an utterance, a moment is kept: an open microphone on a shelf costs no memory.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from actors.loudness import (
    FRAME_BYTES,
    SILENCE_KEPT,
    Utterance,
    first_utterance,
    holds_speech,
    last_pause_end,
    leading_silence,
    levels_of,
    may_hold_speech,
    without_long_silence,
)
from schemas.client import BYTES_PER_MS

_LONG_S: Final = 20.0
"""Sound that goes on for this long without a pause may be none of a voice's."""
_UNLOOKED: Final = 500 * BYTES_PER_MS
"""What is kept before it is looked at whether all of it is needed: seldom more than a chunk's."""


class Unconfirmed:
    """Chunks of PCM16 mono 16 kHz with the monotonic seconds at which each was sent.

    Attributes:
        added: bytes of all that were ever added.
        closed: the microphone was closed after them: nothing that they begin goes on.
        confirmed: what `added` was when a turn about speech was over last.
    """

    __slots__ = (
        "_chunks",
        "_due_since",
        "_forgotten",
        "_ignored_after_s",
        "_last_sent_at",
        "_levels",
        "_look_at",
        "_times",
        "added",
        "closed",
        "confirmed",
    )

    def __init__(self, ignored_after_s: float) -> None:
        """Take how long Gemini, with nothing else to do, may leave an utterance unanswered."""
        self.added = 0
        self.closed = False
        self.confirmed = 0
        self._ignored_after_s = ignored_after_s
        self._forgotten = 0
        self._chunks: list[bytes] = []
        self._times: list[float] = []
        """When each was sent."""
        self._last_sent_at: float | None = None
        """When the last of those was sent that are forgotten."""
        self._levels: list[float] = []
        """Of the oldest frames, as many as were measured."""
        self._look_at: float = _UNLOOKED
        """What `added` is when silence is looked for; infinite where speech is known to begin."""
        self._due_since: float | None = None

    @property
    def size(self) -> int:
        """Bytes of all chunks."""
        return self.added - self._forgotten

    @property
    def last_sent_at(self) -> float | None:
        """When the newest chunk was sent, forgotten or not."""
        return self._times[-1] if self._times else self._last_sent_at

    def add(self, pcm: bytes, now: float) -> int:
        """Note that `pcm` is sent; return the size."""
        self._chunks.append(pcm)
        self._times.append(now)
        self.added = added = self.added + len(pcm)
        if added > self._look_at:
            self._look()
        return added - self._forgotten

    def confirm(self, *, began_at: float, idle_since: float) -> float | None:
        """A turn about speech is over: forget its utterance, and those before it.

        If Gemini ended it before there was silence, only what was said up to its last pause is
        forgotten.

        Args:
            began_at: when Gemini began to answer, in monotonic seconds.
            idle_since: since when it had nothing else to do.

        Returns:
            How many seconds after the utterance's end Gemini began to answer it, if that is known.
        """
        self.confirmed = self.added
        late: float | None = None
        while (utterance := first_utterance(self._measured())) is not None:
            over = utterance.over or self.closed
            said_at = self._ended_at(utterance) if over else self._sent_at(utterance.start)
            if began_at < said_at:
                # It was said into an answer to something else.
                return late
            if not over:
                # If one before it was taken to be ignored, that was the one, answered late.
                self._forget(last_pause_end(self._levels) if late is None else 0)
                return late
            self._forget(utterance.end)
            late = began_at - said_at
            if began_at - max(said_at, idle_since) < self._ignored_after_s:
                return late
        return late

    def unanswered_since(self) -> float | None:
        """Return since when an answer is due: since the oldest utterance ended, if one did.

        For one that goes on, it is due `_LONG_S` after it began. That lasts until something is
        answered, however much has been forgotten for want of room. Silence at the beginning is
        forgotten.
        """
        utterance = first_utterance(self._measured())
        if utterance is None:
            self._due_since = None
        else:
            over = utterance.over or self.closed
            since = self._ended_at(utterance) if over else self._sent_at(utterance.start) + _LONG_S
            self._due_since = since if self._due_since is None else min(self._due_since, since)
        self._cut(leading_silence(self._levels))
        return self._due_since

    def held(self) -> tuple[float | None, int]:
        """Return when the oldest utterance had been sent whole, and how many utterances there are.

        `None`: none has been sent whole.
        """
        levels = self._measured()
        utterance = first_utterance(levels)
        if utterance is None:
            return None, 0
        since = self._ended_at(utterance) if utterance.over or self.closed else None
        count = 0
        while utterance is not None:
            count += 1
            levels = levels[utterance.end // FRAME_BYTES :]
            utterance = first_utterance(levels)
        return since, count

    def may_answer(self, end: int, *, began_at: float, idle_since: float) -> bool:
        """Return whether Gemini may still answer an utterance that begins before `end`.

        It leaves those unanswered that it had time for (`confirm`).

        Args:
            end: a number of bytes, as `added` counts them.
            began_at: when Gemini began its newest answer, in monotonic seconds.
            idle_since: since when it had nothing else to do before.
        """
        at, levels = 0, self._measured()
        while (found := first_utterance(levels)) is not None:
            if at + found.start >= end - self._forgotten:
                return False
            utterance = Utterance(at + found.start, at + found.end, over=found.over)
            if not (utterance.over or self.closed):
                return True
            since = max(self._ended_at(utterance), idle_since)
            if began_at - since < self._ignored_after_s:
                return True
            at, levels = utterance.end, levels[found.end // FRAME_BYTES :]
        return False

    def drop_oldest(self) -> None:
        """Forget the oldest chunk, and what it left of a frame: frames stay what was measured."""
        frames = -(-len(self._chunks[0]) // FRAME_BYTES)
        self._cut(min(frames * FRAME_BYTES, self.size))

    def take_all(self, cuts: Sequence[int] = ()) -> list[bytes]:
        """Remove and return what is worth being said again: the link it was sent on is lost.

        Args:
            cuts: what `added` was where something else was said, in order.

        Returns:
            What was sent before each cut, and what after the last.
        """
        everything, forgotten = b"".join(self._chunks), self._forgotten
        self.clear()
        ends = [max(0, cut - forgotten) for cut in cuts]
        stretches = zip([0, *ends], [*ends, len(everything)], strict=True)
        return [without_long_silence(everything[start:end]) for start, end in stretches]

    def clear(self) -> None:
        """Forget everything."""
        self._forget(self.size)
        self.closed = False

    def holds_speech(self) -> bool:
        """Say whether any of it sounds like speech."""
        return holds_speech(self._measured())

    def may_hold_speech_after(self, end: int) -> bool:
        """Return whether anybody may have spoken since, however quietly.

        Args:
            end: a number of bytes, as `added` counts them.
        """
        at = max(0, end - self._forgotten)
        return may_hold_speech(self._measured()[-(-at // FRAME_BYTES) :])

    def _ended_at(self, utterance: Utterance) -> float:
        """Return when an utterance had been sent whole; one that goes on is cut off."""
        return self._sent_at(utterance.end - 1) if utterance.over else self._times[-1]

    def _sent_at(self, at: int) -> float:
        """Return when the byte at `at` was sent."""
        index = 0
        while at >= (size := len(self._chunks[index])):
            at -= size
            index += 1
        return self._times[index]

    def _measured(self) -> list[float]:
        """Return the levels of all whole frames, each of which is measured once."""
        unmeasured = self.size - len(self._levels) * FRAME_BYTES
        if unmeasured >= FRAME_BYTES:
            index, found = len(self._chunks), 0
            while found < unmeasured:
                index -= 1
                found += len(self._chunks[index])
            self._levels += levels_of(b"".join(self._chunks[index:])[found - unmeasured :])
        return self._levels

    def _look(self) -> None:
        """Forget the silence at the beginning, and look again when it may have grown."""
        self._cut(leading_silence(self._measured()))
        silent = self.size <= SILENCE_KEPT
        self._look_at = self._forgotten + _UNLOOKED if silent else math.inf

    def _forget(self, end: int) -> None:
        """Forget what was said up to the byte at `end`, where a frame ends."""
        self._due_since = None
        everything = end >= self.size - self.size % FRAME_BYTES
        self._cut(self.size if everything else end)
        self._look_at = self._forgotten + _UNLOOKED

    def _cut(self, size: int) -> None:
        """Forget the first `size` bytes: whole frames, or all."""
        self._forgotten += size
        del self._levels[: size // FRAME_BYTES]
        whole = 0
        while size and size >= len(self._chunks[whole]):
            size -= len(self._chunks[whole])
            whole += 1
        if whole:
            self._last_sent_at = self._times[whole - 1]
            del self._chunks[:whole], self._times[:whole]
        if size:
            self._chunks[0] = self._chunks[0][size:]
