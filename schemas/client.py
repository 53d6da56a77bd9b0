"""Text frames that a phone may send (protocol v1), and the only code that parses them."""

from __future__ import annotations

import re
from typing import Annotated, Final, TypeAlias

import msgspec

from schemas.errors import ProtocolViolation

SAMPLE_RATE: Final = 16_000
"""Samples per second of the audio that phones send: PCM16, little-endian, mono."""
BYTES_PER_MS: Final = SAMPLE_RATE * 2 // 1000
MIN_AUDIO_BYTES: Final = 10 * BYTES_PER_MS
MAX_AUDIO_BYTES: Final = 2_000 * BYTES_PER_MS
MAX_TEXT_FRAME: Final = 96 * 1024
"""Characters of the longest frame that is parsed: 64 KiB of audio in base64, and its envelope."""

LanguageTag = Annotated[
    str, msgspec.Meta(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*\Z", max_length=35)
]
"""A BCP 47 tag such as ``pl-PL``: the shape is checked here, support elsewhere."""


class StartSession(msgspec.Struct, frozen=True, tag="start_session"):
    """Open the Gemini link. `language` defaults to the service's."""

    language: LanguageTag | None = None


class AudioChunk(msgspec.Struct, frozen=True, tag="audio_chunk", gc=False):
    """Speech: PCM16 little-endian mono 16 kHz, 10 ms to 2 s, in base64 on the wire."""

    audio_data: bytes


class StopSession(msgspec.Struct, frozen=True, tag="stop_session"):
    """Finish what was said, close the link, keep the socket."""


class Ping(msgspec.Struct, frozen=True, tag="ping"):
    """Ask for a pong."""


ClientMessage: TypeAlias = StartSession | AudioChunk | StopSession | Ping
_TYPES: Final = ("start_session", "audio_chunk", "stop_session", "ping")
_decoder: msgspec.json.Decoder[ClientMessage] = msgspec.json.Decoder(ClientMessage)


def decode(frame: str) -> ClientMessage:
    """Parse one text frame.

    Raises:
        ProtocolViolation: it is too long, not JSON, of an unknown type, or a field is wrong.
    """
    if len(frame) > MAX_TEXT_FRAME:
        raise ProtocolViolation(
            "frame", f"{len(frame)} characters, at most {MAX_TEXT_FRAME} are read"
        )
    try:
        message = _decoder.decode(frame)
    except msgspec.ValidationError as exc:
        raise _violation(str(exc)) from exc
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError) as exc:
        raise ProtocolViolation("frame", f"not valid JSON ({exc})") from exc
    if type(message) is AudioChunk:
        check_audio(message.audio_data, field="audio_data")
    return message


def check_audio(pcm: bytes, *, field: str) -> None:
    """Raise `ProtocolViolation` unless `pcm` is 10 ms to 2 s of whole 16-bit samples."""
    size = len(pcm)
    if size % 2:
        raise ProtocolViolation(field, f"{size} bytes is not a whole number of 16-bit samples")
    if not MIN_AUDIO_BYTES <= size <= MAX_AUDIO_BYTES:
        raise ProtocolViolation(
            field, f"{size / BYTES_PER_MS:g} ms of audio, 10 ms to 2000 ms are allowed"
        )


def _violation(problem: str) -> ProtocolViolation:
    """Tell the field from msgspec's ``Expected `str`, got `int` - at `$.language```.

    Where msgspec names no path, the field that it says is missing is to blame, else the frame.
    """
    what, separator, where = problem.rpartition(" - at `$")
    if not separator:
        missing = re.search(r"missing required field `(\w+)`", problem)
        return ProtocolViolation(missing[1] if missing else "frame", problem)
    field = where.rstrip("`").removeprefix(".")
    if field == "type":
        what = f"{what[:80]}, expected one of {', '.join(_TYPES)}"
    elif field == "language" and ("regex" in what or "length" in what):
        what = "expected a BCP 47 tag such as pl-PL, of at most 35 characters"
    return ProtocolViolation(field, what)
