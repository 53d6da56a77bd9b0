"""A phone that takes nothing, against uvicorn with our protocol, on a real socket."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import pytest
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.frames import Frame, Opcode

from gateway.server import listen
from gateway.websocket_protocol import HANGING_UP, SENDING, PromptlyClosed
from tests.support.an_app import App

MEGABYTE = "x" * (1 << 20)
HANDSHAKE = (
    b"GET /ws/anna HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n"
)


class Flood:
    """An application that sends until the phone takes no more, and closes with 4008."""

    def __init__(self) -> None:
        self.blocked = False
        self.closed = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] == "websocket"
        await receive()
        await send({"type": "websocket.accept"})
        try:
            async with asyncio.timeout(0.3):
                while True:
                    await send({"type": "websocket.send", "text": MEGABYTE})
        except TimeoutError:
            self.blocked = True
        await send({"type": "websocket.close", "code": 4008, "reason": "too slow"})
        self.closed.set()


@asynccontextmanager
async def served(app: ASGIApp, *, linger_s: float) -> AsyncIterator[tuple[uvicorn.Server, int]]:
    """Serve on a free port."""
    protocol = type("Lingering", (PromptlyClosed,), {"linger_s": linger_s})
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            ws=protocol,
            interface="asgi3",
            lifespan="off",
            log_config=None,
            ws_per_message_deflate=False,
            timeout_graceful_shutdown=1,
        )
    )
    with listen("127.0.0.1", 0) as listener:
        async with asyncio.TaskGroup() as group:
            group.create_task(server.serve(sockets=[listener]), name="server")
            yield server, listener.getsockname()[1]
            server.should_exit = True


async def happens(condition: Callable[[], bool], *, within_s: float) -> None:
    """Wait until it does; there is nothing to await on uvicorn's set of connections."""
    async with asyncio.timeout(within_s):
        while not condition():  # noqa: ASYNC110 - see above
            await asyncio.sleep(0.02)


async def test_the_close_frame_does_not_wait_for_a_phone_that_takes_nothing() -> None:
    flood = Flood()
    async with served(flood, linger_s=0.5) as (server, port):
        with socket.create_connection(("127.0.0.1", port)) as raw:
            raw.sendall(HANDSHAKE)
            async with asyncio.timeout(30):
                await flood.closed.wait()
            assert flood.blocked
            assert len(server.server_state.connections) == 1
            await happens(lambda: not server.server_state.connections, within_s=30)


async def test_a_phone_that_wakes_up_in_time_reads_everything_and_the_code() -> None:
    flood = Flood()
    async with served(flood, linger_s=30) as (server, port):
        async with connect(
            f"ws://127.0.0.1:{port}/", max_size=None, max_queue=1, ping_interval=None
        ) as client:
            async with asyncio.timeout(30):
                await flood.closed.wait()
            frames = 0
            with contextlib.suppress(ConnectionClosed):
                while True:
                    assert await client.recv() == MEGABYTE
                    frames += 1
        assert flood.blocked
        assert frames >= 1
        assert client.close_code == 4008
        await happens(lambda: not server.server_state.connections, within_s=30)


async def test_a_refused_handshake_is_answered_and_is_no_error(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with served(App().asgi, linger_s=5) as (server, port):
        with pytest.raises(InvalidStatus) as refused:
            await connect(f"ws://127.0.0.1:{port}/elsewhere")
        assert refused.value.response.status_code == 404
        await happens(lambda: not server.server_state.connections, within_s=30)
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


async def test_an_application_that_ends_without_closing_leaves_no_socket_behind() -> None:
    async def rude(_: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        raise LookupError("a bug")

    async with served(rude, linger_s=0.2) as (server, port):
        async with connect(f"ws://127.0.0.1:{port}/") as client:
            with pytest.raises(ConnectionClosed):
                await client.recv()
        await happens(lambda: not server.server_state.connections, within_s=30)


class AtOnce:
    """An application that sends as much as can be sent at once, and again when it has closed."""

    def __init__(self, *together: Sequence[str | bytes]) -> None:
        self.together = together
        self.taken: list[bool] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        now = scope["extensions"][SENDING]["now"]
        self.taken.append(now(["before the handshake"]))
        await receive()
        await send({"type": "websocket.accept"})
        self.taken += map(now, self.together)
        await send({"type": "websocket.close", "code": 1000})
        self.taken.append(now(["after the close frame"]))


async def test_what_is_sent_at_once_comes_between_the_handshake_and_the_close_frame() -> None:
    app = AtOnce(["mleko"], [b"\1\2", "żółć" * 50])
    async with served(app, linger_s=1) as (_, port), connect(f"ws://127.0.0.1:{port}/") as client:
        frames = [frame async for frame in client]
    assert frames == ["mleko", b"\1\2", "żółć" * 50]
    assert app.taken == [False, True, True, False]


async def test_a_phone_that_is_behind_is_sent_nothing_at_once() -> None:
    app = AtOnce(*[(MEGABYTE,)] * 100)
    async with served(app, linger_s=0.1) as (_, port):
        with socket.create_connection(("127.0.0.1", port)) as raw:
            raw.sendall(HANDSHAKE)
            await happens(lambda: len(app.taken) == 102, within_s=30)
    assert app.taken[1]
    assert not any(app.taken[-50:])


class HangsUp:
    """An application that hangs up and notes what it receives nevertheless.

    Attributes:
        begun: the close frame was sent.
        ended: the phone has gone, and with which code.
    """

    def __init__(self) -> None:
        self.heard: list[object] = []
        self.begun = asyncio.Event()
        self.ended = asyncio.Event()
        self.code: object = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        assert (await receive())["text"] == "hello"
        scope["extensions"][HANGING_UP]["with"](1012, "bye")
        scope["extensions"][HANGING_UP]["with"](1012, "again")
        self.begun.set()
        while (message := await receive())["type"] != "websocket.disconnect":
            self.heard.append(message.get("text") or message.get("bytes"))
        self.code = message["code"]
        self.ended.set()


async def test_what_a_phone_says_before_it_sees_the_close_frame_is_received() -> None:
    app = HangsUp()
    async with served(app, linger_s=5) as (server, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(HANDSHAKE)
        await reader.readuntil(b"\r\n\r\n")
        writer.write(masked(Opcode.TEXT, b"hello"))
        await app.begun.wait()
        writer.write(masked(Opcode.BINARY, b"one") + masked(Opcode.TEXT, b"two"))
        writer.write(masked(Opcode.CLOSE, b"\x03\xf4"))
        assert await reader.read() == b"\x88\x05\x03\xf4bye"
        writer.close()
        await writer.wait_closed()
        await app.ended.wait()
        assert app.heard == [b"one", "two"]
        assert app.code == 1012
        await happens(lambda: not server.server_state.connections, within_s=30)


async def test_a_phone_that_does_not_answer_the_close_frame_is_dropped() -> None:
    app = HangsUp()
    async with served(app, linger_s=0.3) as (server, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(HANDSHAKE)
        await reader.readuntil(b"\r\n\r\n")
        writer.write(masked(Opcode.TEXT, b"hello"))
        await app.ended.wait()
        assert app.code == 1005
        writer.close()
        await writer.wait_closed()
        await happens(lambda: not server.server_state.connections, within_s=30)


async def test_the_server_may_end_while_a_phone_is_hung_up_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    app = HangsUp()
    async with served(app, linger_s=5) as (_, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(HANDSHAKE)
        await reader.readuntil(b"\r\n\r\n")
        writer.write(masked(Opcode.TEXT, b"hello"))
        await app.begun.wait()
    assert await reader.read() == b"\x88\x05\x03\xf4bye"
    writer.close()
    await writer.wait_closed()
    assert app.ended.is_set()
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


def masked(opcode: Opcode, payload: bytes) -> bytes:
    """Return a phone's frame."""
    return Frame(opcode, payload).serialize(mask=True)
