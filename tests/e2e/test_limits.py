"""Limits of a service as a process of its own, over real sockets."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from schemas.close_codes import CloseCode
from tests.support.gateway_process import GatewayProcess
from tests.support.processes import EmulatorProcess

SETTINGS = {
    "REQUEST_TIMEOUT_S": "1",
    "MAX_SESSIONS": "2",
    "MESSAGES_PER_S": "20",
    "BURST_S": "9",
    "IDLE_LIMIT_S": "2",
}
WITHIN_S = 20.0


@pytest.fixture(scope="module")
def gateway() -> Iterator[GatewayProcess]:
    with (
        EmulatorProcess("--ears", "none") as emulator,
        GatewayProcess.on(emulator, SETTINGS) as process,
    ):
        process.line("ready")
        yield process


@pytest.mark.parametrize(
    "beginning", [b"", b"GET /livez HTTP/1.1\r\nX: ", b"GET /ws/ala HTTP/1.1\r\nUpgrade: websocket"]
)
async def test_half_open_connections_and_slow_requests_are_cut_off(
    gateway: GatewayProcess, beginning: bytes
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
    async with asyncio.timeout(WITHIN_S):
        writer.write(beginning)
        assert (await reader.read()).startswith(b"HTTP/1.1 408 ")
    writer.close()


async def test_a_full_instance_refuses_and_says_when_to_come_again(
    gateway: GatewayProcess,
) -> None:
    async with connect(f"{gateway.ws_url}/ws/ala"), connect(f"{gateway.ws_url}/ws/ola"):
        with pytest.raises(InvalidStatus) as refused:
            await connect(f"{gateway.ws_url}/ws/ela")
        assert refused.value.response.status_code == 503
        assert refused.value.response.headers["retry-after"] == "5"
        assert gateway.get("/readyz") == (503, {"status": "full"})


async def test_who_sends_too_much_is_told_and_closed(gateway: GatewayProcess) -> None:
    async with connect(f"{gateway.ws_url}/ws/ala") as phone:
        with contextlib.suppress(ConnectionClosed):
            for _ in range(300):
                await phone.send('{"type":"ping"}')
            async with asyncio.timeout(WITHIN_S):
                while True:
                    await phone.recv()
        assert phone.close_code == CloseCode.TOO_FAST


async def test_a_phone_that_only_pings_is_closed(gateway: GatewayProcess) -> None:
    async with connect(f"{gateway.ws_url}/ws/ala") as phone:
        with contextlib.suppress(ConnectionClosed):
            async with asyncio.timeout(WITHIN_S):
                while True:
                    await phone.send('{"type":"ping"}')
                    await phone.recv()
                    await asyncio.sleep(0.2)
        assert phone.close_code == CloseCode.IDLE
    assert gateway.line("closing_client", reason="nothing was said for too long")
