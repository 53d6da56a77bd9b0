"""Many phones at once: every byte is heard, and nothing is left open afterwards."""

from __future__ import annotations

import asyncio
import hashlib
import random

from bench.phone import connected
from tests.support.gateway_process import GatewayProcess
from tests.support.processes import EmulatorProcess

PHONES = 20
SECONDS = 4


async def speak(port: int, user: str, pcm: bytes) -> None:
    async with connected(port, user) as phone:
        # No start_session, and no waiting: speech that comes before the link is buffered.
        await phone.say(pcm, chunk_ms=40)
        await phone.send({"type": "stop_session"})
        await phone.wait_for_status("stopped")
        assert phone.statuses() == ["connecting", "listening", "stopped"]
        assert all(message["type"] == "status" for _, message in phone.received)


async def test_every_chunk_of_every_phone_reaches_gemini_unchanged() -> None:
    random_bytes = random.Random(0).randbytes  # noqa: S311 - no secret
    sounds = [random_bytes(SECONDS * 32_000) for _ in range(PHONES)]
    with EmulatorProcess("--ears", "none") as emulator, GatewayProcess.on(emulator) as gateway:
        async with asyncio.TaskGroup() as group:
            for number, pcm in enumerate(sounds):
                group.create_task(speak(gateway.port, f"phone-{number}", pcm))
        records = emulator.wait_for(lambda seen: all(r["state"] == "closed" for r in seen))
        lines = gateway.log()
    assert sorted(record["audio"]["sha256"] for record in records) == sorted(
        hashlib.sha256(pcm).hexdigest() for pcm in sounds
    )
    assert [record["close"]["code"] for record in records] == [1000] * PHONES
    assert {line["severity"] for line in lines if line["message"] != "anybody_may_speak"} == {
        "INFO"
    }
