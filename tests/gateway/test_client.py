"""Tests for `gateway.client`: the reference client on virtual time, against a scripted gateway."""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field

import msgspec
import pytest

from gateway.addresses import BadAddress
from gateway.client import SESSION_WITHIN_S, ShoppingClient, Statistics
from gateway.client_outbox import Backlogged
from gateway.client_retry import BASE_S, LATER_S, STEADY_S, Loss
from gateway.client_state import REMEMBERED_REQUESTS, ClientState, SeqHole
from gateway.talk_socket import Refused, SocketClosed, Unreachable
from gateway.talk_wire import Heard
from schemas.client import (
    AddItem,
    AudioChunk,
    AudioEnd,
    Auth,
    ClientMessage,
    Confirm,
    Edit,
    Reject,
    Resume,
    StartListSession,
    StopSession,
    Text,
    Undo,
)
from schemas.errors import ProtocolViolation
from schemas.server import ProductDetected, SessionInfo, SpokenAudio, Status
from tests.support.fake_gateway import Answer, Close, FakeGateway, Shop, detected, item, session

MS_100 = b"\1\2" * 1_600
GONE = Close(1006)


@dataclass
class Phone:
    """An app that remembers what it was told."""

    heard_: list[Heard] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    losses: list[Loss] = field(default_factory=list)

    def heard(self, message: Heard) -> None:
        self.heard_.append(message)

    def puzzled(self, problem: str) -> None:
        self.problems.append(problem)

    def lost(self, loss: Loss) -> None:
        self.losses.append(loss)

    @property
    def products(self) -> list[tuple[int, str]]:
        """Number and name of each product that was detected."""
        return [(m.seq, m.product.name) for m in self.heard_ if isinstance(m, ProductDetected)]

    @property
    def resumed(self) -> list[bool]:
        """Whether each session was the one that was to be resumed."""
        return [m.resumed for m in self.heard_ if isinstance(m, SessionInfo)]


def a_client(  # noqa: PLR0913 - as what it makes
    gateway: FakeGateway,
    phone: Phone | None = None,
    *,
    state: ClientState | None = None,
    connect_within_s: float = math.inf,
    reconnect_within_s: float = math.inf,
    others: Sequence[str] = (),
    token: str | None = None,
) -> ShoppingClient:
    return ShoppingClient(
        "ws://gateway.test",
        "anna",
        app=phone or Phone(),
        others=others,
        state=state,
        token=token,
        dial=gateway.dial,
        jitter=lambda: 1.0,
        connect_within_s=connect_within_s,
        reconnect_within_s=reconnect_within_s,
    )


@contextlib.asynccontextmanager
async def running(client: ShoppingClient) -> AsyncIterator[asyncio.Task[Loss]]:
    """Run a client that is started, and leave it running until the end of the block."""
    client.start("pl-PL")
    async with asyncio.TaskGroup() as group:
        task = group.create_task(client.run(), name="client")
        await a_moment()
        yield task
        task.cancel()


async def a_moment(seconds: float = 0.001) -> None:
    """Let everybody else do all they can."""
    await asyncio.sleep(seconds)


async def test_phone_speaks_types_edits_and_hears_each_product_once() -> None:
    gateway, phone = FakeGateway(), Phone()
    client = a_client(gateway, phone)
    async with running(client):
        client.speak(MS_100)
        client.audio_end()
        client.say("ser")
        client.edit(AddItem("chleb"), AddItem("masło"))
        client.stop()
        await a_moment()
    assert gateway.dials == [(0.0, "ws://gateway.test/ws/anna")]
    assert gateway.types == [
        *("StartListSession", "AudioChunk", "AudioEnd", "Text", "Edit", "StopSession")
    ]
    assert phone.products == [(1, "ser"), (2, "chleb"), (3, "masło"), (4, "mleko")]
    assert [had.name for had in client.state.items.values()] == ["ser", "chleb", "masło", "mleko"]
    assert gateway.acks[0] == 0
    assert gateway.acks[-1] == 4
    assert client.state.requests == {}
    assert isinstance(phone.heard_[-1], Status)


async def test_every_request_goes_out_with_the_ref_that_is_returned() -> None:
    gateway = FakeGateway(lambda m: iter([session()] if isinstance(m, StartListSession) else []))
    client = a_client(gateway)
    async with running(client):
        refs = [
            client.say("ser"),
            client.edit(AddItem("chleb")),
            client.undo(),
            client.confirm("x1"),
            client.reject("x2"),
        ]
        await a_moment()
    assert len(set(refs)) == 5
    assert gateway.messages[2:] == [
        Text("ser", refs[0]),
        Edit((AddItem("chleb"),), refs[1]),
        Undo(refs[2]),
        Confirm("x1", refs[3]),
        Reject("x2", refs[4]),
    ]
    assert list(client.state.requests) == refs


async def test_event_is_acknowledged_after_the_app_has_it() -> None:
    gateway = FakeGateway()

    class Storing(Phone):
        def heard(self, message: Heard) -> None:
            if isinstance(message, ProductDetected):
                assert message.seq not in gateway.acks
            super().heard(message)

    client = a_client(gateway, Storing())
    async with running(client):
        client.say("ser")
        await a_moment()
    assert gateway.acks == [0, 1]


async def test_lost_connection_is_resumed_at_once_with_the_newest_token() -> None:
    shop = Shop()
    gateway, phone = FakeGateway(shop), Phone()
    client = a_client(gateway, phone)
    async with running(client):
        gateway.says(shop.sells("ser"))
        await a_moment()
        gateway.says(GONE)
        shop.sells("chleb")
        await a_moment()
        gateway.says(GONE)
        await a_moment(BASE_S + 0.1)
    assert gateway.resumes == [None, Resume("t1", 1), Resume("t2", 2)]
    assert [len(start.list) for start in gateway.starts] == [0, 1, 2]
    assert phone.resumed == [False, True, True]
    assert phone.products == [(1, "ser"), (2, "chleb")]
    assert [str(loss) for loss in phone.losses] == ["closed with 1006"] * 2
    assert client.statistics() == Statistics(2, (0.0, BASE_S), 0.0, 0.0, 0)


async def test_old_token_is_offered_until_a_new_one_has_come() -> None:
    def breaking(message: ClientMessage) -> Iterator[Answer]:
        if len(gateway.starts) == 2:
            yield GONE
        else:
            yield from shop(message)

    shop = Shop()
    gateway = FakeGateway(breaking)
    async with running(a_client(gateway)):
        gateway.says(GONE)
        await a_moment(BASE_S + 0.1)
    assert gateway.resumes == [None, Resume("t1", 0), Resume("t1", 0)]


async def test_events_that_come_again_are_not_heard_again() -> None:
    shop = Shop()
    gateway, phone = FakeGateway(shop), Phone()
    async with running(a_client(gateway, phone)):
        event = shop.sells("ser")
        gateway.says(event, event, shop.sells("chleb"), event)
        await a_moment()
    assert phone.products == [(1, "ser"), (2, "chleb")]


async def test_hole_leads_to_a_resume_that_brings_what_is_missing() -> None:
    shop = Shop()
    gateway, phone = FakeGateway(shop), Phone()
    client = a_client(gateway, phone)
    async with running(client):
        shop.sells("ser")
        gateway.says(shop.sells("chleb"))
        await a_moment()
    assert gateway.resumes == [None, Resume("t1", 0)]
    assert phone.products == [(1, "ser"), (2, "chleb")]
    assert [type(loss) for loss in phone.losses] == [SeqHole]


async def test_neither_a_sentence_nor_an_edit_is_lost_or_doubled_by_a_broken_connection() -> None:
    def breaking(message: ClientMessage) -> Iterator[Answer]:
        match message:
            case Text("ser"):
                list(shop(message))  # the gateway has it, its answer is lost
                yield GONE
            case Edit() if len(gateway.dials) == 2:
                yield GONE  # it is lost on its way
            case _:
                yield from shop(message)

    shop = Shop()
    gateway, phone = FakeGateway(breaking), Phone()
    client = a_client(gateway, phone)
    async with running(client):
        client.say("ser")
        client.edit(AddItem("chleb"))
        client.say("masło")
        await a_moment(5)
    assert phone.products == [(1, "ser"), (2, "chleb"), (3, "masło")]
    assert sum(isinstance(m, Text) and m.text == "ser" for m in gateway.messages) == 1
    assert client.state.requests == {}


async def test_session_that_is_gone_is_begun_anew_with_the_list() -> None:
    shop = Shop()
    gateway, phone = FakeGateway(shop), Phone()
    client = a_client(gateway, phone)
    async with running(client):
        gateway.says(shop.sells("ser"), shop.sells("chleb"))
        await a_moment()
        gateway.says(GONE)
        shop.tokens = 99
        await a_moment()
        assert [had.name for had in client.state.items.values()] == ["ser", "chleb"]
        assert (client.state.session_id, client.state.seq) == ("s2", 0)
        gateway.says(shop.sells("masło"))
        await a_moment()
    assert phone.resumed == [False, False]
    assert phone.products == [(1, "ser"), (2, "chleb"), (1, "masło")]


async def test_app_goes_on_with_what_it_had_stored() -> None:
    shop = Shop()
    gateway, phone = FakeGateway(shop), Phone()
    client = a_client(gateway, phone)
    async with running(client):
        client.say("ser")
        await a_moment()
    stored = msgspec.json.encode(client.state)
    shop.sells("chleb")
    client = a_client(gateway, phone, state=msgspec.json.decode(stored, type=ClientState))
    async with running(client):
        await a_moment()
    assert gateway.resumes == [None, Resume("t1", 1)]
    assert phone.products == [(1, "ser"), (2, "chleb")]


async def test_speech_in_a_gap_is_kept_within_bounds_and_sent_after_it() -> None:
    gateway = FakeGateway()
    client = a_client(gateway)
    async with running(client):
        gateway.refusals.extend([Unreachable("nobody"), Unreachable("nobody")])
        gateway.says(GONE)
        await a_moment()
        for number in range(160):
            client.speak(bytes([number]) * 3_200)
        kept = client.statistics()
        assert (kept.waiting_ms, kept.dropped_ms) == (15_000, 1_000)
        await a_moment(10)
    assert gateway.audio == b"".join(bytes([number]) * 3_200 for number in range(10, 160))
    assert client.statistics().waiting_ms == 0


async def test_speech_that_was_being_sent_is_sent_again() -> None:
    gateway = FakeGateway()
    client = a_client(gateway)
    async with running(client):
        gateway.takes.clear()
        client.speak(MS_100)
        client.audio_end()
        await a_moment()
        gateway.says(GONE)
        await a_moment()
        gateway.takes.set()
        await a_moment()
    assert gateway.audio == MS_100
    assert gateway.messages[-1] == AudioEnd()


async def test_request_that_was_being_sent_is_sent_once() -> None:
    gateway = FakeGateway()
    client = a_client(gateway)
    async with running(client):
        gateway.takes.clear()
        client.say("ser")
        await a_moment()
        gateway.says(GONE)
        await a_moment()
        gateway.takes.set()
        await a_moment()
    assert len(gateway.starts) == 2
    assert gateway.types == ["StartListSession", "Text"]


async def test_socket_that_closes_under_a_sender_is_seen_by_the_listener() -> None:
    def closing(message: ClientMessage) -> Iterator[Answer]:
        if isinstance(message, AudioChunk) and len(gateway.dials) == 1:
            gateway.breaks()
        yield from shop(message)

    shop = Shop()
    gateway, phone = FakeGateway(closing), Phone()
    client = a_client(gateway, phone)
    async with running(client):
        client.speak(MS_100)
        client.speak(MS_100)
        await a_moment()
        assert phone.losses == []
        gateway.says(GONE)
        await a_moment()
    assert gateway.audio == MS_100 * 2
    assert client.statistics().reconnects == 1


@pytest.mark.parametrize("code", [1000, 1002, 1007, 1008, 1009, 4003, 4009, 4010, 4011, 4013])
async def test_closing_for_good_ends_it(code: int) -> None:
    gateway, phone = FakeGateway(), Phone()
    async with running(a_client(gateway, phone)) as task:
        gateway.says(Close(code, "because"))
        loss = await task
    assert isinstance(loss, SocketClosed)
    assert (loss.code, loss.reason) == (code, "because")
    assert len(gateway.dials) == 1
    assert phone.losses == []


@pytest.mark.parametrize(
    ("code", "after_s"),
    [(1001, 0), (1006, 0), (1012, 0), (4008, 0), (1011, LATER_S), (1013, LATER_S)],
)
async def test_other_closings_are_followed_by_a_resume(code: int, after_s: float) -> None:
    gateway, phone = FakeGateway(), Phone()
    async with running(a_client(gateway, phone)):
        gateway.says(Close(code))
        lost_at = asyncio.get_running_loop().time()
        await a_moment(after_s + 0.1)
    assert [round(time - lost_at, 6) for time, _ in gateway.dials[1:]] == [after_s]
    assert phone.resumed == [False, True]


async def test_attempts_come_at_ever_longer_intervals() -> None:
    gateway = FakeGateway()
    gateway.refusals.extend([Unreachable("nobody")] * 4)
    async with running(a_client(gateway)):
        await a_moment(10)
    assert [time / BASE_S for time, _ in gateway.dials] == [0, 0, 1, 3, 7]


async def test_addresses_are_tried_in_turn_and_each_at_once_before_any_waits() -> None:
    gateway = FakeGateway()
    gateway.refusals.extend([Unreachable("nobody")] * 5)
    async with running(a_client(gateway, others=["ws://two.test", "ws://three.test"])):
        await a_moment(10)
        assert [uri.split("/")[2] for _, uri in gateway.dials] == [
            *("gateway.test", "two.test", "three.test") * 2
        ]
        assert [time / BASE_S for time, _ in gateway.dials] == [0, 0, 0, 0, 1, 3]
        await a_moment(STEADY_S)
        gateway.says(GONE)
        await a_moment()
        assert gateway.dials[-1][1] == "ws://gateway.test/ws/anna"


async def test_every_address_is_tried_before_patience_ends() -> None:
    gateway = FakeGateway()
    gateway.refusals.extend([Unreachable("nobody")] * 2)
    client = a_client(gateway, others=["ws://two.test"], connect_within_s=0)
    async with running(client) as task:
        assert isinstance(await task, Unreachable)
    assert len(gateway.dials) == 2


async def test_gateway_that_refuses_is_not_called_again() -> None:
    gateway = FakeGateway()
    refusal = Refused(404, "nothing here")
    gateway.refusals.append(refusal)
    async with running(a_client(gateway)) as task:
        assert await task is refusal
    assert len(gateway.dials) == 1


async def test_gateway_that_is_going_away_is_called_again() -> None:
    gateway, phone = FakeGateway(), Phone()
    gateway.refusals.append(Refused(503, "going away"))
    async with running(a_client(gateway, phone)):
        assert phone.resumed == [False]


async def test_patience_ends() -> None:
    gateway = FakeGateway()
    async with running(a_client(gateway, connect_within_s=0, reconnect_within_s=3)) as task:
        gateway.refusals.extend([Unreachable("nobody")] * 9)
        gateway.says(GONE)
        assert isinstance(await task, Unreachable)
    assert round(asyncio.get_running_loop().time(), 1) == 1.5


async def test_gateway_that_does_not_answer_the_start_is_left() -> None:
    def deaf(message: ClientMessage) -> Iterator[Answer]:
        yield from () if len(gateway.dials) == 1 else shop(message)

    shop = Shop()
    gateway, phone = FakeGateway(deaf), Phone()
    async with running(a_client(gateway, phone)):
        await a_moment(SESSION_WITHIN_S)
    assert [time for time, _ in gateway.dials] == [0.0, SESSION_WITHIN_S]
    assert [str(loss) for loss in phone.losses] == [
        "ws://gateway.test/ws/anna: no session within 15 s"
    ]
    assert phone.resumed == [False]


async def test_connection_may_be_idle_and_start_again_late() -> None:
    gateway, phone = FakeGateway(), Phone()
    client = a_client(gateway, phone)
    async with running(client):
        client.stop()
        await a_moment(100)
        client.start("en-US")
        await a_moment(100)
        client.say("ser")
        client.stop()
        await a_moment()
    assert len(gateway.dials) == 1
    assert gateway.types == [
        *("StartListSession", "StopSession") * 1,
        "StartListSession",
        "Text",
        "StopSession",
    ]
    assert [start.language for start in gateway.starts] == ["pl-PL", "en-US"]
    assert gateway.resumes == [None, Resume("t1", 1)]


async def test_idle_connection_that_is_lost_is_replaced_without_a_start() -> None:
    gateway = FakeGateway()
    client = a_client(gateway)
    async with running(client):
        client.stop()
        await a_moment()
        gateway.says(GONE)
        await a_moment()
        client.undo()
        await a_moment()
        assert gateway.types == ["StartListSession", "StopSession"]
        client.start()
        await a_moment()
    assert gateway.types[2:] == ["StartListSession", "Undo"]
    assert client.statistics().reconnects == 1


async def test_too_many_requests_in_a_gap_are_refused_and_the_others_sent() -> None:
    gateway = FakeGateway()
    client = a_client(gateway)
    for number in range(REMEMBERED_REQUESTS):
        client.say(f"ser {number}")
    with pytest.raises(Backlogged):
        client.say("one more")
    async with running(client):
        await a_moment()
    assert len(client.state.items) == REMEMBERED_REQUESTS
    assert client.state.requests == {}


async def test_frames_that_are_no_messages_are_passed_over() -> None:
    gateway, phone = FakeGateway(), Phone()
    async with running(a_client(gateway, phone)):
        gateway.says("{", '{"type":"surprise"}', detected(1, item()))
        await a_moment()
    assert len(phone.problems) == 2
    assert phone.products == [(1, "mleko")]


async def test_spoken_reply_is_heard() -> None:
    gateway, phone = FakeGateway(), Phone()
    async with running(a_client(gateway, phone)):
        gateway.says(b"\1\2")
        await a_moment()
    assert phone.heard_[-1] == SpokenAudio(b"\1\2")


@pytest.mark.parametrize("pcm", [b"", b"\0" * 318, b"\0" * 321, b"\0" * 64_002])
async def test_speech_that_the_gateway_would_not_take_is_refused(pcm: bytes) -> None:
    with pytest.raises(ProtocolViolation, match="pcm: "):
        a_client(FakeGateway()).speak(pcm)


async def test_request_that_the_gateway_would_not_take_is_refused() -> None:
    client = a_client(FakeGateway())
    for text in ("", " ", "x" * 2_001):
        with pytest.raises(ProtocolViolation, match="text: "):
            client.say(text)
    with pytest.raises(ProtocolViolation, match="operations: "):
        client.edit()
    with pytest.raises(ProtocolViolation, match="language: "):
        client.start("po polsku")
    assert client.state.requests == {}


async def test_address_that_is_none_is_refused() -> None:
    with pytest.raises(BadAddress):
        ShoppingClient("localhost", "anna", app=Phone())


async def test_leaving_in_a_gap_leaves_nothing_behind() -> None:
    gateway = FakeGateway()
    gateway.refusals.extend([Unreachable("nobody")] * 3)
    async with running(a_client(gateway)):
        pass
    assert gateway.messages == []
    assert StopSession() not in gateway.messages


async def test_a_newer_token_is_shown_at_once_and_in_later_handshakes() -> None:
    gateway = FakeGateway()
    client = a_client(gateway, token="first")  # noqa: S106 - made up
    async with running(client):
        client.renew("second")
        await a_moment()
        gateway.says(Close(4001, "the token has expired"))
        await a_moment()
        client.renew("third")
        await a_moment()
    assert gateway.tokens == ["first", "second"]
    assert [m.token for m in gateway.messages if isinstance(m, Auth)] == ["second", "third"]


async def test_an_empty_token_is_the_apps_mistake() -> None:
    with pytest.raises(ProtocolViolation, match="token"):
        a_client(FakeGateway()).renew("")
