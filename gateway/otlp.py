"""OpenTelemetry spans of sessions: one for the session, each link, each turn, each tool call.

They are made of the events that sessions deal with (`actors.witness`), so that nothing is done for
a chunk of speech. They hold names, numbers and outcomes, never speech or what was said. A thread
of OpenTelemetry's sends them.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Final

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import (
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    StatusCode,
    TraceFlags,
    Tracer,
    set_span_in_context,
)

from actors.commands import CloseLink, Command, ConfirmSpeech, Inform, OpenLink
from actors.ports import Fact
from actors.session import Session
from gateway.trace_context import TraceContext
from gateway.version import NAME, VERSION
from schemas.gemini import ToolResponse
from schemas.messages import Event, LinkEnded, LinkOpened
from shopping import FUNCTION_NAME, UNDO_NAME

_PATIENCE_S: Final = 2.0
"""How long the end of the process waits for a receiver."""
_KNOWN_TOOLS: Final = frozenset({FUNCTION_NAME, UNDO_NAME})
"""A model may make up a name, of what was said."""


def provider_for(endpoint: str) -> TracerProvider:
    """Return what sends spans to an OTLP/HTTP receiver, given its base address.

    OpenTelemetry's other variables (`OTEL_EXPORTER_OTLP_HEADERS`, `OTEL_TRACES_SAMPLER`, …) hold.
    """
    resource = Resource.create({"service.name": NAME, "service.version": VERSION})
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    exporter = OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces")
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return provider


class Traces:
    """Satisfies `gateway.tracing.Tracing`."""

    def __init__(self, provider: TracerProvider) -> None:
        self._provider = provider
        self._tracer = provider.get_tracer(NAME, VERSION)

    def session(
        self, parent: TraceContext | None, *, session_id: str, user_id: str
    ) -> SessionSpans:
        """Begin a session's trace, or a part of `parent`'s."""
        context = None
        if parent is not None:
            remote = SpanContext(
                int(parent.trace_id, 16),
                int(parent.span_id, 16),
                is_remote=True,
                trace_flags=TraceFlags(int(parent.sampled)),
            )
            context = set_span_in_context(NonRecordingSpan(remote))
        span = self._tracer.start_span(
            "session",
            context,
            kind=SpanKind.SERVER,
            attributes={"session.id": session_id, "user.id": user_id},
        )
        return SessionSpans(self._tracer, span)

    def close(self) -> None:
        """Send what has not been sent, for two seconds at most."""
        # Shutting down waits for a receiver that does not answer, and cannot be told for how long.
        thread = threading.Thread(target=self._provider.shutdown, name="traces", daemon=True)
        thread.start()
        thread.join(_PATIENCE_S)


class SessionSpans:
    """Satisfies `gateway.tracing.SessionTrace`: at most one link and one turn at a time.

    Attributes:
        context: where the session's own span is found.
    """

    def __init__(self, tracer: Tracer, span: Span) -> None:
        self._tracer = tracer
        self._span = span
        self._link: Span | None = None
        self._turn: Span | None = None
        self._calls: list[Span] = []
        """Those that are not answered yet, oldest first."""
        self._session_id = ""
        found = span.get_span_context()
        self.context = TraceContext(
            f"{found.trace_id:032x}", f"{found.span_id:016x}", found.trace_flags.sampled
        )

    def saw(self, event: Event, commands: Sequence[Command], session: Session) -> None:
        """Begin and end spans as the session goes on."""
        self._session_id = session.session_id
        match event:
            case LinkOpened() if self._link is not None:
                self._link.add_event("opened")
            case LinkEnded(code=code, closed_by=closed_by) if self._link is not None:
                self._link.set_attributes({"link.code": code, "link.closed_by": closed_by})
                self._link.set_status(StatusCode.ERROR)
            case _:
                pass
        if session.conversation.turn_open:
            self._begin_turn()
        for command in commands:
            self._follow(command)

    def noted(self, event: str, facts: Mapping[str, Fact]) -> None:
        """End the span of a call: what it changed is stored, Gemini answered and the phone told."""
        if event == "function_called" and self._calls:
            call = self._calls.pop(0)
            call.set_attributes({f"tool.{name}": value or 0 for name, value in facts.items()})
            call.end()

    def ended(self, outcome: Mapping[str, Fact]) -> None:
        """End all that has not ended."""
        self._leave_link()
        known = {name: value for name, value in outcome.items() if value is not None}
        self._span.set_attributes({f"session.{name}": value for name, value in known.items()})
        if self._session_id:
            # It may have gone on with another one.
            self._span.set_attribute("session.id", self._session_id)
        self._span.end()

    def _follow(self, command: Command) -> None:
        match command:
            case OpenLink(link, request):
                self._leave_link()
                attributes = {"link.number": link, "link.resumes": request.handle is not None}
                self._link = self._begin("link", self._span, attributes)
            case CloseLink():
                self._leave_link()
            case Inform(ToolResponse(answers)):
                for answer in answers:
                    tool = answer.name if answer.name in _KNOWN_TOOLS else "unknown"
                    self._calls.append(self._begin("tool call", self._begin_turn(), {"tool": tool}))
            case ConfirmSpeech(transcribed=transcribed):
                self._begin_turn().set_attribute("turn.transcribed", transcribed)
                self._end_turn()
            case _:
                pass

    def _begin(self, name: str, parent: Span, attributes: Mapping[str, str | int | bool]) -> Span:
        context = set_span_in_context(parent)
        return self._tracer.start_span(name, context, attributes=attributes)

    def _begin_turn(self) -> Span:
        if self._turn is None:
            self._turn = self._begin("turn", self._link or self._span, {})
        return self._turn

    def _end_turn(self) -> None:
        if self._turn is not None:
            self._turn.end()
        self._turn = None

    def _leave_link(self) -> None:
        for call in self._calls:
            call.end()
        self._calls.clear()
        self._end_turn()
        if self._link is not None:
            self._link.end()
        self._link = None
