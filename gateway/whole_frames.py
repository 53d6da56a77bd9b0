"""Where whole WebSocket frames lie in the bytes that a peer sends (RFC 6455 section 5.2). Pure.

A phone's speech and what Gemini says come in whole messages of one frame each, and nearly always as
one read. These are found here at a fraction of what a parser costs that may stop at any byte.
Whatever else there is belongs to that parser, and so do all errors.
"""

from __future__ import annotations

from typing import Final

from websockets.speedups import apply_mask

TEXT: Final = 0x81
"""First byte of a text message in one frame: FIN, no reserved bits, opcode 1."""
BINARY: Final = 0x82
"""The same with opcode 2."""
_PING: Final = 0x89
_LONGEST_PING: Final = 125
_MESSAGES: Final = (TEXT, BINARY)
_RESERVED: Final = 0x70
_MASKED: Final = 0x80
_TWO_BYTES: Final = 126
_EIGHT_BYTES: Final = 127
_HEADER: Final = 2
_MASK: Final = 4


class Beginning:
    """The beginning of a frame whose rest has not arrived, held back until it has.

    Attributes:
        data: what has arrived.
    """

    __slots__ = ("_size", "data")

    def __init__(self, data: bytes, at: int, end: int) -> None:
        """Hold back what `data` has from `at` on; the frame ends at `end` at the earliest."""
        self.data = bytearray(data[at:])
        self._size = end - at

    def completed(self, data: bytes) -> bytes:
        """Return what was held back with `data` behind it, or nothing while a part is missing."""
        self.data += data
        return b"" if len(self.data) < self._size else bytes(self.data)


def messages(data: bytes, at: int, longest: int, most: int) -> tuple[list[bytes], list[int]]:
    """Return up to `most` messages of a client from `at` on, and where the frame of each ends.

    They are unmasked, one frame each, and all of the kind of the first, which `data[at]` tells:
    `TEXT` or `BINARY`. A payload of more than `longest` bytes ends them, as does anything else.
    """
    first = data[at]
    found: list[bytes] = []
    ends: list[int] = []
    if first not in _MESSAGES:
        return found, ends
    size = len(data)
    while size - at >= _HEADER + _MASK and data[at] == first:
        length = data[at + 1] - _MASKED
        start = at + _HEADER + _MASK
        if length == _TWO_BYTES:
            length = data[at + 2] << 8 | data[at + 3]
            start += 2
        elif length == _EIGHT_BYTES:
            length = int.from_bytes(data[at + 2 : at + 10], "big")
            start += 8
        end = start + length
        # Without a mask, `length` is negative.
        if length < 0 or end > size or length > longest:
            break
        found.append(apply_mask(data[start:end], data[start - _MASK : start]))
        ends.append(end)
        if len(ends) == most:
            break
        at = end
    return found, ends


def server_messages(data: bytes, at: int, longest: int) -> tuple[list[bytes], int]:
    """Return a server's messages from `at` on, text or binary, and where the last one's frame ends.

    They are one frame each; a payload of more than `longest` bytes ends them, or anything else.
    """
    found: list[bytes] = []
    size = len(data)
    while size - at >= _HEADER and data[at] in _MESSAGES:
        length = data[at + 1]
        start = at + _HEADER
        if length >= _TWO_BYTES:
            start += 2 if length == _TWO_BYTES else 8
            # With a mask, `length` is more than what stands for eight bytes.
            if length > _EIGHT_BYTES or start > size:
                break
            length = int.from_bytes(data[at + _HEADER : start], "big")
        end = start + length
        if end > size or length > longest:
            break
        found.append(data[start:end])
        at = end
    return found, at


def frame_end(data: bytes, at: int, longest: int, *, masked: bool = True) -> int | None:
    """Return where the frame ends that begins at `at`; `None` if it is one to be refused.

    That may be behind the end of `data`: so much is missing at least. A frame is refused for
    reserved bits, for a payload of more than `longest` bytes, and for not being masked as a
    client's are or, unless `masked`, for being so.
    """
    size = len(data)
    if size - at < _HEADER:
        return at + _HEADER
    length = data[at + 1]
    if data[at] & _RESERVED or (length >= _MASKED) is not masked:
        return None
    length %= _MASKED
    start = at + _HEADER
    if length >= _TWO_BYTES:
        start += 2 if length == _TWO_BYTES else 8
        if start > size:
            return start
        length = int.from_bytes(data[at + _HEADER : start], "big")
    return start + _MASK * masked + length if length <= longest else None


def is_ping(data: bytes, at: int) -> bool:
    """Return whether the whole frame at `at` is a client's ping that may be answered."""
    return data[at] == _PING and data[at + 1] <= _MASKED + _LONGEST_PING
