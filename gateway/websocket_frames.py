"""Frames of whole messages, as a client and a server have to send them (RFC 6455, section 5).

A client's are masked. Extensions that would change them are agreed upon on neither side.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from typing import Final

from websockets.speedups import apply_mask

_POOL: Final = 4_096
_FINAL_TEXT: Final = 0x81
_FINAL_BINARY: Final = 0x82
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
    """Return a client's frame of a whole text message, `payload` being its UTF-8."""
    head = _head(_FINAL_TEXT, len(payload), _MASKED)
    return b"".join((head, mask, apply_mask(payload, mask)))


def server_frame(message: str | bytes) -> bytes:
    """Return a server's frame of a whole message, of text or of bytes."""
    if isinstance(message, str):
        payload = message.encode()
        return _head(_FINAL_TEXT, len(payload), 0) + payload
    return _head(_FINAL_BINARY, len(message), 0) + message


def _head(first: int, length: int, masked: int) -> bytes:
    if length < _IN_TWO_BYTES:
        return bytes((first, masked | length))
    if length <= 0xFFFF:  # noqa: PLR2004 - what two bytes hold
        return _two_bytes(first, masked | _IN_TWO_BYTES, length)
    return _eight_bytes(first, masked | _IN_EIGHT_BYTES, length)
