"""Tests for `gateway.talk_conversation`."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from gateway.talk_conversation import (
    LISTENING_WITHIN_S,
    STOPPED_WITHIN_S,
    Conversation,
    Ending,
    Outcome,
)
from gateway.talk_record import Record
from gateway.talk_sources import LiveSound, Utterance
from gateway.talk_wav import Recording
from schemas.client import AudioChunk, ClientMessage, StartSession, StopSession
from schemas.server import Error, Status
from tests.support.fake_gateway import MILK, Answer, Close, FakeGateway, Script, obliging


def utterance(
    name: str = "a.wav", *, seconds: float = 1.0, language: str | None = None
) -> Utterance:
    pcm = bytes(range(256)) * round(seconds * 125)
    return Utterance(name, language, Recording(pcm))


async def hold(
    gateway: FakeGateway, *utterances: Utterance, speed: float = 1.0
) -> tuple[Ending, Record]:
    record = Record()
    conversation = Conversation(gateway, record, speed=speed)
    return await conversation.hold(utterances), record


async def test_one_session_per_utterance_on_one_socket() -> None:
    gateway = FakeGateway()
    ending, record = await hold(
        gateway, utterance("a.wav", language="en-US"), utterance("b.wav", seconds=0.5)
    )
    assert ending == Ending(Outcome.WELL)
    assert gateway.types == ["StartSession", "AudioChunk", "StopSession"] * 2
    starts = [m for _, m in gateway.received if isinstance(m, StartSession)]
    assert starts == [StartSession("en-US"), StartSession(None)]
    assert [page.utterance.name for page in record.sessions] == ["a.wav", "b.wav"]
    assert [page.products for page in record.sessions] == [[MILK], [MILK]]
    assert [page.transcripts for page in record.sessions] == [["Dodaj mleko"]] * 2


async def test_all_sound_arrives_and_is_digested() -> None:
    gateway, spoken = FakeGateway(), utterance(seconds=1.048)
    assert isinstance(spoken.sound, Recording)
    _, record = await hold(gateway, spoken)
    assert gateway.audio == spoken.sound.pcm
    report = record.sessions[0].report(None)
    assert report.seconds == 1.048
    assert report.as_expected is None


async def test_sound_goes_at_the_pace_of_speech() -> None:
    gateway = FakeGateway()
    await hold(gateway, utterance(seconds=2))
    assert [round(time, 6) for time in gateway.audio_times] == [(n + 1) / 10 for n in range(20)]


async def test_nothing_is_said_before_the_gateway_listens() -> None:
    def slow(message: ClientMessage) -> Iterator[Answer]:
        if isinstance(message, StartSession):
            yield Status("connecting", "Wait")
            asyncio.get_running_loop().call_later(5, gateway.say, Status("listening", "Go"))
        else:
            yield from obliging(message)

    gateway = FakeGateway(slow)
    ending, _ = await hold(gateway, utterance())
    assert ending.outcome is Outcome.WELL
    assert round(gateway.audio_times[0], 6) == 5.1


async def test_fast_waits_while_the_link_is_lost_and_real_time_speaks_on() -> None:
    def losing(message: ClientMessage) -> Iterator[Answer]:
        if isinstance(message, AudioChunk) and len(gateway.audio_times) == 1:
            yield Status("reconnecting", "Keep speaking")
            asyncio.get_running_loop().call_later(3, gateway.say, Status("listening", "Go"))
        yield from obliging(message)

    gateway = FakeGateway(losing)
    await hold(gateway, utterance(), speed=4)
    assert gateway.audio_times[1] - gateway.audio_times[0] >= 2.9
    gateway = FakeGateway(losing)
    await hold(gateway, utterance())
    assert gateway.audio_times[1] - gateway.audio_times[0] < 0.11


async def test_live_sound_is_sent_as_it_comes() -> None:
    gateway, rest = FakeGateway(), asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    loop.call_later(10, rest.feed_data, b"\2" * 3_200)
    loop.call_later(10, rest.feed_eof)
    live = Utterance("-", None, LiveSound(b"\1" * 3_200, rest))
    assert live.seconds is None
    await hold(gateway, live)
    assert gateway.audio == b"\1" * 3_200 + b"\2" * 3_200
    assert gateway.audio_times == [10, 10.1]


@pytest.mark.parametrize(
    ("code", "outcome", "why"),
    [
        (1000, Outcome.REFUSED, "closed with 1000: the gateway ended the session"),
        (1008, Outcome.REFUSED, "closed with 1008: the protocol was broken too often"),
        (1013, Outcome.REFUSED, "closed with 1013: the gateway is overloaded, or Gemini cannot"),
        (4010, Outcome.REFUSED, "closed with 4010: an admin ended the session"),
        (4999, Outcome.REFUSED, "closed with 4999: the connection was lost"),
        (1006, Outcome.UNREACHABLE, "closed with 1006: the connection was lost"),
        (1011, Outcome.UNREACHABLE, "closed with 1011: the gateway failed"),
        (1012, Outcome.UNREACHABLE, "closed with 1012: the gateway is going away"),
    ],
)
async def test_closed_socket_ends_it_at_once(code: int, outcome: Outcome, why: str) -> None:
    def closing(message: ClientMessage) -> Iterator[Answer]:
        if isinstance(message, AudioChunk) and len(gateway.audio_times) == 3:
            yield Close(code)
        else:
            yield from obliging(message)

    gateway = FakeGateway(closing)
    ending, _ = await hold(gateway, utterance(), utterance())
    assert ending.outcome is outcome
    assert ending.why.startswith(why)
    assert asyncio.get_running_loop().time() < 0.5


async def test_gateways_own_reason_is_told() -> None:
    gateway = FakeGateway(lambda _: iter([Close(4009, "connected elsewhere")]))
    ending, _ = await hold(gateway, utterance())
    assert ending == Ending(Outcome.REFUSED, "closed with 4009: connected elsewhere")


@pytest.mark.parametrize(
    ("answers", "why"),
    [
        ([Error("Gemini refuses"), Status("stopped", "Stopped")], "Gemini refuses"),
        ([Status("stopped", "Stopped")], "the gateway stopped the session"),
    ],
)
async def test_session_that_stops_by_itself_was_refused(answers: list[Answer], why: str) -> None:
    ending, _ = await hold(FakeGateway(lambda _: iter(answers)), utterance())
    assert ending == Ending(Outcome.REFUSED, why)


def never(kind: type[ClientMessage]) -> Script:
    return lambda message: iter(()) if isinstance(message, kind) else obliging(message)


async def test_waiting_for_the_gateway_has_an_end() -> None:
    ending, _ = await hold(FakeGateway(never(StartSession)), utterance())
    assert ending == Ending(Outcome.UNREACHABLE, "the session was not ready within 60 s")
    assert asyncio.get_running_loop().time() == LISTENING_WITHIN_S


async def test_waiting_for_the_end_of_a_session_has_an_end() -> None:
    ending, _ = await hold(FakeGateway(never(StopSession)), utterance())
    assert ending == Ending(Outcome.UNREACHABLE, "no answer to stop_session within 30 s")
    assert asyncio.get_running_loop().time() == 1 + STOPPED_WITHIN_S


async def test_session_that_ends_without_its_link_did_not_end_well() -> None:
    def losing(message: ClientMessage) -> Iterator[Answer]:
        if isinstance(message, StopSession):
            yield Status("reconnecting", "Keep speaking")
        yield from obliging(message)

    ending, _ = await hold(FakeGateway(losing), utterance())
    assert ending.outcome is Outcome.UNREACHABLE
    assert ending.why.startswith("the session ended while its link to Gemini was lost")


async def test_link_that_stays_away_ends_fast_talking() -> None:
    def losing(message: ClientMessage) -> Iterator[Answer]:
        if isinstance(message, AudioChunk):
            yield Status("reconnecting", "Keep speaking")
        else:
            yield from obliging(message)

    ending, _ = await hold(FakeGateway(losing), utterance(), speed=4)
    assert ending.why == "the session was not ready within 60 s"


@pytest.mark.parametrize("after_s", [0.0, 0.35])
async def test_interrupted_session_is_stopped_politely(after_s: float) -> None:
    gateway, record = FakeGateway(), Record()
    conversation = Conversation(gateway, record, speed=1.0)
    asyncio.get_running_loop().call_later(after_s, conversation.interrupt)
    ending = await conversation.hold([utterance(), utterance()])
    assert ending == Ending(Outcome.INTERRUPTED)
    assert gateway.types[-1] == "StopSession"
    assert gateway.types.count("StartSession") == 1
    assert record.sessions[0].products == [MILK]
    assert len(gateway.audio_times) == int(after_s * 10)


async def test_interrupted_before_the_first_word_says_nothing() -> None:
    gateway = FakeGateway()
    conversation = Conversation(gateway, Record(), speed=1.0)
    conversation.interrupt()
    assert await conversation.hold([utterance()]) == Ending(Outcome.INTERRUPTED)
    assert gateway.received == []


async def test_frames_that_are_no_messages_are_survived() -> None:
    def odd(message: ClientMessage) -> Iterator[Answer]:
        if isinstance(message, StartSession):
            yield "{"
            yield '{"type":"surprise"}'
            yield '{"type":"status"}'
            yield b"\0\1"
        yield from obliging(message)

    ending, record = await hold(FakeGateway(odd), utterance())
    assert ending == Ending(Outcome.WELL)
    assert len(record.sessions[0].errors) == 4
    assert record.sessions[0].errors[3] == "a binary frame of 2 bytes"


async def test_error_that_is_survived_is_kept_for_the_summary() -> None:
    def complaining(message: ClientMessage) -> Iterator[Answer]:
        if isinstance(message, StopSession):
            yield Error("audio_data: 100 ms of speech could not be kept")
        yield from obliging(message)

    ending, record = await hold(FakeGateway(complaining), utterance())
    assert ending == Ending(Outcome.WELL)
    assert record.sessions[0].errors == ["audio_data: 100 ms of speech could not be kept"]


async def test_what_comes_before_the_first_utterance_is_nobodys() -> None:
    record = Record()
    record.heard(Error("early"))
    record.puzzled("early")
    assert record.sessions == []
