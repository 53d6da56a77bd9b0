from __future__ import annotations

import math
from array import array

from emulator.hearing import Begun, ManualSegmenter, Stretch
from emulator.segmenter import segmenter_for
from tests.support.emulator_fakes import setup_of

DETECTION = "automaticActivityDetection"


def test_a_client_that_marks_speech_itself_is_believed() -> None:
    detection = setup_of({"realtimeInputConfig": {DETECTION: {"disabled": True}}}).detection
    assert isinstance(segmenter_for(detection), ManualSegmenter)


def buzz(seconds: float) -> bytes:
    """Return a voiced sound: a sum of harmonics of 120 Hz, swelling four times a second."""
    samples = array("h")
    for at in range(int(16000 * seconds)):
        time = at / 16000
        wave = sum(math.sin(2 * math.pi * 120 * n * time) / n for n in range(1, 20))
        samples.append(round(5000 * wave * (0.55 + 0.45 * math.sin(2 * math.pi * 4 * time))))
    return samples.tobytes()


def test_otherwise_speech_is_looked_for_and_placed_in_the_stream() -> None:
    segmenter = segmenter_for(setup_of({}).detection)
    found = [*segmenter.feed(bytes(32000) + buzz(1.0)), *segmenter.flush()]
    begun, stretch = found
    assert begun == Begun()
    assert isinstance(stretch, Stretch)
    assert 600 <= stretch.start_ms <= 1100
    assert stretch.end_ms - stretch.start_ms == len(stretch.pcm) // 32
