"""Tests for `gateway.http_protocol`: requests that take their time, over a fake transport."""

from __future__ import annotations

import asyncio
import socket
import struct

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState

from gateway.http_protocol import MOST_REQUEST, MOST_WAITING, PromptRequests
from gateway.refusals import Refusals
from tests.support.fake_transport import FakeTransport
from tests.support.moments import a_moment, seconds_pass
from tests.support.recording_observer import RecordingObserver

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
BEGUN = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nab"
UPGRADE = (
    b"GET /ws/anna HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n"
)
CLOSING = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
BODY = b"x" * 100
GIVEN_UP_AFTER_10_S = (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 10_000)
TURNED_INTO_A_RESET = (socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


class Rig:
    """One connection to an application that answers at once, or in two parts."""

    def __init__(self) -> None:
        self.refusals = Refusals()
        self.begins, self.goes_on = asyncio.Event(), asyncio.Event()
        self.begins.set()
        self.goes_on.set()
        self.runs = 0
        config = uvicorn.Config(
            self._application, lifespan="off", log_config=None, interface="asgi3"
        )
        config.load()
        prompt = {"refusals": self.refusals, "request_s": 10.0}
        kind = type("Prompt", (PromptRequests,), prompt)
        self.protocol: PromptRequests = kind(config, ServerState(), {}, asyncio.get_running_loop())
        self.transport = FakeTransport()
        self.protocol.connection_made(self.transport)

    async def _application(self, _: Scope, __: Receive, send: Send) -> None:
        self.runs += 1
        await self.begins.wait()
        headers = [(b"content-length", b"200")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": BODY, "more_body": True})
        await self.goes_on.wait()
        await send({"type": "http.response.body", "body": BODY})

    @property
    def written(self) -> bytes:
        """All that was written."""
        return bytes(self.transport.written)


@pytest.mark.parametrize("beginning", [b"", b"GET / HT", GET[:-2], b"POST / HTTP/1.1\r\nA: b"])
async def test_a_request_that_does_not_arrive_in_time_is_cut_off(beginning: bytes) -> None:
    rig = Rig()
    if beginning:
        rig.protocol.data_received(beginning)
    await seconds_pass(9.9)
    assert not rig.transport.is_closing()
    await seconds_pass(0.2)
    assert rig.written.startswith(b"HTTP/1.1 408 Request Timeout\r\n")
    assert rig.transport.is_closing()
    assert rig.refusals.counts == {"slow_request": 1}


async def test_a_request_that_trickles_in_is_not_given_more_time_for_each_byte() -> None:
    rig = Rig()
    for byte in range(21):
        rig.protocol.data_received(GET[byte : byte + 1])
        await seconds_pass(0.5)
    assert rig.refusals.counts == {"slow_request": 1}


async def test_requests_that_arrive_are_answered_one_after_the_other() -> None:
    rig = Rig()
    for _ in range(3):
        rig.protocol.data_received(GET)
        await seconds_pass(4)
    assert rig.written.count(b"HTTP/1.1 200 OK") == 3
    assert rig.refusals.counts == {}
    rig.protocol.data_received(GET[:9])
    await seconds_pass(10.1)
    assert rig.refusals.counts == {"slow_request": 1}


async def test_a_request_that_is_too_large_is_refused_before_it_has_arrived() -> None:
    rig = Rig()
    rig.protocol.data_received(b"GET / HTTP/1.1\r\n")
    rig.protocol.data_received(b"X: " + b"x" * MOST_REQUEST)
    assert rig.written.startswith(b"HTTP/1.1 431 ")
    assert rig.refusals.counts == {"large_request": 1}


async def test_a_body_that_is_still_awaited_when_the_answer_begins_is_cut_off_unheard() -> None:
    rig = Rig()
    rig.goes_on.clear()
    rig.protocol.data_received(BEGUN)
    await seconds_pass(10.1)
    assert rig.written.count(b"HTTP/1.1") == 1
    assert rig.transport.is_closing()
    assert rig.refusals.counts == {"slow_request": 1}
    rig.goes_on.set()
    await a_moment()


async def test_a_body_that_is_still_awaited_is_answered_as_late_and_not_twice() -> None:
    rig = Rig()
    rig.begins.clear()
    rig.protocol.data_received(BEGUN)
    await seconds_pass(10.1)
    rig.begins.set()
    await a_moment()
    assert rig.written.startswith(b"HTTP/1.1 408 ")
    assert rig.written.count(b"HTTP/1.1") == 1
    assert rig.transport.is_closing()


@pytest.mark.parametrize(
    ("refused", "status", "cause"),
    [
        (b"no HTTP\r\n\r\n", b"400", "bad_request"),
        (UPGRADE, b"400", "bad_handshake"),
        (b"GET / HTTP/1.1\r\nX: " + b"x" * MOST_REQUEST, b"431", "large_request"),
        (BEGUN.replace(b"9", b"99999") + b"x" * MOST_REQUEST, b"431", "large_request"),
    ],
)
@pytest.mark.parametrize("begun", [False, True])
async def test_a_request_is_refused_behind_the_answers_to_those_before(
    refused: bytes, status: bytes, cause: str, *, begun: bool
) -> None:
    rig = Rig()
    (rig.goes_on if begun else rig.begins).clear()
    rig.protocol.data_received(GET * 2)
    await a_moment()
    for part in (refused[:9], refused[9:], b"more", GET):
        rig.protocol.data_received(part)
        await a_moment()
    assert rig.written.count(b"HTTP/1.1") == begun
    assert not rig.transport.is_closing()
    rig.begins.set()
    rig.goes_on.set()
    await a_moment()
    answers = rig.written.split(b"HTTP/1.1 ")[1:]
    assert [answer[:3] for answer in answers] == [b"200", b"200", status]
    assert all(answer.endswith(2 * BODY) for answer in answers[:2])
    assert rig.transport.is_closing()
    assert (rig.runs, rig.refusals.counts) == (2, {cause: 1})


async def test_of_many_requests_in_one_read_a_bounded_number_waits() -> None:
    rig = Rig()
    rig.begins.clear()
    rig.protocol.data_received(GET * 1_000)
    assert len(rig.protocol.pipeline) == MOST_WAITING
    rig.begins.set()
    await a_moment()
    answers = [answer[:3] for answer in rig.written.split(b"HTTP/1.1 ")[1:]]
    assert answers == [*[b"200"] * (1 + MOST_WAITING), b"429"]
    assert rig.refusals.counts == {"pipeline": 1}
    assert rig.transport.is_closing()


async def test_an_upgrade_in_the_same_read_as_a_request_is_refused_behind_its_answer() -> None:
    rig = Rig()
    rig.refusals.observer = observer = RecordingObserver()
    rig.protocol.data_received(GET + UPGRADE)
    await a_moment()
    answers = rig.written.split(b"HTTP/1.1 ")[1:]
    assert [answer[:3] for answer in answers] == [b"200", b"400"]
    assert observer.noted("request_refused") == [
        {"status": 400, "cause": "bad_handshake", "address": ""}
    ]


async def test_an_upgrade_while_an_answer_waits_to_be_taken_is_refused() -> None:
    rig = Rig()
    rig.protocol.data_received(GET)
    await a_moment()
    rig.protocol.pause_writing()
    rig.protocol.data_received(UPGRADE)
    assert rig.written.count(b"HTTP/1.1 400 Bad Request") == 1
    assert rig.transport.is_closing()


async def test_an_upgrade_behind_an_answer_that_was_given_is_handed_on() -> None:
    rig = Rig()
    rig.protocol.data_received(GET)
    await a_moment()
    rig.protocol.data_received(UPGRADE)
    assert isinstance(rig.transport.protocol, WebSocketsSansIOProtocol)
    assert rig.refusals.counts == {}
    await a_moment()
    rig.transport.protocol.connection_lost(None)
    await a_moment()


async def test_what_is_no_http_is_refused_and_has_a_line_in_the_log() -> None:
    rig = Rig()
    rig.refusals.observer = observer = RecordingObserver()
    rig.protocol.data_received(b"\x16\x03\x01\r\n\r\n")
    assert rig.written.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert rig.transport.is_closing()
    assert rig.refusals.counts == {"bad_request": 1}
    assert observer.notes == [
        ("request_refused", {"status": 400, "cause": "bad_request", "address": ""})
    ]


async def test_an_upgrade_to_anything_but_a_websocket_is_answered_as_if_it_were_none(
    caplog: pytest.LogCaptureFixture,
) -> None:
    rig = Rig()
    rig.protocol.data_received(GET[:-2] + b"Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n")
    await a_moment()
    assert rig.written.startswith(b"HTTP/1.1 200 ")
    assert (rig.refusals.counts, caplog.messages) == ({}, [])


async def test_an_answer_that_is_not_taken_is_dropped() -> None:
    rig = Rig()
    rig.protocol.data_received(GET)
    await a_moment()
    rig.protocol.pause_writing()
    rig.protocol.resume_writing()
    await seconds_pass(11)
    rig.protocol.pause_writing()
    rig.protocol.pause_writing()
    await seconds_pass(10.1)
    assert rig.transport.is_closing()
    assert rig.refusals.counts == {"slow_reader": 1}


async def test_when_the_connection_is_gone_nobody_waits_for_it() -> None:
    rig = Rig()
    rig.protocol.pause_writing()
    rig.protocol.connection_lost(None)
    await seconds_pass(11)
    assert rig.refusals.counts == {}


async def test_an_answer_is_given_up_when_the_connection_goes_with_more_requests_behind_it() -> (
    None
):
    rig = Rig()
    rig.goes_on.clear()
    rig.protocol.data_received(GET * 3)
    await a_moment()
    written = rig.written
    rig.transport.abort()
    rig.protocol.connection_lost(None)
    rig.goes_on.set()
    await a_moment()
    assert written.count(b"HTTP/1.1 200") == 1
    assert rig.written == written


@pytest.mark.parametrize(
    ("sent", "closes_after_s"),
    [(GET, 5.0), (CLOSING, 0.0), (GET + b"no HTTP\r\n\r\n", 0.0), (b"no HTTP\r\n\r\n", 0.0)],
)
async def test_a_connection_that_closes_is_cut_off_when_the_rest_is_not_taken(
    sent: bytes, closes_after_s: float
) -> None:
    rig = Rig()
    rig.protocol.data_received(sent)
    await seconds_pass(closes_after_s)
    await a_moment()
    assert (rig.transport.closed, rig.transport.aborted) == (True, False)
    rig.transport.untaken = 9
    before = rig.refusals.counts.total()
    await seconds_pass(9.9)
    early = rig.transport.aborted
    await seconds_pass(0.2)
    assert (early, rig.transport.aborted) == (False, True)
    assert rig.transport.options == [GIVEN_UP_AFTER_10_S, TURNED_INTO_A_RESET]
    assert rig.refusals.counts["slow_reader"] == 1
    assert rig.refusals.counts.total() == before + 1


async def test_a_connection_is_cut_off_though_there_are_too_many_open_files() -> None:
    rig = Rig()
    rig.transport.options, rig.transport.untaken = None, 9
    rig.protocol.data_received(CLOSING)
    await seconds_pass(10.1)
    assert rig.transport.aborted


async def test_a_connection_that_the_other_side_ends_is_cut_off_when_the_rest_is_not_taken() -> (
    None
):
    rig = Rig()
    rig.protocol.data_received(GET)
    rig.protocol.eof_received()
    await seconds_pass(10.1)
    assert rig.transport.aborted
    assert rig.refusals.counts == {"slow_reader": 1}


async def test_a_connection_that_closes_has_its_time_again_once_there_is_room() -> None:
    rig = Rig()
    rig.protocol.data_received(CLOSING)
    await seconds_pass(9)
    rig.protocol.pause_writing()
    rig.protocol.resume_writing()
    await seconds_pass(9)
    early = rig.transport.aborted
    await seconds_pass(1.1)
    assert (early, rig.transport.aborted) == (False, True)


async def test_a_connection_whose_rest_is_taken_while_it_closes_is_refused_nothing() -> None:
    rig = Rig()
    rig.protocol.data_received(CLOSING)
    await a_moment()
    rig.protocol.connection_lost(None)
    await seconds_pass(11)
    assert not rig.transport.aborted
    assert rig.refusals.counts == {}


async def test_a_connection_that_is_reset_after_its_answer_is_refused_nothing() -> None:
    rig = Rig()
    rig.protocol.data_received(GET)
    await a_moment()
    rig.transport.abort()
    rig.protocol.connection_lost(ConnectionResetError())
    await seconds_pass(16)
    assert rig.refusals.counts == {}
