"""A traced service: spans arrive at a receiver, and its log names the same trace."""

from __future__ import annotations

import asyncio
import json

import pytest
from websockets.asyncio.client import connect

from tests.support.gateway_process import GatewayProcess
from tests.support.otlp_receiver import OtlpReceiver
from tests.support.processes import EmulatorProcess

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", 13_235_353_014_750_950_193


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("traceparent", f"00-{TRACE}-{PARENT:016x}-01"),
        ("X-Cloud-Trace-Context", f"{TRACE}/{PARENT};o=1"),
    ],
)
async def test_a_sessions_spans_belong_to_the_trace_that_its_phone_came_with(
    header: str, value: str
) -> None:
    with EmulatorProcess("--ears", "none") as emulator, OtlpReceiver() as receiver:
        settings = {
            "OTEL_EXPORTER_OTLP_ENDPOINT": receiver.url,
            "GOOGLE_CLOUD_PROJECT": "shop",
        }
        with GatewayProcess.on(emulator, settings) as gateway:
            await asyncio.to_thread(gateway.line, "ready")
            url = f"{gateway.ws_url}/ws/anna"
            v2 = {"subprotocols": ["shopping.v2"], "additional_headers": {header: value}}
            async with connect(url, **v2) as phone:  # type: ignore[arg-type]  # of two of its arguments
                await phone.send('{"type":"start_session"}')
                await phone.send('{"type":"text","text":"dodaj mleko","ref":"t1"}')
                async with asyncio.timeout(30):
                    while json.loads(await phone.recv())["type"] != "received":
                        pass
            await asyncio.to_thread(gateway.line, "session_ended")
            gateway.terminate()
            assert await asyncio.to_thread(gateway.wait) == 0
    spans = {span.name: span for span in receiver.spans}
    assert set(spans) == {"session", "link", "turn", "tool call"}
    assert set(receiver.paths) == {"/v1/traces"}
    assert {span.trace_id.hex() for span in receiver.spans} == {TRACE}
    assert spans["session"].parent_span_id.hex() == f"{PARENT:016x}"
    (line,) = [line for line in gateway.lines if line["message"] == "link_opened"]
    assert line["logging.googleapis.com/trace"] == f"projects/shop/traces/{TRACE}"
    assert line["logging.googleapis.com/spanId"] == spans["session"].span_id.hex()
