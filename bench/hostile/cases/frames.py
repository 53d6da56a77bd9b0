"""Frames that RFC 6455 forbids, from phones that were let in."""

from __future__ import annotations

import struct
from typing import Final

from bench.hostile.case import Case
from bench.hostile.talk import frames
from bench.hostile.wire import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, frame

_PING: Final = b'{"type":"ping"}'
_MOST: Final = 1 << 20
"""`MAX_FRAME_BYTES`."""


def _closing(code: int, reason: bytes = b"") -> bytes:
    return frame(CLOSE, struct.pack("!H", code) + reason)


CASES: Final = (
    Case("without a mask", "close 1002", frames(frame(TEXT, _PING, masked=False))),
    Case("reserved bits", "close 1002", frames(frame(TEXT, _PING, reserved=1))),
    Case("opcode 3", "close 1002", frames(frame(3, _PING))),
    Case("opcode 15", "close 1002", frames(frame(15))),
    Case("a ping in parts", "close 1002", frames(frame(PING, final=False))),
    Case("a ping of 126 bytes", "close 1002", frames(frame(PING, bytes(126)))),
    Case("the rest of nothing", "close 1002", frames(frame(CONTINUATION, _PING))),
    Case(
        "a message within a message",
        "close 1002",
        frames(frame(TEXT, _PING[:5], final=False), frame(TEXT, _PING)),
    ),
    Case("close with one byte", "close 1002", frames(frame(CLOSE, b"\x03"))),
    Case("close with 1005", "close 1002", frames(_closing(1005))),
    Case("close with 999", "close 1002", frames(_closing(999))),
    Case("close with a reason that is no text", "close 1007", frames(_closing(1000, b"\xff"))),
    Case("text that is no UTF-8", "close 1007", frames(frame(TEXT, b"\xff\xfe"))),
    Case(
        "text that is no UTF-8 in its second part",
        "close 1007",
        frames(frame(TEXT, b"{", final=False), frame(CONTINUATION, b"\xff")),
    ),
    Case("a frame of 1 MiB and 1", "close 1009", frames(frame(TEXT, claimed=_MOST + 1))),
    Case("a frame of 2**62 bytes", "close 1009", frames(frame(BINARY, claimed=1 << 62))),
    Case("a frame of 2**63 bytes", "close 1009", frames(frame(BINARY, claimed=1 << 63))),
    Case(
        "1 MiB and 1 in parts",
        "close 1009",
        frames(
            frame(TEXT, b"a" * (1 << 17), final=False),
            *(frame(CONTINUATION, b"a" * (1 << 17), final=False) for _ in range(8)),
        ),
    ),
    Case("pongs that nobody asked for", "close 1000", frames(
        *(frame(PONG, b"?") for _ in range(100)), _closing(1000)
    )),
)  # fmt: skip
