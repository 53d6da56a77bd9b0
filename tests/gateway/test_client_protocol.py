"""Tests for `gateway.client_protocol`."""

from __future__ import annotations

from gateway.client_protocol import Phase, PhoneProtocol
from gateway.client_state import ClientState
from gateway.talk_wire import Heard
from schemas.client import (
    Ack,
    AudioChunk,
    AudioEnd,
    ClientMessage,
    Resume,
    StartListSession,
    StopSession,
    Text,
    Undo,
)
from schemas.server import Status
from tests.support.fake_gateway import detected, item, session

SPEECH = AudioChunk(b"\1" * 3_200)
STOPPED = Status("stopped", "Session stopped")
DRAINING = Status("draining", "Going away")


def phone() -> PhoneProtocol:
    return PhoneProtocol(ClientState(), reply="none")


def started(*messages: Heard) -> PhoneProtocol:
    """Return a phone whose session has begun and that has said all it had to say."""
    protocol = phone()
    protocol.start("pl-PL")
    protocol.connected()
    said(protocol)
    hear(protocol, session(), *messages)
    said(protocol)
    return protocol


def hear(protocol: PhoneProtocol, *messages: Heard) -> None:
    for message in messages:
        protocol.hear(message)


def said(protocol: PhoneProtocol) -> list[ClientMessage]:
    """Return everything that is to be sent now."""
    messages = []
    while (message := protocol.next()) is not None:
        messages.append(message)
    return messages


def start(seq: int, *, turn: int = 1, language: str | None = "pl-PL") -> StartListSession:
    return StartListSession(language, Resume(f"t{turn}", seq), (), "none")


def test_nothing_is_said_before_the_app_starts() -> None:
    protocol = phone()
    protocol.connected()
    protocol.ask("a", Undo("a"))
    assert said(protocol) == []
    assert not protocol.awaits_session


def test_nothing_is_said_between_start_and_its_answer() -> None:
    protocol = phone()
    protocol.start("pl-PL")
    protocol.connected()
    protocol.speak(SPEECH)
    assert said(protocol) == [StartListSession("pl-PL", reply="none")]
    awaited = [protocol.awaits_session]
    hear(protocol, session())
    awaited.append(protocol.awaits_session)
    assert awaited == [True, False]
    assert said(protocol) == [Ack(0), SPEECH]


def test_each_event_is_acknowledged_before_anything_else() -> None:
    protocol = started()
    protocol.speak(SPEECH)
    hear(protocol, detected(1, item()))
    assert said(protocol) == [Ack(1), SPEECH]
    assert not protocol.hear(detected(1, item()))
    assert said(protocol) == []
    hear(protocol, detected(2, item()), detected(3, item()))
    assert said(protocol) == [Ack(3)]


def test_each_session_is_acknowledged_once() -> None:
    protocol = started(detected(1, item()))
    protocol.connected()
    said(protocol)
    hear(protocol, session(resumed=True, seq=1, turn=2))
    assert said(protocol) == [Ack(1)]


def test_what_was_asked_and_not_received_is_sent_again_in_order() -> None:
    protocol = started()
    for ref in "abc":
        protocol.ask(ref, Undo(ref))
    assert said(protocol) == [Undo("a"), Undo("b"), Undo("c")]
    protocol.connected()
    protocol.speak(SPEECH)
    protocol.ask("d", Undo("d"))
    assert said(protocol) == [start(0)]
    hear(protocol, session(resumed=True, received=("b",), turn=2))
    assert said(protocol) == [Ack(0), Undo("a"), Undo("c"), SPEECH, Undo("d")]
    protocol.connected()
    said(protocol)
    hear(protocol, session(resumed=True, received=tuple("bacd"), turn=3))
    assert said(protocol) == [Ack(0)]


def test_what_was_asked_before_the_app_was_closed_is_sent_too() -> None:
    state = ClientState(requests={"a": Text("mleko", "a")})
    protocol = PhoneProtocol(state, reply="none")
    protocol.start(None)
    protocol.connected()
    said(protocol)
    hear(protocol, session())
    assert said(protocol) == [Ack(0), Text("mleko", "a")]


def test_stop_follows_what_was_said_and_nothing_follows_stop() -> None:
    protocol = started()
    protocol.speak(SPEECH)
    protocol.speak(AudioEnd())
    protocol.stop()
    protocol.stop()
    protocol.ask("a", Undo("a"))
    assert said(protocol) == [SPEECH, AudioEnd(), StopSession()]
    hear(protocol, detected(1, item()))
    assert said(protocol) == [Ack(1)]
    hear(protocol, STOPPED)
    assert protocol.phase is Phase.IDLE
    assert said(protocol) == [Undo("a")]


def test_speech_is_dropped_when_nothing_is_started() -> None:
    protocol = started()
    protocol.speak(SPEECH)
    hear(protocol, STOPPED)
    protocol.speak(SPEECH)
    assert protocol.outbox.dropped_ms == 200
    assert said(protocol) == []


def test_stop_when_nothing_is_started_says_nothing() -> None:
    protocol = phone()
    protocol.stop()
    assert protocol.phase is Phase.IDLE


def test_session_is_started_again_on_the_same_connection() -> None:
    protocol = started(detected(1, item()))
    protocol.stop()
    said(protocol)
    hear(protocol, STOPPED)
    protocol.start("en-US")
    protocol.speak(SPEECH)
    again = said(protocol)
    assert [type(message) for message in again] == [StartListSession]
    assert isinstance(again[0], StartListSession)
    assert (again[0].language, again[0].resume) == ("en-US", Resume("t1", 1))
    hear(protocol, session(item(), resumed=True, seq=1, turn=2))
    assert said(protocol) == [Ack(1), SPEECH]


def test_start_before_stopped_waits_for_it() -> None:
    protocol = started()
    protocol.stop()
    protocol.start("en-US")
    protocol.start("de-DE")
    protocol.speak(SPEECH)
    assert said(protocol) == [StopSession()]
    hear(protocol, STOPPED)
    assert said(protocol) == [start(0, language="en-US")]
    hear(protocol, session(resumed=True, turn=2))
    assert said(protocol) == [Ack(0), SPEECH]
    assert protocol.phase is Phase.STARTED


def test_start_that_is_thought_better_of_is_none() -> None:
    protocol = started()
    protocol.stop()
    protocol.start(None)
    protocol.speak(SPEECH)
    protocol.stop()
    assert said(protocol) == [StopSession()]
    hear(protocol, STOPPED)
    assert protocol.phase is Phase.IDLE
    assert said(protocol) == []
    assert protocol.outbox.dropped_ms == 100


def test_stop_that_was_not_answered_is_sent_again() -> None:
    for again in (False, True):
        protocol = started()
        protocol.stop()
        said(protocol)
        if again:
            protocol.start(None)
            protocol.speak(SPEECH)
        protocol.connected()
        said(protocol)
        hear(protocol, session(resumed=True, turn=2))
        assert said(protocol) == [Ack(0), StopSession()]


def test_speech_after_draining_is_heard_until_the_connection_is_closed() -> None:
    protocol = started()
    hear(protocol, DRAINING)
    protocol.speak(SPEECH)
    protocol.ask("a", Undo("a"))
    hear(protocol, detected(1, item()))
    assert said(protocol) == [Ack(1), SPEECH, Undo("a")]
    protocol.connected()
    said(protocol)
    hear(protocol, session(resumed=True, seq=1, turn=2))
    assert said(protocol) == [Ack(1), Undo("a")]


def test_start_after_draining_is_for_the_next_connection() -> None:
    protocol = started(STOPPED, DRAINING)
    protocol.start("en-US")
    assert said(protocol) == []
    protocol.connected()
    assert said(protocol) == [start(0, language="en-US")]


def test_connection_without_a_session_says_nothing_once_it_is_stopped() -> None:
    protocol = started()
    hear(protocol, STOPPED)
    protocol.connected()
    assert said(protocol) == []
    assert not protocol.awaits_session


def test_sentence_typed_after_the_end_starts_the_session() -> None:
    protocol = started(STOPPED)
    protocol.ask("a", Text("mleko", "a"))
    assert said(protocol) == [Text("mleko", "a")]
    hear(protocol, session(resumed=True, received=("a",), turn=2))
    assert protocol.phase is Phase.STARTED
    assert said(protocol) == [Ack(0)]


def test_spoken_replies_are_asked_for_in_every_start() -> None:
    protocol = PhoneProtocol(ClientState(), reply="audio")
    protocol.start(None)
    protocol.connected()
    assert said(protocol) == [StartListSession(reply="audio")]
