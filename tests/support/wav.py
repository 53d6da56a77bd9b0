"""WAV files for tests."""

from __future__ import annotations

import struct


def wav(pcm: bytes, *, rate: int = 16_000) -> bytes:
    """Return `pcm`, 16 bits mono, as a WAV file."""
    layout = struct.pack("<HHIIHH", 1, 1, rate, rate * 2, 2, 16)
    body = struct.pack("<4sI", b"fmt ", 16) + layout + struct.pack("<4sI", b"data", len(pcm)) + pcm
    return struct.pack("<4sI4s", b"RIFF", len(body) + 4, b"WAVE") + body
