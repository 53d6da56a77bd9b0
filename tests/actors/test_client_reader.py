"""Tests for `actors.client_reader`."""

from __future__ import annotations

import asyncio

import pytest

from actors.allowance import UNBOUNDED, Rates
from actors.client_reader import ClientReader
from actors.dialects import V1, V2, Dialect
from actors.gate import Gate
from actors.mailbox import Mailbox
from actors.uplink import MOST_TEXTS, UplinkMailbox
from schemas.client import (
    AddItem,
    Confirm,
    Edit,
    ListedItem,
    Reject,
    RemoveItem,
    Resume,
    Undo,
)
from schemas.gemini import TypedText
from schemas.messages import (
    Acknowledged,
    ClientErred,
    ClientLeft,
    EndOfUtterance,
    Event,
    LimitPassed,
    ListRequested,
    PingReceived,
    SpeechArrived,
    SpeechLost,
    StartRequested,
    StopRequested,
    TextTyped,
)
from tests.support.fake_socket import FakeSocket
from tests.support.moments import a_moment
from tests.support.sounds import chunks, speech


class Rig:
    """A client reader with what surrounds it."""

    def __init__(
        self,
        *,
        gate: Gate = Gate.OPEN,
        uplink_ms: int = 15_000,
        inbox: int = 99,
        dialect: Dialect = V1,
        rates: Rates = UNBOUNDED,
    ) -> None:
        self.socket = FakeSocket()
        self.uplink = UplinkMailbox(uplink_ms)
        self.uplink.gate = gate
        self.inbox: Mailbox[Event] = Mailbox(inbox)
        self.sent: list[bytes] = []
        self.link_takes = 0
        self.at_once = False
        self.handled: list[Event] = []
        self.reader = ClientReader(
            self.socket,
            self.uplink,
            self.inbox,
            grammar=dialect,
            send_at_once=self.send_at_once,
            rates=rates,
        )

    def send_at_once(self, chunks: list[bytes]) -> int:
        """Send speech, as far as the link takes any."""
        sent = chunks[: self.link_takes]
        self.sent += sent
        return len(sent)

    def handle_now(self, event: Event) -> bool:
        """Deal with an event at once, if that may be."""
        if self.at_once:
            self.handled.append(event)
        return self.at_once

    async def events(self) -> list[Event]:
        """Let the phone leave; return all that the reader has put, that included."""
        self.socket.leaves(1001)
        await self.reader.run(self.handle_now)
        return [await self.inbox.get() for _ in range(self.inbox.view().depth)]


LEFT = ClientLeft(code=1001)


async def test_requests_become_events_in_their_order() -> None:
    rig = Rig()
    rig.socket.says("start_session", language="en-US")
    rig.socket.says("ping")
    rig.socket.says("stop_session")
    assert await rig.events() == [
        StartRequested(language="en-US"),
        PingReceived(),
        StopRequested(),
        LEFT,
    ]


async def test_speech_goes_to_the_uplink_and_troubles_nobody() -> None:
    rig = Rig()
    rig.socket.speaks(speech(100))
    assert await rig.events() == [LEFT]
    assert rig.uplink.take(0.0) == speech(100)


async def test_speech_before_the_session_runs_is_kept_and_announced() -> None:
    rig = Rig(gate=Gate.KNOCK)
    rig.socket.speaks(speech(100))
    assert await rig.events() == [SpeechArrived(), LEFT]
    assert rig.uplink.take(0.0) == speech(100)


async def test_speech_that_nobody_will_hear_is_not_kept() -> None:
    rig = Rig(gate=Gate.SHUT)
    rig.socket.speaks(speech(100))
    assert await rig.events() == [LEFT]
    assert rig.uplink.take(0.0) is None


@pytest.mark.parametrize(
    ("frame", "field"),
    [
        ("nonsense", "frame"),
        (b"\x00\x00", "frame"),
        ('{"type":"sing"}', "type"),
        ('{"type":"audio_chunk","audio_data":"AAA="}', "audio_data"),
    ],
)
async def test_a_bad_frame_is_reported_and_the_next_one_read(
    frame: str | bytes, field: str
) -> None:
    rig = Rig()
    rig.socket.sends(frame)
    rig.socket.says("ping")
    erred, *rest = await rig.events()
    assert isinstance(erred, ClientErred)
    assert erred.field == field
    assert rest == [PingReceived(), LEFT]


async def test_lost_speech_is_told_every_five_seconds_and_when_it_is_over() -> None:
    rig = Rig(uplink_ms=1_000)
    rig.socket.speaks(*chunks(speech(6_500)))
    reading = asyncio.create_task(rig.reader.run(rig.handle_now))
    await a_moment()
    assert [await rig.inbox.get()] == [SpeechLost(ms=5_000)]
    while rig.uplink.take(0.0) is not None:
        pass
    rig.socket.speaks(speech(100))
    await a_moment()
    assert [await rig.inbox.get()] == [SpeechLost(ms=500)]
    rig.socket.leaves()
    await reading


async def test_lost_speech_is_told_before_the_next_request() -> None:
    rig = Rig(uplink_ms=1_000)
    rig.socket.speaks(*chunks(speech(1_300)))
    rig.socket.says("stop_session")
    assert await rig.events() == [SpeechLost(ms=300), StopRequested(), LEFT]


async def test_a_phone_that_talks_faster_than_the_session_works_is_not_read() -> None:
    rig = Rig(inbox=2)
    for _ in range(5):
        rig.socket.says("ping")
    rig.socket.leaves()
    async with asyncio.TaskGroup() as group:
        group.create_task(rig.reader.run(rig.handle_now))
        await a_moment()
        assert rig.inbox.view().depth == 2
        events = [await rig.inbox.get() for _ in range(6)]
    assert events == [PingReceived()] * 5 + [LEFT]


async def test_the_requests_of_version_2_become_events_in_their_order() -> None:
    rig = Rig(dialect=V2)
    rig.socket.says("start_session")
    rig.socket.says(
        "start_session",
        language="en-US",
        reply="audio",
        resume={"token": "t", "last_seq": 3},
        list=[{"id": "a1", "name": "mleko"}],
    )
    rig.socket.says("ack", seq=7)
    rig.socket.says(
        "edit", operations=[{"op": "add", "name": "chleb"}, {"op": "remove", "id": "a1"}], ref="r1"
    )
    rig.socket.says("undo", ref="r2")
    rig.socket.says("confirm", id="s1", ref="r3")
    rig.socket.says("reject", id="s2")
    rig.socket.says("ping")
    rig.socket.says("stop_session")
    assert await rig.events() == [
        StartRequested(language=None),
        StartRequested(
            language="en-US",
            reply="audio",
            listed=(ListedItem("a1", "mleko"),),
            resume=Resume("t", 3),
        ),
        Acknowledged(7),
        ListRequested(Edit((AddItem("chleb"), RemoveItem("a1")), "r1")),
        ListRequested(Undo("r2")),
        ListRequested(Confirm("s1", "r3")),
        ListRequested(Reject("s2")),
        PingReceived(),
        StopRequested(),
        LEFT,
    ]


async def test_binary_frames_are_speech_in_version_2() -> None:
    rig = Rig(dialect=V2)
    rig.socket.sends(speech(100, 1))
    rig.socket.speaks(speech(100, 2))
    assert await rig.events() == [LEFT]
    assert rig.uplink.take(0.0) == speech(100, 1) + speech(100, 2)


async def test_a_bad_frame_is_reported_with_its_code() -> None:
    rig = Rig(dialect=V2)
    rig.socket.sends(b"\0\0\0")
    rig.socket.sends("[]")
    rig.socket.says("ack", seq=-1)
    *erred, _ = await rig.events()
    assert [(each.field, each.code) for each in erred if isinstance(each, ClientErred)] == [
        ("frame", "invalid_audio"),
        ("frame", "malformed"),
        ("seq", "invalid_field"),
    ]


async def test_a_bad_request_is_reported_with_its_ref() -> None:
    rig = Rig(dialect=V2)
    rig.socket.says("edit", operations=[], ref="r1")
    erred, _ = await rig.events()
    assert isinstance(erred, ClientErred)
    assert (erred.field, erred.code, erred.ref) == ("operations", "invalid_field", "r1")


async def test_a_microphone_that_closes_keeps_its_place_in_the_speech() -> None:
    rig = Rig(dialect=V2)
    rig.socket.speaks(speech(100, 1))
    rig.socket.says("audio_end")
    rig.socket.speaks(speech(100, 2))
    assert await rig.events() == [LEFT]
    taken = [rig.uplink.take(0.0) for _ in range(3)]
    assert taken == [speech(100, 1), EndOfUtterance(), speech(100, 2)]


async def test_a_microphone_that_closes_when_nobody_listens_means_nothing() -> None:
    rig = Rig(gate=Gate.SHUT, dialect=V2)
    rig.socket.speaks(speech(100))
    rig.socket.says("audio_end")
    assert await rig.events() == [LEFT]
    assert rig.uplink.take(0.0) is None


async def test_what_is_said_behind_a_typed_sentence_waits_until_that_was_dealt_with() -> None:
    rig = Rig(dialect=V2)
    rig.socket.says("text", text="dodaj mleko", ref="t1")
    rig.socket.sends(speech(100))
    async with asyncio.TaskGroup() as group:
        group.create_task(rig.reader.run(rig.handle_now))
        assert await rig.inbox.get() == TextTyped("dodaj mleko", "t1")
        await a_moment()
        assert rig.uplink.take(0.0) is None
        rig.uplink.put_text(TypedText("dodaj mleko"))
        rig.socket.leaves()
        assert await rig.inbox.get() == LEFT
    assert [rig.uplink.take(0.0) for _ in range(2)] == [TypedText("dodaj mleko"), speech(100)]


async def test_a_phone_that_types_faster_than_gemini_answers_is_told_to_wait() -> None:
    rig = Rig(dialect=V2)
    for _ in range(MOST_TEXTS):
        rig.uplink.put_text(TypedText("dodaj mleko"))
    rig.socket.says("text", text="dodaj chleb", ref="t51")
    rig.socket.leaves()
    async with asyncio.TaskGroup() as group:
        group.create_task(rig.reader.run(rig.handle_now))
        erred = await rig.inbox.get()
        assert await rig.inbox.get() == LEFT
    assert isinstance(erred, ClientErred)
    assert (erred.field, erred.code, erred.ref) == ("text", "too_many_texts", "t51")


@pytest.mark.parametrize("dialect", [V1, V2])
async def test_what_is_said_right_behind_a_start_waits_for_the_gate_to_open(
    dialect: Dialect,
) -> None:
    rig = Rig(gate=Gate.SHUT, dialect=dialect)
    rig.socket.says("start_session")
    rig.socket.speaks(speech(100))
    async with asyncio.TaskGroup() as group:
        group.create_task(rig.reader.run(rig.handle_now))
        assert await rig.inbox.get() == StartRequested(language=None)
        await a_moment()
        rig.uplink.gate = Gate.OPEN
        rig.socket.leaves()
        assert await rig.inbox.get() == LEFT
    assert rig.uplink.take(0.0) == speech(100)


# Speech that is sent the moment it arrives.


async def reading(rig: Rig) -> asyncio.Task[None]:
    running = asyncio.create_task(rig.reader.run(rig.handle_now), name="reader")
    await a_moment()
    return running


@pytest.mark.parametrize("dialect", [V1, V2])
async def test_speech_is_sent_the_moment_it_arrives(dialect: Dialect) -> None:
    rig = Rig(dialect=dialect)
    running = await reading(rig)
    rig.link_takes = 9
    rig.socket.speaks(speech(100))
    assert rig.sent == [speech(100)]
    rig.socket.leaves()
    await running
    assert rig.uplink.audio_ms == 0


async def test_binary_speech_is_sent_the_moment_it_arrives() -> None:
    rig = Rig(dialect=V2)
    running = await reading(rig)
    rig.link_takes = 9
    rig.socket.sends(speech(100))
    assert rig.sent == [speech(100)]
    rig.socket.leaves()
    await running


async def test_speech_that_arrives_together_is_sent_together_as_far_as_it_can_be() -> None:
    rig = Rig(dialect=V2)
    running = await reading(rig)
    rig.link_takes = 2
    rig.socket.sends(speech(100, 1), speech(100, 2), speech(100, 3))
    assert rig.sent == [speech(100, 1), speech(100, 2)]
    await a_moment()
    assert rig.uplink.take(0.0) == speech(100, 3)
    rig.socket.leaves()
    await running


async def test_a_frame_that_is_no_speech_is_not_overtaken_by_what_arrived_behind_it() -> None:
    rig = Rig(dialect=V2)
    running = await reading(rig)
    rig.link_takes = 9
    rig.socket.sends(speech(100, 1), b"\0", speech(100, 2))
    assert rig.sent == [speech(100, 1)]
    await a_moment()
    assert rig.uplink.take(0.0) == speech(100, 2)
    assert rig.inbox.view().depth == 1
    rig.socket.leaves()
    await running


@pytest.mark.parametrize("gate", [Gate.KNOCK, Gate.SHUT])
async def test_speech_that_the_session_must_hear_of_takes_the_usual_way(gate: Gate) -> None:
    rig = Rig(gate=gate)
    running = await reading(rig)
    rig.link_takes = 9
    rig.socket.speaks(speech(100))
    assert rig.sent == []
    rig.socket.leaves()
    await running


async def test_speech_that_cannot_be_sent_at_once_waits_in_the_uplink() -> None:
    rig = Rig()
    running = await reading(rig)
    rig.socket.speaks(speech(100))
    await a_moment()
    assert rig.uplink.take(0.0) == speech(100)
    rig.socket.leaves()
    await running


async def test_nothing_overtakes_what_the_reader_is_busy_with() -> None:
    rig = Rig(inbox=1)
    running = await reading(rig)
    rig.link_takes = 9
    rig.socket.says("ping")
    rig.socket.says("ping")
    await a_moment()
    rig.socket.speaks(speech(100))
    assert rig.sent == []
    for _ in range(2):
        assert await rig.inbox.get() == PingReceived()
    await a_moment()
    assert rig.uplink.take(0.0) == speech(100)
    rig.socket.leaves()
    await rig.inbox.get()
    await running


@pytest.mark.parametrize("gate", list(Gate))
async def test_acknowledgements_are_dealt_with_the_moment_they_arrive(gate: Gate) -> None:
    rig = Rig(dialect=V2, gate=gate)
    running = await reading(rig)
    rig.at_once = True
    rig.socket.sends('{"type":"ack","seq":7}', '{"seq": 8, "type": "ack"}', '{"type":"ping"}')
    assert rig.handled == [Acknowledged(7), Acknowledged(8)]
    await a_moment()
    assert await rig.inbox.get() == PingReceived()
    rig.socket.leaves()
    await running


async def test_an_acknowledgement_that_cannot_be_dealt_with_at_once_waits_in_the_inbox() -> None:
    rig = Rig(dialect=V2)
    running = await reading(rig)
    rig.socket.says("ack", seq=7)
    await a_moment()
    assert await rig.inbox.get() == Acknowledged(7)
    rig.socket.leaves()
    await running


@pytest.mark.parametrize("frame", ["audio_chunk nonsense", '{"type":"ping"}', b"\0"])
async def test_what_is_no_speech_takes_the_usual_way(frame: str | bytes) -> None:
    rig = Rig()
    running = await reading(rig)
    rig.link_takes = 9
    rig.socket.sends(frame)
    await a_moment()
    assert rig.sent == []
    assert rig.inbox.view().depth == 1
    rig.socket.leaves()
    await running


FEW = Rates(messages=5, size=8_000, audio_s=0.1, burst_s=1)
ONE = '{"type":"ping"}'


@pytest.mark.parametrize(
    ("frames", "limit"),
    [
        ([ONE] * 6, "messages"),
        ([ONE + " " * 8_000], "bytes"),
        ([speech(60), speech(60), ONE], "audio"),
    ],
)
async def test_who_sends_too_much_is_read_no_further(frames: list[str | bytes], limit: str) -> None:
    rig = Rig(dialect=V2, rates=FEW)
    for frame in frames:
        rig.socket.sends(frame)
    rig.socket.says("undo")
    rig.socket.leaves(1001)
    await rig.reader.run(rig.handle_now)
    events = [await rig.inbox.get() for _ in range(rig.inbox.view().depth)]
    assert events[-1] == LimitPassed(limit)  # type: ignore[arg-type]  # a parameter of the test
    assert ListRequested(Undo()) not in events


async def test_speech_and_acknowledgements_that_are_taken_at_once_count_as_well() -> None:
    rig = Rig(dialect=V2, rates=FEW)
    rig.link_takes, rig.at_once = 9, True
    async with asyncio.TaskGroup() as group:
        group.create_task(rig.reader.run(rig.handle_now))
        await a_moment()
        rig.socket.sends(*chunks(speech(80), ms=20))
        assert len(rig.sent) == 4
        rig.socket.sends(*['{"type":"ack","seq":1}'] * 2)
        assert rig.handled == [Acknowledged(1)] * 2
        rig.socket.says("ping")
        assert await rig.inbox.get() == LimitPassed("messages")
    assert len(rig.sent) == 4


async def test_speech_is_settled_every_two_seconds_of_it() -> None:
    rig = Rig(dialect=V2, rates=Rates(messages=0, size=0, audio_s=1, burst_s=5))
    rig.link_takes = 9
    async with asyncio.TaskGroup() as group:
        group.create_task(rig.reader.run(rig.handle_now))
        await a_moment()
        for _ in range(7):
            rig.socket.sends(speech(1_000))
        assert len(rig.sent) == 6
        assert await rig.inbox.get() == LimitPassed("audio")


async def test_a_bucket_that_has_filled_again_stops_nobody() -> None:
    rig = Rig(dialect=V2, rates=FEW)
    rig.link_takes, rig.at_once = 9, True
    async with asyncio.TaskGroup() as group:
        group.create_task(rig.reader.run(rig.handle_now))
        await a_moment()
        for _ in range(20):
            rig.socket.sends('{"type":"ack","seq":1}')
            await asyncio.sleep(0.25)
        rig.socket.leaves()
    assert len(rig.handled) + rig.inbox.view().depth == 21


async def test_an_edit_counts_as_many_messages_as_it_has_operations() -> None:
    rig = Rig(dialect=V2, rates=Rates(messages=10, burst_s=2))
    for _ in range(3):
        rig.socket.says("edit", operations=[{"op": "remove", "id": f"i{at}"} for at in range(8)])
    rig.socket.says("ping")
    events = await rig.events()
    edit = ListRequested(Edit(tuple(RemoveItem(f"i{at}") for at in range(8))))
    assert events == [edit, edit, edit, LimitPassed("messages")]


async def test_a_start_counts_as_many_messages_as_its_list_has_items() -> None:
    rig = Rig(dialect=V2, rates=Rates(messages=10, burst_s=2))
    for _ in range(3):
        rig.socket.says("start_session", list=[{"id": f"i{at}", "name": "a"} for at in range(7)])
    rig.socket.says("ping")
    events = await rig.events()
    assert [type(event) for event in events] == [StartRequested] * 3 + [LimitPassed]
