"""A gateway's address as people type it."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from typing import Final
from urllib.parse import SplitResult, urlsplit

_MOST: Final = 65_535
_PORT: Final = "8000"
DEFAULT: Final = "the gateway of this machine, on the environment's PORT, else 8000"
"""What `here` returns, for people."""


class BadAddress(Exception):
    """What was given as the gateway's address is none."""


def split(url: str, *, schemes: Container[str], example: str) -> SplitResult:
    """Return the parts of `url`, which has one of `schemes`, a host and a possible port.

    Raises:
        BadAddress: it has not; the text shows `example`.
    """
    bad = BadAddress(f"{url}: not an address such as {example}")
    try:
        parts = urlsplit(url)
        usable = parts.scheme in schemes and parts.hostname and parts.port != 0
    except ValueError as exc:
        raise bad from exc
    if not usable:
        raise bad
    return parts


def here(scheme: str, environment: Mapping[str, str]) -> str:
    """Return the address of this machine's gateway: it listens where `PORT` says.

    Raises:
        BadAddress: nobody can be called there; the text begins with `PORT`.
    """
    port = environment.get("PORT", "").strip() or _PORT
    if not re.fullmatch(r"[0-9]{1,5}", port) or not 1 <= int(port) <= _MOST:
        raise BadAddress(f"PORT: a whole number from 1 to {_MOST}, or say where with --url")
    return f"{scheme}://localhost:{port}"
