"""What a phone sends, through uvicorn's protocol alone and through ours, to the same outcome."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import pytest
import uvicorn
from hypothesis import example, given, settings
from hypothesis import strategies as st
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState
from websockets.frames import Frame, Opcode
from websockets.speedups import apply_mask

from gateway.refusals import Refusals
from gateway.websocket_protocol import OFFERING, PromptlyClosed
from gateway.whole_frames import frame_end
from tests.support.fake_transport import FakeTransport
from tests.support.recording_observer import RecordingObserver

REQUEST = (
    b"GET /ws/anna HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n"
)
LONGEST = 70_000
MASK = b"\x11\x22\x33\x44"
SPEECH = b"\x01\x02" * 1_600


@dataclass
class Outcome:
    """What came of a phone's frames.

    Attributes:
        messages: in the order in which they reached the application, taken or received; in the
            end why there are no more.
        answers: what was written to the phone.
        closed: the connection was closed.
        taken: how many messages arrived together, for each time that some were taken.
    """

    messages: list[tuple[str, object]] = field(default_factory=list)
    answers: bytes = b""
    closed: bool = False
    taken: list[int] = field(default_factory=list)


class Application:
    """Takes messages on their arrival as `takes` says, one entry a message; receives the others."""

    def __init__(self, outcome: Outcome, takes: Sequence[bool]) -> None:
        self._outcome = outcome
        self._takes = list(takes)
        self.begun = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.begun = True
        await receive()
        await send({"type": "websocket.accept"})
        if OFFERING in scope["extensions"]:
            scope["extensions"][OFFERING]["to"](self._take)
        while True:
            message = await receive()
            if message["type"] == "websocket.disconnect":
                self._outcome.messages.append(("gone", message["code"]))
                return
            kind = "text" if "text" in message else "bytes"
            self._outcome.messages.append((kind, message[kind]))

    def _take(self, frames: list[bytes], *, text: bool) -> int:
        taken = 0
        while taken < len(frames) and (self._takes.pop(0) if self._takes else True):
            try:
                heard = frames[taken].decode() if text else frames[taken]
            except UnicodeDecodeError:
                break
            self._outcome.messages.append(("text" if text else "bytes", heard))
            taken += 1
        if taken:
            self._outcome.taken.append(taken)
        return taken


class Connection:
    """A server's end of one connection, whose handshake has begun."""

    def __init__(
        self,
        app: ASGIApp,
        protocol: type[WebSocketsSansIOProtocol] = PromptlyClosed,
        request: bytes = REQUEST,
    ) -> None:
        config = uvicorn.Config(
            app,
            ws=protocol,
            ws_max_size=LONGEST,
            ws_ping_interval=None,
            ws_per_message_deflate=False,
            interface="asgi3",
            lifespan="off",
            log_config=None,
            proxy_headers=False,
        )
        config.load()
        self._state = ServerState()
        self.server = protocol(config, self._state, {})
        self.transport = FakeTransport()
        self.server.connection_made(self.transport)
        self.server.data_received(request)

    @property
    def sent(self) -> bytes:
        """What was written after the handshake."""
        return bytes(self.transport.written).partition(b"\r\n\r\n")[2]

    async def ends(self) -> None:
        """Lose the connection, and let the application end."""
        self.server.connection_lost(ConnectionResetError())
        await asyncio.gather(*self._state.tasks)


async def outcome_of(
    protocol: type[WebSocketsSansIOProtocol], reads: Sequence[bytes], takes: Sequence[bool] = ()
) -> Outcome:
    """Return what comes of `reads`, which arrive one after the other."""
    outcome = Outcome()
    connection = Connection(Application(outcome, takes), protocol)
    transport = connection.transport
    await settled()
    transport.written.clear()
    for read in reads:
        if not transport.closed:
            connection.server.data_received(read)
            await settled()
    outcome.answers = bytes(transport.written)
    outcome.closed = transport.closed
    await connection.ends()
    return outcome


async def settled() -> None:
    """Let the application receive everything."""
    for _ in range(9):
        await asyncio.sleep(0)


def frame(
    opcode: Opcode, payload: bytes = b"", *, fin: bool = True, rsv: bool = False, mask: bool = True
) -> bytes:
    """Return a frame as a phone sends it, or as it must not."""
    first = opcode | (0x80 if fin else 0) | (0x40 if rsv else 0)
    masked = 0x80 if mask else 0
    if len(payload) < 126:
        head = struct.pack("!BB", first, masked | len(payload))
    elif len(payload) < 65_536:
        head = struct.pack("!BBH", first, masked | 126, len(payload))
    else:
        head = struct.pack("!BBQ", first, masked | 127, len(payload))
    return head + MASK + apply_mask(payload, MASK) if mask else head + payload


def text(payload: bytes) -> bytes:
    return frame(Opcode.TEXT, payload)


def binary(payload: bytes) -> bytes:
    return frame(Opcode.BINARY, payload)


PAYLOADS = st.one_of(
    st.binary(max_size=200),
    st.sampled_from([bytes(125), bytes(126), SPEECH, bytes(65_535), bytes(65_536), bytes(LONGEST)]),
)
FRAMES = st.one_of(
    st.builds(binary, PAYLOADS),
    st.builds(binary, PAYLOADS),
    st.builds(text, st.text(max_size=60).map(str.encode)),
    st.builds(text, st.text(max_size=60).map(str.encode)),
    st.builds(frame, st.sampled_from([Opcode.PING, Opcode.PONG]), st.binary(max_size=125)),
    # A message in three frames, with a ping between them.
    st.builds(
        lambda first, last: (
            frame(Opcode.TEXT, first, fin=False)
            + frame(Opcode.CONT, fin=False)
            + frame(Opcode.PING)
            + frame(Opcode.CONT, last)
        ),
        st.sampled_from([b"", b"abc", "ż".encode()[:1]]),
        st.sampled_from([b"", b"xyz", "ż".encode()[1:]]),
    ),
)
FAULTS = st.sampled_from(
    [
        b"",
        text(b"\xff"),
        frame(Opcode.TEXT, b"x", mask=False),
        frame(Opcode.BINARY, SPEECH, rsv=True),
        b"\x83" + text(b"abc")[1:],
        binary(bytes(LONGEST + 1)),
        binary(bytes(LONGEST + 1))[:10],
        frame(Opcode.CONT, b"x"),
        frame(Opcode.TEXT, bytes(LONGEST - 1), fin=False) + frame(Opcode.CONT, b"xx"),
        frame(Opcode.TEXT, b"x", fin=False) + text(b"y"),
        frame(Opcode.PING, bytes(126)),
        frame(Opcode.PING, b"x", fin=False),
        frame(Opcode.CLOSE, b"\x03\xe8bye"),
        frame(Opcode.CLOSE),
        frame(Opcode.CLOSE, b"\x03"),
        b"\x82\xff\xff\xff\xff\xff\xff\xff\xff\xff\0\0\0\0abc",
    ]
)


def cut(data: bytes, cuts: Sequence[int]) -> list[bytes]:
    """Cut `data` at places; what is 0 long is no read."""
    places = sorted({0, len(data), *(place % (len(data) + 1) for place in cuts)})
    return [data[start:end] for start, end in pairwise(places)]


def newest_pongs(answers: bytes) -> list[bytes]:
    """Return the frames of `answers`, of pongs behind each other the last one only."""
    kept: list[bytes] = []
    at = 0
    while at < len(answers):
        end = frame_end(answers, at, LONGEST, masked=False)
        assert end is not None
        if kept and answers[at] == kept[-1][0] == 0x80 | Opcode.PONG:
            kept.pop()
        kept.append(answers[at:end])
        at = end
    return kept


@settings(max_examples=200, deadline=None)
@given(
    frames=st.lists(FRAMES, max_size=6),
    fault=FAULTS,
    behind=st.lists(FRAMES, max_size=2),
    cuts=st.lists(st.integers(0, 1 << 20), max_size=8),
    takes=st.lists(st.booleans(), max_size=6),
)
@example([binary(SPEECH)], b"", [], [1], [True])
@example([binary(SPEECH)], b"", [], [2], [True])
@example([binary(SPEECH)], b"", [], [3, 4, 5, 6, 7, 8, 9], [True])
def test_bytes_cut_anywhere_have_the_outcome_that_uvicorn_alone_gives_to_whole_frames(
    frames: list[bytes], fault: bytes, behind: list[bytes], cuts: list[int], takes: list[bool]
) -> None:
    whole = [each for each in (*frames, fault, *behind) if each]
    alone = asyncio.run(outcome_of(WebSocketsSansIOProtocol, whole))
    ours = asyncio.run(outcome_of(PromptlyClosed, cut(b"".join(whole), cuts), takes))
    assert ours.messages == alone.messages
    assert newest_pongs(ours.answers) == newest_pongs(alone.answers)
    assert ours.closed == alone.closed


async def test_messages_that_arrive_together_are_offered_together() -> None:
    outcome = await outcome_of(
        PromptlyClosed, [b"".join(map(binary, [b"a", b"b", b"c"])), text(b"d") + text(b"e")]
    )
    assert outcome.taken == [3, 2]


async def test_messages_of_two_kinds_and_those_around_a_ping_are_offered_apart() -> None:
    read = binary(b"a") + text(b"b") + text(b"c") + frame(Opcode.PING) + text(b"d")
    outcome = await outcome_of(PromptlyClosed, [read])
    assert outcome.taken == [1, 2, 1]
    assert outcome.answers == Frame(Opcode.PONG, b"").serialize(mask=False)


async def test_a_message_that_comes_in_pieces_is_offered_when_it_is_whole() -> None:
    sent = binary(SPEECH)
    outcome = await outcome_of(PromptlyClosed, [sent[:1], sent[1:3], sent[3:500], sent[500:]])
    assert outcome.taken == [1]
    assert outcome.messages[0] == ("bytes", SPEECH)


async def test_what_follows_a_message_that_is_not_taken_is_received_too() -> None:
    read = b"".join(map(binary, [b"a", b"b", b"c"]))
    outcome = await outcome_of(PromptlyClosed, [read], [True, False])
    assert outcome.taken == [1]
    assert outcome.messages[:3] == [("bytes", b"a"), ("bytes", b"b"), ("bytes", b"c")]


@pytest.mark.parametrize("size", [LONGEST, LONGEST + 1])
async def test_a_message_that_is_too_long_is_refused_and_not_offered(size: int) -> None:
    outcome = await outcome_of(PromptlyClosed, [binary(bytes(size))])
    assert len(outcome.taken) == (size <= LONGEST)
    assert outcome.closed == (size > LONGEST)


async def test_what_a_phone_sends_before_it_is_answered_is_received() -> None:
    outcome = Outcome()
    connection = Connection(Application(outcome, []))
    sent = binary(SPEECH)
    connection.server.data_received(sent[:2])
    await settled()
    connection.server.data_received(sent[2:])
    await settled()
    assert outcome.messages == [("bytes", SPEECH)]
    await connection.ends()


async def test_sending_waits_while_the_write_buffer_is_full() -> None:
    async def app(_: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        await receive()
        await send({"type": "websocket.send", "text": "x"})

    connection, others = Connection(app), Connection(app)
    await settled()
    connection.server.pause_writing()
    for each in (connection, others):
        each.server.data_received(text(b"go on"))
    await settled()
    assert (bool(connection.sent), bool(others.sent)) == (False, True)
    connection.server.resume_writing()
    await settled()
    assert connection.sent == others.sent
    await connection.ends()
    await others.ends()


async def test_what_was_of_use_only_in_the_handshake_is_freed() -> None:
    scopes: list[Scope] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        scopes.append(scope)
        assert scope["headers"]
        await receive()
        await send({"type": "websocket.accept"})
        await receive()

    connection = Connection(app)
    request = connection.server.request
    await settled()
    (scope,) = scopes
    assert not scope["headers"]
    assert not request.headers
    await connection.ends()


async def test_a_request_that_is_no_handshake_is_refused_and_runs_no_application() -> None:
    app = Application(Outcome(), [])
    connection = Connection(app, request=REQUEST.replace(b"MDEyMzQ1Njc4OWFiY2RlZg==", b"short"))
    await settled()
    assert connection.transport.written.startswith(b"HTTP/1.1 400 ")
    assert connection.transport.closed
    assert not app.begun
    await connection.ends()


async def test_a_phone_that_takes_nothing_gets_no_pongs() -> None:
    connection = Connection(Application(Outcome(), ()))
    await settled()
    ping = frame(Opcode.PING, b"?")
    connection.server.pause_writing()
    for _ in range(1_000):
        connection.server.data_received(ping)
    assert connection.sent == b""
    connection.server.resume_writing()
    connection.server.data_received(ping)
    assert connection.sent == Frame(Opcode.PONG, b"?").serialize(mask=False)
    await connection.ends()


async def test_the_newest_of_many_pings_is_answered() -> None:
    pings = [frame(Opcode.PING, bytes([number])) for number in range(9)]
    outcome = await outcome_of(PromptlyClosed, [b"".join(pings[:4]) + text(b"a"), *pings[4:6]])
    pongs = [Frame(Opcode.PONG, bytes([number])).serialize(mask=False) for number in (3, 4, 5)]
    assert outcome.answers == b"".join(pongs)


def reads_of_many(kind: str) -> tuple[list[bytes], list[tuple[str, object]]]:
    """Return 1,000 messages as they are sent and as they are heard; none in parts is taken."""
    payloads = [struct.pack("!H", number) for number in range(1_000)]
    if kind == "in parts":
        parts = [frame(Opcode.BINARY, each, fin=False) + frame(Opcode.CONT) for each in payloads]
        return parts, [("bytes", each) for each in payloads]
    return list(map(binary, payloads)), [("bytes", each) for each in payloads]


@pytest.mark.parametrize("kind", ["whole", "in parts"])
async def test_of_many_frames_that_arrive_together_some_are_dealt_with_in_a_turn(kind: str) -> None:
    sent, heard = reads_of_many(kind)
    outcome = Outcome()
    connection = Connection(Application(outcome, ()))
    await settled()
    reading = []
    for read in (sent[:900], sent[900:]):
        connection.server.data_received(b"".join(read))
        reading.append(connection.transport.reading)
    assert len(outcome.messages) <= 64
    for _ in range(2_000 // 64 + 1):
        await settled()
    assert outcome.messages == heard
    assert [*reading, connection.transport.reading] == [False, False, True]
    await connection.ends()


async def test_what_was_put_off_ends_with_the_connection() -> None:
    outcome = Outcome()
    connection = Connection(Application(outcome, ()))
    await settled()
    connection.server.data_received(b"".join(map(binary, [b"a"] * 100)))
    await connection.ends()
    assert outcome.messages == [*[("bytes", b"a")] * 64, ("gone", 1005)]


async def test_a_fault_among_what_was_put_off_ends_the_connection() -> None:
    outcome = Outcome()
    connection = Connection(Application(outcome, ()))
    await settled()
    fault = frame(Opcode.BINARY, SPEECH, rsv=True)
    connection.server.data_received(binary(b"a") * 64 + fault + binary(b"b") * 99)
    await settled()
    assert outcome.messages == [*[("bytes", b"a")] * 64, ("gone", 1002)]
    assert connection.transport.closed
    await connection.ends()


class Few(PromptlyClosed):
    """Takes five frames in ten seconds."""

    most_frames = 5
    refusals = Refusals()


PING = frame(Opcode.PING)


@pytest.mark.parametrize(
    "flood",
    [
        [PING * 6],
        [PING] * 6,
        [frame(Opcode.TEXT, fin=False) + frame(Opcode.CONT, fin=False) * 5],
    ],
)
async def test_a_flood_of_frames_that_say_nothing_is_cut_off(flood: list[bytes]) -> None:
    before = Few.refusals.counts.get("too_many_frames", 0)
    outcome = Outcome()
    connection = Connection(Application(outcome, ()), Few)
    await settled()
    for read in [*flood, PING * 9]:
        connection.server.data_received(read)
    await settled()
    assert struct.pack("!H", 4029) in connection.sent
    assert outcome.messages[-1] == ("gone", 4029)
    assert connection.transport.closed
    assert Few.refusals.counts["too_many_frames"] == before + 1
    await connection.ends()


class Patient(PromptlyClosed):
    """Waits a minute for the rest of a message."""

    message_s = 60.0
    refusals = Refusals()


WHOLE = frame(Opcode.BINARY, SPEECH)
PART = frame(Opcode.BINARY, b"a", fin=False)


@pytest.mark.parametrize(
    "sent",
    [
        [WHOLE[:1]],
        [WHOLE[:1], WHOLE[1:6], WHOLE[6:-1]],
        [WHOLE + WHOLE[:-1]],
        [PART, PING, PING, frame(Opcode.CONT, b"b", fin=False), PING],
        [PART + PING + PART[:-1]],
    ],
)
async def test_a_message_whose_rest_does_not_come_ends_the_connection(sent: list[bytes]) -> None:
    before = Patient.refusals.counts["slow_message"]
    outcome = Outcome()
    connection = Connection(Application(outcome, ()), Patient)
    await settled()
    for read in sent:
        connection.server.data_received(read)
        await asyncio.sleep(10)
    await asyncio.sleep(59.9 - 10 * len(sent))
    early = Patient.refusals.counts["slow_message"]
    await asyncio.sleep(30)
    assert (early, Patient.refusals.counts["slow_message"]) == (before, before + 1)
    assert struct.pack("!H", 4008) in connection.sent
    assert outcome.messages[-1] == ("gone", 4008)
    assert connection.transport.aborted
    await connection.ends()


async def test_messages_that_are_whole_in_time_are_waited_for_each_by_itself() -> None:
    outcome = Outcome()
    connection = Connection(Application(outcome, ()), Patient)
    await settled()
    parts = PART + frame(Opcode.CONT, b"b")
    # Whenever it is looked, a message has begun: each read has one's rest and the next one's head.
    at = [WHOLE[:9], *[WHOLE[9:] + WHOLE[:9]] * 4, WHOLE[9:] + parts[:3], parts[3:] + parts[:9]]
    for read in [*at, parts[9:], PART, PING, frame(Opcode.CONT, b"b"), PART]:
        connection.server.data_received(read)
        await asyncio.sleep(25)
    assert not connection.transport.closed
    assert [kind for kind, _ in outcome.messages] == ["bytes"] * 8
    await connection.ends()
    await asyncio.sleep(61)
    assert outcome.messages[-1] == ("gone", 1005)


async def test_what_is_not_read_because_of_us_is_not_late() -> None:
    goes_on = asyncio.Event()

    async def app(_: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        await goes_on.wait()
        await receive()
        await receive()

    connection = Connection(app, Patient)
    await settled()
    connection.server.data_received(text(b"a") + PART)
    assert not connection.transport.reading
    await asyncio.sleep(100)
    goes_on.set()
    await asyncio.sleep(50)
    closed_before = connection.transport.closed
    await asyncio.sleep(50)
    assert (closed_before, connection.transport.closed) == (False, True)
    await connection.ends()


def with_lines(lines: bytes) -> bytes:
    return REQUEST.replace(b"\r\n\r\n", b"\r\n" + lines + b"\r\n")


async def test_frames_that_take_their_time_are_no_flood() -> None:
    outcome = Outcome()
    connection = Connection(Application(outcome, ()), Few)
    await settled()
    for _ in range(4):
        connection.server.data_received(PING * 5)
        await asyncio.sleep(10)
    assert not connection.transport.closed
    await connection.ends()


@pytest.mark.parametrize(
    ("request_", "status", "cause"),
    [
        (with_lines(b"X-A: " + b"a" * 9_000 + b"\r\n"), b"431", "large_request"),
        (with_lines(b"X-A: a\r\n" * 200), b"431", "large_request"),
        (REQUEST.replace(b"anna", b"a" * 9_000), b"414", "large_request"),
        (with_lines(b"X-A: \x7f\r\n"), b"400", "bad_handshake"),
        (REQUEST.replace(b"MDEy", b""), b"400", "bad_handshake"),
        (REQUEST.replace(b"Version: 13", b"Version: 7"), b"400", "bad_handshake"),
    ],
)
async def test_a_handshake_that_cannot_be_read_is_answered_and_ends(
    request_: bytes, status: bytes, cause: str
) -> None:
    observer = RecordingObserver()
    refusals = Refusals(observer=observer)
    app = Application(Outcome(), [])
    counting = type("Counting", (PromptlyClosed,), {"refusals": refusals})
    connection = Connection(app, counting, request_)
    assert bytes(connection.transport.written).startswith(b"HTTP/1.1 " + status)
    assert connection.transport.closed
    assert refusals.counts == {cause: 1}
    assert observer.noted("request_refused") == [
        {"status": int(status), "cause": cause, "address": ""}
    ]
    connection.transport.untaken = 9
    await asyncio.sleep(PromptlyClosed.linger_s + 0.1)
    assert connection.transport.aborted
    assert connection.transport.options
    await connection.ends()
    assert not app.begun


async def test_a_phone_that_has_said_its_last_is_cut_off_though_it_takes_nothing() -> None:
    connection = Connection(Application(Outcome(), ()))
    await settled()
    connection.server.eof_received()
    await asyncio.sleep(PromptlyClosed.linger_s + 0.1)
    assert connection.transport.aborted
    await connection.ends()


async def test_a_phone_that_answers_no_ping_is_cut_off_though_it_takes_nothing() -> None:
    connection = Connection(Application(Outcome(), ()))
    await settled()
    connection.server.keepalive_timeout()
    assert (connection.transport.closed, connection.transport.aborted) == (True, False)
    await asyncio.sleep(PromptlyClosed.linger_s + 0.1)
    assert connection.transport.aborted
    await connection.ends()
