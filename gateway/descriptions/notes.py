"""What the descriptions say of single fields, where the types' docstrings do not.

Docstrings are for who reads the code, and say only what a name does not; whoever reads a
description has only the description. A test finds the field that neither explains.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from gateway.descriptions.codes import ERRORS, STATUSES
from schemas.client import MAX_AUDIO_BYTES, MIN_AUDIO_BYTES


def _base64(size: int) -> int:
    """Return how many characters of base64, padding included, `size` bytes are."""
    return -(-size // 3) * 4


BOUNDS: Final[Mapping[str, Mapping[str, Any]]] = {
    "AudioChunk.audio_data": {
        "minLength": _base64(MIN_AUDIO_BYTES),
        "maxLength": _base64(MAX_AUDIO_BYTES),
    },
    "Product.confidence": {"minimum": 0, "maximum": 1},
    "Product.quantity": {"exclusiveMinimum": 0},
    "Item.quantity": {"exclusiveMinimum": 0},
}
"""What holds of a field besides what its type says: words of JSON Schema, by `Type.field`."""

VALUES: Final[Mapping[str, Mapping[str, str]]] = {
    "Status.status": {name: f"`{message}`: {text}" for name, message, text in STATUSES},
    "ErrorV2.code": dict(ERRORS),
    "AudioGap.reason": {
        "no_link": "There was no link to Gemini for too long.",
        "not_heard": "The session ended before it was heard.",
    },
    "ProductRetracted.reason": {
        "undone": "The shopper took it back.",
        "cancelled": "Gemini took its call back.",
        "rejected": "The shopper rejected the suggestion.",
        "expired": "Too many suggestions waited for the shopper's word.",
    },
}
"""What each value of a field means, by `Type.field`."""

FIELDS: Final[Mapping[str, str]] = {
    # Products and items.
    "name": "what it is called: `mleko`.",
    "quantity": "how much.",
    "unit": "of the quantity: `l`, `kg`, `szt`, `pcs`.",
    "category": "where to find it: `Nabiał`, `Dairy`.",
    "Product.name": "canonical name in the session's language: `mleko`.",
    "Product.quantity": "how much was said; whole numbers have no decimals.",
    "Product.action": "what is done with it.",
    "Product.confidence": "how surely it was heard.",
    # What phones send.
    "StartSession.language": "BCP 47 tag of what is said; defaults to the service's.",
    "AudioChunk.audio_data": (
        "320 to 64 000 bytes of PCM, 16 bits, little-endian, mono, 16 kHz, in base64 (the standard "
        "alphabet, with padding); 100 ms a message suits most phones."
    ),
    "ListedItem.id": "the app's own.",
    "Text.text": "not only white space.",
    "Ack.seq": "number of the newest event that is stored; so are all before it.",
    "Edit.operations": (
        "carried out in order; names, units and categories are brought into the list's own form."
    ),
    "AddItem.id": "the app's own, if it has given it one.",
    "UpdateItem.id": "of the item.",
    "RemoveItem.id": "of the item.",
    "Confirm.id": "of the suggestion.",
    "Reject.id": "of the suggestion.",
    "Auth.token": "a JWT, as in the handshake.",
    # What phones receive.
    "ProductDetectedV1.product": "what was heard.",
    "TranscriptV1.text": "what was said.",
    "TranscriptV1.is_user": "`true`: the shopper's words; `false`: the model's.",
    "Status.status": "what the session is doing.",
    "Status.message": "for people.",
    "ErrorV1.message": "for people; where a field is to blame, it begins with the field's name.",
    "ErrorV2.code": "from a closed list.",
    "SessionInfo.session_id": "for the operator's logs.",
    "SessionInfo.language": "BCP 47 tag of what is said.",
    "SessionInfo.reply": "whether the model's answers come as sound.",
    "SessionInfo.audio": "how sound is written, both ways.",
    "SessionInfo.limits": "what the service takes and keeps.",
    "AudioFormats.input": "what the phone sends.",
    "AudioFormats.output": "what the phone receives.",
    "AudioFormat.encoding": "PCM, 16 bits, little-endian.",
    "AudioFormat.sample_rate": "samples per second.",
    "AudioFormat.channels": "1 is mono.",
    "Limits.min_audio_ms": "the shortest piece of speech in one message.",
    "Limits.max_audio_ms": "the longest.",
    "Limits.max_frame_characters": "the longest text frame that is read.",
    "Limits.max_text_characters": "the longest typed sentence.",
    "Limits.max_items": "on one list.",
    "Limits.max_operations": "in one `edit`.",
    "ProductSuggested.product": "what would be done; its `id` is the suggestion's.",
    "ProductRetracted.id": "of the item or of the suggestion.",
    "ProductRetracted.reason": "why it is gone.",
    "Transcript.text": "all of the utterance so far, not only what is new.",
    "Transcript.is_user": "`true`: the shopper's words; `false`: the model's.",
    "Transcript.final": "the utterance is over, and this is all of it.",
    "AudioGap.ms": "how much of it, in milliseconds.",
    "AudioGap.reason": "why.",
    "seq": "the event's number in the session: from 1, growing by one.",
    "by": "whose doing it is: `model` for what was said or typed, `shopper` for what a hand did.",
    "ref": (
        "the request's name, of the app's choice: a request whose `ref` was dealt with is ignored, "
        "and what follows from one carries its `ref`."
    ),
    # What the HTTP endpoints answer.
    "ServiceInfo.status": "`draining`: it is about to end and takes no new sessions.",
    "service": "the service's name.",
    "version": "the service's version.",
    "active_sessions": "sessions of this process.",
    "instance": "where it runs.",
    "Drains.message": "what is done.",
    "unanswered": "instances that did not reply in time.",
    "timestamp": "now, ISO 8601 in UTC.",
    "Health.status": "`degraded`: it answers, but sessions cannot go on as they should.",
    "Health.degraded_by": "Why: Gemini is not ready yet (`starting`), its last word was a failure "
    "or its breaker is open (`upstream`), the store does not answer, or what all may use today is "
    "used up (`day_budget`).",
    "Health.process": "this process.",
    "Health.upstream": "Gemini, as this process has seen it.",
    "Health.store": "where sessions are kept between connections.",
    "StoreView.kind": "`memory`: of this process; `redis`: shared by all instances.",
    "pid": "process id.",
    "uptime_s": "seconds since the start.",
    "tasks": "asyncio tasks.",
    "rss_bytes": "resident memory.",
    "UpstreamHealth.kind": "what sessions are connected to: Google's Developer API (`gemini`), "
    "Vertex AI, the emulator that the service runs itself, or what is at `url`, which is not "
    "Google's (`custom`).",
    "model": "the Live model.",
    "url": "where it is.",
    "last_success": "when a link was opened last.",
    "last_failure": "when that failed last, or a link was lost.",
    "last_failure_class": "what kind of failure that was.",
    "open_links": "links that are open.",
    "UpstreamHealth.problem": "why there is no upstream, where that is known: the emulator "
    "has ended.",
    "breaker": "what keeps an upstream that is down from being hammered.",
    "BreakerView.state": "`open`: one opening a second, until one is answered.",
    "Probe.status": "`ok`, or why new sessions are not taken.",
    "Sessions.active_sessions": "how many rows there are.",
    "Sessions.sessions": "one row each.",
    "Sessions.complete": "these are all; otherwise those of the instances that replied in time.",
    "Sessions.problem": "why the answer is not complete.",
    "InstanceView.instance": "its name, as `/drain?instance=` takes it.",
    "InstanceView.sessions": "how many it has; `null` if it did not reply in time.",
    "user_id": "as in the path of its WebSocket.",
    "session_id": "a UUID, as in the logs.",
    "state": "what the session is doing.",
    "created_at": "when it began.",
    "last_activity": "when its phone or Gemini said something last.",
    "SessionDetail.language": "BCP 47 tag of what is said.",
    "link_age_s": "of the open Gemini link; `null` without one.",
    "links_opened": "Gemini links so far.",
    "restarts": "Gemini links that were lost or not granted.",
    "last_error": "how the last link was lost.",
    "audio_s": "seconds of speech that came from the phone.",
    "products": "how many were announced.",
    "prompt_tokens": "`usage.prompt.total`.",
    "response_tokens": "`usage.response.total`.",
    "uplink": "speech that waits for Gemini, or for Gemini to act on it.",
    "inbox": "what waits for the session's attention.",
    "outbox": "what waits for the phone to take it.",
    "SessionDetail.usage": "tokens that Gemini says it billed, and those that are estimated.",
    "QueueView.unit": "what is counted.",
    "QueueView.bound": "the most that it holds.",
    "QueueView.depth": "what it holds now.",
    "QueueView.peak": "the most that it held.",
    "QueueView.dropped": "what it had no room for.",
    "DebugSwitched.message": "for people.",
    "Terminated.message": "for people.",
    "Ticket.ticket": "shown once: `?ticket=…`, or the subprotocol `ticket.…`.",
    "Ticket.expires_in_s": "seconds.",
    "Problem.reason": "one word for programs, where a token or a ticket is refused.",
    "Problem.error": "what is wrong, and what to do.",
}
"""Descriptions by `Type.field`, which go before the docstring's, or by the field's name alone."""
