"""The emulator's application inside the test's own event loop, on a real socket."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from aiohttp import web

from emulator.app import LiveApp
from emulator.ears import Ears
from emulator.faculties import Behaviour, Faculties
from emulator.resumption import HandleStore
from emulator.script import Script
from emulator.segmenter import segmenter_for
from emulator.turn_engine import Pace
from tests.support.emulator_fakes import FUNCTION, MODEL, FakeMind, FakeVoice

DEVELOPER_PATH = "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent"
VERTEX_PATH = "/ws/google.cloud.aiplatform.v1beta1.LlmBidiService/BidiGenerateContent"
KEY = {"x-goog-api-key": "any"}
SETUP: dict[str, Any] = {
    "setup": {
        "model": MODEL,
        "tools": [{"functionDeclarations": [FUNCTION]}],
        "sessionResumption": {},
        "inputAudioTranscription": {},
    }
}
WITHIN_S = 30.0

Message = dict[str, Any]


class LiveClient:
    """One WebSocket to the emulator."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket

    async def send(self, message: Mapping[str, object]) -> None:
        await self.socket.send_str(json.dumps(message))

    async def receive(self) -> Message:
        """Return the next message; fails when it is no binary frame of JSON."""
        frame = await self.socket.receive(timeout=WITHIN_S)
        assert frame.type is aiohttp.WSMsgType.BINARY, frame
        message: Message = json.loads(frame.data)
        return message

    async def until(self, condition: Callable[[Message], bool]) -> list[Message]:
        """Receive up to the message for which a condition holds, and return all."""
        messages = [await self.receive()]
        while not condition(messages[-1]):
            messages.append(await self.receive())
        return messages

    def break_off(self) -> None:
        """Break the connection without a close frame."""
        transport = self.socket.get_extra_info("socket")
        transport.shutdown(socket.SHUT_RDWR)

    async def closed(self) -> tuple[int | None, str]:
        """Receive until the server closes; return the code, or 1006 without one, and the reason."""
        while True:
            frame = await self.socket.receive(timeout=WITHIN_S)
            if frame.type is aiohttp.WSMsgType.CLOSE:
                return frame.data, frame.extra or ""
            if frame.type in {aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR}:
                return 1006, ""


class RunningApp:
    """An emulator and a way to talk to it."""

    def __init__(self, app: LiveApp, url: str, session: aiohttp.ClientSession) -> None:
        self.app = app
        self.url = url
        self.session = session
        self._clients: list[LiveClient] = []

    async def connect(
        self, path: str = DEVELOPER_PATH, headers: Mapping[str, str] = KEY
    ) -> LiveClient:
        client = LiveClient(await self.session.ws_connect(f"{self.url}{path}", headers=headers))
        self._clients.append(client)
        return client

    async def close(self) -> None:
        """Close what the test left open."""
        for client in self._clients:
            await client.socket.close()

    async def open(self, setup: Mapping[str, object] = SETUP) -> LiveClient:
        """Connect and complete the setup."""
        client = await self.connect()
        await client.send(setup)
        assert await client.receive() == {"setupComplete": {}}
        return client

    async def get(self, path: str) -> tuple[int, Message]:
        async with self.session.get(f"{self.url}{path}") as response:
            return response.status, await response.json()

    async def act(self, connection_id: str, action: object) -> tuple[int, Message]:
        url = f"{self.url}/emulator/connections/{connection_id}"
        async with self.session.post(url, json=action) as response:
            return response.status, await response.json()

    async def add_fault(self, rule: Mapping[str, object]) -> Message:
        """Put a rule in force; return the answer."""
        async with self.session.post(f"{self.url}/emulator/faults", json=rule) as response:
            answer: Message = await response.json()
            return {"status": response.status, **answer}

    async def closed_record(self, connection_id: str = "c1") -> Message:
        """Wait until a connection is closed and return its record."""
        async with asyncio.timeout(WITHIN_S):
            while (record := await self.record(connection_id))["state"] != "closed":  # noqa: ASYNC110  # HTTP has no events
                await asyncio.sleep(0.01)
        return record

    async def record(self, connection_id: str = "c1") -> Message:
        status, record = await self.get(f"/emulator/connections/{connection_id}")
        assert status == 200
        return record


@asynccontextmanager
async def running_app(
    *,
    ears: Ears | None = None,
    script: Script | None = None,
    behaviour: Behaviour | None = None,
    clock: Callable[[], float] = lambda: 0.0,
) -> AsyncIterator[RunningApp]:
    """Run the application with a mind and a voice that are not the real ones."""
    app = LiveApp(
        Faculties(
            mind=FakeMind(),
            voice=FakeVoice(),
            ears=ears,
            segmenter=segmenter_for,
            handles=HandleStore(clock),
            pace=Pace(playback_speed=20),
            script=script or Script(),
            behaviour=behaviour or Behaviour(),
        )
    )
    runner = web.AppRunner(app.application(), access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0]
        async with aiohttp.ClientSession() as session:
            running = RunningApp(app, f"http://{host}:{port}", session)
            try:
                yield running
            finally:
                await running.close()
    finally:
        await runner.cleanup()
