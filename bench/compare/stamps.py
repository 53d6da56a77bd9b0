"""A chunk of sound that says whose it is, which one, and when it was sent.

All processes of a comparison share the machine's monotonic clock, so the upstream can tell how long
a chunk was on its way. The stamp is written as quiet samples, so that silence stays silence to
whoever listens; behind it every byte is known, so that the upstream can tell whether all came.
"""

from __future__ import annotations

import binascii
import random
import re
import struct
from array import array
from functools import cache
from typing import Final, NamedTuple

BYTES_PER_MS: Final = 32
STAMP_BYTES: Final = 72
"""A multiple of three, so that base64 of stamp and rest can be made apart."""
_LAYOUT: Final = struct.Struct("!IIQH")
_STAMP: Final = re.compile(rb"(?:[0-9a-f]\0){36}")
_SPEECH: Final = 0x8000
_COUNTED: Final = 0x4000
_LENGTH: Final = 0x3FFF
_LOUD: Final = 8_000
_QUIET: Final = 12
_SEED: Final = 2026


class Stamp(NamedTuple):
    """What a chunk says of itself; a tuple, because one is made for each chunk.

    Attributes:
        session: whose chunk it is.
        number: from 0, without gaps.
        sent_ns: by the monotonic clock.
        chunk_ms: how long it is.
        speech: somebody speaks in it.
        counted: its delay is one of those that are measured.
    """

    session: int
    number: int
    sent_ns: int
    chunk_ms: int
    speech: bool
    counted: bool = True


class BadStamp(Exception):
    """There is no stamp where a chunk should begin."""


def written(stamp: Stamp) -> bytes:
    """Return the first bytes of a chunk: hexadecimal digits, one a sample, of amplitude 48-102."""
    kind = stamp.chunk_ms | _SPEECH * stamp.speech | _COUNTED * stamp.counted
    packed = _LAYOUT.pack(stamp.session, stamp.number, stamp.sent_ns, kind)
    return packed.hex().encode("utf-16-le")


def read(chunk: bytes) -> Stamp:
    """Return what the chunk that begins here says of itself.

    Raises:
        BadStamp: it says nothing.
    """
    try:
        packed = binascii.unhexlify(chunk[:STAMP_BYTES:2])
        session, number, sent_ns, kind = _LAYOUT.unpack(packed)
    except (ValueError, struct.error) as exc:
        raise BadStamp from exc
    chunk_ms, speech, counted = kind & _LENGTH, bool(kind & _SPEECH), bool(kind & _COUNTED)
    return Stamp(session, number, sent_ns, chunk_ms, speech, counted)


def next_at(sound: bytes, at: int) -> int | None:
    """Return where the first stamp is that begins at `at` or later, if all of it is there."""
    found = _STAMP.search(sound, at)
    return None if found is None else found.start()


@cache
def rest_of(chunk_ms: int, *, speech: bool) -> bytes:
    """Return what follows the stamp: noise, as loud as speech is, or as quiet as a silent room."""
    peak = _LOUD if speech else _QUIET
    samples = (chunk_ms * BYTES_PER_MS - STAMP_BYTES) // 2
    source = random.Random(_SEED)  # noqa: S311 - known to both sides, that is the point
    return array("h", (source.randint(-peak, peak) for _ in range(samples))).tobytes()
