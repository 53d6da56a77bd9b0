"""How a phone speaks to each contestant: what it opens with, how sound and products look."""

from __future__ import annotations

import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from bench.compare import frames, wire
from bench.compare.stamps import BYTES_PER_MS, STAMP_BYTES, rest_of

SHORT_LIST: Final = 10
LONG_LIST: Final = 400
"""Items; the protocol allows 500."""


class Dialect(Protocol):
    """What the load generator needs to know of a contestant's protocol.

    Attributes:
        headers: of the handshake.
        opening: what is sent first.
        silent: nothing says that a session can be spoken to.
    """

    headers: dict[str, str]
    opening: bytes
    silent: bool

    def path(self, user: str) -> str:
        """Return where a user connects to."""
        ...

    def around(self, chunk_ms: int, *, speech: bool) -> Envelope:
        """Return what stands around a chunk's stamp."""
        ...

    def ready(self, message: Mapping[str, Any]) -> bool:
        """Return whether a message says that the session can be spoken to."""
        ...

    def product(self, message: Mapping[str, Any]) -> tuple[int, bytes] | None:
        """Return the number of the product in a message, and what to answer at once."""
        ...


@dataclass(frozen=True, slots=True)
class Envelope:
    """A chunk's frame without its stamp.

    Attributes:
        before: header, mask and what stands before the stamp.
        after: the rest of the sound, and what stands behind it.
        base64: whether the stamp is to be written in base64.
        chunk_ms: how long the chunk is.
        speech: somebody speaks in it.
    """

    before: bytes
    after: bytes
    base64: bool
    chunk_ms: int
    speech: bool


def _text(message: str) -> bytes:
    return frames.frame(frames.TEXT, message.encode(), masked=True)


def _in_json(before: bytes, after: bytes, chunk_ms: int, *, speech: bool) -> Envelope:
    rest = binascii.b2a_base64(rest_of(chunk_ms, speech=speech), newline=False)
    stamp = STAMP_BYTES // 3 * 4
    length = len(before) + stamp + len(rest) + len(after)
    start = frames.header(frames.TEXT, length, masked=True)
    return Envelope(start + before, rest + after, True, chunk_ms, speech)  # noqa: FBT003 - base64


class V1:
    """Our protocol v1, which is also the seed's."""

    headers: dict[str, str] = {}  # noqa: RUF012 - nobody writes it
    opening = _text('{"type":"start_session","language":"pl-PL"}')
    silent = False

    def path(self, user: str) -> str:
        """Return where a user connects to."""
        return f"/ws/{user}"

    def around(self, chunk_ms: int, *, speech: bool) -> Envelope:
        """Return what stands around a chunk's stamp."""
        return _in_json(b'{"type":"audio_chunk","audio_data":"', b'"}', chunk_ms, speech=speech)

    def ready(self, message: Mapping[str, Any]) -> bool:
        """Return whether a message says that the session can be spoken to."""
        return message.get("status") == "listening"

    def product(self, message: Mapping[str, Any]) -> tuple[int, bytes] | None:
        """Return the number of the product in a message; nothing is answered."""
        if message["type"] != "product_detected":
            return None
        return int(message["product"]["quantity"]), b""


class V2(V1):
    """Our protocol v2: binary sound, acknowledged events."""

    headers: dict[str, str] = {"Sec-WebSocket-Protocol": "shopping.v2"}  # noqa: RUF012 - as above

    def around(self, chunk_ms: int, *, speech: bool) -> Envelope:
        """Return what stands around a chunk's stamp."""
        start = frames.header(frames.BINARY, chunk_ms * BYTES_PER_MS, masked=True)
        return Envelope(start, rest_of(chunk_ms, speech=speech), False, chunk_ms, speech)  # noqa: FBT003 - base64

    def product(self, message: Mapping[str, Any]) -> tuple[int, bytes] | None:
        """Return the number of the product in a message, and its acknowledgement."""
        found = super().product(message)
        return found and (found[0], _text(f'{{"type":"ack","seq":{message["seq"]}}}'))


class Listed(V2):
    """The same, of a phone that has a list already."""

    def __init__(self, items: int) -> None:
        listed = [{"id": f"item-{at}", "name": wire.name(at)} for at in range(items)]
        self.opening = _text(json.dumps({"type": "start_session", "list": listed}))


class Example(V2):
    """The protocol of Google's example: binary sound, and what the session says as JSON."""

    headers: dict[str, str] = {}  # noqa: RUF012 - as above
    opening = b""
    silent = True

    def path(self, user: str) -> str:
        """Return where everybody connects to."""
        del user
        return "/ws"

    def product(self, message: Mapping[str, Any]) -> tuple[int, bytes] | None:
        """Return the number of the product in a message; nothing is answered."""
        return (int(message["args"]["quantity"]), b"") if message["type"] == "tool_call" else None


class Gemini:
    """Gemini Live's own wire, through a tunnel: the phone is the client."""

    headers: dict[str, str] = {"x-goog-api-key": "a-key-for-measurements"}  # noqa: RUF012 - as above
    opening = _text('{"setup":{"model":"models/gemini-3.8-live"}}')
    silent = False

    def path(self, user: str) -> str:
        """Return Gemini's path."""
        del user
        return "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent"

    def around(self, chunk_ms: int, *, speech: bool) -> Envelope:
        """Return what stands around a chunk's stamp."""
        before = b'{"realtimeInput":{"audio":{"mimeType":"audio/pcm;rate=16000","data":"'
        return _in_json(before, b'"}}}', chunk_ms, speech=speech)

    def ready(self, message: Mapping[str, Any]) -> bool:
        """Return whether a message says that the session can be spoken to."""
        return "setupComplete" in message

    def product(self, message: Mapping[str, Any]) -> tuple[int, bytes] | None:
        """Return the number of the product in a message, and the answer that Gemini wants."""
        calls = message.get("toolCall", {}).get("functionCalls")
        if not calls:
            return None
        (call,) = calls
        answer = {"id": call["id"], "name": wire.FUNCTION, "response": {"result": "ok"}}
        text = json.dumps({"toolResponse": {"functionResponses": [answer]}})
        return int(call["args"]["quantity"]), _text(text)


DIALECTS: Final[dict[str, Dialect]] = {
    "v1": V1(),
    "v2": V2(),
    "v2-short-list": Listed(SHORT_LIST),
    "v2-long-list": Listed(LONG_LIST),
    "example": Example(),
    "gemini": Gemini(),
}
