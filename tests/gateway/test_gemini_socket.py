"""Tests for `gateway.gemini_socket`, on a stream in memory whose other end is websockets' own."""

from __future__ import annotations

import asyncio

import pytest
from websockets.exceptions import ConnectionClosed, InvalidMessage, InvalidStatus
from websockets.frames import Opcode
from websockets.protocol import State

from gateway.gemini_link import link_closed
from gateway.gemini_socket import CLOSE_WITHIN_S, GeminiSocket
from gateway.websocket_frames import masks
from tests.support.gemini_peer import URI, Peer, opened


def now() -> float:
    return asyncio.get_running_loop().time()


def reads(peer: Peer) -> bool:
    return peer.reading


async def end_of(socket: GeminiSocket) -> tuple[int, str, str]:
    with pytest.raises(ConnectionClosed) as caught:
        await socket.recv()
    closed = link_closed(caught.value)
    return closed.code, closed.reason, closed.closed_by


async def test_messages_go_both_ways_and_pieces_are_put_together() -> None:
    peer = Peer()
    socket = await opened(peer)
    await socket.send(b"one")
    assert socket.send_now(b"two")
    assert [bytes(frame.data) for frame in peer.frames] == [b"one", b"two"]
    peer.server.send_binary(b"whole")
    peer.server.send_text(b"in ", fin=False)
    peer.server.send_continuation(b"three ", fin=False)
    peer.server.send_ping(b"in between")
    peer.server.send_continuation(b"pieces", fin=True)
    peer.say()
    assert [await socket.recv(), await socket.recv()] == [b"whole", b"in three pieces"]
    assert (peer.frames[-1].opcode, peer.frames[-1].data) == (Opcode.PONG, b"in between")
    await socket.close()


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1_000, 100_000, 1_000_000])
async def test_messages_are_found_however_the_bytes_are_cut(size: int) -> None:
    peer = Peer()
    socket = await opened(peer)
    said = [b"", b"x" * 125, b"y" * 126, b"z" * 65_535, b"w" * 65_536]
    for message in said:
        peer.server.send_text(message)
        peer.server.send_binary(message)
    peer.server.send_ping(b"between")
    peer.server.send_text(b"in ", fin=False)
    peer.server.send_continuation(b"pieces", fin=True)
    peer.server.send_text(b"last")
    sent = b"".join(peer.server.data_to_send())
    for at in range(0, len(sent), size):
        peer.receiver_gets(sent[at : at + size])
    taken = []
    while (message_ := socket.recv_now()) is not None:
        taken.append(message_)
    twice = [each for message in said for each in (message, message)]
    assert taken == [*twice, b"in pieces", b"last"]
    assert [bytes(frame.data) for frame in peer.frames] == [b"between"]
    await socket.close()


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (b"\x82\x81\0\0\0\0x", 1002),  # masked
        (b"\xc2\x01x", 1002),  # a reserved bit
        (b"\x80\x01x", 1002),  # goes on with nothing
        (b"\x82\x7f" + (1 << 25).to_bytes(8, "big"), 1009),
    ],
)
async def test_what_is_before_a_bad_frame_is_taken_and_the_connection_is_closed_for_it(
    bad: bytes, code: int
) -> None:
    peer = Peer()
    socket = await opened(peer)
    peer.receiver_gets(b"\x82\x02ok" + bad + b"\x82\x04late")
    assert await socket.recv() == b"ok"
    assert peer.server.close_rcvd is not None
    assert peer.server.close_rcvd.code == code
    peer.hang_up()
    assert (await end_of(socket))[0] == code


async def test_a_piece_that_is_followed_by_another_message_is_the_peers_mistake() -> None:
    peer = Peer()
    socket = await opened(peer)
    peer.receiver_gets(b"\x02\x02no\x82\x02no")
    assert peer.server.close_rcvd is not None
    assert peer.server.close_rcvd.code == 1002
    await socket.close()


async def test_a_connection_that_ends_within_a_frame_is_nobodys() -> None:
    peer = Peer()
    socket = await opened(peer)
    peer.receiver_gets(b"\x82\x02n")
    peer.hang_up()
    assert await end_of(socket) == (1006, "no close frame", "nobody")


async def test_a_peer_that_speaks_with_its_handshake_is_understood() -> None:
    peer = Peer()
    opening = asyncio.create_task(opened(peer))
    await asyncio.sleep(0)
    peer.server.send_text(b"early")
    said = b"".join(peer.server.data_to_send())
    peer.receiver_gets(said[:-3])
    socket = await opening
    peer.receiver_gets(said[-3:] + b"\x82\x02")
    assert (await socket.recv(), socket.recv_now()) == (b"early", None)
    peer.receiver_gets(b"ok")
    assert await socket.recv() == b"ok"
    await socket.close()


async def test_what_waits_in_recv_is_woken_and_may_be_cancelled_without_a_loss() -> None:
    peer = Peer()
    socket = await opened(peer)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(1):
            await socket.recv()
    async with asyncio.TaskGroup() as group:
        taking = group.create_task(socket.recv(), name="reader")
        await asyncio.sleep(1)
        peer.server.send_text(b"here")
        peer.say()
    assert taking.result() == b"here"
    await socket.close()


async def test_nothing_is_sent_at_once_while_something_waits_or_the_connection_closes() -> None:
    peer = Peer()
    socket = await opened(peer)
    peer.full = True
    assert not socket.send_now(b"late")
    peer.full = False
    peer.server.send_close(1011, "Internal error encountered.")
    peer.say()
    assert not socket.send_now(b"too late")
    assert [frame.opcode for frame in peer.frames] == [Opcode.CLOSE]
    peer.hang_up()
    with pytest.raises(ConnectionClosed):
        await socket.send(b"much too late")


async def test_reading_stops_when_messages_are_not_taken_and_goes_on_when_few_are_left() -> None:
    peer = Peer()
    socket = await opened(peer)
    for number in range(16):
        assert reads(peer)
        peer.server.send_text(b"%d" % number)
        peer.say()
    assert not reads(peer)
    taken = [await socket.recv() for _ in range(11)]
    assert not reads(peer)
    taken.append(await socket.recv())
    assert reads(peer)
    assert taken == [b"%d" % number for number in range(12)]
    await socket.close()


async def test_messages_before_a_close_are_taken_before_it_is_told() -> None:
    peer = Peer()
    socket = await opened(peer)
    peer.server.send_text(b"last words")
    peer.server.send_close(1008, "policy")
    peer.say()
    peer.hang_up()
    assert await socket.recv() == b"last words"
    assert await end_of(socket) == (1008, "policy", "peer")


async def test_a_peer_that_closes_and_does_not_end_the_connection_is_hung_up_on() -> None:
    peer = Peer()
    socket = await opened(peer)
    peer.answers = False
    peer.server.send_close(1001, "going away")
    peer.say()
    closed_at = now()
    assert await end_of(socket) == (1001, "going away", "peer")
    assert now() - closed_at == pytest.approx(CLOSE_WITHIN_S)
    assert peer.ended == "aborted"


async def test_a_connection_that_ends_without_a_close_frame_is_nobodys() -> None:
    peer = Peer()
    socket = await opened(peer)
    peer.hang_up()
    assert await end_of(socket) == (1006, "no close frame", "nobody")
    await socket.close()


async def test_closing_waits_for_the_peer_and_drops_what_nobody_will_take() -> None:
    peer = Peer()
    socket = await opened(peer)
    peer.answers = False
    async with asyncio.TaskGroup() as group:
        closing = group.create_task(socket.close(), name="closer")
        await asyncio.sleep(0.1)
        assert peer.server.close_rcvd is not None
        assert peer.server.close_rcvd.code == 1000
        # What was on its way when the close frame came.
        for _ in range(100):
            peer.receiver_gets(b"\x81\x05stale")
        assert peer.reading
        peer.say()
        await asyncio.sleep(0.1)
        assert not closing.done()
        peer.hang_up()
    assert peer.ended == "by the peer"
    assert await end_of(socket) == (1000, "", "us")


async def test_a_peer_that_does_not_answer_a_close_has_half_a_second() -> None:
    peer = Peer()
    socket = await opened(peer)
    for _ in range(20):
        peer.server.send_text(b"not taken")
    peer.say()
    peer.answers = peer.reading
    left_at = now()
    await socket.close()
    assert now() - left_at == pytest.approx(CLOSE_WITHIN_S)
    assert peer.ended == "aborted"


async def test_a_close_that_is_cancelled_ends_the_connection_at_once() -> None:
    peer = Peer()
    socket = await opened(peer)
    peer.answers = False
    async with asyncio.TaskGroup() as group:
        closing = group.create_task(socket.close(), name="closer")
        await asyncio.sleep(0.1)
        closing.cancel()
    assert peer.ended == "aborted"


async def test_whoever_waits_to_send_is_let_go_when_the_connection_ends() -> None:
    peer = Peer()
    socket = await opened(peer)
    peer.answers, peer.full = False, True
    async with asyncio.TaskGroup() as group:
        sending = group.create_task(_refused(socket), name="sender")
        await asyncio.sleep(1)
        assert not sending.done()
        await socket.close()
    assert sending.done()


async def _refused(socket: GeminiSocket) -> None:
    with pytest.raises(ConnectionClosed):
        await socket.send(b"never read")


async def test_whoever_sends_on_a_closing_connection_learns_how_it_ended() -> None:
    peer = Peer()
    socket = await opened(peer)
    peer.answers = False
    peer.server.send_close(1013, "later")
    peer.say()
    with pytest.raises(ConnectionClosed) as caught:
        await socket.send(b"too late")
    assert link_closed(caught.value).code == 1013


async def test_a_message_that_is_too_big_closes_with_1009() -> None:
    peer = Peer()
    socket = await opened(peer)
    peer.receiver_gets(b"\x82\x7f" + (17 << 20).to_bytes(8, "big"))
    code, _, closed_by = await end_of(socket)
    assert (code, closed_by) == (1009, "us")
    assert peer.frames[-1].opcode is Opcode.CLOSE


async def test_pings_are_sent_every_20_s_and_a_pong_may_take_a_minute() -> None:
    peer = Peer()
    socket = await opened(peer)
    opened_at = now()
    await asyncio.sleep(65)
    assert [frame.opcode for frame in peer.frames] == [Opcode.PING] * 3
    peer.answers = False
    pinged_at = opened_at + 80
    await asyncio.sleep(pinged_at + 59 - now())
    assert [frame.opcode for frame in peer.frames] == [Opcode.PING] * 4
    peer.say()
    await asyncio.sleep(22)
    assert [frame.opcode for frame in peer.frames] == [Opcode.PING] * 5
    peer.server.data_to_send()
    assert await end_of(socket) == (1011, "keepalive ping timeout", "us")
    assert now() == pytest.approx(opened_at + 140 + 20 + 40 + CLOSE_WITHIN_S)
    assert (peer.frames[-1].opcode, peer.ended) == (Opcode.CLOSE, "aborted")


async def test_a_pong_that_answers_nothing_of_ours_is_no_sign() -> None:
    peer = Peer()
    socket = await opened(peer)
    peer.answers = False
    opened_at = now()

    async def pong() -> None:
        while True:
            await asyncio.sleep(1)
            peer.receiver_gets(b"\x8a\x00")

    async with asyncio.TaskGroup() as group:
        ponging = group.create_task(pong(), name="ponging")
        assert (await end_of(socket))[0] == 1011
        ponging.cancel()
    assert now() == pytest.approx(opened_at + 80 + CLOSE_WITHIN_S)


@pytest.mark.parametrize("answer", ["", "HTTP/1.1 101 Switching", "SSH-2.0-OpenSSH_9.9\r\n"])
async def test_a_handshake_that_is_cut_off_or_is_none_at_all_fails(answer: str) -> None:
    peer = Peer()
    peer.answers = False
    async with asyncio.TaskGroup() as group:
        group.create_task(_not_agreed(GeminiSocket(URI, peer, masks())), name="opener")
        await asyncio.sleep(1)
        peer.receiver_gets(answer.encode())
        peer.hang_up()
    assert peer.ended is not None


async def _not_agreed(socket: GeminiSocket) -> None:
    with pytest.raises(InvalidMessage):
        await socket.handshake({})


async def test_a_refusal_of_unknown_length_ends_with_the_connection() -> None:
    peer = Peer()
    peer.answers = False
    socket = GeminiSocket(URI, peer, masks())
    async with asyncio.TaskGroup() as group:
        opening = group.create_task(_refusal(socket), name="opener")
        await asyncio.sleep(1)
        peer.receiver_gets(b"HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\nno such ")
        peer.receiver_gets(b"key")
        peer.hang_up()
    assert opening.result() == (403, b"no such key")


async def _refusal(socket: GeminiSocket) -> tuple[int, bytes]:
    with pytest.raises(InvalidStatus) as caught:
        await socket.handshake({})
    return caught.value.response.status_code, bytes(caught.value.response.body or b"")


async def test_a_handshake_that_is_cancelled_ends_the_connection() -> None:
    peer = Peer()
    peer.answers = False
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(1):
            await opened(peer)
    assert peer.ended == "aborted"


async def test_a_connection_that_is_closed_with_its_opening_sends_no_pings() -> None:
    peer = Peer()
    peer.answers = False
    async with asyncio.TaskGroup() as group:
        opening = group.create_task(opened(peer), name="opener")
        await asyncio.sleep(1)
        assert peer.server.state is State.CONNECTING
        peer.server.send_response(peer.server.accept(peer.request))
        peer.server.send_close(1011, "at once")
        peer.say()
        peer.hang_up()
    assert await end_of(opening.result()) == (1011, "at once", "peer")
    await asyncio.sleep(100)
    assert [frame.opcode for frame in peer.frames] == [Opcode.CLOSE]
