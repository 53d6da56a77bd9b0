"""WebSocket frames (RFC 6455) for the load generator and the upstream, as cheap as Python has them.

Only what both need: whole messages in one frame, no extensions. What is sent is masked with four
zeros, which is allowed, costs the sender nothing and the receiver what any mask costs.
"""

from __future__ import annotations

import base64
import hashlib
import struct
from typing import Final

from websockets.speedups import apply_mask

TEXT: Final = 1
BINARY: Final = 2
CLOSE: Final = 8
PING: Final = 9
PONG: Final = 10
_GUID: Final = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_FIN: Final = 0x80
_MASKED: Final = 0x80
_TWO_BYTES: Final = 126
_EIGHT_BYTES: Final = 127
_NO_MASK: Final = bytes(4)
_CLOSE_NORMALLY: Final = struct.pack("!H", 1000)


class BadFrame(Exception):
    """The peer sent what is no whole message in one frame."""


def header(opcode: int, length: int, *, masked: bool) -> bytes:
    """Return what stands before a payload of `length` bytes."""
    mask = _MASKED if masked else 0
    if length < _TWO_BYTES:
        start = struct.pack("!BB", _FIN | opcode, mask | length)
    elif length < 1 << 16:
        start = struct.pack("!BBH", _FIN | opcode, mask | _TWO_BYTES, length)
    else:
        start = struct.pack("!BBQ", _FIN | opcode, mask | _EIGHT_BYTES, length)
    return start + _NO_MASK if masked else start


def frame(opcode: int, payload: bytes, *, masked: bool) -> bytes:
    """Return a whole frame."""
    return header(opcode, len(payload), masked=masked) + payload


def goodbye(*, masked: bool) -> bytes:
    """Return a close frame with 1000."""
    return frame(CLOSE, _CLOSE_NORMALLY, masked=masked)


def split(buffer: bytes) -> tuple[list[tuple[int, bytes]], bytes]:
    """Return the whole frames at the beginning, as opcode and unmasked payload, and the rest.

    Raises:
        BadFrame: one is a part of a message, or has an extension's bits.
    """
    found: list[tuple[int, bytes]] = []
    at, size = 0, len(buffer)
    while size - at >= 2:  # noqa: PLR2004 - the two bytes that every frame begins with
        first, second = buffer[at], buffer[at + 1]
        if not first & _FIN or first & 0x70:
            raise BadFrame(f"a frame begins with {first:#x}")
        length, start = second & 0x7F, at + 2
        if length == _TWO_BYTES:
            start += 2
            length = int.from_bytes(buffer[at + 2 : start], "big")
        elif length == _EIGHT_BYTES:
            start += 8
            length = int.from_bytes(buffer[at + 2 : start], "big")
        if second & _MASKED:
            start += 4
        end = start + length
        if start > size or end > size:
            break
        payload = buffer[start:end]
        if second & _MASKED:
            payload = apply_mask(payload, buffer[start - 4 : start])
        found.append((first & 0x0F, payload))
        at = end
    return found, buffer[at:] if at else buffer


def upgrade(host: str, path: str, headers: dict[str, str]) -> bytes:
    """Return the request that opens a WebSocket."""
    lines = {
        "Host": host,
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Key": base64.b64encode(bytes(16)).decode(),
        "Sec-WebSocket-Version": "13",
        **headers,
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"GET {path} HTTP/1.1\r\n{head}\r\n".encode()


def accepted(request: bytes) -> bytes:
    """Return the answer to such a request.

    Raises:
        BadFrame: it asks for no WebSocket.
    """
    for line in request.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"sec-websocket-key":
            digest = hashlib.sha1(value.strip() + _GUID, usedforsecurity=False).digest()
            return (
                b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                b"Connection: Upgrade\r\nSec-WebSocket-Accept: "
                + base64.b64encode(digest)
                + b"\r\n\r\n"
            )
    raise BadFrame("no WebSocket was asked for")
