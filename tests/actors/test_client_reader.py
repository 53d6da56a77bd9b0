"""Tests for `actors.client_reader`."""

from __future__ import annotations

import asyncio

import pytest

from actors.client_reader import ClientReader
from actors.gate import Gate
from actors.mailbox import Mailbox
from actors.uplink import UplinkMailbox
from schemas.messages import (
    ClientErred,
    ClientLeft,
    Event,
    PingReceived,
    SpeechArrived,
    SpeechLost,
    StartRequested,
    StopRequested,
)
from tests.support.fake_socket import FakeSocket
from tests.support.moments import a_moment
from tests.support.sounds import chunks, speech


class Rig:
    """A client reader with what surrounds it."""

    def __init__(self, *, gate: Gate = Gate.OPEN, uplink_ms: int = 15_000, inbox: int = 99) -> None:
        self.socket = FakeSocket()
        self.uplink = UplinkMailbox(uplink_ms)
        self.uplink.gate = gate
        self.inbox: Mailbox[Event] = Mailbox(inbox)
        self.reader = ClientReader(self.socket, self.uplink, self.inbox)

    async def events(self) -> list[Event]:
        """Let the phone leave; return all that the reader has put, that included."""
        self.socket.leaves(1001)
        await self.reader.run()
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
    reading = asyncio.create_task(rig.reader.run())
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
        group.create_task(rig.reader.run())
        await a_moment()
        assert rig.inbox.view().depth == 2
        events = [await rig.inbox.get() for _ in range(6)]
    assert events == [PingReceived()] * 5 + [LEFT]
