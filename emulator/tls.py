"""The self-signed certificate of the TLS listener: minted, or found where it was left."""

from __future__ import annotations

import datetime as dt
import ipaddress
import os
import ssl
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

VALID_FOR = dt.timedelta(days=30)
_USED_FOR_AT_LEAST = dt.timedelta(days=1)
_CLOCK_SKEW = dt.timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Certificate:
    """Where the certificate and its key lie, as PEM."""

    certificate: Path
    key: Path

    def server_context(self) -> ssl.SSLContext:
        """Return the context of a server that shows this certificate."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.certificate, self.key)
        return context


def reuse_or_mint(directory: Path, now: dt.datetime, *, host: str = "localhost") -> Certificate:
    """Return the certificate in a directory if it still serves for a host, else a new one.

    So clients that were told to trust the old file trust an emulator that was started again.
    """
    found = Certificate(directory / "certificate.pem", directory / "key.pem")
    return found if _serves(found, now, host) else mint(directory, now, host=host)


def _serves(found: Certificate, now: dt.datetime, host: str) -> bool:
    try:
        certificate = x509.load_pem_x509_certificate(found.certificate.read_bytes())
        key = serialization.load_pem_private_key(found.key.read_bytes(), password=None)
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm, x509.ExtensionNotFound):
        return False
    return (
        certificate.public_key() == key.public_key()
        and certificate.not_valid_before_utc <= now
        and now + _USED_FOR_AT_LEAST <= certificate.not_valid_after_utc
        and set(_names(host)) <= set(names)
    )


def mint(directory: Path, now: dt.datetime, *, host: str = "localhost") -> Certificate:
    """Write a new certificate for a host, localhost, 127.0.0.1 and ::1 into a directory.

    It is its own authority, so that a client trusts it when told to trust this file alone: by
    `SSL_CERT_FILE` in Python, by `NODE_EXTRA_CA_CERTS` in Node. Python 3.13 verifies strictly, as
    RFC 5280 asks, hence the extensions that others would not miss.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name(
        [x509.NameAttribute(NameOID.COMMON_NAME, "Gemini Live emulator, this machine only")]
    )
    names = x509.SubjectAlternativeName(_names(host))
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _CLOCK_SKEW)
        .not_valid_after(now + VALID_FOR)
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(identifier, critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    minted = Certificate(directory / "certificate.pem", directory / "key.pem")
    directory.mkdir(parents=True, exist_ok=True)
    minted.certificate.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    _write_privately(
        minted.key,
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ),
    )
    return minted


def _names(host: str) -> list[x509.GeneralName]:
    everywhere = ("localhost", "127.0.0.1", "::1")
    return [_general_name(one) for one in dict.fromkeys((*everywhere, host)) if one]


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _key_usage() -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=True,
        crl_sign=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _write_privately(path: Path, content: bytes) -> None:
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
