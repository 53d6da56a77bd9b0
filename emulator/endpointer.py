"""Finds where speech starts and ends in a stream, with the knobs of Gemini's own detection.

A 30 ms frame is speech when WebRTC's detector says so *and* its energy stands above a running
noise floor: the detector alone takes steady noise for speech, energy alone takes a slammed door.
PocketSphinx's own `Endpointer` loses whole utterances in noise, hence this one.
"""

from __future__ import annotations

import math
from bisect import bisect_left, insort
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from operator import mul
from typing import Literal

from emulator import sphinx

Sensitivity = Literal["LOW", "HIGH"]

FRAME_MS = sphinx.VAD_FRAME_MS
FRAME_BYTES = sphinx.SAMPLE_RATE * FRAME_MS // 1000 * 2
LONGEST_SEGMENT_MS = 19_980
TAIL_MS = 240
"""Silence left at a segment's end: enough to finish a last consonant, not worth decoding more."""

_FLOOR_FRAMES = 100
_FLOOR_RANK = 0.1
_FULL_SCALE = 32768.0**2
_QUIETEST_DB = -60.0
"""Nothing below this is speech; it is also the floor before anything was heard."""
_FRAMES_OF_QUIET_AT_START = 3


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    """Enough speech was heard to call it a start."""

    at_ms: int
    """Stream time at which this was decided, not when the first sound began."""


@dataclass(frozen=True, slots=True)
class SpeechEnded:
    """A stretch of speech is over."""

    at_ms: int
    """Stream time at which this was decided: the end of speech plus the silence waited for."""
    start_ms: int
    """Stream time of the first sample in `pcm`."""
    pcm: bytes
    """The padded stretch, PCM16 little-endian mono at 16 kHz."""


SpeechEvent = SpeechStarted | SpeechEnded


class NoiseFloor:
    """Keeps the 10th percentile of the last three seconds' frame energies, in dBFS."""

    __slots__ = ("_recent", "_sorted")

    def __init__(self) -> None:
        # A recording that starts in mid-word would otherwise take the word itself for the floor.
        quiet = [_QUIETEST_DB] * _FRAMES_OF_QUIET_AT_START
        self._recent = deque(quiet)
        self._sorted = quiet.copy()

    def update(self, level_db: float) -> float:
        """Take one frame's level in and return the floor."""
        self._recent.append(level_db)
        insort(self._sorted, level_db)
        if len(self._recent) > _FLOOR_FRAMES:
            del self._sorted[bisect_left(self._sorted, self._recent.popleft())]
        return self._sorted[int(_FLOOR_RANK * len(self._sorted))]


class Endpointer:
    """Turns a stream of PCM16 at 16 kHz into starts and ends of speech.

    Cuts a stretch that lasts longer than `LONGEST_SEGMENT_MS`, so that what one stream holds in
    memory is bounded. Costs about 1 % of real time or less.
    """

    def __init__(
        self,
        *,
        start_sensitivity: Sensitivity = "HIGH",
        end_sensitivity: Sensitivity = "HIGH",
        prefix_padding_ms: int = 300,
        silence_duration_ms: int = 500,
    ) -> None:
        """Set the detection up as a client's `automaticActivityDetection` asks.

        Args:
            start_sensitivity: HIGH starts at 120 ms of speech in 210 ms, 6 dB above the floor;
                LOW needs 210 ms in 300 ms, 9 dB above.
            end_sensitivity: HIGH ends when speech is gone for `silence_duration_ms`; LOW ends
                less readily, it also takes what is only 3 dB above the floor for speech.
            prefix_padding_ms: how much is kept from before the first frame of speech.
            silence_duration_ms: how much silence ends the speech, at least one frame.
        """
        self._voiced: Callable[[bytes], bool] = _voice_test()
        self._start_margin_db = 6.0 if start_sensitivity == "HIGH" else 9.0
        self._stay_margin_db = 6.0 if end_sensitivity == "HIGH" else 3.0
        needed_ms, window_ms = (120, 210) if start_sensitivity == "HIGH" else (210, 300)
        self._needed = needed_ms // FRAME_MS
        self._silence = max(1, math.ceil(silence_duration_ms / FRAME_MS))
        self._floor = NoiseFloor()
        self._rest = bytearray()
        self._frames_heard = 0
        self._window: deque[bool] = deque(maxlen=window_ms // FRAME_MS)
        self._padding = max(0, math.ceil(prefix_padding_ms / FRAME_MS))
        self._before: deque[bytes] = deque(maxlen=self._padding + window_ms // FRAME_MS)
        self._segment: list[bytes] | None = None
        self._segment_start = 0
        self._silent_run = 0

    def feed(self, pcm: bytes) -> list[SpeechEvent]:
        """Take the next piece of the stream, of any size, and return what it brought about."""
        self._rest += pcm
        whole = len(self._rest) // FRAME_BYTES * FRAME_BYTES
        frames = bytes(self._rest[:whole])
        del self._rest[:whole]
        events: list[SpeechEvent] = []
        for start in range(0, whole, FRAME_BYTES):
            event = self._take(frames[start : start + FRAME_BYTES])
            if event is not None:
                events.append(event)
        return events

    def flush(self) -> list[SpeechEvent]:
        """Treat the stream as paused: judge its last partial frame and end speech that is open."""
        events = self.feed(bytes(-len(self._rest) % FRAME_BYTES))
        if self._segment is not None:
            events.append(self._end())
        self._forget()
        return events

    def _take(self, frame: bytes) -> SpeechEvent | None:
        self._frames_heard += 1
        level = frame_level_db(frame)
        above = level - self._floor.update(level)
        if self._segment is None:
            return self._wait_for_start(frame, above)
        return self._wait_for_end(self._segment, frame, above)

    def _wait_for_start(self, frame: bytes, above_db: float) -> SpeechStarted | None:
        self._before.append(frame)
        self._window.append(above_db >= self._start_margin_db and self._voiced(frame))
        if sum(self._window) < self._needed:
            return None
        lead = len(self._window) - self._window.index(True) + self._padding
        self._segment = list(self._before)[-lead:]
        self._segment_start = self._frames_heard - len(self._segment)
        self._silent_run = 0
        return SpeechStarted(at_ms=self._frames_heard * FRAME_MS)

    def _wait_for_end(
        self, segment: list[bytes], frame: bytes, above_db: float
    ) -> SpeechEnded | None:
        segment.append(frame)
        if above_db >= self._stay_margin_db and self._voiced(frame):
            self._silent_run = 0
        else:
            self._silent_run += 1
        too_long = len(segment) * FRAME_MS >= LONGEST_SEGMENT_MS
        return self._end() if self._silent_run >= self._silence or too_long else None

    def _end(self) -> SpeechEnded:
        segment = self._segment or []
        surplus = max(0, self._silent_run - TAIL_MS // FRAME_MS)
        ended = SpeechEnded(
            at_ms=self._frames_heard * FRAME_MS,
            start_ms=self._segment_start * FRAME_MS,
            pcm=b"".join(segment[: len(segment) - surplus]),
        )
        self._forget()
        # What was cut off is the padding of whatever comes next.
        self._before.extend(segment[len(segment) - surplus :])
        return ended

    def _forget(self) -> None:
        self._segment = None
        self._silent_run = 0
        self._window.clear()
        self._before.clear()


def frame_level_db(frame: bytes) -> float:
    """Return a frame's mean power in dB below full scale, never under -60.

    Every second sample is enough for a level and halves the cost.
    """
    samples = memoryview(frame).cast("h")[::2].tolist()
    power = sum(map(mul, samples, samples)) / len(samples) / _FULL_SCALE
    return max(_QUIETEST_DB, 10 * math.log10(power)) if power else _QUIETEST_DB


def _voice_test() -> Callable[[bytes], bool]:
    """Return WebRTC's test, or, without the extra that brings it, leave it to energy alone."""
    if not sphinx.installed():
        return lambda _frame: True
    return sphinx.voice_detector(strictness=2).is_speech
