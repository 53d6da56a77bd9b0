"""Before anybody is asked who they are: by what name they call us, and which web page sent them.

A page from elsewhere can make a browser connect to any address, a developer's machine included. The
browser tells by `Origin` where the page is from, and by `Host` what name it looked up.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from http import HTTPStatus
from typing import Final, NamedTuple

from starlette.types import Scope

_HOST: Final = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^:\[\]]+)(:[0-9]{0,5})?")
_PROBES: Final = frozenset({"/livez", "/readyz"})
"""Asked by the platform, by address."""
_HARMLESS: Final = frozenset({"GET", "HEAD", "OPTIONS"})


class Strayed(NamedTuple):
    """Why somebody is not let to the door.

    Attributes:
        reason: one word for logs and counters.
        status: the answer's.
        error: what is wrong, and what the operator can do.
    """

    reason: str
    status: HTTPStatus
    error: str


class Doorstep:
    """Looks at `Host` and `Origin`; pure."""

    def __init__(
        self, *, hosts: Sequence[str] | None, origins: Sequence[str], by_address: bool = False
    ) -> None:
        """Keep the rules.

        Args:
            hosts: names that the service has, `*.` before one for those below it; `None`: any.
            origins: of pages that may come from elsewhere.
            by_address: whether any address will do as well: nobody can have one looked up.
        """
        self._by_address = by_address
        self._hosts = None if hosts is None else frozenset(h for h in hosts if h[0] != "*")
        self._domains = tuple(host[1:] for host in hosts or () if host[0] == "*")
        self._origins = frozenset(origins)

    def strayed(self, scope: Scope) -> Strayed | None:
        """Return why the request goes no further; `None`: it does."""
        if scope["type"] == "http" and scope["path"] in _PROBES:
            return None
        if not self._is_ours(_values(scope, b"host")):
            return Strayed(
                "host",
                HTTPStatus.BAD_REQUEST,
                "Host: this service is not called that; its operator sets ALLOWED_HOSTS",
            )
        acts = scope["type"] == "websocket" or scope["method"] not in _HARMLESS
        if acts and not self.welcomes(scope):
            return Strayed(
                "origin",
                HTTPStatus.FORBIDDEN,
                "Origin: pages from there may not do this; the service's operator sets "
                "ALLOWED_ORIGINS",
            )
        return None

    def welcomes(self, scope: Scope) -> bool:
        """Whether the page that sent this may: ours, an allowed one, or no page at all."""
        origins = [each.lower() for each in _values(scope, b"origin")]
        return all(each in self._origins or _is_same(each, scope) for each in origins)

    def shared_with(self, scope: Scope) -> str | None:
        """Return the origin, of an allowed page from elsewhere, that may see the answer."""
        origins = _values(scope, b"origin")
        return origins[0] if len(origins) == 1 and origins[0].lower() in self._origins else None

    def _is_ours(self, called: list[str]) -> bool:
        if self._hosts is None:
            return True
        if len(called) != 1:
            return False
        name = _name_in(called[0])
        named = name in self._hosts or name.endswith(self._domains)
        return named or (self._by_address and _is_address(name))


def _values(scope: Scope, name: bytes) -> list[str]:
    return [value.decode("latin-1") for key, value in scope["headers"] if key == name]


def _name_in(host: str) -> str:
    """Return a `Host` without its port; empty if that is none."""
    found = _HOST.fullmatch(host)
    return found[1].lower().rstrip(".") if found else ""


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True


def _is_same(origin: str, scope: Scope) -> bool:
    """Whether `origin` is the host that was called; its scheme is the proxy's business."""
    scheme, _, called = origin.partition("://")
    if scheme not in {"http", "https"}:
        return False
    usual = f":{443 if scheme == 'https' else 80}"
    hosts = _values(scope, b"host")
    return len(hosts) == 1 and called.removesuffix(usual) == hosts[0].lower().removesuffix(usual)
