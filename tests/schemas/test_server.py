"""Tests for `schemas.server`."""

from __future__ import annotations

import json

import pytest

from schemas.product import Product
from schemas.server import (
    Error,
    Pong,
    ProductDetected,
    ServerMessage,
    Status,
    Transcript,
    encode,
)


@pytest.mark.parametrize(
    ("message", "frame"),
    [
        (
            ProductDetected(
                Product(
                    id="6f9b7c0e-6f86-5c26-a1a5-0f4e0c6f6a10",
                    name="mleko",
                    action="add",
                    quantity=1,
                    unit="l",
                    category="Nabiał",
                    confidence=0.95,
                    timestamp=1234567890,
                )
            ),
            (
                '{"type":"product_detected","product":{"id":"6f9b7c0e-6f86-5c26-a1a5-0f4e0c6f6a10",'
                '"name":"mleko","action":"add","quantity":1,"unit":"l","category":"Nabiał",'
                '"confidence":0.95,"timestamp":1234567890}}'
            ),
        ),
        (
            Transcript(text="Dodaj mleko do listy", is_user=True),
            '{"type":"transcript","text":"Dodaj mleko do listy","isUser":true}',
        ),
        (
            Status(status="listening", message="Gemini Live API ready"),
            '{"type":"status","status":"listening","message":"Gemini Live API ready"}',
        ),
        (Error(message="no"), '{"type":"error","message":"no"}'),
        (Pong(), '{"type":"pong"}'),
    ],
)
def test_messages_are_printed_as_the_protocol_shows_them(
    message: ServerMessage, frame: str
) -> None:
    assert encode(message) == frame


def test_a_status_is_one_of_five_words_and_is_followed_by_one_for_people() -> None:
    printed = json.loads(encode(Status(status="draining", message="soon")))
    assert list(printed) == ["type", "status", "message"]
