"""What `py-spy` has seen of the gateway, attributed to the stages of a chunk's way. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

PHONE: Final = "the phone's frame"
CHECK: Final = "what is in it, checked"
BOOKS: Final = "session: gate, order, what is kept"
ENCODE: Final = "Gemini's message, base64"
LINK: Final = "the link's frame, and handing it on"
SECURE: Final = "TLS, Python's part of it"
REST: Final = "everything else"
STAGES: Final = (PHONE, CHECK, BOOKS, ENCODE, LINK, SECURE, REST)

_OF_FILES: Final = (
    (CHECK, ("schemas/client", "schemas/errors", "schemas/violations")),
    (ENCODE, ("schemas/gemini",)),
    (SECURE, ("gateway/tls", "gateway/tcp")),
    (LINK, ("gateway/gemini", "gateway/link")),
    (PHONE, ("gateway/websocket_protocol", "gateway/whole_frames", "uvicorn/")),
    (BOOKS, ("actors/",)),
)
"""Stages by the beginnings of files, of which the innermost counts. Who is in no line of it works
for whoever calls: websockets makes frames for both sides."""
_ELSEWHERE: Final = (
    re.compile(r" \((libc|libssl|libcrypto|libpthread|ld-linux)[^)]*\)$"),
    re.compile(r" \((loop\.c|stream\.c|linux\.c|core\.c|tcp\.c|unix/[^)]*)(:\d+)?\)$"),
)
"""Innermost frames of what is not Python's: perf counts them elsewhere."""
_WAITS: Final = "PyThread_acquire_lock"
_FILE: Final = re.compile(r" \((?P<file>.*?)(:\d+)?\)$")


def attributed(raw: str) -> Counter[str]:
    """Return how many of Python's own samples each stage has.

    Args:
        raw: what ``py-spy record --native --format raw`` wrote: a line for each stack, its frames
            from the outermost to the innermost with ``;`` between them, then how often it was seen.
    """
    found: Counter[str] = Counter()
    for line in raw.splitlines():
        stack, _, count = line.rpartition(" ")
        frames = stack.split(";")
        if not count.isdigit() or _elsewhere(frames):
            continue
        found[_stage(frames)] += int(count)
    return found


def _elsewhere(frames: Sequence[str]) -> bool:
    innermost = frames[-1]
    return any(each.search(innermost) for each in _ELSEWHERE) or any(_WAITS in f for f in frames)


def _stage(frames: Sequence[str]) -> str:
    for frame in reversed(frames):
        if "SSLProtocol" in frame:
            return SECURE
        match = _FILE.search(frame)
        file = match["file"] if match else ""
        for stage, beginnings in _OF_FILES:
            if file.startswith(beginnings):
                return stage
    return REST
