"""Text frames that a phone receives (protocol v1), and the only code that prints them."""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

from schemas.product import Product

StatusName: TypeAlias = Literal["connecting", "listening", "reconnecting", "stopped", "draining"]
"""What the session is doing, as the app shows it."""


class ProductDetected(msgspec.Struct, frozen=True, tag="product_detected"):
    """One product was heard; it is announced once."""

    product: Product


class Transcript(msgspec.Struct, frozen=True, tag="transcript", rename="camel"):
    """One whole utterance, of the shopper (`is_user`) or of the model."""

    text: str
    is_user: bool


class Status(msgspec.Struct, frozen=True, tag="status"):
    """The session's state changed; `message` is for people."""

    status: StatusName
    message: str


class Error(msgspec.Struct, frozen=True, tag="error"):
    """Something went wrong; where a field is to blame, `message` begins with its name."""

    message: str


class Pong(msgspec.Struct, frozen=True, tag="pong"):
    """Answers a ping."""


ServerMessage: TypeAlias = ProductDetected | Transcript | Status | Error | Pong
_encoder = msgspec.json.Encoder()


def encode(message: ServerMessage) -> str:
    """Print one message as a text frame."""
    return _encoder.encode(message).decode()
