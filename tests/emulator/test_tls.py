from __future__ import annotations

import datetime as dt
import ssl
from pathlib import Path

import pytest

from emulator import tls

NOW = dt.datetime.now(dt.UTC)


def handshake(server: ssl.SSLContext, client: ssl.SSLContext, hostname: str) -> None:
    """Shake hands in memory; raises `ssl.SSLError` when the client does not trust the server."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [
        server.wrap_bio(to_server, to_client, server_side=True),
        client.wrap_bio(to_client, to_server, server_hostname=hostname),
    ]
    while ends:
        for end in list(ends):
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
            ends.remove(end)


@pytest.mark.parametrize("hostname", ["localhost", "127.0.0.1", "::1"])
def test_a_strict_client_that_trusts_the_file_trusts_the_server(
    tmp_path: Path, hostname: str
) -> None:
    minted = tls.mint(tmp_path / "state", NOW)
    client = ssl.create_default_context(cafile=str(minted.certificate))
    client.verify_flags |= ssl.VERIFY_X509_STRICT
    handshake(minted.server_context(), client, hostname)


@pytest.mark.parametrize("host", ["192.0.2.7", "shop.internal"])
def test_the_address_listened_on_is_vouched_for_too(tmp_path: Path, host: str) -> None:
    minted = tls.mint(tmp_path, NOW, host=host)
    client = ssl.create_default_context(cafile=str(minted.certificate))
    for hostname in (host, "localhost"):
        handshake(minted.server_context(), client, hostname)


def test_nobody_else_is_vouched_for(tmp_path: Path) -> None:
    minted = tls.mint(tmp_path, NOW)
    client = ssl.create_default_context(cafile=str(minted.certificate))
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(minted.server_context(), client, "example.com")


def test_a_certificate_is_used_again_while_it_serves(tmp_path: Path) -> None:
    first = tls.reuse_or_mint(tmp_path, NOW, host="shop.internal")
    key, certificate = first.key.read_bytes(), first.certificate.read_bytes()
    again = tls.reuse_or_mint(tmp_path, NOW + dt.timedelta(days=28), host="shop.internal")
    assert (again.key.read_bytes(), again.certificate.read_bytes()) == (key, certificate)
    assert tls.reuse_or_mint(tmp_path, NOW).certificate.read_bytes() == certificate


@pytest.mark.parametrize(
    ("later", "host"),
    [
        (dt.timedelta(days=30), "localhost"),
        (dt.timedelta(days=-1), "localhost"),
        (dt.timedelta(0), "192.0.2.7"),
    ],
)
def test_a_certificate_that_does_not_serve_is_replaced(
    tmp_path: Path, later: dt.timedelta, host: str
) -> None:
    first = tls.mint(tmp_path, NOW).certificate.read_bytes()
    assert tls.reuse_or_mint(tmp_path, NOW + later, host=host).certificate.read_bytes() != first


def test_a_certificate_is_replaced_when_its_key_is_not_the_one_beside_it(tmp_path: Path) -> None:
    minted = tls.mint(tmp_path / "a", NOW)
    minted.key.write_bytes(tls.mint(tmp_path / "b", NOW).key.read_bytes())
    client = ssl.create_default_context(cafile=str(minted.certificate))
    again = tls.reuse_or_mint(tmp_path / "a", NOW)
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(again.server_context(), client, "localhost")


@pytest.mark.parametrize("name", ["certificate.pem", "key.pem"])
def test_a_certificate_that_cannot_be_read_is_replaced(tmp_path: Path, name: str) -> None:
    tls.mint(tmp_path, NOW)
    (tmp_path / name).write_text("nonsense")
    tls.reuse_or_mint(tmp_path, NOW).server_context()


def test_the_key_is_for_its_owner_only_and_is_replaced_by_the_next(tmp_path: Path) -> None:
    first = tls.mint(tmp_path, NOW).key.read_bytes()
    key = tls.mint(tmp_path, NOW).key
    assert key.read_bytes() != first
    assert key.stat().st_mode & 0o777 == 0o600
