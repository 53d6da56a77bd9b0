"""What the HTTP endpoints answer: the service, its health, the sessions as admins see them."""

from __future__ import annotations

from typing import Literal, Self, TypeAlias

import msgspec

SessionStateName: TypeAlias = Literal[
    "idle", "connecting", "listening", "reconnecting", "draining", "parking", "stopped", "closed"
]

UpstreamKind: TypeAlias = Literal["gemini", "vertex", "emulator", "custom"]
"""``custom`` is whatever answers at an address that is not Google's, in place of Gemini."""

Degradation: TypeAlias = Literal["starting", "upstream", "store", "day_budget"]


class ServiceInfo(msgspec.Struct, frozen=True):
    """``GET /``. `timestamp` is ISO 8601 in UTC."""

    service: str
    version: str
    status: Literal["running", "draining"]
    active_sessions: int
    timestamp: str


class ProcessHealth(msgspec.Struct, frozen=True):
    """This process; `rss_bytes` is its resident memory."""

    pid: int
    uptime_s: float
    tasks: int
    rss_bytes: int


class BreakerView(msgspec.Struct, frozen=True):
    """What keeps an upstream that is down from being hammered by all sessions at once.

    Attributes:
        failures_in_a_row: openings that failed since the last that was answered.
        waiting: sessions in line for their turn to open a link.
        opening: openings under way.
        attempts_per_s_bound: openings that begin in a second at most; ``None`` while closed.
        burst_bound: openings that begin between the last answer and its opening, at most.
        opened_at: ISO 8601 in UTC; ``None`` while closed.
    """

    state: Literal["closed", "open"]
    failures_in_a_row: int
    waiting: int
    opening: int
    attempts_per_s_bound: float | None
    burst_bound: int
    opened_at: str | None


class UpstreamHealth(msgspec.Struct, frozen=True):
    """Gemini as this process has seen it; times are ISO 8601 in UTC, ``None`` is never.

    `breaker` is ``None`` for an upstream by itself, which sessions do not use. `problem` says why
    there is none yet, where that is known.
    """

    kind: UpstreamKind
    model: str
    url: str
    last_success: str | None
    last_failure: str | None
    last_failure_class: str | None
    open_links: int
    breaker: BreakerView | None = None
    problem: str | None = None


class StoreView(msgspec.Struct, frozen=True):
    """Where sessions are kept between connections.

    Attributes:
        parked: sessions without a connection; of a shared store, those that it is owed.
        live: sessions of a connection, kept besides.
        parked_bytes: what the parked ones take.
        available: it answers, as far as is known.
        problem: why it does not.
        owed: what it is to be told once it is back: sessions that were left while it was away.
    """

    kind: Literal["memory", "redis"]
    parked: int
    live: int
    parked_bytes: int
    available: bool = True
    problem: str | None = None
    owed: int = 0


class Health(msgspec.Struct, frozen=True):
    """``GET /health``. ``degraded``: it answers, but sessions cannot go on as they should.

    Attributes:
        degraded_by: why: Gemini is not ready yet, or its last word was a failure, or its breaker is
            open; the store does not answer; everybody's budget of the day is spent.
    """

    status: Literal["healthy", "degraded", "draining"]
    version: str
    active_sessions: int
    process: ProcessHealth
    upstream: UpstreamHealth
    store: StoreView
    degraded_by: tuple[Degradation, ...] = ()


class Probe(msgspec.Struct, frozen=True):
    """``GET /livez`` and ``GET /readyz``."""

    status: Literal["ok", "draining", "starting", "full"]


class SessionSummary(msgspec.Struct, frozen=True):
    """One row of ``GET /sessions``; times are ISO 8601 in UTC.

    `instance` is where it runs.
    """

    user_id: str
    session_id: str
    state: SessionStateName
    created_at: str
    last_activity: str
    instance: str = ""


class EndedSession(SessionSummary, frozen=True):
    """One that is over, as it was last, for those that watch; its `state` is ``closed``.

    Attributes:
        close_code: what its connection was closed with, by either side; ``None``: not known.
        ended_at: ISO 8601 in UTC; ``None``: not known, as of an instance that is gone.
    """

    close_code: int | None = None
    ended_at: str | None = None

    @classmethod
    def of(
        cls, row: SessionSummary, *, close_code: int | None = None, ended_at: str | None = None
    ) -> Self:
        """Return what `row` is once it is over."""
        known = {**msgspec.structs.asdict(row), "state": "closed"}
        return cls(**known, close_code=close_code, ended_at=ended_at)


class InstanceView(msgspec.Struct, frozen=True):
    """An instance by its name; `sessions` it has, ``None`` if it did not reply in time."""

    instance: str
    sessions: int | None


class Sessions(msgspec.Struct, frozen=True):
    """``GET /sessions``.

    Attributes:
        active_sessions: how many there are, on all pages together.
        complete: these are all; otherwise those of the instances that replied in time.
        unanswered: the instances that are known to be there, and did not.
        problem: why the answer is not complete.
        next: what `after` has to be for the next page; ``None``: this is the last.
        instances: those that are known to be there, with or without sessions, whichever sessions
            are asked for; the one that answers comes first.
    """

    active_sessions: int
    sessions: tuple[SessionSummary, ...]
    complete: bool = True
    unanswered: tuple[str, ...] = ()
    problem: str | None = None
    next: str | None = None
    instances: tuple[InstanceView, ...] = ()


class QueueView(msgspec.Struct, frozen=True):
    """A bounded queue: how full it is and was, in `unit`, and what it had to drop."""

    unit: Literal["ms", "messages", "bytes"]
    bound: int
    depth: int
    peak: int
    dropped: int


class TokensView(msgspec.Struct, frozen=True):
    """Tokens of one direction, summed over turns.

    Attributes:
        total: as Gemini counts them.
        by_modality: by Gemini's name in lower case: ``text``, ``audio``, and what else it names.
        unattributed: the total less the modalities' sum, below zero where they claim more than it.
    """

    total: int = 0
    by_modality: dict[str, int] = msgspec.field(default_factory=dict)
    unattributed: int = 0


class Estimate(msgspec.Struct, frozen=True):
    """Tokens by our own count: 25 a second of sound, one for each four characters.

    Attributes:
        prompt: sent to the model, the session's context included.
        response: made by the model.
    """

    prompt: TokensView = msgspec.field(default_factory=TokensView)
    response: TokensView = msgspec.field(default_factory=TokensView)

    @property
    def total(self) -> int:
        """All of them."""
        return self.prompt.total + self.response.total


class UsageView(msgspec.Struct, frozen=True):
    """What Gemini says that it billed, each turn once, and what else it will have.

    Attributes:
        turns: those that figures came for, one that is still open included.
        prompt: sent to the model; a session's context is billed again with every turn.
        response: made by the model.
        thoughts: made by the model and not shown; whether they are in the total is up to it.
        tool_use: results of tools that Google ran, sent back to the model.
        cached: those of the prompt's that were cached.
        total_reported: sum of the turns' own totals.
        remainder: `total_reported` less prompt and response; below zero where it is less.
        estimated: turns cut off before figures came; in none of the sums above.
    """

    turns: int = 0
    prompt: TokensView = msgspec.field(default_factory=TokensView)
    response: TokensView = msgspec.field(default_factory=TokensView)
    thoughts: int = 0
    tool_use: int = 0
    cached: int = 0
    total_reported: int = 0
    remainder: int = 0
    estimated: Estimate = Estimate()


class SessionDetail(msgspec.Struct, frozen=True):
    """``GET /sessions/{user_id}``; durations in seconds, times ISO 8601 in UTC.

    Attributes:
        instance: where it runs.
        cost: dollars that the tokens come to; ``None`` for a model whose price is not known.
        debugged: whether it writes a line in the log for each of its events.
    """

    user_id: str
    session_id: str
    state: SessionStateName
    created_at: str
    last_activity: str
    language: str
    link_age_s: float | None
    links_opened: int
    restarts: int
    last_error: str | None
    audio_s: float
    products: int
    prompt_tokens: int
    response_tokens: int
    uplink: QueueView
    inbox: QueueView
    outbox: QueueView
    usage: UsageView = msgspec.field(default_factory=UsageView)
    instance: str = ""
    cost: float | None = None
    debugged: bool = False


class Terminated(msgspec.Struct, frozen=True, omit_defaults=True):
    """``DELETE /sessions/{user_id}``.

    `unanswered` are instances that did not reply in time, and may have another one of the user's.
    """

    message: str
    unanswered: tuple[str, ...] = ()


class DebugSwitched(msgspec.Struct, frozen=True):
    """``PUT`` and ``DELETE /sessions/{user_id}/debug``."""

    message: str


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """An HTTP error; `error` says what is wrong and what to do.

    `unanswered` are instances that did not reply in time, where the answer is theirs to give;
    `reason` is one word for programs, where a token or a ticket is refused.
    """

    error: str
    unanswered: tuple[str, ...] = ()
    reason: str = ""


class Drains(msgspec.Struct, frozen=True):
    """``POST /drain``: `instance` takes no more sessions, and ends once it has none."""

    message: str
    instance: str


class Ticket(msgspec.Struct, frozen=True):
    """``POST /tickets``; `ticket` lets `user_id` connect once, within `expires_in_s` seconds."""

    ticket: str
    user_id: str
    expires_in_s: float


View: TypeAlias = (
    ServiceInfo
    | Health
    | Probe
    | Sessions
    | SessionDetail
    | Terminated
    | DebugSwitched
    | Drains
    | Ticket
    | Problem
)
_encoder = msgspec.json.Encoder()


def encode(view: View) -> bytes:
    """Print one answer as JSON."""
    return _encoder.encode(view)
