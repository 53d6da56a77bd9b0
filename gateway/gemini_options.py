"""Where Gemini is and how to get in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from schemas.admin import UpstreamKind

_GOOGLES: Final = ".googleapis.com"
"""How the names of all hosts of Google's interfaces end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UpstreamOptions:
    """What it takes to open a link.

    Attributes:
        kind: whose interface is spoken: that of Google's Developer API, of Vertex AI, or the
            emulator of our own.
        model: the model's name, without ``models/``.
        api_key: for the Developer API and for Vertex AI's express mode; never shown.
        base_url: ``https://…``, `None` for Google's own.
        api_version: pinned, because the SDK's default changes between releases.
        ca_file: PEM file with the certificates to trust; `None` for certifi's.
        connect_timeout_s: for everything up to Gemini's acceptance of the setup.
        project: Vertex AI's project.
        location: Vertex AI's location.
    """

    kind: Literal["gemini", "vertex", "emulator"]
    model: str
    api_key: str | None = field(repr=False)
    base_url: str | None = None
    api_version: str = "v1beta"
    ca_file: str | None = None
    connect_timeout_s: float = 15.0
    project: str | None = None
    location: str | None = None

    @property
    def known_as(self) -> UpstreamKind:
        """What may be said of it: whoever is at an address that is not Google's is not known."""
        if self.kind == "emulator" or self.base_url is None:
            return self.kind
        host = urlsplit(self.base_url).hostname or ""
        return self.kind if host.endswith(_GOOGLES) else "custom"
