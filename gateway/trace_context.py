"""Which trace a request belongs to, as its headers say: W3C's `traceparent`, or Google's own.

https://www.w3.org/TR/trace-context/#traceparent-header and
https://cloud.google.com/trace/docs/trace-context#legacy-http-header.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

_TRACEPARENT: Final = re.compile(
    rb"(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?"
)
_GOOGLES: Final = re.compile(rb"([0-9a-fA-F]{32})(?:/([0-9]{1,20}))?(?:;o=([0-9]+))?")
_MOST_SPAN: Final = 2**64 - 1


@dataclass(frozen=True, slots=True)
class TraceContext:
    """A place in a trace.

    Attributes:
        trace_id: 32 hexadecimal digits, not all 0.
        span_id: 16 of them, likewise.
        sampled: whoever began the trace records it.
        project: the Google Cloud project that the trace is found in, if that is known.
    """

    trace_id: str
    span_id: str
    sampled: bool
    project: str | None = None

    @property
    def name(self) -> str:
        """The trace as Cloud Logging wants it named."""
        if self.project is None:
            return self.trace_id
        return f"projects/{self.project}/traces/{self.trace_id}"

    def within(self, project: str | None) -> TraceContext:
        """Return the same place, in a project's traces."""
        return replace(self, project=project)


def trace_of(headers: Iterable[tuple[bytes, bytes]]) -> TraceContext | None:
    """Return the place that ASGI headers name; `None` if they name none, or none that is valid."""
    found = dict(headers)
    return _of_w3c(found.get(b"traceparent", b"")) or _of_google(
        found.get(b"x-cloud-trace-context", b"")
    )


def _of_w3c(text: bytes) -> TraceContext | None:
    match = _TRACEPARENT.fullmatch(text.strip())
    if match is None:
        return None
    return _valid(match[1].decode(), match[2].decode(), sampled=bool(int(match[3], 16) & 1))


def _of_google(text: bytes) -> TraceContext | None:
    match = _GOOGLES.fullmatch(text.strip())
    if match is None or not match[2] or int(match[2]) > _MOST_SPAN:
        return None
    return _valid(match[1].decode().lower(), f"{int(match[2]):016x}", sampled=match[3] == b"1")


def _valid(trace_id: str, span_id: str, *, sampled: bool) -> TraceContext | None:
    nothing = not int(trace_id, 16) or not int(span_id, 16)
    return None if nothing else TraceContext(trace_id, span_id, sampled)
