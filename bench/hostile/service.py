"""How the service that is attacked is set up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bench.answers import ADMIN_TOKEN
from bench.hostile.case import Target
from bench.hostile.tokens import AUDIENCE, ISSUER

_SECRET: Final = "a-secret-of-forty-characters-for-attacks"  # noqa: S105 - opens nothing but a gateway of ours
SETTINGS: Final[Mapping[str, str]] = {
    "AUTH_JWT_SECRET": _SECRET,
    "AUTH_ISSUER": ISSUER,
    "AUTH_AUDIENCE": AUDIENCE,
    "AUTH_CLOCK_SKEW_S": "1",
    "ADMIN_ROLE": "admin",
    "ALLOWED_HOSTS": "127.0.0.1",
}
"""Beside those of `bench.processes`."""


def target(port: int) -> Target:
    """Return it, for one case."""
    return Target(port, _SECRET, ADMIN_TOKEN)
