"""The settings of the upstream: where Gemini is, as whom we come, and which model is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from gateway.gemini_options import UpstreamOptions
from gateway.setting_values import (
    Secret,
    Variable,
    existing_file,
    https_url,
    matching,
    seconds,
    secret,
    switch,
    word,
)

_model = matching(r"[a-z0-9][a-z0-9.-]{2,99}", "a model's name such as gemini-3.8-live")
_version = matching(r"v[0-9]{1,3}((alpha|beta)[0-9]{0,3})?", "a version such as v1beta")


@dataclass(frozen=True, kw_only=True)
class UpstreamSettings:
    """A part of `gateway.settings.Settings`."""

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
            "Project for Vertex AI; unset: that of the application default credentials. The log's "
            "traces are found in it.",
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

    def upstream_contradictions(self) -> list[str]:
        """Return what is wrong although each value by itself is not."""
        problems = []
        if self.gemini_base_url and not self.has_upstream:
            problems.append(
                "GOOGLE_GEMINI_BASE_URL is set, but no key: set GEMINI_API_KEY too, or neither "
                "to run with the emulator"
            )
        upstream = self.upstream
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
