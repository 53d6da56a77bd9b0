"""Traces of sessions, where somebody collects them: OpenTelemetry is imported only then."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from actors.ports import Fact
from actors.witness import Witness
from gateway.trace_context import TraceContext


class SessionTrace(Witness, Protocol):
    """One session's spans."""

    @property
    def context(self) -> TraceContext:
        """Where the session's own span is found."""

    def ended(self, outcome: Mapping[str, Fact]) -> None:
        """The session is over: this is what became of it."""


class Tracing(Protocol):
    """Begins traces."""

    def session(
        self, parent: TraceContext | None, *, session_id: str, user_id: str
    ) -> SessionTrace | None:
        """Begin a session's trace, or a part of `parent`'s; `None` where nobody collects them."""

    def close(self) -> None:
        """Send what has not been sent, as far as that takes no longer than a moment."""


class Untraced:
    """`Tracing` where nobody collects traces."""

    def session(
        self, parent: TraceContext | None, *, session_id: str, user_id: str
    ) -> SessionTrace | None:
        """Return that there is none."""

    def close(self) -> None:
        """Do nothing."""


def open_tracing(endpoint: str | None) -> Tracing:
    """Return what begins traces.

    Args:
        endpoint: the base address of an OTLP/HTTP receiver; `None`: there is none.
    """
    if endpoint is None:
        return Untraced()
    from gateway.otlp import Traces, provider_for  # noqa: PLC0415 - for its users only

    return Traces(provider_for(endpoint))
