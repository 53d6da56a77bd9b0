"""Errors that name a broken promise on a wire, and the closed list of codes that phones are told.

Exception
└── ProtocolViolation   the client sent a frame that the wire format does not allow
"""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

ErrorCode: TypeAlias = Literal[
    "malformed",
    "unknown_type",
    "invalid_field",
    "invalid_audio",
    "too_large",
    "too_deep",
    "too_fast",
    "already_started",
    "not_started",
    "unknown_item",
    "nothing_to_undo",
    "list_full",
    "too_many_texts",
    "not_processed",
    "not_authenticated",
    "cannot_authenticate",
    "gemini_no_access",
    "gemini_no_room",
    "gemini_no_model",
    "gemini_bad_setup",
    "gemini_unreachable",
    "budget_low",
    "budget_spent",
]
"""Every `code` of an `error` of protocol v2; docs/protocol.md explains each."""

RETRY_AFTER_MS: Final[dict[ErrorCode, int]] = {
    "too_fast": 5_000,
    "too_many_texts": 2_000,
    "not_processed": 1_000,
    "cannot_authenticate": 5_000,
    "gemini_no_room": 30_000,
    "gemini_unreachable": 5_000,
}
"""The codes after which the same request may succeed, and when it is worth trying."""


class ProtocolViolation(Exception):
    """A client frame that the wire format does not allow.

    Attributes:
        field: the name of the field at fault, ``frame`` when it is the frame as a whole. Safe to
            log: it comes from the schema, never from what the client wrote.
        problem: what is wrong with it, for the client. May quote what the client wrote.
        code: what kind of error it is.
        ref: the request that it is about, as the client called it.
    """

    def __init__(
        self,
        field: str,
        problem: str,
        code: ErrorCode = "invalid_field",
        *,
        ref: str | None = None,
    ) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field
        self.problem = problem
        self.code: ErrorCode = code
        self.ref = ref
