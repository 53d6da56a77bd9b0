"""Protocol v2 as a phone sees it: client messages are printed, the gateway's are parsed."""

from __future__ import annotations

from typing import Any, Final, TypeAlias

import msgspec

from schemas.client import AudioChunk, ClientMessage
from schemas.server import Frame, ServerMessageV2, SpokenAudio

SUBPROTOCOL: Final = "shopping.v2"
Heard: TypeAlias = ServerMessageV2 | SpokenAudio
"""Everything that the gateway says to a phone."""
_encoder = msgspec.json.Encoder()
_decoder: Final[msgspec.json.Decoder[ServerMessageV2]] = msgspec.json.Decoder(ServerMessageV2)


class Unreadable(Exception):
    """A frame from the gateway that is no message of protocol v2, or of a newer one."""


def encode(message: ClientMessage) -> Frame:
    """Print one message: speech as a binary frame; what is not given is left out."""
    if type(message) is AudioChunk:
        return message.audio_data
    return _encoder.encode(_given(msgspec.to_builtins(message))).decode()


def decode(frame: Frame) -> Heard:
    """Parse one frame; a binary one is a piece of a spoken reply.

    Raises:
        Unreadable: it is not JSON, or of a type or shape that v2 does not have.
    """
    if isinstance(frame, bytes):
        return SpokenAudio(frame)
    try:
        return _decoder.decode(frame)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError) as exc:
        raise Unreadable(str(exc)) from exc


def _given(value: Any) -> Any:  # noqa: ANN401 - any value of JSON
    match value:
        case dict():
            return {name: _given(part) for name, part in value.items() if part is not None}
        case list() | tuple():
            return [_given(part) for part in value]
        case _:
            return value
