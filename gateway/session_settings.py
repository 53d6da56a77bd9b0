"""The settings of sessions: their language, their bounds and their timeouts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final

from actors.policy import SessionPolicy
from actors.restart import RestartPolicy
from actors.rotation import Ages
from gateway.setting_values import (
    Secret,
    Variable,
    matching,
    number,
    seconds,
    store_address,
    whole,
)

_language = matching(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", "a BCP 47 tag such as pl-PL")

_DEFAULT = SessionPolicy()
DRAIN_RESERVE_S: Final = 1.0
"""Of DRAIN_TIMEOUT: for the phone's close frame, the link's end and the store."""


@dataclass(frozen=True, kw_only=True)
class SessionSettings:
    """A part of `gateway.settings.Settings`."""

    language: Annotated[
        str,
        Variable(
            "SESSION_LANGUAGE",
            _DEFAULT.language,
            _language,
            "BCP 47 tag of what shoppers speak, unless `start_session` says otherwise.",
        ),
    ]
    uplink_ms: Annotated[
        int,
        Variable(
            "UPLINK_BUFFER_MS",
            f"{_DEFAULT.uplink_ms}",
            whole(1_000, 120_000),
            "Milliseconds of speech kept while there is no Gemini link; beyond, the oldest goes.",
        ),
    ]
    outbox_bytes: Annotated[
        int,
        Variable(
            "OUTBOX_BYTES",
            f"{_DEFAULT.outbox_bytes}",
            whole(524_288, 67_108_864),
            "Bytes that may wait for a phone that takes nothing.",
        ),
    ]
    client_send_timeout_s: Annotated[
        float,
        Variable(
            "CLIENT_SEND_TIMEOUT_S",
            f"{_DEFAULT.client_send_timeout_s:g}",
            seconds(1, 300),
            "A phone that takes nothing for this long is closed with 4008.",
        ),
    ]
    stop_quiet_s: Annotated[
        float,
        Variable(
            "STOP_QUIET_S",
            f"{_DEFAULT.stop_quiet_s:g}",
            seconds(0.1, 5),
            "Silence of Gemini's after which a stopped session is over.",
        ),
    ]
    stop_limit_s: Annotated[
        float,
        Variable(
            "STOP_LIMIT_S",
            f"{_DEFAULT.stop_limit_s:g}",
            seconds(0.5, 60),
            "How long a stopped session waits for Gemini at most; no more than DRAIN_TIMEOUT "
            "leaves a session.",
        ),
    ]
    drain_timeout_s: Annotated[
        float,
        Variable(
            "DRAIN_TIMEOUT",
            f"{_DEFAULT.drain_s + DRAIN_RESERVE_S:g}",
            seconds(2, 3_600),
            "Seconds after SIGTERM until the process ends, a second at most for closing sockets "
            "aside: sentences that are being said may finish meanwhile. Cloud Run kills it after "
            "10 s, Kubernetes after 30.",
        ),
    ]
    connection_age_s: Annotated[
        float,
        Variable(
            "CONNECTION_AGE_S",
            f"{_DEFAULT.connection_age_s:g}",
            seconds(0, 86_400),
            "The oldest that a phone's connection gets; before, it is closed with 1012 at a quiet "
            "moment, and the phone comes back on a new one. Cloud Run cuts it at its request "
            "timeout, an hour at most. 0: it gets as old as it likes.",
        ),
    ]
    link_restarts: Annotated[
        int,
        Variable(
            "LINK_RESTARTS",
            f"{_DEFAULT.restart.intensity}",
            whole(0, 100),
            "Losses of a session's Gemini link tolerated in any LINK_RESTARTS_PERIOD_S.",
        ),
    ]
    link_restarts_period_s: Annotated[
        float,
        Variable(
            "LINK_RESTARTS_PERIOD_S",
            f"{_DEFAULT.restart.period_s:g}",
            seconds(1, 3_600),
            "That sliding window.",
        ),
    ]
    outage_s: Annotated[
        float,
        Variable(
            "OUTAGE_S",
            f"{_DEFAULT.restart.outage_s:g}",
            seconds(1, 3_600),
            "How long a session tries to get a Gemini link that lasts before it gives up; waiting "
            "for its turn, while Gemini is down for everybody, counts.",
        ),
    ]
    link_age_s: Annotated[
        float,
        Variable(
            "LINK_AGE_S",
            f"{_DEFAULT.ages.link_s:g}",
            seconds(5, 86_400),
            "The oldest that Gemini lets one connection get; it is left for a new one before.",
        ),
    ]
    session_age_s: Annotated[
        float,
        Variable(
            "SESSION_AGE_S",
            f"{_DEFAULT.ages.session_s:g}",
            seconds(5, 86_400),
            "The oldest that Gemini lets a session get over all its connections; before, a fresh "
            "one is begun, with the shopping list.",
        ),
    ]
    stall_s: Annotated[
        float,
        Variable(
            "STALL_S",
            f"{_DEFAULT.stall_s:g}",
            seconds(0.5, 60),
            "A link on which speech gets no answer for this long is given up; less than "
            "UPLINK_BUFFER_MS, because what was said meanwhile is said again on the next.",
        ),
    ]
    silence_s: Annotated[
        float,
        Variable(
            "SILENCE_S",
            f"{_DEFAULT.silence_s:g}",
            seconds(5, 3_600),
            "The same for sound that holds no speech, while Gemini says nothing at all; no less "
            "than STALL_S.",
        ),
    ]
    drain_speed: Annotated[
        float,
        Variable(
            "DRAIN_SPEED",
            f"{_DEFAULT.drain_speed:g}",
            number(1.5, 20),
            "How many times faster than it was spoken speech that has piled up is sent.",
        ),
    ]
    merge_up_to_ms: Annotated[
        int,
        Variable(
            "MERGE_UP_TO_MS",
            f"{_DEFAULT.merge_up_to_ms}",
            whole(0, 2_000),
            "Milliseconds of speech that has piled up which go to Gemini as one message; a chunk "
            "by itself never waits for another. 0: each chunk is a message.",
        ),
    ]

    resume_window_s: Annotated[
        float,
        Variable(
            "SESSION_RESUME_WINDOW",
            f"{_DEFAULT.resume_window_s:g}",
            seconds(1, 7_200),
            "How long a session of protocol v2 can be resumed after its phone has gone; Gemini's "
            "own resumption handles are good for two hours.",
        ),
    ]
    phone_grace_s: Annotated[
        float,
        Variable(
            "PHONE_GRACE_S",
            f"{_DEFAULT.phone_grace_s:g}",
            seconds(0, 30),
            "How long a phone that has gone without a word may take to come back in mid-sentence, "
            "before what was said is taken to be over.",
        ),
    ]
    suggest_below: Annotated[
        float,
        Variable(
            "SUGGEST_BELOW",
            f"{_DEFAULT.suggest_below:g}",
            number(0, 1),
            "What is heard with less confidence is put to the shopper first (protocol v2).",
        ),
    ]
    session_store: Annotated[
        Secret | None,
        Variable(
            "SESSION_STORE",
            "memory",
            store_address,
            "Where sessions are kept between connections: `memory`, for a single instance, or the "
            "address of a Redis that all instances share, `redis://…` or, over TLS, `rediss://…`.",
        ),
    ]
    parked_sessions: Annotated[
        int,
        Variable(
            "PARKED_SESSIONS",
            "10000",
            whole(0, 1_000_000),
            "Sessions without a connection that this instance keeps; beyond that the oldest goes. "
            "With a Redis, those that are left while it is away.",
        ),
    ]
    parked_bytes: Annotated[
        int,
        Variable(
            "PARKED_BYTES",
            "134217728",
            whole(0, 17_179_869_184),
            "What they may take in memory; beyond that the oldest goes.",
        ),
    ]

    @property
    def drain_s(self) -> float:
        """How long a session may go on after SIGTERM."""
        return self.drain_timeout_s - DRAIN_RESERVE_S

    @property
    def policy(self) -> SessionPolicy:
        """The bounds and timeouts of every session."""
        return SessionPolicy(
            language=self.language,
            uplink_ms=self.uplink_ms,
            outbox_bytes=self.outbox_bytes,
            client_send_timeout_s=self.client_send_timeout_s,
            stop_quiet_s=self.stop_quiet_s,
            stop_limit_s=self.stop_limit_s,
            drain_s=self.drain_s,
            connection_age_s=self.connection_age_s,
            restart=RestartPolicy(
                intensity=self.link_restarts,
                period_s=self.link_restarts_period_s,
                outage_s=self.outage_s,
            ),
            ages=Ages(link_s=self.link_age_s, session_s=self.session_age_s),
            stall_s=self.stall_s,
            silence_s=self.silence_s,
            drain_speed=self.drain_speed,
            merge_up_to_ms=self.merge_up_to_ms,
            phone_grace_s=self.phone_grace_s,
            resume_window_s=self.resume_window_s,
            suggest_below=self.suggest_below,
        )

    def session_contradictions(self) -> list[str]:
        """Return what is wrong although each value by itself is not."""
        problems = []
        kept_s = self.uplink_ms / 1000
        if self.stall_s >= kept_s:
            problems.append(
                f"STALL_S is {self.stall_s:g}, and UPLINK_BUFFER_MS keeps {kept_s:g} s: what a "
                f"stalled link did not hear would be lost; set STALL_S to less than {kept_s:g}"
            )
        if self.silence_s < self.stall_s:
            problems.append(
                f"SILENCE_S is {self.silence_s:g}: set it to STALL_S ({self.stall_s:g}) or more"
            )
        if self.stop_limit_s > self.drain_s:
            problems.append(
                f"STOP_LIMIT_S is {self.stop_limit_s:g}, and of DRAIN_TIMEOUT "
                f"({self.drain_timeout_s:g}) a session has {self.drain_s:g} s: set STOP_LIMIT_S to "
                f"{self.drain_s:g} or less, or DRAIN_TIMEOUT to "
                f"{self.stop_limit_s + DRAIN_RESERVE_S:g} or more"
            )
        if 0 < self.connection_age_s < 2 * self.drain_timeout_s:
            problems.append(
                f"CONNECTION_AGE_S is {self.connection_age_s:g}, and DRAIN_TIMEOUT is "
                f"{self.drain_timeout_s:g}: set CONNECTION_AGE_S to twice that or more, or to 0"
            )
        return problems
