"""Tests for `gateway.talk_conversation`."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Iterator

import pytest

from gateway.client_outbox import SPEECH_MS
from gateway.talk_conversation import (
    ANSWERED_WITHIN_S,
    LISTENING_WITHIN_S,
    RECONNECTED_WITHIN_S,
    STOPPED_WITHIN_S,
    Conversation,
)
from gateway.talk_endings import Ending, Outcome
from gateway.talk_record import Record
from gateway.talk_socket import Refused, Unreachable
from gateway.talk_sources import LiveSound, Typed, Utterance
from gateway.talk_wav import Recording
from schemas.client import (
    AddItem,
    AudioChunk,
    ClientMessage,
    Edit,
    Resume,
    StartListSession,
    StopSession,
    Text,
)
from schemas.server import AudioGap, ErrorV2, Received, Status
from tests.support.fake_gateway import (
    MILK,
    Answer,
    Close,
    FakeGateway,
    Script,
    Shop,
    detected,
    item,
    session,
)


def utterance(
    name: str = "a.wav", *, seconds: float = 1.0, language: str | None = None
) -> Utterance:
    pcm = bytes(range(256)) * round(seconds * 125)
    return Utterance(name, language, Recording(pcm))


def conversation(gateway: FakeGateway, record: Record, *, speed: float = 1.0) -> Conversation:
    return Conversation(["ws://gateway.test"], "talk", record, speed=speed, dial=gateway.dial)


async def hold(
    gateway: FakeGateway, *utterances: Utterance, speed: float = 1.0
) -> tuple[Ending, Record]:
    record = Record()
    return await conversation(gateway, record, speed=speed).hold(utterances), record


def answering(answers: dict[type[ClientMessage], list[Answer]]) -> Script:
    """Return a script that says something before it does as the protocol says."""
    shop = Shop()

    def script(message: ClientMessage) -> Iterator[Answer]:
        yield from answers.get(type(message), ())
        yield from shop(message)

    return script


async def test_one_session_per_utterance_on_one_socket() -> None:
    gateway = FakeGateway()
    ending, record = await hold(
        gateway, utterance("a.wav", language="en-US"), utterance("b.wav", seconds=0.5)
    )
    assert ending == Ending(Outcome.WELL)
    assert gateway.types == ["StartListSession", "AudioChunk", "StopSession"] * 2
    assert len(gateway.dials) == 1
    assert [start.language for start in gateway.starts] == ["en-US", None]
    assert gateway.resumes == [None, Resume("t1", 1)]
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
        if isinstance(message, StartListSession):
            yield session()
            yield Status("connecting", "Wait")
            asyncio.get_running_loop().call_later(5, gateway.says, Status("listening", "Go"))
        else:
            yield from shop(message)

    shop = Shop()
    gateway = FakeGateway(slow)
    ending, _ = await hold(gateway, utterance())
    assert ending.outcome is Outcome.WELL
    assert round(gateway.audio_times[0], 6) == 5.1


async def test_fast_waits_while_the_link_is_lost_and_real_time_speaks_on() -> None:
    def losing(message: ClientMessage) -> Iterator[Answer]:
        if isinstance(message, AudioChunk) and len(gateway.audio_times) == 1:
            yield Status("reconnecting", "Keep speaking")
            asyncio.get_running_loop().call_later(3, gateway.says, Status("listening", "Go"))
        yield from shop(message)

    shop = Shop()
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


async def test_sentence_is_typed() -> None:
    gateway = FakeGateway()
    ending, record = await hold(gateway, Utterance("dodaj ser", "pl-PL", Typed("dodaj ser")))
    assert ending == Ending(Outcome.WELL)
    assert gateway.types == ["StartListSession", "Text", "StopSession"]
    assert [m.text for m in gateway.messages if isinstance(m, Text)] == ["dodaj ser"]
    assert [product.name for product in record.sessions[0].products] == ["dodaj ser", "mleko"]


def sentences(*texts: str, language: str | None = None) -> list[Utterance]:
    return [Utterance(text, language, Typed(text)) for text in texts]


async def test_sentences_typed_one_after_another_are_one_session() -> None:
    gateway = FakeGateway()
    ending, record = await hold(
        gateway,
        *sentences("dodaj ser", "nie, miód"),
        utterance(),
        *sentences("dodaj chleb"),
        *sentences("add tea", language="en-US"),
    )
    assert ending == Ending(Outcome.WELL)
    assert gateway.types == [
        *("StartListSession", "Text", "StopSession"),
        *("StartListSession", "AudioChunk", "StopSession"),
        *("StartListSession", "Text", "StopSession"),
        *("StartListSession", "Text", "StopSession"),
    ]
    assert [start.language for start in gateway.starts] == [None, None, None, "en-US"]
    assert [page.utterance.name for page in record.sessions] == [
        *("dodaj ser", "nie, miód", "a.wav", "dodaj chleb", "add tea")
    ]
    assert [[product.name for product in page.products] for page in record.sessions[:2]] == [
        ["dodaj ser"],
        ["nie, miód", "mleko"],
    ]


@pytest.mark.parametrize("how", ["received", "error", "resumed"])
async def test_next_sentence_waits_until_the_one_before_is_dealt_with(how: str) -> None:
    shop = Shop()

    def later(message: ClientMessage) -> Iterator[Answer]:
        if not (isinstance(message, Text) and message.text == "dodaj ser"):
            yield from shop(message)
            return
        ref = message.ref
        assert ref is not None
        shop.refs.append(ref)
        answers: dict[str, Answer] = {
            "received": Received(ref),
            "error": ErrorV2("no", "not_processed", retryable=True, ref=ref),
            "resumed": Close(1012),
        }
        loop = asyncio.get_running_loop()
        loop.call_later(4, gateway.says, Received("somebody else's"))
        loop.call_later(5, gateway.says, answers[how])

    gateway = FakeGateway(later)
    ending, _ = await hold(gateway, *sentences("dodaj ser", "dodaj miód"))
    assert ending == Ending(Outcome.WELL)
    texts = [(time, m.text) for time, m in gateway.received if isinstance(m, Text)]
    assert [text for _, text in texts] == ["dodaj ser", "dodaj miód"]
    assert texts[0][0] == 0
    assert 5 <= texts[1][0] < 6


async def test_waiting_for_the_answer_to_a_sentence_has_an_end() -> None:
    def never(message: ClientMessage) -> Iterator[Answer]:
        yield from () if isinstance(message, Text) else shop(message)

    shop = Shop()
    ending, _ = await hold(FakeGateway(never), *sentences("dodaj ser", "dodaj miód"))
    assert ending == Ending(Outcome.UNREACHABLE, "no answer to what was typed within 30 s")
    assert asyncio.get_running_loop().time() == ANSWERED_WITHIN_S


async def test_what_an_utterance_supposes_is_put_on_the_list_before_it() -> None:
    gateway = FakeGateway()
    supposing = dataclasses.replace(utterance(), supposes=(AddItem("masło"), AddItem("mleko")))
    _, record = await hold(gateway, utterance(), supposing, supposing)
    assert gateway.types == [
        *("StartListSession", "AudioChunk", "StopSession"),
        *("StartListSession", "Edit", "AudioChunk", "StopSession"),
        *("StartListSession", "AudioChunk", "StopSession"),
    ]
    edits = [m.operations for m in gateway.messages if isinstance(m, Edit)]
    assert edits == [(AddItem("masło"),)]
    assert [page.products for page in record.sessions] == [[MILK]] * 3


async def test_list_is_kept_from_one_utterance_to_the_next() -> None:
    gateway = FakeGateway()
    talk = conversation(gateway, Record())
    await talk.hold([utterance("a.wav"), utterance("b.wav")])
    assert list(talk.items.values()) == [item("mleko", 2)]


def closing_once(code: int) -> FakeGateway:
    """Return a gateway that closes the first socket at the third chunk."""
    shop = Shop()

    def script(message: ClientMessage) -> Iterator[Answer]:
        if isinstance(message, AudioChunk) and len(gateway.audio_times) == 3:
            yield Close(code)
        yield from shop(message)

    gateway = FakeGateway(script)
    return gateway


@pytest.mark.parametrize(
    ("code", "why"),
    [
        (1000, "closed with 1000: the gateway ended the session"),
        (1008, "closed with 1008: the protocol was broken too often"),
        (1013, "closed with 1013: the gateway is overloaded, or Gemini cannot"),
        (4010, "closed with 4010: an admin ended the session"),
    ],
)
async def test_socket_closed_for_good_ends_it_at_once(code: int, why: str) -> None:
    gateway = closing_once(code)
    ending, _ = await hold(gateway, utterance(), utterance())
    assert ending.outcome is Outcome.REFUSED
    assert ending.why.startswith(why)
    assert asyncio.get_running_loop().time() < 0.5


@pytest.mark.parametrize("code", [1001, 1006, 1011, 1012, 4008, 4999])
async def test_connection_that_is_lost_is_replaced_and_speech_goes_on(code: int) -> None:
    gateway = closing_once(code)
    spoken = utterance(seconds=8)
    ending, record = await hold(gateway, spoken)
    assert ending == Ending(Outcome.WELL)
    assert isinstance(spoken.sound, Recording)
    assert gateway.audio == spoken.sound.pcm
    assert len(gateway.dials) == 2
    assert record.sessions[0].report(None).losses == (f"closed with {code}",)
    assert record.sessions[0].products == [MILK]


async def test_connection_that_does_not_come_back_ends_it() -> None:
    gateway = closing_once(1006)

    def gone() -> None:
        gateway.refusals.extend([Unreachable("gateway.test")] * 100)

    asyncio.get_running_loop().call_later(0.1, gone)
    ending, _ = await hold(gateway, utterance(seconds=100))
    assert ending == Ending(Outcome.UNREACHABLE, "no gateway answers at gateway.test")
    assert asyncio.get_running_loop().time() < 1 + RECONNECTED_WITHIN_S


async def test_speech_that_was_too_much_for_a_gap_did_not_end_well() -> None:
    gateway = FakeGateway()
    loop = asyncio.get_running_loop()
    loop.call_later(1, gateway.takes.clear)
    loop.call_later(19, gateway.takes.set)
    ending, _ = await hold(gateway, utterance(seconds=20))
    assert ending.outcome is Outcome.UNREACHABLE
    assert ending.why.endswith(" ms of speech could not be kept while the connection was lost")
    assert len(gateway.audio) < 20 * 32_000
    assert len(gateway.audio) >= (20 - 18 + SPEECH_MS / 1000) * 32_000


async def test_first_connection_that_fails_ends_it_at_once() -> None:
    for refusal, outcome, why in (
        (Unreachable("x"), Outcome.UNREACHABLE, "no gateway answers at x"),
        (Refused(503, "HTTP 503"), Outcome.UNREACHABLE, "the gateway refused: HTTP 503"),
        (Refused(403, "HTTP 403"), Outcome.REFUSED, "the gateway refused: HTTP 403"),
    ):
        gateway = FakeGateway()
        gateway.refusals.append(refusal)
        ending, _ = await hold(gateway, utterance())
        assert ending == Ending(outcome, why)
        assert len(gateway.dials) == 1


async def test_gateway_that_keeps_losing_events_is_given_up() -> None:
    def forgetting(message: ClientMessage) -> Iterator[Answer]:
        match message:
            case StartListSession(resume=resume):
                yield session(resumed=resume is not None)
                yield Status("listening", "Go")
            case AudioChunk():
                yield detected(1, item())
                yield detected(3, item())
            case _:
                pass

    ending, _ = await hold(FakeGateway(forgetting), utterance(seconds=100))
    assert ending.outcome is Outcome.UNREACHABLE
    assert ending.why.startswith("the gateway kept losing events: event 3 came after event 1")


async def test_gateways_own_reason_is_told() -> None:
    gateway = FakeGateway(lambda _: iter([Close(4009, "connected elsewhere")]))
    ending, _ = await hold(gateway, utterance())
    assert ending == Ending(Outcome.REFUSED, "closed with 4009: connected elsewhere")


@pytest.mark.parametrize(
    ("answers", "why"),
    [
        (
            [
                session(),
                ErrorV2("Gemini refuses", "gemini_no_access", retryable=False),
                Status("stopped", "Stopped"),
            ],
            "Gemini refuses",
        ),
        ([session(), Status("stopped", "Stopped")], "the gateway stopped the session"),
    ],
)
async def test_session_that_stops_by_itself_was_refused(answers: list[Answer], why: str) -> None:
    ending, _ = await hold(FakeGateway(lambda _: iter(answers)), utterance())
    assert ending == Ending(Outcome.REFUSED, why)


async def test_waiting_for_the_gateway_has_an_end() -> None:
    def never(message: ClientMessage) -> Iterator[Answer]:
        if isinstance(message, StartListSession):
            yield session()

    ending, _ = await hold(FakeGateway(never), utterance())
    assert ending == Ending(Outcome.UNREACHABLE, "the session was not ready within 60 s")
    assert asyncio.get_running_loop().time() == LISTENING_WITHIN_S


async def test_waiting_for_the_end_of_a_session_has_an_end() -> None:
    def never(message: ClientMessage) -> Iterator[Answer]:
        yield from () if isinstance(message, StopSession) else shop(message)

    shop = Shop()
    ending, _ = await hold(FakeGateway(never), utterance())
    assert ending == Ending(Outcome.UNREACHABLE, "no answer to stop_session within 30 s")
    assert asyncio.get_running_loop().time() == 1 + STOPPED_WITHIN_S


async def test_session_that_ends_without_its_link_did_not_end_well() -> None:
    reconnecting: list[Answer] = [Status("reconnecting", "Keep speaking")]
    ending, _ = await hold(FakeGateway(answering({StopSession: reconnecting})), utterance())
    assert ending.outcome is Outcome.UNREACHABLE
    assert ending.why.startswith("the session ended while its link to Gemini was lost")


async def test_link_that_stays_away_ends_fast_talking() -> None:
    reconnecting: list[Answer] = [Status("reconnecting", "Keep speaking")]
    gateway = FakeGateway(answering({AudioChunk: reconnecting}))
    ending, _ = await hold(gateway, utterance(), speed=4)
    assert ending.why == "the session was not ready within 60 s"


@pytest.mark.parametrize("after_s", [0.0, 0.05, 0.35])
async def test_interrupted_session_is_stopped_politely(after_s: float) -> None:
    gateway, record = FakeGateway(), Record()
    talk = conversation(gateway, record)
    asyncio.get_running_loop().call_later(after_s, talk.interrupt)
    ending = await talk.hold([utterance(), utterance()])
    assert ending == Ending(Outcome.INTERRUPTED)
    assert gateway.types[-1] == "StopSession"
    assert len(gateway.starts) == 1
    assert record.sessions[0].products == [MILK]
    assert len(gateway.audio_times) == int(after_s * 10)


async def test_interrupted_before_the_first_word_says_nothing() -> None:
    gateway = FakeGateway()
    talk = conversation(gateway, Record())
    talk.interrupt()
    assert await talk.hold([utterance()]) == Ending(Outcome.INTERRUPTED)
    assert gateway.received == []


async def test_frames_that_are_no_messages_are_survived() -> None:
    odd: list[Answer] = ["{", '{"type":"surprise"}', '{"type":"status"}', b"\0\1"]
    ending, record = await hold(FakeGateway(answering({StopSession: odd})), utterance())
    assert ending == Ending(Outcome.WELL)
    assert len(record.sessions[0].errors) == 3


async def test_errors_that_are_survived_are_kept_for_the_summary() -> None:
    complaints: list[Answer] = [
        AudioGap(100, "no_link"),
        ErrorV2("type: odd", "unknown_type", retryable=False),
    ]
    ending, record = await hold(FakeGateway(answering({StopSession: complaints})), utterance())
    assert ending == Ending(Outcome.WELL)
    assert record.sessions[0].errors == ["100 ms of speech could not be kept", "type: odd"]


async def test_what_comes_before_the_first_utterance_is_nobodys() -> None:
    record = Record()
    record.heard(AudioGap(100, "no_link"))
    record.puzzled("early")
    record.lost(Unreachable("early"))
    assert record.sessions == []
