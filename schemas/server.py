"""What a phone receives, in both versions of the protocol, and the only code that prints it.

Sessions say everything in the words of v2 (`ServerMessage`). `encode_v1` says the same in v1's,
which knows less: a retraction becomes the opposite product, a gap becomes an error, and what v1 has
no word for is left out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal, TypeAlias, assert_never

import msgspec
from msgspec.structs import replace

from schemas.client import (
    MAX_AUDIO_MS,
    MAX_ITEMS,
    MAX_OPERATIONS,
    MAX_TEXT,
    MAX_TEXT_FRAME_V2,
    MIN_AUDIO_MS,
    SAMPLE_RATE,
    Reply,
)
from schemas.errors import RETRY_AFTER_MS, ErrorCode
from schemas.product import Product
from schemas.shopping_list import By, Item, ListEvent, RetractionReason

StatusName: TypeAlias = Literal["connecting", "listening", "reconnecting", "stopped", "draining"]
"""What the session is doing, as the app shows it."""
GapReason: TypeAlias = Literal["no_link", "not_heard"]
"""Why speech is lost: there was no link for too long, or the session ended before it was heard."""
REPLY_SAMPLE_RATE: Final = 24_000
"""Samples per second of spoken replies: PCM16, little-endian, mono."""


# Protocol v1.


class ProductDetectedV1(msgspec.Struct, frozen=True, tag="product_detected"):
    """One product was heard; it is announced once."""

    product: Product


class TranscriptV1(msgspec.Struct, frozen=True, tag="transcript", rename="camel"):
    """One whole utterance, of the shopper (`is_user`) or of the model."""

    text: str
    is_user: bool


class Status(msgspec.Struct, frozen=True, tag="status"):
    """The session's state changed; `message` is for people."""

    status: StatusName
    message: str


class ErrorV1(msgspec.Struct, frozen=True, tag="error"):
    """Something went wrong; where a field is to blame, `message` begins with its name."""

    message: str


class Pong(msgspec.Struct, frozen=True, tag="pong"):
    """Answers a ping."""


# Protocol v2 has these instead or besides.


class AudioFormat(msgspec.Struct, frozen=True):
    """How sound is written in binary frames, and in the base64 of `audio_chunk`."""

    encoding: Literal["pcm16le"] = "pcm16le"
    sample_rate: int = SAMPLE_RATE
    channels: int = 1


class AudioFormats(msgspec.Struct, frozen=True):
    """The sound of both directions; `output` is ``None`` unless replies are spoken."""

    input: AudioFormat = AudioFormat()
    output: AudioFormat | None = None


class Limits(msgspec.Struct, frozen=True):
    """What the service takes and keeps.

    Attributes:
        resume_window_s: how long the session can be resumed after the phone has gone.
        uplink_buffer_ms: speech that is kept while there is no link to Gemini.
        unacknowledged_events: how many events are kept for a phone that acknowledges none.
    """

    resume_window_s: int | float
    uplink_buffer_ms: int
    unacknowledged_events: int
    min_audio_ms: int = MIN_AUDIO_MS
    max_audio_ms: int = MAX_AUDIO_MS
    max_frame_characters: int = MAX_TEXT_FRAME_V2
    max_text_characters: int = MAX_TEXT
    max_items: int = MAX_ITEMS
    max_operations: int = MAX_OPERATIONS


class SessionInfo(msgspec.Struct, frozen=True, tag="session"):
    """The first message after `start_session`.

    Attributes:
        resume_token: continues this session on another connection; replaces the one before.
        resumed: whether this is the session that was to be resumed, or a fresh one.
        seq: number of the newest event.
        list: what is on the list as of `seq`.
        suggestions: what waits for the shopper's word, as of `seq`.
        received: `ref` of the requests that were dealt with lately, oldest first.
    """

    session_id: str
    resume_token: str
    resumed: bool
    seq: int
    language: str
    reply: Reply
    list: tuple[Item, ...]
    suggestions: tuple[Product, ...]
    received: tuple[str, ...]
    audio: AudioFormats
    limits: Limits


class ProductDetected(msgspec.Struct, frozen=True, tag="product_detected", omit_defaults=True):
    """The list has changed.

    Attributes:
        product: what was heard or done, in the amount that was said; its `id` is the item's.
        item: the item as it is now, ``None`` when it is gone.
        suggestion: `id` of the suggestion that this settles.
    """

    seq: int
    product: Product
    item: Item | None
    by: By
    ref: str | None = None
    suggestion: str | None = None


class ProductSuggested(msgspec.Struct, frozen=True, tag="product_suggested", omit_defaults=True):
    """Something was heard, but not surely: show it for confirmation, by the product's `id`."""

    seq: int
    product: Product
    ref: str | None = None


class ProductRetracted(msgspec.Struct, frozen=True, tag="product_retracted", omit_defaults=True):
    """The item or the suggestion `id` is gone: somebody took it back."""

    seq: int
    id: str
    reason: RetractionReason
    by: By
    ref: str | None = None


class Transcript(msgspec.Struct, frozen=True, tag="transcript", rename="camel"):
    """What was said so far; `final` when the utterance is over."""

    text: str
    is_user: bool
    final: bool = True


class AudioGap(msgspec.Struct, frozen=True, tag="audio_gap"):
    """`ms` milliseconds of speech could not be kept."""

    ms: int
    reason: GapReason


class SpokenAudio(msgspec.Struct, frozen=True, gc=False):
    """A piece of the model's spoken reply, PCM16 mono 24 kHz: a binary frame."""

    pcm: bytes


class Received(msgspec.Struct, frozen=True, tag="received"):
    """The request `ref` is dealt with: whatever came of it was told before."""

    ref: str


class Interrupted(msgspec.Struct, frozen=True, tag="interrupted"):
    """The shopper spoke into the reply: stop playing."""


class Error(msgspec.Struct, frozen=True, tag="error"):
    """Something went wrong.

    Attributes:
        message: for people; where a field is to blame, it begins with the field's name.
        code: from the closed list in docs/protocol.md.
        ref: the request that it is about.
    """

    message: str
    code: ErrorCode
    ref: str | None = None


class ErrorV2(msgspec.Struct, frozen=True, tag="error", omit_defaults=True):
    """Something went wrong.

    Attributes:
        message: for people; where a field is to blame, it begins with the field's name.
        code: from the closed list in docs/protocol.md.
        retryable: the same may succeed later.
        retry_after_ms: when it is worth trying, ``None`` where there is no telling.
        ref: the request that it is about.
    """

    message: str
    code: ErrorCode
    retryable: bool
    retry_after_ms: int | None = None
    ref: str | None = None


ServerMessageV1: TypeAlias = ProductDetectedV1 | TranscriptV1 | Status | ErrorV1 | Pong
ServerMessageV2: TypeAlias = (
    SessionInfo
    | ProductDetected
    | ProductSuggested
    | ProductRetracted
    | Transcript
    | AudioGap
    | Received
    | Interrupted
    | Status
    | ErrorV2
    | Pong
)
ServerMessage: TypeAlias = (
    SessionInfo
    | ListEvent
    | Transcript
    | AudioGap
    | SpokenAudio
    | Received
    | Interrupted
    | Status
    | Error
    | Pong
)
"""What a session says to its phone, whichever version the phone speaks."""
Frame: TypeAlias = str | bytes
Encode: TypeAlias = Callable[[ServerMessage], Frame | None]
_encoder = msgspec.json.Encoder()


def encode_v1(message: ServerMessage) -> str | None:
    """Print one message as a text frame of v1; ``None`` where v1 has no word for it."""
    said = _in_v1(message)
    return None if said is None else _encoder.encode(said).decode()


def encode_v2(message: ServerMessage) -> Frame:
    """Print one message as a frame of v2: text, or binary for sound."""
    if type(message) is SpokenAudio:
        return message.pcm
    return _encoder.encode(in_v2(message)).decode()


def _in_v1(message: ServerMessage) -> ServerMessageV1 | None:
    match message:
        case ListEvent():
            return ProductDetectedV1(_product_v1(message))
        case Transcript(text, is_user, final):
            return TranscriptV1(text, is_user) if final else None
        case AudioGap(ms):
            return ErrorV1(f"audio_data: {ms} ms of speech could not be kept")
        case Error(text):
            return ErrorV1(text)
        case Status() | Pong():
            return message
        case SessionInfo() | Received() | Interrupted() | SpokenAudio():
            return None
        case other:
            assert_never(other)


def _product_v1(event: ListEvent) -> Product:
    """Return the product of an event, by the event's own id, for phones that know no items."""
    retracted = event.kind == "retracted"
    return replace(
        event.product, id=event.key, action="remove" if retracted else event.product.action
    )


def in_v2(message: ServerMessage) -> ServerMessageV2 | SpokenAudio:
    """Return a message in the words of v2's wire."""
    match message:
        case ListEvent():
            return _event_v2(message)
        case Error(text, code, ref):
            after_ms = RETRY_AFTER_MS.get(code)
            return ErrorV2(text, code, after_ms is not None, after_ms, ref)
        case _:
            return message


def _event_v2(event: ListEvent) -> ProductDetected | ProductSuggested | ProductRetracted:
    match event.kind:
        case "detected":
            return ProductDetected(
                seq=event.seq,
                product=event.product,
                item=event.item,
                by=event.by,
                ref=event.ref,
                suggestion=event.suggestion,
            )
        case "suggested":
            return ProductSuggested(seq=event.seq, product=event.product, ref=event.ref)
        case "retracted":
            return ProductRetracted(
                seq=event.seq,
                id=event.product.id,
                reason=event.reason or "undone",
                by=event.by,
                ref=event.ref,
            )
        case other:
            assert_never(other)
