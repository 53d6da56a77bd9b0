"""Turns a spoken reply into the messages that carry it: audio in bursts, and its transcription."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest

from emulator.wire import ServerMessage, pieces, server_content

SAMPLE_RATE = 24_000
BYTES_PER_SECOND = SAMPLE_RATE * 2
CHUNK_BYTES = BYTES_PER_SECOND // 25
"""40 ms, about what the service sends; its exact size is not documented."""
CHUNKS_PER_BURST = 10
BURST_GAP_S = 0.1
"""Between bursts of 400 ms: four times as fast as it plays, as the service is fast but not even."""

_MIME_TYPE = f"audio/pcm;rate={SAMPLE_RATE}"


@dataclass(frozen=True, slots=True)
class Planned:
    """A message to send when the clock shows `due`, in seconds."""

    due: float
    message: ServerMessage


def duration_s(pcm: bytes) -> float:
    """Return how long a reply plays."""
    return len(pcm) / BYTES_PER_SECOND


def plan(
    pcm: bytes, transcript: str | None, *, start: float, one_field_per_event: bool
) -> Iterator[Planned]:
    """Yield a reply's messages in order, the transcription beside the audio it belongs to.

    Args:
        pcm: PCM16 little-endian mono at 24 kHz.
        transcript: What is said, or `None` when no transcription was asked for.
        start: When the first burst goes out.
        one_field_per_event: Whether transcription and audio need messages of their own.
    """
    chunks = [pcm[at : at + CHUNK_BYTES] for at in range(0, len(pcm), CHUNK_BYTES)]
    for at, (chunk, words) in enumerate(zip_longest(chunks, pieces(transcript or ""))):
        due = start + at // CHUNKS_PER_BURST * BURST_GAP_S
        fields: dict[str, object] = {}
        if chunk:
            fields["modelTurn"] = {
                "parts": [{"inlineData": {"mimeType": _MIME_TYPE, "data": chunk}}]
            }
        if words:
            fields["outputTranscription"] = {"text": words}
        events = (
            [{key: field} for key, field in fields.items()] if one_field_per_event else [fields]
        )
        for event in events:
            yield Planned(due, server_content(**event))
