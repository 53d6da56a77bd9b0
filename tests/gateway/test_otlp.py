"""Spans of sessions in the application, exported to memory."""

from __future__ import annotations

import base64
import subprocess
import sys
from collections.abc import Mapping

from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from actors.ports import LinkClosed
from gateway.otlp import Traces
from gateway.tracing import Untraced, open_tracing
from schemas.gemini import FunctionCall
from tests.support.an_app import App
from tests.support.asgi import connected
from tests.support.gemini_says import TURN_COMPLETE, call, calls, heard
from tests.support.moments import a_moment, seconds_pass
from tests.support.sounds import silence, speech

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
SAMPLED = {"traceparent": f"00-{TRACE}-{PARENT}-01"}


class Traced:
    """An application whose spans are kept."""

    def __init__(self) -> None:
        self._exporter = InMemorySpanExporter()
        provider = TracerProvider(shutdown_on_exit=False)
        provider.add_span_processor(SimpleSpanProcessor(self._exporter))
        self.traces = Traces(provider)
        self.app = App(tracing=self.traces)

    def spans(self, name: str) -> list[ReadableSpan]:
        """Return the spans of a name that have ended, in that order."""
        return [span for span in self._exporter.get_finished_spans() if span.name == name]

    def span(self, name: str) -> ReadableSpan:
        (span,) = self.spans(name)
        return span

    @property
    def names(self) -> list[str]:
        return [span.name for span in self._exporter.get_finished_spans()]


def parent_of(span: ReadableSpan) -> int:
    assert span.parent is not None
    return span.parent.span_id


def id_of(span: ReadableSpan) -> int:
    assert span.context is not None
    found: int = span.context.span_id
    return found


def facts(span: ReadableSpan) -> Mapping[str, object]:
    return dict(span.attributes or {})


async def test_a_session_its_link_each_turn_and_each_call_have_spans_within_each_other() -> None:
    traced = Traced()
    async with connected(traced.app.asgi, "/ws/anna", headers=SAMPLED) as phone:
        phone.says("start_session")
        pcm = base64.b64encode(speech(500) + silence(600)).decode()
        phone.says("audio_chunk", audio_data=pcm)
        await a_moment()
        traced.app.upstream.newest.says(
            heard("Dodaj mleko"), calls(call("c1"), call("c2", "masło")), TURN_COMPLETE
        )
        await a_moment()
        phone.leaves(1001)
    assert traced.names == ["tool call", "tool call", "turn", "link", "session"]
    session, link, turn = traced.span("session"), traced.span("link"), traced.span("turn")
    assert session.context is not None
    assert f"{session.context.trace_id:032x}" == TRACE
    assert f"{parent_of(session):016x}" == PARENT
    assert (parent_of(link), parent_of(turn)) == (id_of(session), id_of(link))
    for tool_call in traced.spans("tool call"):
        assert parent_of(tool_call) == id_of(turn)
        assert facts(tool_call) == {
            "tool": "update_shopping_list",
            "tool.status": "accepted",
            "tool.products": 1,
        }
    assert facts(link) == {"link.number": 1, "link.resumes": False}
    assert [event.name for event in link.events] == ["opened"]
    assert facts(turn) == {"turn.transcribed": True}
    told = facts(session)
    assert (told["user.id"], told["session.products"], told["session.code"]) == ("anna", 2, 1001)


async def test_a_lost_link_says_why_and_the_next_has_a_span_of_its_own() -> None:
    traced = Traced()
    async with connected(traced.app.asgi, "/ws/anna") as phone:
        phone.says("start_session")
        await a_moment()
        traced.app.upstream.newest.says(heard("Dodaj"), calls(call("c1")))
        await a_moment()
        traced.app.upstream.newest.breaks(LinkClosed(1006, "gone", closed_by="nobody"))
        await seconds_pass(5)
    first, second = traced.spans("link")
    assert (facts(first)["link.code"], first.status.status_code) == (1006, StatusCode.ERROR)
    assert facts(second)["link.number"] == 2
    assert id_of(first) == parent_of(traced.span("turn"))


async def test_a_function_that_the_model_made_up_is_not_named() -> None:
    traced = Traced()
    async with connected(traced.app.asgi, "/ws/anna") as phone:
        phone.says("start_session")
        await a_moment()
        made_up = FunctionCall(name="mleko i masło", id="c1")
        traced.app.upstream.newest.says(calls(made_up))
        await a_moment()
    assert facts(traced.span("tool call"))["tool"] == "unknown"


async def test_a_trace_that_is_not_recorded_elsewhere_is_not_recorded_here() -> None:
    traced = Traced()
    headers = {"traceparent": f"00-{TRACE}-{PARENT}-00"}
    async with connected(traced.app.asgi, "/ws/anna", headers=headers) as phone:
        phone.says("start_session")
        await a_moment()
    assert traced.names == []


async def test_a_session_is_named_as_the_one_that_it_goes_on_with() -> None:
    traced = Traced()
    v2 = ["shopping.v2"]
    async with connected(traced.app.asgi, "/ws/anna", subprotocols=v2) as phone:
        phone.says("start_session")
        await a_moment()
        info = phone.heard[0]
    await seconds_pass(10)
    async with connected(traced.app.asgi, "/ws/anna", subprotocols=v2) as phone:
        phone.says("start_session", resume={"token": info["resume_token"], "last_seq": 0})
        await a_moment()
    traced.app.store.close()
    ids = {facts(span)["session.id"] for span in traced.spans("session")}
    assert ids == {info["session_id"]}


async def test_who_connects_and_says_nothing_has_a_session_and_no_more() -> None:
    traced = Traced()
    async with connected(traced.app.asgi, "/ws/anna"):
        pass
    traced.traces.close()
    assert traced.names == ["session"]


def test_without_a_receiver_there_are_no_traces() -> None:
    tracing = open_tracing(None)
    assert isinstance(tracing, Untraced)
    assert tracing.session(None, session_id="s", user_id="u") is None
    tracing.close()


def test_a_receiver_that_is_not_there_holds_nothing_up() -> None:
    tracing = open_tracing("http://127.0.0.1:9")
    assert isinstance(tracing, Traces)
    tracing.close()


def test_a_session_has_a_place_in_a_trace() -> None:
    trace = Traced().traces.session(None, session_id="s", user_id="u")
    assert (len(trace.context.trace_id), len(trace.context.span_id)) == (32, 16)
    assert trace.context.sampled


def test_a_service_without_a_receiver_does_not_import_opentelemetry() -> None:
    code = "import gateway.service, sys; print('opentelemetry' in sys.modules)"
    printed = subprocess.run(  # noqa: S603 - the command is ours
        [sys.executable, "-c", code], capture_output=True, check=True
    )
    assert printed.stdout == b"False\n"
