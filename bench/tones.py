"""Says a sentence in tones, as the emulator's `--ears tones` hears them (emulator/tones.py).

It is written from the description there and shares nothing with it: a mistake on one side shows.
"""

from __future__ import annotations

import math
import sys
from array import array
from binascii import crc_hqx
from functools import cache
from typing import Final

AMPLITUDE: Final = 8_000
SYMBOL_MS: Final = 40
LONGEST_BYTES: Final = 200
"""Of UTF-8: 16 s, and the ears cut at 20."""
_SAMPLES: Final = 16 * SYMBOL_MS
_LEADER_HZ: Final = 2_000


def tones(text: str) -> bytes:
    """Return a sentence as PCM16 little-endian mono 16 kHz: 80 ms a byte and 320 ms.

    Raises:
        ValueError: it is longer than `LONGEST_BYTES`.
    """
    spelled = text.encode()
    if len(spelled) > LONGEST_BYTES:
        raise ValueError(f"{len(spelled)} bytes, at most {LONGEST_BYTES} can be said")
    told = bytes([len(spelled)]) + spelled
    told += crc_hqx(told, 0xFFFF).to_bytes(2, "big")
    symbols = [_tone(425 + 100 * nibble) for byte in told for nibble in (byte >> 4, byte & 15)]
    return b"".join([_tone(_LEADER_HZ) * 2, *symbols])


def length_ms(text: str) -> int:
    """Return how long it takes to say a sentence."""
    return SYMBOL_MS * (2 + 2 * (1 + len(text.encode()) + 2))


@cache
def _tone(hertz: int) -> bytes:
    """Return one symbol: a whole number of cycles, from half a sample in."""
    step = 2 * math.pi * hertz / 16_000
    samples = array("h", (round(AMPLITUDE * math.sin(step * (n + 0.5))) for n in range(_SAMPLES)))
    if sys.byteorder == "big":
        samples.byteswap()
    return samples.tobytes()
