"""The settings of what the service says of itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from gateway.setting_values import Secret, Variable, http_url, secret


@dataclass(frozen=True, kw_only=True)
class TelemetrySettings:
    """A part of `gateway.settings.Settings`."""

    metrics_token: Annotated[
        Secret | None,
        Variable(
            "METRICS_TOKEN",
            "",
            secret,
            "Bearer token that `/metrics` wants; unset: whoever reaches the port may read the "
            "numbers, which name no user. Another text than ADMIN_TOKEN; "
            "outside loopback 16 characters at least, as that.",
        ),
    ]
    otlp_endpoint: Annotated[
        str | None,
        Variable(
            "OTEL_EXPORTER_OTLP_ENDPOINT",
            "",
            http_url,
            "Base address of an OTLP/HTTP receiver that traces are sent to; unset: there are none. "
            "OpenTelemetry's variables for headers, certificates and sampling hold too.",
        ),
    ]
