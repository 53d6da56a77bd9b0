"""The setup message that reaches Gemini is the one that docs/gemini-setup.md shows."""

from __future__ import annotations

import json
import re
from pathlib import Path

from bench.phone import connected
from tests.support.gateway_process import GatewayProcess
from tests.support.processes import EmulatorProcess

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
