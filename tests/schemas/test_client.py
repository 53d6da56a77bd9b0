"""Tests for `schemas.client`."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.client import (
    MAX_AUDIO_BYTES,
    MAX_TEXT_FRAME,
    MIN_AUDIO_BYTES,
    AudioChunk,
    ClientMessage,
    Ping,
    StartSession,
    StopSession,
    check_audio,
    decode,
)
from schemas.errors import ProtocolViolation


def audio_frame(pcm: bytes) -> str:
    return json.dumps({"type": "audio_chunk", "audio_data": base64.b64encode(pcm).decode()})


def violation(frame: str) -> ProtocolViolation:
    with pytest.raises(ProtocolViolation) as caught:
        decode(frame)
    return caught.value


def outcome(frame: str) -> str:
    """Return the field at fault, or ``message`` when none is."""
    try:
        decode(frame)
    except ProtocolViolation as exc:
        return exc.field
    return "message"


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        ('{"type":"start_session"}', StartSession()),
        ('{"type":"start_session","language":"en-US"}', StartSession("en-US")),
        ('{"type":"start_session","language":null}', StartSession()),
        ('{"type":"stop_session"}', StopSession()),
        (' {"future":[1,{"a":null}],"type":"ping"} ', Ping()),
    ],
)
def test_the_messages_of_version_one_are_understood(frame: str, message: ClientMessage) -> None:
    assert decode(frame) == message


def test_audio_arrives_as_the_bytes_that_were_recorded() -> None:
    pcm = bytes(range(256)) * 5
    assert decode(audio_frame(pcm)) == AudioChunk(pcm)


@pytest.mark.parametrize("size", [MIN_AUDIO_BYTES, MAX_AUDIO_BYTES])
def test_ten_milliseconds_and_two_seconds_are_both_allowed(size: int) -> None:
    assert decode(audio_frame(bytes(size))) == AudioChunk(bytes(size))


@pytest.mark.parametrize("size", [0, MIN_AUDIO_BYTES - 2, MAX_AUDIO_BYTES + 2])
def test_too_little_and_too_much_audio_are_refused_in_milliseconds(size: int) -> None:
    caught = violation(audio_frame(bytes(size)))
    assert caught.field == "audio_data"
    assert caught.problem == f"{size / 32:g} ms of audio, 10 ms to 2000 ms are allowed"


def test_half_a_sample_is_refused() -> None:
    caught = violation(audio_frame(bytes(321)))
    assert (caught.field, caught.problem) == (
        "audio_data",
        "321 bytes is not a whole number of 16-bit samples",
    )


def test_a_binary_frames_audio_is_held_to_the_same_rules_under_its_own_name() -> None:
    check_audio(bytes(MIN_AUDIO_BYTES), field="frame")
    with pytest.raises(ProtocolViolation, match=r"^frame: 1 bytes"):
        check_audio(b"x", field="frame")


@pytest.mark.parametrize(
    ("frame", "field"),
    [
        ("", "frame"),
        ("[]", "frame"),
        ("null", "frame"),
        ('"ping"', "frame"),
        ("{", "frame"),
        ("{}", "type"),
        ('{"type":"nope"}', "type"),
        ('{"type":7}', "type"),
        ('{"type":"audio_chunk"}', "audio_data"),
        ('{"type":"audio_chunk","audio_data":7}', "audio_data"),
        ('{"type":"audio_chunk","audio_data":"!!!"}', "audio_data"),
        ('{"type":"start_session","language":"polski język"}', "language"),
        ('{"type":"start_session","language":""}', "language"),
        ('{"type":"start_session","language":["pl"]}', "language"),
        ('{"type":"ping","x":"\ud800"}', "frame"),
        ("[" * 50_000, "frame"),
    ],
)
def test_a_violation_names_the_field_at_fault(frame: str, field: str) -> None:
    assert violation(frame).field == field


def test_an_unknown_type_is_answered_with_the_types_there_are() -> None:
    problem = violation('{"type":"audio"}').problem
    assert problem.endswith("expected one of start_session, audio_chunk, stop_session, ping")


def test_a_long_unknown_type_is_not_sent_back_whole() -> None:
    assert len(violation(json.dumps({"type": "x" * 50_000})).problem) < 200


def test_a_frame_that_is_too_long_is_not_even_parsed() -> None:
    caught = violation(" " * (MAX_TEXT_FRAME + 1))
    assert caught.field == "frame"
    assert (
        str(caught) == f"frame: {MAX_TEXT_FRAME + 1} characters, at most {MAX_TEXT_FRAME} are read"
    )


@given(st.text(max_size=200))
def test_any_text_is_a_message_or_a_violation(frame: str) -> None:
    assert outcome(frame) in {"message", "type", "frame"}


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


@given(
    kind=st.sampled_from(["start_session", "audio_chunk", "stop_session", "ping", "other"]),
    language=_json,
    audio_data=_json,
)
def test_any_values_make_a_message_or_a_violation_of_a_field_that_was_sent(
    kind: str, language: object, audio_data: object
) -> None:
    frame = json.dumps({"type": kind, "language": language, "audio_data": audio_data})
    assert outcome(frame) in {"message", "type", "language", "audio_data"}


@pytest.mark.parametrize("language", ["", "polski", "pl-PL\n", "pl" + "-abcdefgh" * 4])
def test_a_language_that_is_none_is_told_what_one_looks_like(language: str) -> None:
    with pytest.raises(ProtocolViolation) as caught:
        decode(json.dumps({"type": "start_session", "language": language}))
    assert str(caught.value) == (
        "language: expected a BCP 47 tag such as pl-PL, of at most 35 characters"
    )
