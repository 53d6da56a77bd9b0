from __future__ import annotations

import pytest

from gateway.trace_context import TraceContext, trace_of

TRACE = "0af7651916cd43dd8448eb211c80319c"
SPAN = "b7ad6b7169203331"


@pytest.mark.parametrize(
    ("name", "value", "sampled"),
    [
        ("traceparent", f"00-{TRACE}-{SPAN}-01", True),
        ("traceparent", f"00-{TRACE}-{SPAN}-00", False),
        ("traceparent", f"01-{TRACE}-{SPAN}-03-what-is-to-come", True),
        ("x-cloud-trace-context", f"{TRACE}/{int(SPAN, 16)};o=1", True),
        ("x-cloud-trace-context", f"{TRACE.upper()}/{int(SPAN, 16)}", False),
    ],
)
def test_the_trace_is_the_one_that_headers_name(name: str, value: str, *, sampled: bool) -> None:
    headers = [(b"host", b"x"), (name.encode(), value.encode())]
    assert trace_of(headers) == TraceContext(TRACE, SPAN, sampled)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("traceparent", ""),
        ("traceparent", f"ff-{TRACE}-{SPAN}-01"),
        ("traceparent", f"00-{TRACE}-{SPAN}"),
        ("traceparent", f"00-{'0' * 32}-{SPAN}-01"),
        ("traceparent", f"00-{TRACE}-{'0' * 16}-01"),
        ("traceparent", f"00-{TRACE.upper()}-{SPAN}-01"),
        ("x-cloud-trace-context", TRACE),
        ("x-cloud-trace-context", f"{TRACE}/0;o=1"),
        ("x-cloud-trace-context", f"{TRACE}/{2**64};o=1"),
        ("x-cloud-trace-context", "x" * 5_000),
    ],
)
def test_what_names_no_trace_is_passed_over(name: str, value: str) -> None:
    assert trace_of([(name.encode(), value.encode())]) is None


def test_cloud_logging_finds_a_trace_by_its_project() -> None:
    trace = TraceContext(TRACE, SPAN, sampled=True)
    assert trace.name == TRACE
    assert trace.within("shop").name == f"projects/shop/traces/{TRACE}"
