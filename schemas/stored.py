"""A session as it is stored between connections, and the only code that writes and reads that."""

from __future__ import annotations

import zlib
from typing import Final, TypeAlias

import msgspec

from schemas.admin import Estimate, TokensView, UsageView
from schemas.client import Reply
from schemas.gemini import FunctionResponse, ToolResponse
from schemas.shopping_list import Item, ListEvent, Operation, Said, Step, Suggestion

StoredText: TypeAlias = tuple[str, str | None]
"""A typed sentence, and the request that it came with."""
_LEVEL: Final = 1
"""zlib's fastest: a session of 30 items shrinks to a third, in a few hundred microseconds."""
_WINDOW_BITS: Final = 12
_MEMORY_LEVEL: Final = 5
"""zlib's working memory: 32 KiB. Its default of 256 KiB a call, taken and given back while sessions
begin, left holes in the heap: 45 KiB of them a session."""
_WORTH_PACKING: Final = 1_024
"""Bytes; a session that has hardly begun is kept as it is."""
_PLAIN: Final = b"\x90"
"""msgpack's arrays begin at this byte or above, zlib's streams with a lower one."""
_LARGEST: Final = 16 << 20
"""Bytes that a stored session is unpacked to at most."""


class StoredCall(msgspec.Struct, frozen=True, array_like=True):
    """One function call that was seen.

    Attributes:
        id: Gemini's.
        answer: what it was answered, ``None`` if it was cancelled before it came.
        said: its products, each with the key of its operation in the log.
        cancelled: Gemini has taken it back.
    """

    id: str
    answer: FunctionResponse | None
    said: tuple[tuple[Said, str], ...] = ()
    cancelled: bool = False


class StoredList(msgspec.Struct, frozen=True, array_like=True):
    """The list, its log, and what the phone has not acknowledged."""

    items: tuple[Item, ...] = ()
    suggestions: tuple[Suggestion, ...] = ()
    log: tuple[Operation, ...] = ()
    seq: int = 0
    events: tuple[ListEvent, ...] = ()
    refs: tuple[str, ...] = ()
    group: int = 0


class StoredCalls(msgspec.Struct, frozen=True, array_like=True):
    """What the calls of the conversation were, should some of it be said again.

    Attributes:
        known: the newest calls, oldest first.
        said_again: products that were announced and may be called for again, and how often.
        repeats: sentences that one turn may be about.
    """

    known: tuple[StoredCall, ...] = ()
    said_again: tuple[tuple[Said, int], ...] = ()
    repeats: int = 0


class StoredUplink(msgspec.Struct, frozen=True, array_like=True):
    """What Gemini has not acted on when the session was left.

    Attributes:
        said: in order, speech as PCM16 mono 16 kHz, ``None`` where the microphone was closed, and
            typed sentences, each with the request that it came with.
        answers: to function calls, which may not have arrived.
        remarks: what the model is to know, and may not.
        untold_ms: milliseconds of speech that were lost and that nobody was told of.
    """

    said: tuple[bytes | StoredText | None, ...] = ()
    answers: tuple[ToolResponse, ...] = ()
    remarks: tuple[str, ...] = ()
    untold_ms: int = 0


class StoredContext(msgspec.Struct, frozen=True, array_like=True):
    """What it takes to estimate a turn that is cut off.

    Attributes:
        tokens: what the model is given with each turn.
        estimate: of the turn that was cut off last, as long as Gemini may still say what it billed.
    """

    tokens: TokensView = TokensView()
    estimate: Estimate = Estimate()


class StoredSession(msgspec.Struct, frozen=True, array_like=True):
    """Everything that outlives a connection.

    Attributes:
        created_at: Unix seconds.
        handles: Gemini's resumption handles, oldest first.
        gemini_since: when the session began that they belong to, in Unix seconds.
        audio_ms: how much was spoken in all.
    """

    session_id: str
    user_id: str
    created_at: float
    language: str
    reply: Reply = "none"
    list: StoredList = StoredList()
    calls: StoredCalls = StoredCalls()
    uplink: StoredUplink = StoredUplink()
    handles: tuple[str, ...] = ()
    usage: UsageView = UsageView()
    audio_ms: int = 0
    links_opened: int = 0
    products: int = 0
    gemini_since: float = 0.0
    context: StoredContext = StoredContext()


class StoredInvalid(Exception):
    """Stored bytes that are no session: of another release, or damaged."""


_encoder = msgspec.msgpack.Encoder()
_sessions = msgspec.msgpack.Decoder(StoredSession)
_steps = msgspec.msgpack.Decoder(Step)


def pack(session: StoredSession) -> bytes:
    """Write a session."""
    plain = _encoder.encode(session)
    if len(plain) < _WORTH_PACKING:
        return plain
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _WINDOW_BITS, _MEMORY_LEVEL)
    return packer.compress(plain) + packer.flush()


def unpack(packed: bytes) -> StoredSession:
    """Read what `pack` wrote.

    Raises:
        StoredInvalid: it was not written by `pack`, or by that of another release.
    """
    try:
        if packed[:1] < _PLAIN:
            packed = zlib.decompressobj().decompress(packed, _LARGEST)
        return _sessions.decode(packed)
    except (zlib.error, msgspec.DecodeError) as exc:
        raise StoredInvalid(str(exc)) from exc


def pack_step(step: Step) -> bytes:
    """Write a step."""
    return _encoder.encode(step)


def unpack_step(packed: bytes) -> Step:
    """Read what `pack_step` wrote.

    Raises:
        StoredInvalid: it was not written by `pack_step`, or by that of another release.
    """
    try:
        return _steps.decode(packed)
    except msgspec.DecodeError as exc:
        raise StoredInvalid(str(exc)) from exc
