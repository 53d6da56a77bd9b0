"""One example or more of every message and every answer, as the types themselves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from schemas import admin, client, server
from schemas.product import Product
from schemas.shopping_list import Item

_ITEM_ID: Final = "0a7c5d87-ac3d-55e4-95f4-11e0c4cb7fc1"
_SUGGESTION_ID: Final = "77ab1f7e-58a2-5b6c-9d3e-2f1f7f0f1b9a"
_SESSION_ID: Final = "5f0c2a52-6f0b-4d53-9a51-0d2a7b1f0c11"
_MILK: Final = Product(_ITEM_ID, "mleko", "add", 1, "l", "Nabiał", 0.95, 1_795_371_131)
_BUTTERMILK: Final = Product(
    _SUGGESTION_ID, "maślanka", "add", 1, "l", "Nabiał", 0.35, 1_795_371_140
)
_ITEM: Final = Item(_ITEM_ID, "mleko", 3, "l", "Nabiał")

FROM_PHONES: Final[tuple[client.ClientMessage, ...]] = (
    client.StartSession(),
    client.StartSession("en-US"),
    client.AudioChunk(bytes(client.MIN_AUDIO_BYTES)),
    client.StopSession(),
    client.Ping(),
    client.StartListSession(),
    client.StartListSession(
        language="pl-PL",
        resume=client.Resume("q1W2e3R4t5Y6", 7),
        list=(client.ListedItem("a1", "mleko", 2, "l", "Nabiał"),),
        reply="none",
    ),
    client.AudioEnd(),
    client.Text("dodaj mleko", "t-1"),
    client.Ack(7),
    client.Edit(
        (
            client.AddItem("mleko", 2, "l"),
            client.UpdateItem(_ITEM_ID, quantity=3),
            client.RemoveItem("a1"),
        ),
        "e-1",
    ),
    client.Undo("u-1"),
    client.Confirm(_SUGGESTION_ID, "c-1"),
    client.Reject(_SUGGESTION_ID, "r-1"),
    client.Auth("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbm5hIn0.c2lnbmF0dXJl", "a-1"),
)

TO_PHONES: Final[tuple[server.ServerMessageV1 | server.ServerMessageV2, ...]] = (
    server.ProductDetectedV1(_MILK),
    server.TranscriptV1("dodaj mleko", is_user=True),
    server.Status("listening", "Gemini Live API ready"),
    server.ErrorV1("audio_data: Invalid base64 encoded string"),
    server.Pong(),
    server.SessionInfo(
        session_id=_SESSION_ID,
        resume_token="mB0pYw6V3n",  # noqa: S106 - an example
        resumed=False,
        seq=0,
        language="pl-PL",
        reply="audio",
        list=(_ITEM,),
        suggestions=(),
        received=(),
        audio=server.AudioFormats(
            output=server.AudioFormat(sample_rate=server.REPLY_SAMPLE_RATE),
        ),
        limits=server.Limits(
            resume_window_s=600, uplink_buffer_ms=15_000, unacknowledged_events=500
        ),
    ),
    server.ProductDetected(seq=8, product=_MILK, item=_ITEM, by="model"),
    server.ProductDetected(
        seq=11,
        product=msgspec.structs.replace(_MILK, action="remove", confidence=1.0),
        item=None,
        by="shopper",
        ref="e-1",
    ),
    server.ProductSuggested(seq=9, product=_BUTTERMILK),
    server.ProductRetracted(seq=10, id=_SUGGESTION_ID, reason="rejected", by="shopper", ref="r-1"),
    server.Transcript("dodaj ml", is_user=True, final=False),
    server.Transcript("dodaj mleko", is_user=True),
    server.AudioGap(480, "no_link"),
    server.Received("t-1"),
    server.Interrupted(),
    server.ErrorV2("list: it holds 500 items", "list_full", retryable=False, ref="e-1"),
    server.ErrorV2(
        "Gemini cannot be reached; try again later.",
        "gemini_unreachable",
        retryable=True,
        retry_after_ms=5_000,
    ),
)

_AT: Final = "2026-11-22T10:00:00+00:00"
_UPSTREAM: Final = admin.UpstreamHealth(
    kind="gemini",
    model="gemini-3.8-live",
    url="Google's own",
    last_success=_AT,
    last_failure=None,
    last_failure_class=None,
    open_links=1,
    breaker=admin.BreakerView("closed", 0, 0, 0, None, 24, None),
)
SERVICE: Final = admin.ServiceInfo("gemini-live-gateway", "0.1.0", "running", 1, _AT)
HEALTH: Final = admin.Health(
    status="healthy",
    version="0.1.0",
    active_sessions=1,
    process=admin.ProcessHealth(pid=7, uptime_s=86_400.5, tasks=12, rss_bytes=96 << 20),
    upstream=_UPSTREAM,
    store=admin.StoreView("memory", parked=2, live=1, parked_bytes=9_216),
)
_INSTANCE: Final = "gateway-1-7-5f0c2a52"
OTHER_INSTANCE: Final = "gateway-2-7-0d2a7b1f"
SESSIONS: Final = admin.Sessions(
    1,
    (admin.SessionSummary("anna", _SESSION_ID, "listening", _AT, _AT, _INSTANCE),),
    complete=False,
    unanswered=(OTHER_INSTANCE,),
    problem="not every instance replied in time",
    instances=(admin.InstanceView(_INSTANCE, 1), admin.InstanceView(OTHER_INSTANCE, None)),
)
DRAINS: Final = admin.Drains(f"Instance {OTHER_INSTANCE} drains", OTHER_INSTANCE)
SESSION: Final = admin.SessionDetail(
    user_id="anna",
    session_id=_SESSION_ID,
    state="listening",
    created_at=_AT,
    last_activity=_AT,
    language="pl-PL",
    link_age_s=61.2,
    links_opened=2,
    restarts=1,
    last_error="1011 Internal error encountered.",
    audio_s=58.4,
    products=3,
    prompt_tokens=1_460,
    response_tokens=96,
    uplink=admin.QueueView("ms", 15_000, 100, 900, 0),
    inbox=admin.QueueView("messages", 256, 0, 3, 0),
    outbox=admin.QueueView("bytes", 1 << 20, 0, 812, 0),
    usage=admin.UsageView(
        turns=3,
        prompt=admin.TokensView(1_460, {"text": 420, "audio": 1_040}),
        response=admin.TokensView(96, {"text": 96}),
        total_reported=1_556,
    ),
    instance=_INSTANCE,
)
TICKET: Final = admin.Ticket("nBq2Wl0o6dYc4Ck", "anna", 30)
TERMINATED: Final = admin.Terminated(f"Session {_SESSION_ID} terminated")


def of(kind: type[msgspec.Struct]) -> Iterator[object]:
    """Yield the examples of a message, as JSON has them."""
    for sent in FROM_PHONES:
        if type(sent) is kind:
            yield _slim(as_json(sent))
    for received in TO_PHONES:
        if type(received) is kind:
            yield as_json(received)


def as_json(example: msgspec.Struct) -> object:
    """Return `example` as it is parsed from JSON."""
    parsed: object = msgspec.json.decode(msgspec.json.encode(example))
    return parsed


def _slim(value: object) -> object:
    """Return it without what phones may leave out."""
    match value:
        case dict():
            return {name: _slim(part) for name, part in value.items() if part not in (None, [])}
        case list():
            return [_slim(part) for part in value]
        case _:
            return value
