"""How the service that is attacked is set up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bench.answers import ADMIN_TOKEN
from bench.hostile.case import Target, an_address
from bench.hostile.tokens import AUDIENCE, ISSUER

_SECRET: Final = "a-secret-of-forty-characters-for-attacks"  # noqa: S105 - opens nothing but a gateway of ours
SETTINGS: Final[Mapping[str, str]] = {
    "AUTH_JWT_SECRET": _SECRET,
    "AUTH_ISSUER": ISSUER,
    "AUTH_AUDIENCE": AUDIENCE,
    "AUTH_CLOCK_SKEW_S": "1",
    "ADMIN_ROLE": "admin",
    "ALLOWED_HOSTS": "127.0.0.1",
    "MAX_SESSIONS": "200",
    "SESSIONS_PER_ADDRESS": "25",
    "CONNECTS_PER_USER": "40",
    "CONNECTS_PER_ADDRESS": "60",
    "REQUEST_TIMEOUT_S": "3",
    "IDLE_LIMIT_S": "20",
}
"""Beside those of `bench.processes`."""


def target(port: int) -> Target:
    """Return it, for one case."""
    return Target(port, _SECRET, ADMIN_TOKEN, an_address())
