from __future__ import annotations

import pytest

from gateway.access.addresses import ClientAddresses
from gateway.access.setting_values import networks


def found(peer: str | None, *forwarded: str, trusted: str = "10.0.0.0/8,::1") -> str:
    scope = {
        "type": "http",
        "client": None if peer is None else (peer, 1),
        "headers": [(b"x-forwarded-for", value.encode("latin-1")) for value in forwarded],
    }
    return ClientAddresses(networks(trusted) if trusted else ()).of(scope)


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("192.0.2.7", (), "192.0.2.7"),
        ("192.0.2.7", ("198.51.100.1",), "192.0.2.7"),
        ("10.0.0.1", ("198.51.100.1",), "198.51.100.1"),
        ("10.0.0.1", ("1.2.3.4, 198.51.100.1",), "198.51.100.1"),
        ("10.0.0.1", ("1.2.3.4, 198.51.100.1, 10.0.0.9",), "198.51.100.1"),
        ("10.0.0.1", ("1.2.3.4", "198.51.100.1"), "198.51.100.1"),
        ("10.0.0.1", ("10.0.0.3, 10.0.0.2",), "10.0.0.3"),
        ("10.0.0.1", (), "10.0.0.1"),
        ("10.0.0.1", ("",), "10.0.0.1"),
        ("10.0.0.1", ("nonsense",), "10.0.0.1"),
        ("10.0.0.1", ("198.51.100.1, nonsense",), "10.0.0.1"),
        ("10.0.0.1", ("198.51.100.1:4711",), "198.51.100.1"),
        ("10.0.0.1", ("[2001:db8::1]:4711",), "2001:db8::1"),
        ("10.0.0.1", ("2001:DB8::1",), "2001:db8::1"),
        ("::ffff:10.0.0.1", ("198.51.100.1",), "198.51.100.1"),
        ("::1", ("::ffff:198.51.100.1",), "198.51.100.1"),
        ("10.0.0.1", (",".join(["1.1.1.1"] * 1_000 + ["10.0.0.2"] * 50),), "10.0.0.2"),
        ("/run/socket", ("198.51.100.1",), "/run/socket"),
        (None, ("198.51.100.1",), ""),
    ],
)
def test_proxies_are_believed_as_far_as_they_are_trusted(
    peer: str | None, forwarded: tuple[str, ...], address: str
) -> None:
    assert found(peer, *forwarded) == address


def test_without_trusted_proxies_nobody_is_believed() -> None:
    assert found("10.0.0.1", "198.51.100.1", trusted="") == "10.0.0.1"
