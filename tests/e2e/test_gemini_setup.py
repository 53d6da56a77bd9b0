"""The setup message that reaches Gemini is the one that docs/gemini-setup.md shows."""

from __future__ import annotations

import json
import re
from pathlib import Path

from actors.ports import LinkRequest
from bench.phone import connected
from gateway.gemini_options import UpstreamOptions
from gateway.gemini_upstream import GeminiUpstream
from schemas.shopping_list import Item
from tests.support.gateway_process import GatewayProcess
from tests.support.processes import EmulatorProcess
from tests.support.recording_observer import RecordingObserver

DOCUMENT = Path(__file__).parents[2] / "docs" / "gemini-setup.md"


async def test_the_recorded_setup_is_the_documented_one_field_by_field() -> None:
    shown = re.search(r"```json\n(.*?)\n```", DOCUMENT.read_text(), re.DOTALL)
    assert shown is not None
    with EmulatorProcess("--ears", "none") as emulator, GatewayProcess.on(emulator) as gateway:
        async with connected(gateway.port, "anna") as phone:
            await phone.send({"type": "start_session"})
            await phone.wait_for_status("listening")
            (record,) = emulator.connections()
    assert record["setup"] == json.loads(shown[1])
    assert record["path"].startswith("/ws/google.ai.generativelanguage.v1beta.")
    assert (record["auth"], record["tls"]) == ("x-goog-api-key", True)


async def instruction_for(request: LinkRequest) -> str:
    """Return the instruction that reaches Gemini."""
    with EmulatorProcess("--ears", "none") as emulator:
        upstream = GeminiUpstream(
            UpstreamOptions(
                kind="emulator",
                model="gemini-3.8-live",
                api_key="sentinel",
                base_url=emulator.tls_url,
                ca_file=emulator.certificate,
            ),
            RecordingObserver(),
        )
        async with upstream.connect(request):
            (record,) = emulator.connections()
    (part,) = record["setup"]["systemInstruction"]["parts"]
    return str(part["text"])


def documented(beginning: str) -> str:
    """Return a paragraph that the document quotes."""
    sentence = re.search(rf"(?m)^> ({beginning}.*)$", DOCUMENT.read_text())
    assert sentence is not None
    return sentence[1]


async def test_a_fresh_session_that_takes_over_a_list_is_told_what_is_on_it() -> None:
    milk = Item("i1", "mleko", 2, "l", "Nabiał")
    told = await instruction_for(LinkRequest("pl-PL", shopping_list=(milk,)))
    assert told.endswith("\n\n" + documented("Na liście są już: "))


async def test_a_session_whose_replies_are_played_is_asked_for_them() -> None:
    told = await instruction_for(LinkRequest("pl-PL", aloud=True))
    assert told.endswith("\n\n" + documented("Wyjątek: "))
