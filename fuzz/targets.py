"""What is fuzzed: each target takes a frame, and says what became of it or breaks its promise."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import msgspec

from gateway.descriptions.examples import FROM_PHONES
from schemas import client, gemini
from schemas.errors import ProtocolViolation

Outcome: TypeAlias = Literal["taken", "refused"]


class PromiseBroken(Exception):
    """Two ways of reading one frame do not agree."""


@dataclass(frozen=True, slots=True)
class Target:
    """One decoder.

    Attributes:
        name: for people.
        run: decodes a frame; what it raises is a finding.
        corpus: good frames to begin with.
    """

    name: str
    run: Callable[[bytes], Outcome]
    corpus: Sequence[bytes]


def _client(
    decode: Callable[[str | bytes], client.ClientMessage],
    speech: Callable[..., bytes | None],
    ack: Callable[[bytes], client.Ack | None],
) -> Callable[[bytes], Outcome]:
    """Return what reads a frame as text and as binary, by the short ways too, and compares."""

    def read(frame: str | bytes) -> client.ClientMessage | None:
        try:
            return decode(frame)
        except ProtocolViolation:
            return None

    def run(frame: bytes) -> Outcome:
        _same(speech(frame, text=False), read(frame), client.AudioChunk)
        pcm, acknowledged = speech(frame, text=True), ack(frame)
        try:
            text = frame.decode()
        except UnicodeDecodeError:
            # The server closes with 1007 before any decoder sees it.
            if pcm is not None or acknowledged is not None:
                raise PromiseBroken("what is no UTF-8 was taken") from None
            # What is left when each bad byte is a lone surrogate, which no decoder may choke on.
            text = frame.decode(errors="surrogateescape")
        message = read(text)
        _same(pcm, message, client.AudioChunk)
        if acknowledged is not None and acknowledged != message:
            raise PromiseBroken("the short way acknowledges something else")
        return "refused" if message is None else "taken"

    return run


def _same(
    pcm: bytes | None, message: client.ClientMessage | None, kind: type[client.AudioChunk]
) -> None:
    """Raise unless what the short way found is what the decoder found; it may find nothing."""
    if pcm is None:
        return
    if not isinstance(message, kind) or bytes(message.audio_data) != pcm:
        raise PromiseBroken("the short way found other speech")


def _gemini(frame: bytes) -> Outcome:
    try:
        message = gemini.decode(frame)
    except gemini.GeminiMessageInvalid:
        return "refused"
    repr(message)
    return "taken"


_FROM_GEMINI: Final = (
    b'{"setupComplete":{"sessionId":"s1"}}',
    (
        b'{"serverContent":{"modelTurn":{"role":"model","parts":[{"text":"a"},{"inlineData":'
        b'{"mimeType":"audio/pcm;rate=24000","data":"AAA="}},{"functionCall":{"name":"f","id":"p"}}]},'
        b'"inputTranscription":{"text":" mleko","languageCode":"pl"},"outputTranscription":'
        b'{"text":"dobrze"},"generationComplete":true,"turnComplete":true,"interrupted":true}}'
    ),
    (
        b'{"toolCall":{"functionCalls":[{"name":"add_products","id":"c1","args":{"products":'
        b'[{"name":"mleko","quantity":2,"unit":"l","confidence":0.9}]}}]}}'
    ),
    b'{"toolCallCancellation":{"ids":["c0","c1"]}}',
    b'{"sessionResumptionUpdate":{"newHandle":"h","resumable":true}}',
    b'{"goAway":{"timeLeft":"50s"}}',
    (
        b'{"usageMetadata":{"promptTokenCount":3,"responseTokenCount":4,"totalTokenCount":9,'
        b'"thoughtsTokenCount":2,"promptTokensDetails":[{"modality":"AUDIO","tokenCount":3}]}}'
    ),
)
_FROM_PHONES: Final = (
    *(msgspec.json.encode(message) for message in FROM_PHONES),
    b'{"type":"audio_chunk","audio_data":"' + b"AAAA" * 107 + b'"}',
    bytes(320),
)

TARGETS: Final = (
    Target(
        "client, protocol v1",
        _client(client.decode_v1, client.speech_v1, client.ack_v1),
        _FROM_PHONES,
    ),
    Target(
        "client, protocol v2",
        _client(client.decode_v2, client.speech_v2, client.ack_v2),
        _FROM_PHONES,
    ),
    Target("Gemini", _gemini, _FROM_GEMINI),
)
