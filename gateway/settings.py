"""The service's settings: read from the environment once, every wrong one named with its remedy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias, get_type_hints

from actors.policy import SessionPolicy
from gateway.access_settings import AccessSettings
from gateway.limit_settings import LimitSettings
from gateway.session_settings import SessionSettings
from gateway.setting_values import (
    Secret,
    Variable,
    matching,
    number,
    one_of,
    password_of,
    whole,
    word,
)
from gateway.telemetry_settings import TelemetrySettings
from gateway.upstream_settings import UpstreamSettings
from gateway.wake_ups import APART_MS

Ears: TypeAlias = Literal["auto", "pocketsphinx", "tones", "none"]
LogLevel: TypeAlias = Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]
_instance = matching(r"[A-Za-z0-9._-]{1,128}", "1 to 128 characters of A-Z a-z 0-9 . _ -")


class WrongSettings(Exception):
    """The operator's doing: settings that cannot be served with.

    Attributes:
        problems: one sentence for each, naming the variable and the remedy.
    """

    def __init__(self, *problems: str) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


@dataclass(frozen=True, kw_only=True)
class Settings(LimitSettings, AccessSettings, TelemetrySettings, SessionSettings, UpstreamSettings):
    """What the operator chose. Each field's variable, default and meaning stand beside it.

    The fields of the upstream come first, then those of sessions, of telemetry, of access, of
    limits and of the process.
    """

    max_frame_bytes: Annotated[
        int,
        Variable(
            "MAX_FRAME_BYTES",
            "1048576",
            whole(131_072, 67_108_864),
            "A larger frame closes the phone's socket with 1009; a smaller one that the protocol "
            "does not allow only gets an `error`.",
        ),
    ]
    host: Annotated[
        str,
        Variable(
            "HOST",
            "127.0.0.1",
            word,
            "Address to listen on; `0.0.0.0` for all of this machine's, as in a container.",
        ),
    ]
    port: Annotated[
        int, Variable("PORT", "8000", whole(0, 65_535), "TCP port; 0 takes any free one.")
    ]
    wake_ups_apart_ms: Annotated[
        float,
        Variable(
            "WAKE_UPS_APART_MS",
            f"{APART_MS:g}",
            number(0, 50),
            "Milliseconds from one wake-up for speech to the next at least, once phones speak so "
            "much that they come faster; what Gemini says never waits. 0: as they come.",
        ),
    ]
    log_level: Annotated[
        LogLevel,
        Variable(
            "LOG_LEVEL",
            "INFO",
            one_of("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"),
            "The least severe lines that are written.",
        ),
    ]
    instance_id: Annotated[
        str | None,
        Variable(
            "INSTANCE_ID",
            "",
            _instance,
            "The name of this instance, which no other that runs may have; unset: host, process "
            "and a random part.",
        ),
    ]
    ears: Annotated[
        Ears,
        Variable(
            "EMULATOR_EARS",
            "auto",
            one_of("auto", "pocketsphinx", "tones", "none"),
            "How an emulator started by the service hears: by PocketSphinx, sentences that are "
            "sent as tones, not at all, or by what is installed.",
        ),
    ]

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Settings:
        """Read every variable.

        Raises:
            WrongSettings: with all that is wrong, not only the first.
        """
        found: dict[str, object] = {}
        problems: list[str] = []
        for name, variable in variables().items():
            try:
                found[name] = variable.read(environment)
            except ValueError as exc:
                problems.append(str(exc))
        if problems:
            raise WrongSettings(*problems)
        settings = cls(**found)  # type: ignore[arg-type]  # every parser gives its field's type; a test holds it
        if contradictions := settings.contradictions():
            raise WrongSettings(*contradictions)
        return settings

    def contradictions(self) -> list[str]:
        """Return what is wrong although each value by itself is not."""
        problems = [
            *self.upstream_contradictions(),
            *self.session_contradictions(),
            *self.access_contradictions(self.host, self.metrics_token),
            *self.limit_contradictions(model=self.model, max_frame_bytes=self.max_frame_bytes),
        ]
        if self.connect_timeout_s >= self.outage_s:
            problems.append(
                f"CONNECT_TIMEOUT_S is {self.connect_timeout_s:g}, and OUTAGE_S is "
                f"{self.outage_s:g}: set OUTAGE_S to more, or a link is tried once only"
            )
        return problems

    @property
    def policy(self) -> SessionPolicy:
        """The bounds, timeouts and limits of every session."""
        return self.limited(super().policy)

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """Everything that no log line may show."""
        return tuple(
            secret
            for secret in (
                self.gemini_api_key,
                self.google_api_key,
                self.admin_token,
                self.jwt_secret,
                self.metrics_token,
                self.session_store,
                self.session_store and password_of(self.session_store),
            )
            if secret is not None
        )


def variables() -> dict[str, Variable[object]]:
    """Return each variable by the name of its field, in order."""
    return {
        name: variable
        for name, hint in get_type_hints(Settings, include_extras=True).items()
        for variable in getattr(hint, "__metadata__", ())
    }
