"""What follows from the end of a Gemini link: one table of codes, statuses and texts, with sources.

Pure. docs/link.md shows the same table; a test holds the two together.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Final

from schemas.messages import ClosedBy


class Verdict(enum.Enum):
    """What follows."""

    TRANSIENT = "transient"
    """Open another link and go on where the last one was."""
    WITHOUT_HANDLE = "resume without the handle"
    """Open another link, but do not resume: the handle or the session behind it is at fault."""
    REFUSED = "refused"
    """It would be refused again: tell the client why, do not retry."""


class Why(enum.Enum):
    """Why a link is refused, as a shopper's app shows it; Google's own words are for the log."""

    ACCESS = "Speech is not processed: this service has no access to Gemini at the moment."
    QUOTA = "Speech is not processed: Gemini has no room for this service at the moment."
    MODEL = "Speech is not processed: the model this service asks for is not there."
    SETUP = "Speech is not processed: Gemini does not take what this service asks for."


@dataclass(frozen=True, slots=True)
class Ending:
    """One row: which ends of a link it is about, and what follows.

    Attributes:
        codes: WebSocket close codes and HTTP statuses; empty: any.
        texts: parts of Google's reason, in lower case, of which one must be there; empty: any.
        verdict: what follows.
        why: what the client is told if that is, or comes down to, a refusal; `None` for what
            passes.
        source: where this was seen or is written.
        after_opening: whether it is about links that were open for a while only.
    """

    codes: frozenset[int]
    texts: tuple[str, ...]
    verdict: Verdict
    why: Why | None
    source: str
    after_opening: bool = False


@dataclass(frozen=True, slots=True)
class Judgement:
    """What follows from one end of a link, and what to say if that is a refusal."""

    verdict: Verdict
    why: Why | None
    start_over: bool = False
    """Whether no handle of this session is worth trying, not only the last one tried."""


def _row(  # noqa: PLR0913 - a row has as many columns as it has
    codes: tuple[int, ...],
    texts: tuple[str, ...],
    verdict: Verdict,
    why: Why | None,
    source: str,
    *,
    after_opening: bool = False,
) -> Ending:
    return Ending(frozenset(codes), texts, verdict, why, source, after_opening)


TABLE: Final[tuple[Ending, ...]] = (
    _row(
        (401, 403), (), Verdict.REFUSED, Why.ACCESS, "AIP-193: UNAUTHENTICATED, PERMISSION_DENIED"
    ),
    _row((429,), (), Verdict.REFUSED, Why.QUOTA, "AIP-193: RESOURCE_EXHAUSTED"),
    _row((400, 404), (), Verdict.WITHOUT_HANDLE, Why.SETUP, "AIP-193: INVALID_ARGUMENT, NOT_FOUND"),
    _row(
        (1007, 1008, 1011, 1013),
        ("api key", "billing"),
        Verdict.REFUSED,
        Why.ACCESS,
        "Gemini's own text “API key expired. Please renew the API key.”; googleapis/python-genai",
    ),
    _row(
        (1007, 1008, 1011, 1013),
        ("resource_exhausted", "quota", "maximum concurrent"),
        Verdict.REFUSED,
        Why.QUOTA,
        "Gemini's own text “RESOURCE_EXHAUSTED: Maximum concurrent se…”",
    ),
    _row(
        (1008,),
        ("is not found for api version", "publisher model"),
        Verdict.REFUSED,
        Why.MODEL,
        "Gemini's own text “models/X is not found for API version V, or is not supported …”",
    ),
    _row(
        (1008,),
        ("operation is not implemented",),
        Verdict.TRANSIENT,
        None,
        "passes, around tool calls: googleapis/js-genai#1236, livekit/agents#4545",
        after_opening=True,
    ),
    _row(
        (1007,),
        (),
        Verdict.WITHOUT_HANDLE,
        Why.SETUP,
        "a resume that is not taken: discuss.ai.google.dev/186392, googleapis/python-genai#2290; "
        "a context that is exhausted: livekit/agents",
    ),
    _row((1008,), (), Verdict.WITHOUT_HANDLE, Why.SETUP, "RFC 6455 §7.4.1: policy violation"),
    _row(
        (1000, 1001),
        (),
        Verdict.TRANSIENT,
        None,
        "the connection's lifetime is over: ai.google.dev/gemini-api/docs/live-session",
    ),
    _row((1006,), (), Verdict.TRANSIENT, None, "RFC 6455 §7.1.5: no close frame; python-genai#668"),
    _row(
        (1011,),
        ("internal error", "unavailable"),
        Verdict.TRANSIENT,
        None,
        "googleapis/python-genai#985, #986, #760, #812",
    ),
    _row(
        (1011,),
        ("deadline expired",),
        Verdict.TRANSIENT,
        None,
        "a goAway that was not followed: sokuji#179; 58 minutes: discuss.ai.google.dev/186392",
    ),
    _row(
        (1011,),
        ("thread was cancelled",),
        Verdict.TRANSIENT,
        None,
        "Gemini's own text “Thread was cancelled when writing StartStep status…”",
    ),
    _row((1009, 1012, 1013), (), Verdict.TRANSIENT, None, "RFC 6455 §7.4.1 and IANA's registry"),
    _row(
        (408, 500, 502, 503, 504),
        (),
        Verdict.TRANSIENT,
        None,
        "AIP-193: INTERNAL, UNAVAILABLE, DEADLINE_EXCEEDED",
    ),
)
"""The first row that fits decides; what fits none is transient."""

_START_OVER: Final = frozenset({1007})
"""Codes after which an older handle is no better: the session behind the handles is at fault."""


def judge(
    code: int, reason: str, *, closed_by: ClosedBy, lived: bool, fresh_may_work: bool
) -> Judgement:
    """Decide what follows from a link's end.

    Args:
        code: WebSocket close code, or HTTP status of a refused upgrade.
        reason: Google's text.
        closed_by: who ended it. What Gemini did not say itself is the network's, or our own
            doing (a timeout, a keepalive): transient.
        lived: it had been open for a while.
        fresh_may_work: a link without a handle may be granted, because this one had a handle, or
            lived; otherwise the setup itself is at fault.
    """
    row = _row_for(code, reason.lower(), lived=lived) if closed_by == "peer" else None
    if row is None:
        return Judgement(Verdict.TRANSIENT, None)
    hopeless = row.verdict is Verdict.WITHOUT_HANDLE and not fresh_may_work
    verdict = Verdict.REFUSED if hopeless else row.verdict
    return Judgement(verdict, row.why, start_over=code in _START_OVER)


def _row_for(code: int, text: str, *, lived: bool) -> Ending | None:
    for row in TABLE:
        if (
            code in row.codes
            and (not row.texts or any(part in text for part in row.texts))
            and (lived or not row.after_opening)
        ):
            return row
    return None
