"""Tests for `schemas.server`."""

from __future__ import annotations

import json
from typing import get_args

import pytest
from msgspec.structs import replace

from schemas.errors import RETRY_AFTER_MS, ErrorCode
from schemas.product import Product
from schemas.server import (
    AudioFormat,
    AudioFormats,
    AudioGap,
    Error,
    Interrupted,
    Limits,
    Pong,
    ServerMessage,
    SessionInfo,
    SpokenAudio,
    Status,
    Transcript,
    encode_v1,
    encode_v2,
    in_v2,
)
from schemas.shopping_list import Item, ListEvent

KEY = "6f9b7c0e-6f86-5c26-a1a5-0f4e0c6f6a10"
MILK = Product("i1", "mleko", "add", 1, "l", "Nabiał", 0.95, 1234567890)
MILK_JSON = (
    '"name":"mleko","action":"add","quantity":1,"unit":"l","category":"Nabiał",'
    '"confidence":0.95,"timestamp":1234567890}'
)
REMOVED_JSON = MILK_JSON.replace('"add"', '"remove"')
ITEM = Item("i1", "mleko", 3, "l", "Nabiał")
ITEM_JSON = '{"id":"i1","name":"mleko","quantity":3,"unit":"l","category":"Nabiał"}'
DETECTED = ListEvent(8, KEY, "detected", MILK, ITEM)
SUGGESTED = ListEvent(9, KEY, "suggested", MILK)
RETRACTED = ListEvent(10, KEY, "retracted", MILK, by="shopper", reason="rejected")
LIMITS = Limits(resume_window_s=600, uplink_buffer_ms=15_000, unacknowledged_events=500)
SESSION = SessionInfo(
    session_id="s1",
    resume_token="t",  # noqa: S106 (no password)
    resumed=False,
    seq=9,
    language="pl-PL",
    reply="none",
    list=(ITEM,),
    suggestions=(MILK,),
    received=("r1",),
    audio=AudioFormats(),
    limits=LIMITS,
)


@pytest.mark.parametrize(
    ("message", "frame"),
    [
        (DETECTED, f'{{"type":"product_detected","product":{{"id":"{KEY}",{MILK_JSON}}}'),
        (
            replace(DETECTED, product=replace(MILK, action="remove"), item=None, ref="r1"),
            f'{{"type":"product_detected","product":{{"id":"{KEY}",{REMOVED_JSON}}}',
        ),
        (RETRACTED, f'{{"type":"product_detected","product":{{"id":"{KEY}",{REMOVED_JSON}}}'),
        (
            Transcript(text="Dodaj mleko do listy", is_user=True),
            '{"type":"transcript","text":"Dodaj mleko do listy","isUser":true}',
        ),
        (Transcript(text="Dodaj ml", is_user=True, final=False), None),
        (
            Status(status="listening", message="Gemini Live API ready"),
            '{"type":"status","status":"listening","message":"Gemini Live API ready"}',
        ),
        (
            AudioGap(480, "no_link"),
            '{"type":"error","message":"audio_data: 480 ms of speech could not be kept"}',
        ),
        (Error("no", "gemini_no_room", "r1"), '{"type":"error","message":"no"}'),
        (Pong(), '{"type":"pong"}'),
        (SESSION, None),
        (Interrupted(), None),
        (SpokenAudio(b"\0\0"), None),
    ],
)
def test_version_one_says_what_it_has_words_for(message: ServerMessage, frame: str | None) -> None:
    assert encode_v1(message) == frame


@pytest.mark.parametrize(
    ("message", "frame"),
    [
        (
            DETECTED,
            (
                f'{{"type":"product_detected","seq":8,"product":{{"id":"i1",{MILK_JSON},'
                f'"item":{ITEM_JSON},"by":"model"}}'
            ),
        ),
        (
            replace(DETECTED, item=None, by="shopper", ref="r1", suggestion="i1"),
            (
                f'{{"type":"product_detected","seq":8,"product":{{"id":"i1",{MILK_JSON},'
                '"item":null,"by":"shopper","ref":"r1","suggestion":"i1"}'
            ),
        ),
        (SUGGESTED, f'{{"type":"product_suggested","seq":9,"product":{{"id":"i1",{MILK_JSON}}}'),
        (
            RETRACTED,
            '{"type":"product_retracted","seq":10,"id":"i1","reason":"rejected","by":"shopper"}',
        ),
        (
            replace(RETRACTED, reason=None, ref="r1"),
            (
                '{"type":"product_retracted","seq":10,"id":"i1","reason":"undone","by":"shopper",'
                '"ref":"r1"}'
            ),
        ),
        (
            Transcript(text="Dodaj ml", is_user=True, final=False),
            '{"type":"transcript","text":"Dodaj ml","isUser":true,"final":false}',
        ),
        (
            Transcript(text="Dobrze", is_user=False),
            '{"type":"transcript","text":"Dobrze","isUser":false,"final":true}',
        ),
        (AudioGap(480, "no_link"), '{"type":"audio_gap","ms":480,"reason":"no_link"}'),
        (Interrupted(), '{"type":"interrupted"}'),
        (Status("stopped", "x"), '{"type":"status","status":"stopped","message":"x"}'),
        (Pong(), '{"type":"pong"}'),
        (
            Error("text: no", "invalid_field"),
            '{"type":"error","message":"text: no","code":"invalid_field","retryable":false}',
        ),
        (
            Error("wait", "too_many_texts", "r1"),
            (
                '{"type":"error","message":"wait","code":"too_many_texts","retryable":true,'
                '"retry_after_ms":2000,"ref":"r1"}'
            ),
        ),
        (SpokenAudio(b"\1\0"), b"\1\0"),
    ],
)
def test_version_two_says_everything_as_the_protocol_shows_it(
    message: ServerMessage, frame: str | bytes
) -> None:
    assert encode_v2(message) == frame


def test_a_session_tells_its_list_its_sound_and_its_limits() -> None:
    frame = encode_v2(SESSION)
    assert json.loads(frame) == {
        "type": "session",
        "session_id": "s1",
        "resume_token": "t",
        "resumed": False,
        "seq": 9,
        "language": "pl-PL",
        "reply": "none",
        "list": [json.loads(ITEM_JSON)],
        "suggestions": [{"id": "i1"} | json.loads("{" + MILK_JSON)],
        "received": ["r1"],
        "audio": {
            "input": {"encoding": "pcm16le", "sample_rate": 16_000, "channels": 1},
            "output": None,
        },
        "limits": {
            "resume_window_s": 600,
            "uplink_buffer_ms": 15_000,
            "unacknowledged_events": 500,
            "min_audio_ms": 10,
            "max_audio_ms": 2_000,
            "max_frame_characters": 262_144,
            "max_text_characters": 2_000,
            "max_items": 500,
            "max_operations": 100,
        },
    }


def test_the_sound_of_replies_is_described_like_that_of_speech() -> None:
    formats = AudioFormats(output=AudioFormat(sample_rate=24_000))
    told = json.loads(encode_v2(replace(SESSION, audio=formats)))
    assert told["audio"]["output"] == {
        "encoding": "pcm16le",
        "sample_rate": 24_000,
        "channels": 1,
    }


def test_what_may_succeed_later_is_retryable_and_nothing_else_is() -> None:
    for code in get_args(ErrorCode):
        told = json.loads(encode_v2(Error("x", code)))
        assert told["retryable"] is (code in RETRY_AFTER_MS)
        assert told.get("retry_after_ms") == RETRY_AFTER_MS.get(code)


def test_sound_stays_as_it_is_in_version_two() -> None:
    assert in_v2(SpokenAudio(b"x")) == SpokenAudio(b"x")
