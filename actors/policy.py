"""The bounds and timeouts of one session."""

from __future__ import annotations

from dataclasses import dataclass, field

from actors.allowance import Rates
from actors.caps import Budgets
from actors.restart import RestartPolicy
from actors.rotation import Ages


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
        drain_s: how long a session may go on once this instance was told to go.
        connection_age_s: the oldest that a phone's connection may get; 0: any age.
        violations: bad frames tolerated in any `violations_period_s`.
        violations_period_s: length of that sliding window.
        restart: when a lost link is opened again.
        ages: the oldest that Gemini lets a connection and a session get.
        stall_s: how long an answer to speech may take before the link is given up.
        silence_s: how long Gemini may say nothing at all while sound without speech goes out.
        drain_speed: how many times faster than it was spoken speech is sent after a gap.
        merge_up_to_ms: milliseconds of speech that has piled up which go out as one message.
        phone_grace_s: how long a phone that has gone may take to come back in mid-sentence.
        resume_window_s: how long a parked session can be resumed.
        suggest_below: what is heard with less confidence is put to the shopper first.
        rates: what a phone may send a second.
        idle_s: how long a phone may say nothing; 0 is for ever.
        age_s: how old a session may get, over all its connections; 0 is as old as it likes.
        budgets: what may be spent.
    """

    language: str = "pl-PL"
    uplink_ms: int = 15_000
    inbox_messages: int = 256
    outbox_bytes: int = 1 << 20
    client_send_timeout_s: float = 20.0
    stop_quiet_s: float = 0.6
    stop_limit_s: float = 6.0
    drain_s: float = 7.0
    connection_age_s: float = 3_540.0
    violations: int = 20
    violations_period_s: float = 10.0
    restart: RestartPolicy = field(default_factory=RestartPolicy)
    ages: Ages = field(default_factory=Ages)
    stall_s: float = 8.0
    silence_s: float = 120.0
    drain_speed: float = 4.0
    merge_up_to_ms: int = 200
    phone_grace_s: float = 2.0
    resume_window_s: float = 600.0
    suggest_below: float = 0.5
    rates: Rates = field(default_factory=Rates)
    idle_s: float = 1_800.0
    age_s: float = 86_400.0
    budgets: Budgets = field(default_factory=Budgets)
