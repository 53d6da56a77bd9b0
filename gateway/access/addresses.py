"""Where a client is, seen through the proxies that are trusted."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from typing import Final, TypeAlias

from starlette.types import Scope

from gateway.access.setting_values import Network

_Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
_MOST_HOPS: Final = 20


class ClientAddresses:
    """Finds out clients' addresses.

    A proxy adds on the right of `X-Forwarded-For` where what it passes on comes from; everything
    to the left of the first that is not a trusted proxy may be made up.
    """

    def __init__(self, trusted: Sequence[Network]) -> None:
        self._trusted = tuple(trusted)

    def of(self, scope: Scope) -> str:
        """Return the client's address; empty if the connection has none, as over a Unix socket."""
        client = scope.get("client")
        if client is None:
            return ""
        nearest = _parsed(client[0])
        if nearest is None:
            return str(client[0])
        for hop in reversed(_hops(scope)):
            farther = _parsed(hop) if self._trusts(nearest) else None
            if farther is None:
                break
            nearest = farther
        return str(nearest)

    def _trusts(self, address: _Address) -> bool:
        return any(address in network for network in self._trusted)


def _hops(scope: Scope) -> list[str]:
    values = [value for name, value in scope["headers"] if name == b"x-forwarded-for"]
    return b",".join(values).decode("latin-1").rsplit(",", _MOST_HOPS)[-_MOST_HOPS:]


def _parsed(text: str) -> _Address | None:
    """Return an address that may have a port behind it, IPv4 as such where IPv6 holds it."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = getattr(address, "ipv4_mapped", None)
    return mapped or address
