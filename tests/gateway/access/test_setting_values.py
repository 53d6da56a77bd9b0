from __future__ import annotations

import ipaddress

import pytest

from gateway.access import setting_values


@pytest.mark.parametrize(
    ("host", "only_here"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("[::1]", True),
        ("localhost", True),
        ("LOCALHOST", True),
        ("0.0.0.0", False),  # noqa: S104 - not listened on
        ("::", False),
        ("192.0.2.7", False),
        ("localhost.shop.example", False),
        ("gateway", False),
    ],
)
def test_only_what_this_machine_alone_reaches_is_loopback(host: str, *, only_here: bool) -> None:
    assert setting_values.is_loopback(host) is only_here


@pytest.mark.parametrize(
    "url",
    [
        "https://issuer.example/jwks.json",
        "https://issuer.example:8443/jwks?x=1",
        "http://localhost:9/keys",
        "http://127.0.0.1/keys",
        "http://[::1]:9/keys",
    ],
)
def test_keys_come_over_tls_or_from_this_machine(url: str) -> None:
    assert setting_values.key_set_url(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "http://issuer.example/jwks.json",
        "ftp://issuer.example/",
        "https://",
        "https://user@issuer.example/",
        "https://:password@issuer.example/",
        "https://issuer.example:0/",
        "https://issuer.example:99999/",
        "https://[",
        "https://issuer.example/#x",
        "https://issuer.example/a b",
        "issuer.example",
    ],
)
def test_keys_come_from_nowhere_else(url: str) -> None:
    with pytest.raises(ValueError, match=r"an address such as https://issuer\.example"):
        setting_values.key_set_url(url)


def test_origins_are_those_that_browsers_send() -> None:
    text = "https://Shop.example, https://shop.example:8443,http://localhost:3000,http://[::1]:1"
    assert setting_values.origins(text) == (
        "https://shop.example",
        "https://shop.example:8443",
        "http://localhost:3000",
        "http://[::1]:1",
    )


@pytest.mark.parametrize(
    "text",
    [
        "*",
        "https://*.shop.example",
        "shop.example",
        "https://shop.example/",
        "http://shop.example",
        "null",
        "https://shop.example,",
        "https://a b",
    ],
)
def test_an_origin_that_lets_too_many_in_is_none(text: str) -> None:
    with pytest.raises(ValueError, match=r"web origins separated by commas.*never \*"):
        setting_values.origins(text)


def test_hosts_are_names_with_or_without_those_below_them() -> None:
    text = "Voice.shop.example,*.shop.example, 192.0.2.7,[::1]"
    assert setting_values.hosts(text) == (
        "voice.shop.example",
        "*.shop.example",
        "192.0.2.7",
        "[::1]",
    )


@pytest.mark.parametrize("text", ["*", "*.", "https://a", "a:80", "a/b", "", "-a", "a..*"])
def test_a_host_that_is_no_name_is_none(text: str) -> None:
    with pytest.raises(ValueError, match="host names separated by commas"):
        setting_values.hosts(text)


def test_proxies_are_addresses_and_networks() -> None:
    assert setting_values.networks("10.0.0.5, 192.168.0.0/16,fd00::/8") == (
        ipaddress.ip_network("10.0.0.5/32"),
        ipaddress.ip_network("192.168.0.0/16"),
        ipaddress.ip_network("fd00::/8"),
    )


@pytest.mark.parametrize("text", ["proxy", "10.0.0.0/33", "10.0.0.1/8", "10.0.0.1,"])
def test_a_proxy_that_is_no_address_is_none(text: str) -> None:
    with pytest.raises(ValueError, match="addresses or networks separated by commas"):
        setting_values.networks(text)


@pytest.mark.parametrize("text", ["0.0.0.0/0", "::/0", "10.0.0.1,0.0.0.0/0"])
def test_nobody_trusts_everybody(text: str) -> None:
    with pytest.raises(ValueError, match="would let anybody name any address"):
        setting_values.networks(text)
