"""Text frames as a WebSocket client has to send them: masked (RFC 6455, section 5)."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from typing import Final

try:
    from websockets.speedups import apply_mask
except ImportError:  # pragma: no cover - a platform without a wheel of websockets
    from websockets.utils import apply_mask

_POOL: Final = 4_096
_FINAL_TEXT: Final = 0x81
_MASKED: Final = 0x80
_IN_TWO_BYTES: Final = 126
_IN_EIGHT_BYTES: Final = 127
_two_bytes: Final = struct.Struct("!BBH").pack
_eight_bytes: Final = struct.Struct("!BBQ").pack


def masks() -> Iterator[bytes]:
    """Yield masks without end: 4 random bytes each, from the system's generator.

    It is asked once for 1024 of them, because each time is a system call.
    """
    while True:
        pool = os.urandom(_POOL)
        for at in range(0, _POOL, 4):
            yield pool[at : at + 4]


def text_frame(payload: bytes, mask: bytes) -> bytes:
    """Return the frame of a whole text message, `payload` being its UTF-8."""
    length = len(payload)
    if length < _IN_TWO_BYTES:
        head = bytes((_FINAL_TEXT, _MASKED | length))
    elif length <= 0xFFFF:  # noqa: PLR2004 - what two bytes hold
        head = _two_bytes(_FINAL_TEXT, _MASKED | _IN_TWO_BYTES, length)
    else:
        head = _eight_bytes(_FINAL_TEXT, _MASKED | _IN_EIGHT_BYTES, length)
    return b"".join((head, mask, apply_mask(payload, mask)))
