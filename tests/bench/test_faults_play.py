from __future__ import annotations

import asyncio
import base64
import json
from typing import cast

import pytest
from websockets.asyncio.client import ClientConnection
from websockets.client import ClientProtocol
from websockets.uri import parse_uri

from bench.faults.microphone import CHUNK_MS, Microphone
from bench.faults.outcome import FAULT
from bench.faults.play import backs_ms, told
from bench.phone import BYTES_PER_MS, Phone

CHUNK = CHUNK_MS * BYTES_PER_MS


def status(at: float, name: str) -> tuple[float, dict[str, str]]:
    return at, {"type": "status", "status": name}


@pytest.fixture
async def phone() -> Phone:
    """A phone that is not connected to anything."""
    return Phone(ClientConnection(ClientProtocol(parse_uri("ws://phone.test"))))


async def test_a_fault_stands_where_it_began_and_losses_have_a_column_of_their_own(
    phone: Phone,
) -> None:
    lost = {"type": "error", "message": "audio_data: 480 ms of speech could not be kept"}
    refused = {"type": "error", "message": "Speech is not processed."}
    phone.received = [
        status(1.0, "listening"),
        (3.0, lost),
        (4.0, {"type": "transcript", "text": "mleko", "isUser": True}),
        (5.0, refused),
        status(6.0, "stopped"),
    ]
    expected = ["listening", FAULT, "error: Speech is not processed.", "stopped"]
    assert told(phone, [2.0]) == expected


async def test_each_fault_has_its_own_time_until_listening(phone: Phone) -> None:
    phone.received = [
        status(1.0, "listening"),
        status(2.1, "reconnecting"),
        status(2.5, "listening"),
        status(3.1, "reconnecting"),
        status(3.2, "listening"),
    ]
    assert backs_ms(phone, [2.0, 3.0]) == pytest.approx([500, 200])


async def test_a_fault_that_nobody_noticed_has_none(phone: Phone) -> None:
    phone.received = [status(1.0, "listening"), status(9.0, "stopped")]
    assert backs_ms(phone, [2.0]) == []
    assert backs_ms(phone, []) == []


async def test_a_session_that_was_refused_does_not_come_back_by_itself(phone: Phone) -> None:
    phone.received = [
        status(2.1, "connecting"),
        status(2.2, "stopped"),
        status(3.0, "connecting"),
        status(3.1, "listening"),
    ]
    assert backs_ms(phone, [2.0]) == []


class Wire:
    """Takes what a phone sends."""

    def __init__(self) -> None:
        self.chunks: list[bytes] = []

    async def send(self, frame: str) -> None:
        self.chunks.append(base64.b64decode(json.loads(frame)["audio_data"]))


async def test_a_microphone_is_quiet_speaks_at_its_pace_and_is_quiet_again() -> None:
    wire = Wire()
    microphone = Microphone(Phone(cast("ClientConnection", wire)), seed="a")
    speech = b"\x00\x40" * (CHUNK // 2 + 100)
    async with asyncio.TaskGroup() as group:
        streaming = group.create_task(microphone.run())
        microphone.switch_on()
        await microphone.until(2 * CHUNK)
        begins = microphone.say(speech)
        started_at = asyncio.get_running_loop().time()
        await microphone.until(begins + len(speech))
        took_s = asyncio.get_running_loop().time() - started_at
        microphone.switch_off()
        streaming.cancel()
    assert begins == 2 * CHUNK
    assert took_s == pytest.approx(2 * CHUNK_MS / 1000, abs=0.02)
    assert b"".join(wire.chunks) == microphone.sent
    assert {len(chunk) for chunk in wire.chunks} == {CHUNK}
    assert microphone.sent[begins : begins + len(speech)] == speech
    assert wire.chunks[0] != wire.chunks[1]
    assert len(microphone.sent_at) == len(wire.chunks) == 4


async def test_a_microphone_that_is_off_sends_nothing() -> None:
    wire = Wire()
    microphone = Microphone(Phone(cast("ClientConnection", wire)), seed="a")
    async with asyncio.TaskGroup() as group:
        streaming = group.create_task(microphone.run())
        microphone.switch_on()
        await microphone.until(CHUNK)
        microphone.switch_off()
        await asyncio.sleep(1)
        streaming.cancel()
    assert len(wire.chunks) == 1
