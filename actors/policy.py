"""The bounds and timeouts of one session."""

from __future__ import annotations

from dataclasses import dataclass, field

from actors.restart import RestartPolicy


@dataclass(frozen=True, slots=True)
class SessionPolicy:
    """Bounds and timeouts; seconds unless the name says otherwise.

    Attributes:
        language: BCP 47 tag of what shoppers speak, unless they say otherwise.
        uplink_ms: milliseconds of speech kept while there is no link.
        inbox_messages: bound of the supervisor's inbox.
        outbox_bytes: what may wait for a phone that takes nothing.
        client_send_timeout_s: how long a phone may take nothing before it is closed with 4008.
        stop_quiet_s: silence of Gemini's after which a stopped session is over.
        stop_limit_s: how long a stopped session waits for Gemini at most.
        violations: bad frames tolerated in any `violations_period_s`.
        violations_period_s: length of that sliding window.
        restart: when a lost link is opened again.
    """

    language: str = "pl-PL"
    uplink_ms: int = 15_000
    inbox_messages: int = 256
    outbox_bytes: int = 1 << 20
    client_send_timeout_s: float = 20.0
    stop_quiet_s: float = 0.6
    stop_limit_s: float = 6.0
    violations: int = 20
    violations_period_s: float = 10.0
    restart: RestartPolicy = field(default_factory=RestartPolicy)
