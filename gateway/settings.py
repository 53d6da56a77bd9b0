"""The service's settings: read from the environment once, every wrong one named with its remedy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, TypeAlias, get_type_hints

from actors.policy import SessionPolicy
from actors.restart import RestartPolicy
from gateway.gemini_options import UpstreamOptions
from gateway.setting_values import (
    Secret,
    Variable,
    existing_file,
    https_url,
    matching,
    one_of,
    seconds,
    secret,
    switch,
    whole,
    word,
)

Ears: TypeAlias = Literal["auto", "pocketsphinx", "tones", "none"]
LogLevel: TypeAlias = Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]

_model = matching(r"[a-z0-9][a-z0-9.-]{2,99}", "a model's name such as gemini-3.8-live")
_version = matching(r"v[0-9]{1,3}((alpha|beta)[0-9]{0,3})?", "a version such as v1beta")
_language = matching(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", "a BCP 47 tag such as pl-PL")

_DEFAULT = SessionPolicy()


class WrongSettings(Exception):
    """The operator's doing: settings that cannot be served with.

    Attributes:
        problems: one sentence for each, naming the variable and the remedy.
    """

    def __init__(self, *problems: str) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the operator chose. Each field's variable, default and meaning stand beside it."""

    gemini_api_key: Annotated[
        Secret | None,
        Variable(
            "GEMINI_API_KEY",
            "",
            secret,
            "Key of the Gemini Developer API. Without it, and without Vertex AI, the service "
            "starts the emulator beside itself and says so.",
        ),
    ]
    google_api_key: Annotated[
        Secret | None,
        Variable(
            "GOOGLE_API_KEY",
            "",
            secret,
            "The same key under its other name; where both are set it is this one that is used, "
            "as google-genai does.",
        ),
    ]
    use_vertexai: Annotated[
        bool | None,
        Variable(
            "GOOGLE_GENAI_USE_VERTEXAI",
            "",
            switch,
            "`true`: through Vertex AI, with application default credentials, or with the key "
            "if there is one and neither project nor location.",
        ),
    ]
    use_enterprise: Annotated[
        bool | None,
        Variable(
            "GOOGLE_GENAI_USE_ENTERPRISE",
            "",
            switch,
            "google-genai's newer name for the same; where both are set this one decides.",
        ),
    ]
    project: Annotated[
        str | None,
        Variable(
            "GOOGLE_CLOUD_PROJECT",
            "",
            word,
            "Project for Vertex AI; unset: that of the application default credentials.",
        ),
    ]
    location: Annotated[
        str | None,
        Variable(
            "GOOGLE_CLOUD_LOCATION", "", word, "Region for Vertex AI; unset: google-genai's choice."
        ),
    ]
    gemini_base_url: Annotated[
        str | None,
        Variable(
            "GOOGLE_GEMINI_BASE_URL",
            "",
            https_url,
            "Another address of the Gemini Developer API, for example that of an emulator.",
        ),
    ]
    vertex_base_url: Annotated[
        str | None,
        Variable("GOOGLE_VERTEX_BASE_URL", "", https_url, "Another address of Vertex AI."),
    ]
    certificate: Annotated[
        Path | None,
        Variable(
            "SSL_CERT_FILE",
            "",
            existing_file,
            "PEM file of the certificates that upstream is checked against; unset: certifi's.",
        ),
    ]
    model: Annotated[str, Variable("GEMINI_MODEL", "gemini-3.8-live", _model, "The Live model.")]
    pinned_api_version: Annotated[
        str | None,
        Variable(
            "GEMINI_API_VERSION",
            "",
            _version,
            "Version of the Live API; unset: `v1beta`, on Vertex AI `v1beta1`.",
        ),
    ]
    connect_timeout_s: Annotated[
        float,
        Variable(
            "CONNECT_TIMEOUT_S",
            "15",
            seconds(1, 120),
            "Longest time from opening a Gemini link to its setup being accepted.",
        ),
    ]
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
    max_frame_bytes: Annotated[
        int,
        Variable(
            "MAX_FRAME_BYTES",
            "8388608",
            whole(131_072, 67_108_864),
            "A larger frame closes the phone's socket with 1009; a smaller one that the protocol "
            "does not allow only gets an `error`.",
        ),
    ]
    host: Annotated[
        str,
        Variable("HOST", "0.0.0.0", word, "Address to listen on."),  # noqa: S104 - a container is reached through any of its addresses
    ]
    port: Annotated[
        int, Variable("PORT", "8000", whole(0, 65_535), "TCP port; 0 takes any free one.")
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
    admin_token: Annotated[
        Secret | None,
        Variable(
            "ADMIN_TOKEN",
            "",
            secret,
            "Bearer token of the `/sessions` endpoints; unset: they answer 403.",
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
        if contradictions := _contradictions(settings):
            raise WrongSettings(*contradictions)
        return settings

    @property
    def api_key(self) -> Secret | None:
        """The key in use: google-genai prefers GOOGLE_API_KEY."""
        return self.google_api_key or self.gemini_api_key

    @property
    def vertex(self) -> bool:
        """Whether Vertex AI is used."""
        return bool(self.use_vertexai if self.use_enterprise is None else self.use_enterprise)

    @property
    def has_upstream(self) -> bool:
        """Whether sessions have something to talk to; otherwise an emulator must be started."""
        return self.vertex or self.api_key is not None

    @property
    def upstream(self) -> UpstreamOptions:
        """What sessions talk to. google-genai prefers a project or location to a key."""
        by_project = self.vertex and (self.project or self.location)
        key = None if by_project or self.api_key is None else self.api_key.text
        return UpstreamOptions(
            kind="vertex" if self.vertex else "gemini" if self.has_upstream else "emulator",
            model=self.model,
            api_key=key,
            base_url=self.vertex_base_url if self.vertex else self.gemini_base_url,
            api_version=self.pinned_api_version or ("v1beta1" if self.vertex else "v1beta"),
            ca_file=None if self.certificate is None else str(self.certificate),
            connect_timeout_s=self.connect_timeout_s,
            project=self.project if self.vertex else None,
            location=self.location if self.vertex else None,
        )

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

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """Everything that no log line may show."""
        return tuple(
            secret
            for secret in (self.gemini_api_key, self.google_api_key, self.admin_token)
            if secret is not None
        )


def variables() -> dict[str, Variable[object]]:
    """Return each variable by the name of its field, in order."""
    return {
        name: variable
        for name, hint in get_type_hints(Settings, include_extras=True).items()
        for variable in getattr(hint, "__metadata__", ())
    }


def _contradictions(settings: Settings) -> list[str]:
    """Return what is wrong although each value by itself is not."""
    problems = []
    if settings.gemini_base_url and not settings.has_upstream:
        problems.append(
            "GOOGLE_GEMINI_BASE_URL is set, but no key: set GEMINI_API_KEY too, or neither "
            "to run with the emulator"
        )
    upstream = settings.upstream
    if upstream.kind == "vertex" and upstream.base_url and upstream.api_key is None:
        needed = {
            "GOOGLE_CLOUD_PROJECT": upstream.project,
            "GOOGLE_CLOUD_LOCATION": upstream.location,
        }
        # google-genai would go there without any credentials.
        problems += [
            f"{name} is not set: set it, since GOOGLE_VERTEX_BASE_URL is"
            for name, value in needed.items()
            if value is None
        ]
    return problems
