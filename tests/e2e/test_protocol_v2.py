"""Version 2 of the protocol over real sockets: bad frames get their errors, and no more is lost."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from schemas.errors import ErrorCode
from tests.schemas.bad_v2_frames import BAD_V2_FRAMES
from tests.support.gateway_process import GatewayProcess
from tests.support.processes import EmulatorProcess

V2 = [Subprotocol("shopping.v2")]
WITHIN_S = 30.0
AT_ONCE = 15
"""Bad frames on one connection: fewer than what closes it."""
MEANINGLESS: list[tuple[str, ErrorCode, str]] = [
    ('{"type":"ack","seq":7}', "invalid_field", "seq: the newest event is 0"),
    ('{"type":"undo","ref":"r1"}', "nothing_to_undo", "undo: there is nothing to undo"),
    ('{"type":"confirm","id":"x"}', "unknown_item", "id: there is no such suggestion"),
    ('{"type":"reject","id":"x"}', "unknown_item", "id: there is no such suggestion"),
    (
        '{"type":"edit","operations":[{"op":"remove","id":"x"}]}',
        "unknown_item",
        "operations[0].id: there is no such item on the list",
    ),
    (
        '{"type":"edit","operations":[{"op":"add","name":"a","id":"m1"}]}',
        "invalid_field",
        "operations[0].id: an item or a suggestion has it already",
    ),
    (
        '{"type":"start_session","language":"en-US"}',
        "already_started",
        "language: the session runs in pl-PL; stop it first",
    ),
    (
        '{"type":"start_session","reply":"audio"}',
        "already_started",
        "reply: the session runs with none; stop it first",
    ),
    (
        '{"type":"start_session","resume":{"token":"x"}}',
        "already_started",
        "resume: a session runs on this connection already",
    ),
]


@pytest.fixture(scope="module")
def gateway() -> Iterator[GatewayProcess]:
    with EmulatorProcess("--ears", "none") as emulator, GatewayProcess.on(emulator) as process:
        process.line("ready")
        yield process


@contextlib.asynccontextmanager
async def phone(gateway: GatewayProcess, user: str) -> AsyncIterator[ClientConnection]:
    async with connect(f"{gateway.ws_url}/ws/{user}", subprotocols=V2, compression=None) as socket:
        assert socket.subprotocol == "shopping.v2"
        yield socket


async def told(socket: ClientConnection, kind: str) -> dict[str, Any]:
    """Return the next message of a type, passing over the others."""
    async with asyncio.timeout(WITHIN_S):
        while True:
            message: dict[str, Any] = json.loads(await socket.recv())
            if message["type"] == kind:
                return message


async def test_every_bad_frame_gets_its_error_and_the_session_goes_on(
    gateway: GatewayProcess,
) -> None:
    assert len(BAD_V2_FRAMES) >= 40
    frames = list(BAD_V2_FRAMES)
    for start in range(0, len(frames), AT_ONCE):
        async with phone(gateway, f"careless-{start}") as socket:
            await socket.send('{"type":"start_session","list":[{"id":"m1","name":"masło"}]}')
            await told(socket, "session")
            for frame, code, message in frames[start : start + AT_ONCE]:
                await socket.send(frame)
                error = await told(socket, "error")
                assert (error["code"], error["message"]) == (code, message)
            await socket.send('{"type":"edit","operations":[{"op":"add","name":"chleb"}]}')
            event = await told(socket, "product_detected")
            assert (event["seq"], event["item"]["name"]) == (1, "chleb")


async def test_requests_that_mean_nothing_get_their_errors(gateway: GatewayProcess) -> None:
    async with phone(gateway, "absent-minded") as socket:
        await socket.send('{"type":"start_session","list":[{"id":"m1","name":"masło"}]}')
        await told(socket, "session")
        for frame, code, message in MEANINGLESS:
            await socket.send(frame)
            error = await told(socket, "error")
            assert (error["code"], error["message"]) == (code, message)
            assert error.get("ref") == json.loads(frame).get("ref")


async def test_what_needs_a_session_is_refused_before_there_is_one(
    gateway: GatewayProcess,
) -> None:
    async with phone(gateway, "early") as socket:
        for kind, fields in {
            "ack": '"seq":0',
            "edit": '"operations":[{"op":"remove","id":"x"}]',
            "undo": '"ref":"r"',
            "confirm": '"id":"x"',
            "reject": '"id":"x"',
        }.items():
            await socket.send(f'{{"type":"{kind}",{fields}}}')
            assert (await told(socket, "error"))["code"] == "not_started"


async def test_a_connection_that_is_reset_is_resumed_with_all_that_happened(
    gateway: GatewayProcess,
) -> None:
    async with phone(gateway, "reset") as socket:
        await socket.send('{"type":"start_session"}')
        session = await told(socket, "session")
        await socket.send('{"type":"text","text":"dodaj mleko","ref":"t1"}')
        await told(socket, "product_detected")
        socket.transport.abort()
    async with phone(gateway, "reset") as socket:
        resume = {"token": session["resume_token"], "last_seq": 0}
        await socket.send(json.dumps({"type": "start_session", "resume": resume}))
        resumed = await told(socket, "session")
        assert resumed["resumed"] is True
        assert resumed["session_id"] == session["session_id"]
        assert resumed["resume_token"] != session["resume_token"]
        assert resumed["received"] == ["t1"]
        event = await told(socket, "product_detected")
        assert (event["seq"], event["item"]) == (1, resumed["list"][0])


async def test_spoken_replies_come_as_binary_frames(gateway: GatewayProcess) -> None:
    async with phone(gateway, "listener") as socket:
        await socket.send('{"type":"start_session","reply":"audio"}')
        session = await told(socket, "session")
        assert session["audio"]["output"]["sample_rate"] == 24_000
        await socket.send('{"type":"text","text":"dodaj mleko"}')
        async with asyncio.timeout(WITHIN_S):
            while isinstance(frame := await socket.recv(), str):
                pass
        assert len(frame) % 2 == 0


async def test_health_tells_what_is_parked(gateway: GatewayProcess) -> None:
    async with phone(gateway, "leaver") as socket:
        await socket.send('{"type":"start_session"}')
        await told(socket, "session")
    gateway.line("session_parked", user_id="leaver")
    _, health = gateway.get("/health")
    assert health["store"]["kind"] == "memory"
    assert health["store"]["parked"] >= 1
