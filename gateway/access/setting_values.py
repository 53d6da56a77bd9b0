"""How the settings of access are read: parsers like those of `gateway.setting_values`."""

from __future__ import annotations

import ipaddress
import re
from typing import Final, TypeAlias
from urllib.parse import urlsplit

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network
_HOST: Final = r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?"


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches `host`; a name that is not `localhost` may be any."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def key_set_url(text: str) -> str:
    """Parse the address of an issuer's keys: whoever can change what comes from it is anybody."""
    allowed = (
        "an address such as https://issuer.example/.well-known/jwks.json (http on loopback only), "
        "without a name or a password in it"
    )
    try:
        parts = urlsplit(text)
        host, odd = parts.hostname or "", parts.port == 0 or "@" in parts.netloc or parts.fragment
    except ValueError:
        raise ValueError(allowed) from None
    plain = parts.scheme == "http" and is_loopback(host)
    if not host or odd or not (plain or parts.scheme == "https") or re.search(r"\s", text):
        raise ValueError(allowed)
    return text


def origins(text: str) -> tuple[str, ...]:
    """Parse the origins of web pages, as browsers write them."""
    return tuple(_origin(each) for each in _several(text))


def _origin(text: str) -> str:
    allowed = (
        "web origins separated by commas, such as https://shop.example (never *; http on "
        "loopback only)"
    )
    if not re.fullmatch(rf"https?://(\[[0-9A-Fa-f:.]+\]|{_HOST})(:[0-9]{{1,5}})?", text):
        raise ValueError(allowed)
    if text.startswith("http:") and not is_loopback(urlsplit(text).hostname or ""):
        raise ValueError(allowed)
    return text.lower()


def hosts(text: str) -> tuple[str, ...]:
    """Parse the names by which the service is called."""
    return tuple(_host(each) for each in _several(text))


def _host(text: str) -> str:
    if not re.fullmatch(rf"\[[0-9A-Fa-f:.]+\]|(\*\.)?{_HOST}", text):
        raise ValueError(
            "host names separated by commas, without scheme and port, such as voice.shop.example "
            "or *.shop.example"
        )
    return text.lower()


def networks(text: str) -> tuple[Network, ...]:
    """Parse the addresses of proxies."""
    return tuple(_network(each) for each in _several(text))


def _network(text: str) -> Network:
    allowed = "addresses or networks separated by commas, such as 10.0.0.5,192.168.0.0/16"
    try:
        network = ipaddress.ip_network(text)
    except ValueError:
        raise ValueError(allowed) from None
    if network.prefixlen == 0:
        raise ValueError(f"{allowed}; all of them would let anybody name any address")
    return network


def _several(text: str) -> list[str]:
    return [part.strip() for part in text.split(",")]
