"""Protocol v1 as a phone sees it: client messages are printed, the gateway's are parsed."""

from __future__ import annotations

from typing import Final

import msgspec

from schemas.client import ClientMessage, StartSession
from schemas.server import ServerMessage

_encoder = msgspec.json.Encoder()
_decoder: Final[msgspec.json.Decoder[ServerMessage]] = msgspec.json.Decoder(ServerMessage)


class Unreadable(Exception):
    """A frame from the gateway that is no message of protocol v1."""


def encode(message: ClientMessage) -> str:
    """Print one message; a language that is not chosen is left out."""
    if message == StartSession():
        return '{"type":"start_session"}'
    return _encoder.encode(message).decode()


def decode(frame: str | bytes) -> ServerMessage:
    """Parse one frame.

    Raises:
        Unreadable: it is binary, not JSON, or of a type or shape that v1 does not have.
    """
    if isinstance(frame, bytes):
        raise Unreadable(f"a binary frame of {len(frame)} bytes")
    try:
        return _decoder.decode(frame)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError) as exc:
        raise Unreadable(str(exc)) from exc
