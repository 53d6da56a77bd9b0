"""Finds where a sentence of tones starts and ends, by loudness, with the knobs of Gemini's own.

The endpointer of speech does not do: WebRTC's detector takes no steady tone for a voice, and a
noise floor that follows the sound reaches the tones themselves after three seconds.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence

from emulator.endpointer import FRAME_BYTES, FRAME_MS, LONGEST_SEGMENT_MS, TAIL_MS
from emulator.hearing import Begun, ManualSegmenter, Segmenter, Stretch
from emulator.setup import ActivityDetection

_LOUD = bytes(min(high, 255 - high) >= 4 for high in range(256))  # noqa: PLR2004
"""By a sample's high byte: 1 is at least 1,024 away from 0, about -30 dBFS."""
_LOUD_SAMPLES = FRAME_BYTES // 2 // 10
"""A frame in which a tone starts or ends is loud if a tenth of it is."""


class ToneSegmenter:
    """Cuts a stream of PCM16 at 16 kHz where it is quiet for long enough."""

    def __init__(self, detection: ActivityDetection) -> None:
        """Set it up as `automaticActivityDetection` asks.

        Args:
            detection: sensitivity HIGH starts at 120 ms of sound without a break, LOW at 210 ms;
                that of the end makes no difference.
        """
        needed_ms = 120 if detection.start_sensitivity == "HIGH" else 210
        self._needed = needed_ms // FRAME_MS
        self._silence = max(1, math.ceil(detection.silence_duration_ms / FRAME_MS))
        # One frame at least: the tone may start at the very end of it.
        padding = max(1, math.ceil(detection.prefix_padding_ms / FRAME_MS))
        self._before: deque[bytes] = deque(maxlen=padding + self._needed)
        self._rest = bytearray()
        self._frames = 0
        self._open: list[bytes] | None = None
        self._run = 0
        """Frames of sound while it is not open, of silence while it is; without a break."""

    def feed(self, pcm: bytes) -> Sequence[Begun | Stretch]:
        """Take the next piece, of any size."""
        self._rest += pcm
        whole = len(self._rest) // FRAME_BYTES * FRAME_BYTES
        frames = bytes(self._rest[:whole])
        del self._rest[:whole]
        found = (self._take(frames[at : at + FRAME_BYTES]) for at in range(0, whole, FRAME_BYTES))
        return [one for one in found if one is not None]

    def flush(self) -> Sequence[Begun | Stretch]:
        """End a sentence that is open: the stream pauses."""
        found = [*self.feed(bytes(-len(self._rest) % FRAME_BYTES))]
        if self._open is not None:
            found.append(self._end(self._open))
        self._before.clear()
        self._run = 0
        return found

    def _take(self, frame: bytes) -> Begun | Stretch | None:
        self._frames += 1
        loud = frame[1::2].translate(_LOUD).count(1) >= _LOUD_SAMPLES
        self._run = self._run + 1 if loud is (self._open is None) else 0
        if self._open is None:
            return self._wait_for_start(frame)
        self._open.append(frame)
        too_long = len(self._open) * FRAME_MS >= LONGEST_SEGMENT_MS
        return self._end(self._open) if self._run >= self._silence or too_long else None

    def _wait_for_start(self, frame: bytes) -> Begun | None:
        self._before.append(frame)
        if self._run < self._needed:
            return None
        self._open = [*self._before]
        self._before.clear()
        self._run = 0
        return Begun()

    def _end(self, frames: list[bytes]) -> Stretch:
        start_ms = (self._frames - len(frames)) * FRAME_MS
        kept = len(frames) - max(0, self._run - TAIL_MS // FRAME_MS)
        # What is cut off is the padding of whatever comes next.
        self._before.extend(frames[kept:])
        self._open = None
        self._run = 0
        return Stretch(b"".join(frames[:kept]), start_ms, start_ms + kept * FRAME_MS)


def tone_segmenter_for(detection: ActivityDetection) -> Segmenter:
    """Return what `automaticActivityDetection` asks for, where sentences are tones."""
    return ManualSegmenter() if detection.disabled else ToneSegmenter(detection)
