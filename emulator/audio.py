"""Audio as clients send it: what its MIME type says, how much there was, and 16 kHz made of it."""

from __future__ import annotations

import hashlib
import re
import sys
from array import array

from emulator.content import Blob
from emulator.wire import Refused, invalid

NATIVE_RATE = 16_000
LOWEST_RATE, HIGHEST_RATE = 8_000, 48_000
"""What microphones and telephones give; the real limits are not documented."""
_PCM = re.compile(r"audio/pcm(?:\s*;\s*rate=(?P<rate>[0-9]{4,5}))?", re.IGNORECASE)


def rate_of(blob: Blob) -> int:
    """Return the sampling rate in Hz; raise `Refused` when it is no PCM, or at a strange rate."""
    form = _PCM.fullmatch((blob.mime_type or "").strip())
    if form is None:
        raise Refused(1007, "Cannot extract voices from a non-audio request.")
    rate = int(form["rate"] or NATIVE_RATE)
    if not LOWEST_RATE <= rate <= HIGHEST_RATE:
        raise invalid(f"audio rate must be from {LOWEST_RATE} to {HIGHEST_RATE} Hz.")
    return rate


class AudioMeter:
    """Counts and hashes audio exactly as received."""

    def __init__(self) -> None:
        self._digest = hashlib.sha256()
        self._seconds = 0.0
        self.bytes = 0

    def add(self, pcm: bytes, rate: int) -> None:
        """Take PCM16 mono at `rate` Hz."""
        self._digest.update(pcm)
        self._seconds += len(pcm) / 2 / rate
        self.bytes += len(pcm)

    @property
    def milliseconds(self) -> float:
        """How much audio there was."""
        return self._seconds * 1000

    def view(self) -> dict[str, object]:
        """Return the record of it."""
        return {
            "seconds": round(self._seconds, 3),
            "bytes": self.bytes,
            "sha256": self._digest.hexdigest(),
        }


class Resampler:
    """Makes 16 kHz of a stream at another rate, by linear interpolation.

    Good enough for speech sampled above 16 kHz through a phone's own filter; nothing else is done
    against aliasing. Carries an odd byte and the last sample over to the next piece.
    """

    def __init__(self, rate: int) -> None:
        self._step = rate / NATIVE_RATE
        self._rest = b""
        self._last = 0
        self._position = 1.0
        """Of the next output sample, in input samples; 0 is the last sample of the piece before."""

    def feed(self, pcm: bytes) -> bytes:
        """Return the 16 kHz samples that this piece completes, PCM16 little-endian."""
        data = self._rest + pcm
        whole = len(data) // 2 * 2
        self._rest = data[whole:]
        if self._step == 1.0 or not whole:
            return data[:whole]
        samples = array("h", [self._last])
        samples.frombytes(data[:whole])
        if sys.byteorder == "big":
            samples[1:].byteswap()
        out = array("h")
        position, end = self._position, len(samples) - 1
        while position < end:
            at = int(position)
            low, high = samples[at], samples[at + 1]
            out.append(low + round((high - low) * (position - at)))
            position += self._step
        self._position = position - end
        self._last = samples[-1]
        return out.tobytes()
