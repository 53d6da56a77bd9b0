"""How much one phone may send: messages, bytes and sound, a token bucket each. Pure.

The buckets are filled when one is found empty and not before, so nobody looks at a clock for a
message. What may be sent at once is therefore up to twice the burst.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

Sent: TypeAlias = Literal["messages", "bytes", "audio"]
_ENDLESS: Final = 1 << 62
_BYTES_PER_S: Final = 32_000
"""PCM16 mono 16 kHz."""


@dataclass(frozen=True, slots=True)
class Rates:
    """What a phone may send a second for as long as it likes; 0 is any amount.

    Attributes:
        messages: frames, of whatever kind; one with a list of things to do counts as many.
        size: bytes; of speech those of its PCM.
        audio_s: seconds of sound. A phone that comes back has kept some, and sends it faster than
            it was spoken.
        burst_s: so many seconds' worth may come at once.
    """

    messages: int = 200
    size: int = 1 << 20
    audio_s: float = 8.0
    burst_s: float = 10.0


UNBOUNDED: Final = Rates(0, 0, 0)


class Allowance:
    """What one phone may still send.

    Attributes:
        used_up: a bucket was empty when it was looked at last; `exceeded` tells whether it is.
    """

    __slots__ = ("_audio", "_filled_at", "_messages", "_most_parts", "_rates", "_size", "used_up")

    def __init__(self, rates: Rates, now: float) -> None:
        """Begin with a whole burst, at `now` in seconds of any clock."""
        self._rates = rates
        self._most_parts = int(rates.messages * rates.burst_s / 2)
        self._filled_at = now
        self.used_up = False
        self._messages = self._size = self._audio = 0
        self._fill(rates.burst_s)

    def spend(self, messages: int, size: int, audio: int) -> None:
        """Take note of what was sent: frames, bytes, bytes of PCM."""
        self._messages -= messages
        self._size -= size
        self._audio -= audio
        self.used_up = self._messages < 0 or self._size < 0 or self._audio < 0

    def spend_parts(self, parts: int) -> None:
        """Take note that a message has so many parts, each of them work: they count as messages.

        One message counts for half a burst at most, so that what one may hold can be sent at all,
        however few messages may be.
        """
        self.spend(min(parts, self._most_parts), 0, 0)

    def exceeded(self, now: float) -> Sent | None:
        """Return what was sent too much of, once the buckets are filled up to `now`."""
        self._fill(now - self._filled_at)
        self._filled_at = now
        self.used_up = True
        if self._messages < 0:
            return "messages"
        if self._size < 0:
            return "bytes"
        if self._audio < 0:
            return "audio"
        self.used_up = False
        return None

    def _fill(self, seconds: float) -> None:
        rates = self._rates
        for_s = rates.burst_s
        self._messages = _filled(self._messages, rates.messages, seconds, for_s)
        self._size = _filled(self._size, rates.size, seconds, for_s)
        self._audio = _filled(self._audio, rates.audio_s * _BYTES_PER_S, seconds, for_s)


def _filled(level: int, rate: float, seconds: float, burst_s: float) -> int:
    return min(level + int(rate * seconds), int(rate * burst_s)) if rate else _ENDLESS
