"""Tests for `gateway.talk_wire`."""

from __future__ import annotations

import pytest

from gateway.talk_wire import Unreadable, decode, encode
from schemas.client import (
    AudioChunk,
    ClientMessage,
    Edit,
    Resume,
    StartListSession,
    Text,
    UpdateItem,
    decode_v2,
)
from schemas.server import SpokenAudio, Transcript


@pytest.mark.parametrize(
    ("message", "frame"),
    [
        (StartListSession(reply="none"), '{"type":"start_session","list":[],"reply":"none"}'),
        (Text("dodaj mleko"), '{"type":"text","text":"dodaj mleko"}'),
        (
            Edit((UpdateItem("p1", quantity=3),), "r1"),
            '{"type":"edit","operations":[{"op":"update","id":"p1","quantity":3}],"ref":"r1"}',
        ),
        (AudioChunk(b"\1\2" * 160), b"\1\2" * 160),
    ],
)
def test_what_is_not_given_is_left_out(message: ClientMessage, frame: str | bytes) -> None:
    assert encode(message) == frame
    assert decode_v2(frame) == message


def test_resume_goes_out_as_documented() -> None:
    assert encode(StartListSession("pl-PL", Resume("t1", 7))) == (
        '{"type":"start_session","language":"pl-PL","resume":{"token":"t1","last_seq":7},"list":[]}'
    )


def test_binary_frame_is_a_spoken_reply() -> None:
    assert decode(b"\1\2") == SpokenAudio(b"\1\2")


def test_field_of_a_newer_version_is_passed_over() -> None:
    frame = '{"type":"transcript","text":"mleko","isUser":true,"final":false,"mood":"good"}'
    assert decode(frame) == Transcript("mleko", is_user=True, final=False)


@pytest.mark.parametrize(
    "frame", ["{", '{"type":"surprise"}', '{"type":"status"}', '"\ud800"', "[" * 100_000]
)
def test_frame_that_is_no_message_is_unreadable(frame: str) -> None:
    with pytest.raises(Unreadable):
        decode(frame)
