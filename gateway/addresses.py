"""A gateway's address as people type it."""

from __future__ import annotations

from collections.abc import Container
from urllib.parse import SplitResult, urlsplit


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
