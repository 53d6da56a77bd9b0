"""The settings of sessions: their language, their bounds and their timeouts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from actors.policy import SessionPolicy
from actors.restart import RestartPolicy
from gateway.setting_values import Variable, matching, seconds, whole

_language = matching(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", "a BCP 47 tag such as pl-PL")

_DEFAULT = SessionPolicy()


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
            whole(65_536, 67_108_864),
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
            seconds(0.5, 7),
            "How long a stopped or drained session waits for Gemini at most; no more than 7, "
            "since the process exits within 10 s of SIGTERM.",
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
            restart=RestartPolicy(
                intensity=self.link_restarts, period_s=self.link_restarts_period_s
            ),
        )
