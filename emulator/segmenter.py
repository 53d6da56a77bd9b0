"""Chooses how a connection's speech is found: by listening, or by the client's own marks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from emulator.endpointer import Endpointer, SpeechEvent, SpeechStarted
from emulator.hearing import BYTES_PER_MS, Begun, ManualSegmenter, Segmenter, Stretch
from emulator.setup import ActivityDetection


class AutomaticSegmenter:
    """Speech is what the endpointer finds."""

    def __init__(self, endpointer: Endpointer) -> None:
        self._endpointer = endpointer

    def feed(self, pcm: bytes) -> Sequence[Begun | Stretch]:
        """Look for speech in the next piece."""
        return list(_translated(self._endpointer.feed(pcm)))

    def flush(self) -> Sequence[Begun | Stretch]:
        """End speech that is open."""
        return list(_translated(self._endpointer.flush()))


def segmenter_for(detection: ActivityDetection) -> Segmenter:
    """Return what `automaticActivityDetection` asks for."""
    if detection.disabled:
        return ManualSegmenter()
    return AutomaticSegmenter(
        Endpointer(
            start_sensitivity=detection.start_sensitivity,
            end_sensitivity=detection.end_sensitivity,
            prefix_padding_ms=detection.prefix_padding_ms,
            silence_duration_ms=detection.silence_duration_ms,
        )
    )


def _translated(events: Sequence[SpeechEvent]) -> Iterator[Begun | Stretch]:
    for event in events:
        if isinstance(event, SpeechStarted):
            yield Begun()
        else:
            yield Stretch(
                event.pcm, event.start_ms, event.start_ms + len(event.pcm) // BYTES_PER_MS
            )
