from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from starlette.types import Message

from actors.ports import ClientGone, Taker
from gateway.client_socket import AsgiSocket
from gateway.websocket_protocol import HANGING_UP, OFFERING, SENDING


class Server:
    """The server's side of one connection; `error` is what its next send raises."""

    def __init__(self) -> None:
        self.sent: list[Message] = []
        self.error: Exception | None = None
        self.messages: asyncio.Queue[Message] = asyncio.Queue()
        self.messages.put_nowait({"type": "websocket.connect"})

    async def receive(self) -> Message:
        return await self.messages.get()

    async def send(self, message: Message) -> None:
        if self.error is not None:
            raise self.error
        self.sent.append(message)

    def gets(self, **message: object) -> None:
        self.messages.put_nowait({"type": "websocket.receive", **message})

    def loses(self, code: int) -> None:
        self.messages.put_nowait({"type": "websocket.disconnect", "code": code})


def takes_nothing(_: list[bytes], *, text: bool) -> int:
    """Satisfies `actors.ports.Taker`."""
    return 0 * text


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
async def client(server: Server) -> AsgiSocket:
    socket = AsgiSocket({"type": "websocket"}, server.receive, server.send)
    await socket.accept("shopping.v2")
    return socket


async def test_frames_are_offered_where_the_server_can_do_that(server: Server) -> None:
    offered: list[Taker] = []
    scope = {"type": "websocket", "extensions": {OFFERING: {"to": offered.append}}}
    AsgiSocket(scope, server.receive, server.send).offer_to(takes_nothing)
    assert offered == [takes_nothing]


async def test_frames_are_offered_nowhere_else(client: AsgiSocket) -> None:
    client.offer_to(takes_nothing)


async def test_the_handshake_is_accepted_with_its_subprotocol(
    server: Server,
) -> None:
    await AsgiSocket({"type": "websocket"}, server.receive, server.send).accept("shopping.v2")
    assert server.messages.empty()
    (accepted,) = server.sent
    assert (accepted["type"], accepted["subprotocol"]) == ("websocket.accept", "shopping.v2")


async def test_frames_are_sent_at_once_where_the_server_can_do_that(server: Server) -> None:
    sent: list[str | bytes] = []
    takes = [True, False]

    def now(frames: Sequence[str | bytes]) -> bool:
        sent.extend(frames)
        return takes.pop(0)

    scope = {"type": "websocket", "extensions": {SENDING: {"now": now}}}
    client = AsgiSocket(scope, server.receive, server.send)
    assert client.send_now(["text", "more"])
    assert not client.send_now([b"sound"])
    assert (sent, server.sent) == (["text", "more", b"sound"], [])


async def test_frames_are_sent_at_once_nowhere_else(client: AsgiSocket) -> None:
    assert not client.send_now(["text"])


async def test_frames_come_as_they_are(server: Server, client: AsgiSocket) -> None:
    server.gets(text="żółć")
    server.gets(bytes=b"\x00\x01")
    server.gets(text="", bytes=None)
    server.gets(text=None, bytes=b"")
    assert [await client.receive() for _ in range(4)] == ["żółć", b"\x00\x01", "", b""]


async def test_a_phone_that_left_is_gone_with_its_code(server: Server, client: AsgiSocket) -> None:
    server.loses(1001)
    with pytest.raises(ClientGone) as first:
        await client.receive()
    with pytest.raises(ClientGone) as second:
        await client.receive()
    assert (first.value.code, second.value.code) == (1001, 1001)


async def test_messages_are_sent_in_text_frames(server: Server, client: AsgiSocket) -> None:
    await client.send('{"type":"pong"}')
    assert server.sent[-1] == {"type": "websocket.send", "text": '{"type":"pong"}'}


async def test_sound_is_sent_in_binary_frames(server: Server, client: AsgiSocket) -> None:
    await client.send(b"\x00\x01")
    assert server.sent[-1] == {"type": "websocket.send", "bytes": b"\x00\x01"}


@pytest.mark.parametrize(
    "error",
    [
        OSError("client disconnected"),
        RuntimeError("Unexpected ASGI message 'websocket.send', after sending 'websocket.close'."),
    ],
)
async def test_sending_to_a_lost_socket_says_that_the_phone_is_gone(
    server: Server, client: AsgiSocket, error: Exception
) -> None:
    server.error = error
    with pytest.raises(ClientGone) as caught:
        await client.send("x")
    assert caught.value.code == 1006


async def test_sending_after_closing_says_that_the_phone_is_gone(client: AsgiSocket) -> None:
    await client.close(1000, "")
    with pytest.raises(ClientGone):
        await client.send("x")


async def test_closing_tells_code_and_reason(server: Server, client: AsgiSocket) -> None:
    await client.close(4009, "connected elsewhere")
    assert server.sent[-1] == {
        "type": "websocket.close",
        "code": 4009,
        "reason": "connected elsewhere",
    }


async def test_closing_twice_or_after_the_phone_left_does_nothing(
    server: Server, client: AsgiSocket
) -> None:
    await client.close(1000, "")
    await client.close(1011, "")
    assert [m["type"] for m in server.sent] == ["websocket.accept", "websocket.close"]


async def test_closing_a_lost_socket_does_nothing(server: Server, client: AsgiSocket) -> None:
    server.error = OSError("client disconnected")
    await client.close(1000, "")
    assert [m["type"] for m in server.sent] == ["websocket.accept"]


async def test_after_hanging_up_it_receives_where_the_server_can_do_that(server: Server) -> None:
    hung_up: list[tuple[int, str]] = []

    def with_(code: int, reason: str) -> None:
        hung_up.append((code, reason))

    scope = {"type": "websocket", "extensions": {HANGING_UP: {"with": with_}}}
    socket = AsgiSocket(scope, server.receive, server.send)
    await socket.accept(None)
    await socket.hang_up(1012, "bye")
    await socket.hang_up(1012, "bye")
    await socket.close(1000, "")
    assert hung_up == [(1012, "bye")]
    assert len(server.sent) == 1
    with pytest.raises(ClientGone):
        await socket.send("late")
    server.gets(text="said before")
    server.loses(1012)
    assert await socket.receive() == "said before"
    with pytest.raises(ClientGone):
        await socket.receive()


async def test_hanging_up_closes_elsewhere(server: Server, client: AsgiSocket) -> None:
    await client.hang_up(1012, "bye")
    assert server.sent[-1] == {"type": "websocket.close", "code": 1012, "reason": "bye"}
