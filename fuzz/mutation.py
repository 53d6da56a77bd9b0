"""Makes broken frames of good ones. Pure: the same generator of random numbers, the same frames."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

_MOST_CHANGES: Final = 6
_LONGEST: Final = 200_000
"""Bytes; a frame that has grown beyond is cut."""

_VALUES: Final = (
    *(b"null", b"true", b"-0", b"1e999", b"-1e400", b"1E+2", b"0.1e-500", b"9" * 400),
    *(b"18446744073709551616", b"-9223372036854775809", b'""', b'"\\ud800"', b'"\\u0000"'),
    *(b"[]", b"{}", b"[" * 2_000, b'{"a":' * 2_000, b"[[[[]]]]", b'"' + b"A" * 70_000 + b'"'),
    *("„zażółć”".encode(), b"\xed\xa0\x80", b"\xff", b"\xf4\x90\x80\x80", b"NaN", b"Infinity"),
    *(b'"AAA="', b'"A==="', b'"AAAA\\n"', b"{}{}", b"\xef\xbb\xbf", b"\x00", b"// x", b","),
)
"""Texts that parsers have stumbled over: numbers out of range, depth, surrogates, bad UTF-8."""
_STRUCTURE: Final = frozenset(b'{}[]:,"')

Change: TypeAlias = Callable[[random.Random, bytearray, Sequence[bytes]], None]


def mutated(source: random.Random, corpus: Sequence[bytes]) -> bytes:
    """Return a frame of `corpus` with one to six changes, more often with few."""
    frame = bytearray(source.choice(corpus))
    for _ in range(source.randint(1, source.randint(1, _MOST_CHANGES))):
        source.choice(_CHANGES)(source, frame, corpus)
    return bytes(frame[:_LONGEST])


def _at(source: random.Random, frame: bytearray) -> int:
    return source.randrange(len(frame) + 1)


def _flip(source: random.Random, frame: bytearray, _: Sequence[bytes]) -> None:
    if frame:
        frame[source.randrange(len(frame))] ^= 1 << source.randrange(8)


def _overwrite(source: random.Random, frame: bytearray, _: Sequence[bytes]) -> None:
    if frame:
        frame[source.randrange(len(frame))] = source.randrange(256)


def _cut(source: random.Random, frame: bytearray, _: Sequence[bytes]) -> None:
    begin = _at(source, frame)
    del frame[begin : begin + source.randint(1, 16)]


def _end(source: random.Random, frame: bytearray, _: Sequence[bytes]) -> None:
    del frame[_at(source, frame) :]


def _repeat(source: random.Random, frame: bytearray, _: Sequence[bytes]) -> None:
    begin = _at(source, frame)
    piece = frame[begin : begin + source.randint(1, 32)]
    frame[begin:begin] = piece * source.randint(1, 8)


def _insert(source: random.Random, frame: bytearray, _: Sequence[bytes]) -> None:
    begin = _at(source, frame)
    frame[begin:begin] = source.choice(_VALUES)


def _replace_value(source: random.Random, frame: bytearray, _: Sequence[bytes]) -> None:
    """Put another value behind a colon: JSON that is well formed and wrong."""
    colons = [at for at, byte in enumerate(frame[:4_096]) if byte == ord(":")]
    if colons:
        begin = source.choice(colons) + 1
        end = begin
        while end < len(frame) and frame[end] not in b",}]":
            end += 1
        frame[begin:end] = source.choice(_VALUES)


def _drop_structure(source: random.Random, frame: bytearray, _: Sequence[bytes]) -> None:
    places = [at for at, byte in enumerate(frame[:4_096]) if byte in _STRUCTURE]
    if places:
        del frame[source.choice(places)]


def _splice(source: random.Random, frame: bytearray, corpus: Sequence[bytes]) -> None:
    other = source.choice(corpus)
    begin = source.randrange(len(other) + 1)
    at = _at(source, frame)
    frame[at:at] = other[begin : begin + source.randint(1, 64)]


_CHANGES: Final[tuple[Change, ...]] = (
    *(_flip, _overwrite, _cut, _end, _repeat, _insert),
    *(_replace_value, _replace_value, _drop_structure, _splice),
)
