"""Samples at any rate to samples at 16 kHz, for recordings that were made for something else.

A polyphase filter with a Hann-windowed sinc: an output sample is the weighted sum of the input
samples around it, and since the ratio of the rates is a fraction of small whole numbers, only a few
sets of weights occur. Pure Python does about ten seconds of CD-quality sound in one second.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from operator import mul
from typing import Final

ZERO_CROSSINGS: Final = 12
"""Half-width of the filter; 12 puts aliases more than 50 dB down (tests measure it)."""
PASSBAND: Final = 0.94
"""Share of the narrower band that is kept; the rest is for the filter's slope."""


def resample(samples: Sequence[float], *, rate: int, to_rate: int) -> list[float]:
    """Return `samples`, taken at `rate` Hz, as they would be at `to_rate` Hz.

    The sound keeps its length: ``len(samples) * to_rate / rate`` samples, rounded down.
    """
    if rate == to_rate:
        return list(samples)
    divisor = math.gcd(rate, to_rate)
    up, down = to_rate // divisor, rate // divisor
    reach = math.ceil(ZERO_CROSSINGS * max(1.0, rate / to_rate))
    padding = [0.0] * reach
    padded = [*padding, *samples, *padding]
    weights: dict[int, list[float]] = {}
    resampled = []
    for position in range(0, len(samples) * up - down + 1, down):
        index, phase = divmod(position, up)
        if phase not in weights:
            weights[phase] = _weights(phase / up, reach, min(1.0, to_rate / rate) * PASSBAND)
        window = padded[index + 1 : index + 1 + 2 * reach]
        resampled.append(sum(map(mul, weights[phase], window)))
    return resampled


def _weights(offset: float, reach: int, cutoff: float) -> list[float]:
    """Return the filter at `offset` samples past the middle; `cutoff` is a share of the band."""
    taps = []
    for tap in range(1 - reach, reach + 1):
        distance = tap - offset
        angle = math.pi * distance * cutoff
        sinc = math.sin(angle) / angle if angle else 1.0
        taps.append(sinc * (0.5 + 0.5 * math.cos(math.pi * distance / reach)))
    gain = sum(taps)
    return [tap / gain for tap in taps]
