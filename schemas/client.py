"""Frames that a phone may send, in both versions of the protocol; nothing else parses them."""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable
from typing import Annotated, Final, Literal, TypeAlias

import msgspec
from pybase64 import b64decode

from schemas.errors import ProtocolViolation
from schemas.shopping_list import Id
from schemas.violations import no_json, violation

SAMPLE_RATE: Final = 16_000
"""Samples per second of the audio that phones send: PCM16, little-endian, mono."""
BYTES_PER_MS: Final = SAMPLE_RATE * 2 // 1000
MIN_AUDIO_MS: Final = 10
MAX_AUDIO_MS: Final = 2_000
MIN_AUDIO_BYTES: Final = MIN_AUDIO_MS * BYTES_PER_MS
MAX_AUDIO_BYTES: Final = MAX_AUDIO_MS * BYTES_PER_MS
MAX_TEXT_FRAME: Final = 96 * 1024
"""Characters of the longest frame that is parsed: 64 KiB of audio in base64, and its envelope."""
MAX_TEXT_FRAME_V2: Final = 256 * 1024
"""The same in version 2: a list of as many items as there may be, with the longest names."""
MAX_DEPTH: Final = 16
"""Objects and arrays within each other; no message needs more than four."""
MAX_TEXT: Final = 2_000
"""Characters of a typed sentence."""
MAX_TOKEN: Final = 8_192
"""Characters of a token."""
MAX_ITEMS: Final = 500
"""Items of one list."""
MAX_OPERATIONS: Final = 100
"""Operations of one edit."""
MIN_QUANTITY: Final = 0.001
MAX_QUANTITY: Final = 10_000
"""More than this of anything is misheard, or a slip of the finger."""

LanguageTag = Annotated[
    str, msgspec.Meta(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*\Z", max_length=35)
]
"""A BCP 47 tag such as ``pl-PL``: the shape is checked here, support elsewhere."""
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
Unit = Annotated[str, msgspec.Meta(min_length=1, max_length=20)]
Category = Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
Quantity = Annotated[float, msgspec.Meta(ge=MIN_QUANTITY, le=MAX_QUANTITY)]
Seq = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
Reply: TypeAlias = Literal["none", "audio"]
"""Whether the model's answers are spoken to the phone."""


class StartSession(msgspec.Struct, frozen=True, tag="start_session"):
    """Open the Gemini link (v1). `language` defaults to the service's."""

    language: LanguageTag | None = None


class AudioChunk(msgspec.Struct, frozen=True, tag="audio_chunk", gc=False):
    """Speech: PCM16 little-endian mono 16 kHz, 10 ms to 2 s, in base64 on the wire."""

    audio_data: bytes


class StopSession(msgspec.Struct, frozen=True, tag="stop_session"):
    """Finish what was said, close the link, keep the socket."""


class Ping(msgspec.Struct, frozen=True, tag="ping"):
    """Ask for a pong."""


# Protocol v2 has these besides.


class Resume(msgspec.Struct, frozen=True):
    """The session to go on with.

    Attributes:
        token: from the newest `session` message.
        last_seq: of the newest event that the app has stored.
    """

    token: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    last_seq: Seq = 0


class ListedItem(msgspec.Struct, frozen=True):
    """An item that the app shows already; without a unit or a category it gets the usual ones."""

    id: Id
    name: Name
    quantity: Quantity = 1
    unit: Unit | None = None
    category: Category | None = None


class StartListSession(msgspec.Struct, frozen=True, tag="start_session"):
    """Open the Gemini link (v2).

    Attributes:
        language: of what is said; defaults to the service's, in a resumed session to its own.
        resume: the session to go on with, if it is still there.
        list: what the app shows already, for a session that begins.
        reply: whether the model's answers are wanted as sound.
    """

    language: LanguageTag | None = None
    resume: Resume | None = None
    list: Annotated[tuple[ListedItem, ...], msgspec.Meta(max_length=MAX_ITEMS)] = ()
    reply: Reply | None = None


class AudioEnd(msgspec.Struct, frozen=True, tag="audio_end"):
    """The microphone closed: answer what was said so far now."""


class Text(msgspec.Struct, frozen=True, tag="text"):
    """A typed sentence, treated as if spoken."""

    text: Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_TEXT)]
    ref: Id | None = None


class Ack(msgspec.Struct, frozen=True, tag="ack"):
    """Every event up to `seq` has reached the app's own storage."""

    seq: Seq


class AddItem(msgspec.Struct, frozen=True, tag_field="op", tag="add"):
    """Put an item on the list; `id` if the app has given it one already."""

    name: Name
    quantity: Quantity = 1
    unit: Unit | None = None
    category: Category | None = None
    id: Id | None = None


class UpdateItem(msgspec.Struct, frozen=True, tag_field="op", tag="update"):
    """Change what is given of an item."""

    id: Id
    name: Name | None = None
    quantity: Quantity | None = None
    unit: Unit | None = None
    category: Category | None = None


class RemoveItem(msgspec.Struct, frozen=True, tag_field="op", tag="remove"):
    """Take an item off the list."""

    id: Id


EditOperation: TypeAlias = AddItem | UpdateItem | RemoveItem


class Edit(msgspec.Struct, frozen=True, tag="edit"):
    """What the shopper did by hand: carried out as a whole or, if anything is wrong, not at all."""

    operations: Annotated[
        tuple[EditOperation, ...], msgspec.Meta(min_length=1, max_length=MAX_OPERATIONS)
    ]
    ref: Id | None = None


class Undo(msgspec.Struct, frozen=True, tag="undo"):
    """Take the last sentence or edit back."""

    ref: Id | None = None


class Confirm(msgspec.Struct, frozen=True, tag="confirm"):
    """A suggestion was right."""

    id: Id
    ref: Id | None = None


class Reject(msgspec.Struct, frozen=True, tag="reject"):
    """A suggestion was wrong."""

    id: Id
    ref: Id | None = None


class Auth(msgspec.Struct, frozen=True, tag="auth"):
    """A newer token, so that the connection outlives the one it was opened with.

    Attributes:
        token: of the same user.
    """

    token: Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_TOKEN)]
    ref: Id | None = None

    def __repr__(self) -> str:
        return "Auth(token=…)"


class _Referring(msgspec.Struct, frozen=True):
    """Any request, as far as it is needed to say which one an error is about."""

    ref: Id | None = None


ClientMessageV1: TypeAlias = StartSession | AudioChunk | StopSession | Ping
ClientMessageV2: TypeAlias = (
    StartListSession
    | AudioChunk
    | StopSession
    | Ping
    | AudioEnd
    | Text
    | Ack
    | Edit
    | Undo
    | Confirm
    | Reject
    | Auth
)
ClientMessage: TypeAlias = StartSession | ClientMessageV2
_TYPES_V1: Final = ("start_session", "audio_chunk", "stop_session", "ping")
_TYPES_V2: Final = (
    *_TYPES_V1,
    *("audio_end", "text", "ack", "edit", "undo", "confirm", "reject", "auth"),
)
_decoder_v1: msgspec.json.Decoder[ClientMessageV1] = msgspec.json.Decoder(ClientMessageV1)
_referring = msgspec.json.Decoder(_Referring)
_decoder_v2: msgspec.json.Decoder[ClientMessageV2] = msgspec.json.Decoder(ClientMessageV2)
_SPEECH_BEGINS: Final = b'{"type":"audio_chunk","audio_data":"'
"""How nearly every phone writes speech, and how that ends; between them is only base64."""
_SPEECH_ENDS: Final = b'"}'
_BASE64: Final = slice(len(_SPEECH_BEGINS), -len(_SPEECH_ENDS))
_SPEECH_TYPE: Final = b"audio_chunk"
_ACK_TYPE: Final = b'"ack"'
_TYPE_WITHIN: Final = 40
"""Bytes at a frame's beginning in which a phone that sends speech names its type, as it does when
it acknowledges."""


_NO_BRACKETS: Final = re.compile(r'"(?:[^"\\]+|\\.)*+"?|[^][{}"]+', re.DOTALL)
"""Texts, and all else that is neither an object's nor an array's end."""


def decode_v1(frame: str | bytes) -> ClientMessage:
    """Parse one frame of protocol v1.

    Raises:
        ProtocolViolation: it is binary, too long, not JSON, of an unknown type, or a field is
            wrong.
    """
    if isinstance(frame, bytes):
        raise ProtocolViolation("frame", "binary, but protocol v1 has text frames only")
    return _decode(frame, _decoder_v1, _TYPES_V1, MAX_TEXT_FRAME)


def decode_v2(frame: str | bytes) -> ClientMessage:
    """Parse one frame of protocol v2; a binary one is speech.

    Raises:
        ProtocolViolation: as `decode_v1`.
    """
    if isinstance(frame, bytes):
        check_audio(frame, field="frame")
        return AudioChunk(frame)
    try:
        message = _decode(frame, _decoder_v2, _TYPES_V2, MAX_TEXT_FRAME_V2)
    except ProtocolViolation as exc:
        exc.ref = _ref_of(frame)
        raise
    if type(message) is Text and not message.text.strip():
        raise ProtocolViolation("text", "there is nothing in it", ref=message.ref)
    return message


def speech_v1(frame: bytes, *, text: bool) -> bytes | None:
    """Return the PCM in one frame of protocol v1, as `decode_v1` would find it.

    Args:
        frame: what came; a text frame's may be no UTF-8.
        text: it is a text frame.

    Returns:
        `None` for anything else, for what is faulty, and for a frame that says late what it is:
        `decode_v1` deals with those.
    """
    return _speech_in(frame, decode_v1) if text else None


def speech_v2(frame: bytes, *, text: bool) -> bytes | None:
    """Return the PCM in one frame of protocol v2; as `speech_v1`, and a binary one is speech."""
    if text:
        return _speech_in(frame, decode_v2)
    size = len(frame)
    return frame if MIN_AUDIO_BYTES <= size <= MAX_AUDIO_BYTES and not size % 2 else None


def ack_v1(frame: bytes) -> Ack | None:
    """Return `None`: protocol v1 has no acknowledgements."""
    del frame
    return None


def ack_v2(frame: bytes) -> Ack | None:
    """Return the acknowledgement in a text frame of protocol v2, as `decode_v2` would find it.

    Args:
        frame: what came; it may be no UTF-8.

    Returns:
        `None` for anything else, and for what is faulty: `decode_v2` deals with those.
    """
    if _ACK_TYPE not in frame[:_TYPE_WITHIN]:
        return None
    try:
        message = decode_v2(frame.decode())
    except (ProtocolViolation, UnicodeDecodeError):
        return None
    return message if isinstance(message, Ack) else None


def _speech_in(frame: bytes, decode: Callable[[str | bytes], ClientMessage]) -> bytes | None:
    if frame.startswith(_SPEECH_BEGINS) and frame.endswith(_SPEECH_ENDS):
        try:
            pcm = b64decode(frame[_BASE64], validate=True)
        except binascii.Error:
            pass  # there is more than base64
        else:
            size = len(pcm)
            return pcm if MIN_AUDIO_BYTES <= size <= MAX_AUDIO_BYTES and not size % 2 else None
    elif _SPEECH_TYPE not in frame[:_TYPE_WITHIN]:
        return None
    try:
        message = decode(frame.decode())
    except (ProtocolViolation, UnicodeDecodeError):
        return None
    return message.audio_data if isinstance(message, AudioChunk) else None


def _ref_of(frame: str) -> str | None:
    """Return the request's name of a frame that cannot be taken, if that much can be read."""
    if len(frame) > MAX_TEXT_FRAME_V2:
        return None
    try:
        return _referring.decode(frame).ref
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return None


def _decode(
    frame: str,
    decoder: msgspec.json.Decoder[ClientMessageV1] | msgspec.json.Decoder[ClientMessageV2],
    types: tuple[str, ...],
    longest: int,
) -> ClientMessage:
    if len(frame) > longest:
        raise ProtocolViolation(
            "frame", f"{len(frame)} characters, at most {longest} are read", "too_large"
        )
    if frame.count("{") + frame.count("[") > MAX_DEPTH and _too_deep(frame):
        raise ProtocolViolation("frame", f"nested deeper than {MAX_DEPTH} levels", "too_deep")
    try:
        message = decoder.decode(frame)
    except msgspec.ValidationError as exc:
        raise violation(str(exc), types) from exc
    except (msgspec.DecodeError, UnicodeEncodeError) as exc:
        raise ProtocolViolation(
            "frame", f"not valid JSON ({no_json(exc, frame)})", "malformed"
        ) from exc
    if type(message) is AudioChunk:
        check_audio(message.audio_data, field="audio_data")
    return message


def _too_deep(frame: str) -> bool:
    """Return whether objects and arrays are nested too deep; it need not be valid JSON.

    The innermost pairs are taken out level by level, which costs no more than reading the frame.
    """
    brackets = _NO_BRACKETS.sub("", frame).replace("{", "[").replace("}", "]")
    for _ in range(MAX_DEPTH):
        brackets = brackets.replace("[]", "")
    return brackets.count("[") > MAX_DEPTH or "[]" in brackets


def check_audio(pcm: bytes, *, field: str) -> None:
    """Raise `ProtocolViolation` unless `pcm` is 10 ms to 2 s of whole 16-bit samples."""
    size = len(pcm)
    if size % 2:
        raise ProtocolViolation(
            field, f"{size} bytes is not a whole number of 16-bit samples", "invalid_audio"
        )
    if not MIN_AUDIO_BYTES <= size <= MAX_AUDIO_BYTES:
        raise ProtocolViolation(
            field,
            f"{size / BYTES_PER_MS:g} ms of audio, 10 ms to 2000 ms are allowed",
            "invalid_audio",
        )
