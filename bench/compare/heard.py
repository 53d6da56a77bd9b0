"""What the upstream has received of a session: every byte checked, every delay noted. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from pybase64 import b64decode

from bench.compare.stamps import (
    BYTES_PER_MS,
    STAMP_BYTES,
    BadStamp,
    Stamp,
    next_at,
    read,
    rest_of,
)

SILENCE_MS: Final = 500
"""Silence that ends a sentence, as the gateway's setup asks for."""
_STANDARD: Final = bytes.maketrans(b"-_", b"+/")


@dataclass(slots=True)
class Tally:
    """What all connections have received since it was begun.

    Attributes:
        chunks: how many came.
        missing: how many numbers were passed over.
        repeated: how many came that had come before.
        spoilt: how many were not what was sent.
        delays_ns: of each that is to be counted, from the phone's sending it.
    """

    chunks: int
    missing: int
    repeated: int
    spoilt: int
    delays_ns: list[int]

    @classmethod
    def begun(cls) -> Tally:
        """Return one of nothing."""
        return cls(0, 0, 0, 0, [])


class Hearing:
    """One session's sound, put together again however it was cut into messages.

    Attributes:
        session: whose it is.
        calls: when each call was sent, by the monotonic clock, and whether its delay is measured;
            the first is number 1.
        counting: whether the newest chunk is one of those whose delays are measured.
        calls_before: how many of them were sent before what is measured.
    """

    __slots__ = (
        "_buffer",
        "_next",
        "_searches",
        "_silence_ms",
        "_spoke",
        "calls",
        "calls_before",
        "counting",
        "session",
    )

    def __init__(self, session: int) -> None:
        self.session = session
        self.calls: list[tuple[int, bool]] = []
        self.counting = False
        self.calls_before = 0
        self._searches = True
        self._buffer = b""
        self._next = 0
        self._silence_ms = 0
        self._spoke = False

    def begin(self) -> None:
        """Go on with it on another connection, which may begin within a chunk."""
        self._buffer = b""
        self._searches = True

    def take(self, message: bytes, now_ns: int, tally: Tally) -> bool:
        """Take a message with sound; return whether a sentence has ended in it."""
        sound = _sound_of(message)
        if self._buffer:
            sound = self._buffer + sound
        ended = False
        at = 0
        while len(sound) - at >= STAMP_BYTES:
            try:
                stamp = read(sound[at : at + STAMP_BYTES])
            except BadStamp:
                tally.spoilt += not self._searches
                self._searches = True
                found = next_at(sound, at)
                at = len(sound) - STAMP_BYTES + 2 if found is None else found
                continue
            self._searches = False
            end = at + stamp.chunk_ms * BYTES_PER_MS
            if end > len(sound):
                break
            if sound[at + STAMP_BYTES : end] != rest_of(stamp.chunk_ms, speech=stamp.speech):
                tally.spoilt += 1
            self._note(stamp, now_ns, tally)
            ended = self._goes_on(stamp.chunk_ms, speech=stamp.speech) or ended
            at = end
        self._buffer = sound[at:]
        return ended

    def _note(self, stamp: Stamp, now_ns: int, tally: Tally) -> None:
        tally.chunks += 1
        self.counting = stamp.counted
        if stamp.counted:
            tally.delays_ns.append(now_ns - stamp.sent_ns)
        if stamp.number != self._next:
            tally.missing += max(0, stamp.number - self._next)
            tally.repeated += stamp.number < self._next
        self._next = max(self._next, stamp.number + 1)
        tally.spoilt += stamp.session != self.session

    def _goes_on(self, chunk_ms: int, *, speech: bool) -> bool:
        if speech:
            self._spoke, self._silence_ms = True, 0
            return False
        self._silence_ms += chunk_ms
        if not self._spoke or self._silence_ms < SILENCE_MS:
            return False
        self._spoke = False
        return True


def is_sound(message: bytes) -> bool:
    """Return whether a client's message is one with sound."""
    return message.find(b'"audio"', 0, 48) > 0


def session_of(message: bytes) -> int | None:
    """Return in whose sound the first chunk of a message begins; `None` if none does."""
    sound = _sound_of(message)
    at = next_at(sound, 0)
    return None if at is None else read(sound[at:]).session


def _sound_of(message: bytes) -> bytes:
    start = message.index(b'"', message.index(b":", message.index(b'"data"'))) + 1
    text = message[start : message.index(b'"', start)]
    if b"-" in text or b"_" in text:
        text = text.translate(_STANDARD)
    return b64decode(text, validate=True)
