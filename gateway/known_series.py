"""The series that counters show before anything has happened.

A rise is seen between two scrapes only: of a series that comes into being with its first event,
Prometheus sees none. So what an alert looks at stands at 0 from the start.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Final, get_args

from actors.endings import Verdict
from actors.tally import Key
from schemas.close_codes import CloseCode
from schemas.messages import ClosedBy

TROUBLE: Final[Mapping[str, Sequence[str]]] = {
    "WARNING": (
        "anybody_may_speak",
        "breaker_opened",
        "budget_low",
        "budget_spent",
        "close_not_taken",
        "cluster_message_invalid",
        "cluster_not_listening",
        "cluster_request_passed_over",
        "emulator_ended",
        "emulator_serves",
        "gemini_message_invalid",
        "lease_lost",
        "link_lost",
        "link_stalled",
        "messages_not_taken",
        "older_connection_not_parked",
        "owed_session_fenced",
        "redis_away",
        "redis_wiped",
        "session_fenced",
        "session_lacks_events",
        "speech_lost",
        "spending_not_counted",
        "store_unavailable",
        "stored_session_invalid",
        "ticket_not_given",
        "token_keys_unavailable",
        "token_refused",
    ),
    "ERROR": ("cluster_request_broke", "service_broke", "session_broke", "token_keys_broke"),
}
"""Events by severity; docs/operations.md says what each is, and a test holds this to it."""

_AT_LIMITS: Final = (
    "address_connects",
    "address_sessions",
    "admin_calls",
    "admin_failures",
    "age",
    "budget",
    "full",
    "idle",
    "large_request",
    "pipeline",
    "slow_message",
    "slow_reader",
    "slow_request",
    "too_deep",
    "too_fast",
    "too_large",
    "too_many_frames",
    "too_slow",
    "user_connects",
    "user_tickets",
    "violations",
    "watchers",
)
"""Of docs/limits.md."""
_WITHOUT_ACCESS: Final = (
    "anonymous",
    "bad_ticket",
    "cannot_check",
    "expired",
    "malformed",
    "no_claim",
    "no_user",
    "nothing_shown",
    "other_user",
    "ticket",
    "too_early",
    "two_shown",
    "unknown_key",
    "wrong_algorithm",
    "wrong_audience",
    "wrong_issuer",
    "wrong_key",
    "wrong_signature",
)
"""Of docs/access.md."""
_OTHERWISE: Final = (
    "bad_handshake",
    "bad_request",
    "bad_subprotocol",
    "bad_user_id",
    "draining",
    "starting",
    "host",
    "metrics_token",
    "no_admin",
    "origin",
    "switched_off",
    "wrong_token",
)
"""Of docs/operations.md."""
CAUSES: Final = (*_AT_LIMITS, *_WITHOUT_ACCESS, *_OTHERWISE)
"""What refusals are counted under; a test holds this to the documents."""

SERIES: Final[Mapping[str, Sequence[Key]]] = {
    "events": [(event, severity) for severity, events in TROUBLE.items() for event in events],
    "link_lost": list(product([each.value for each in Verdict], get_args(ClosedBy))),
    "link_opened": [("false",), ("true",)],
    "session_ended": [(str(code.value),) for code in CloseCode],
}
"""Labels by what is counted, as `gateway.metrics` names it."""
