"""An issuer of tokens: keys of its own, JWTs signed with them, and where they are published."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Final

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

SECRET: Final = "0123456789abcdefghijklmnopqrstuvwxyz"  # noqa: S105 - made up
ISSUER: Final = "https://issuer.example"
AUDIENCE: Final = "shop"
NOW: Final = 1_790_000_000.0
"""Unix seconds of tests without a wall clock of their own."""

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
_ALGORITHMS: Final[dict[str, Any]] = {
    "RS256": jwt.algorithms.RSAAlgorithm,
    "PS256": jwt.algorithms.RSAAlgorithm,
    "ES256": jwt.algorithms.ECAlgorithm,
    "EdDSA": jwt.algorithms.OKPAlgorithm,
}


def signed(  # noqa: PLR0913 - what a token may have
    key: str | PrivateKey = SECRET,
    *,
    algorithm: str = "HS256",
    key_id: str | None = None,
    user: str = "anna",
    now: float = NOW,
    lasts_s: float = 3_600,
    **claims: object,
) -> str:
    """Return a token; claims that are `None` are left out."""
    all_claims = {"sub": user, "iat": int(now), "exp": int(now + lasts_s), **claims}
    headers = None if key_id is None else {"kid": key_id}
    kept = {name: value for name, value in all_claims.items() if value is not None}
    return jwt.encode(kept, key, algorithm=algorithm, headers=headers)


def unsigned(header: object, claims: object, signature: str = "") -> str:
    """Return what has the shape of a token."""
    return ".".join([*(_segment(json.dumps(part)) for part in (header, claims)), signature])


def _segment(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def published(key: PrivateKey, algorithm: str, **fields: object) -> dict[str, Any]:
    """Return a public key as issuers publish it."""
    jwk: dict[str, Any] = _ALGORITHMS[algorithm].to_jwk(key.public_key(), as_dict=True)
    return {**jwk, "use": "sig", "alg": algorithm, **fields}


class Issuer:
    """Publishes keys.

    Attributes:
        keys: what is published.
        status: what it answers with.
        cache_control: the header beside them.
        body: what it answers instead of the keys.
        asked: how often it was asked.
    """

    def __init__(self) -> None:
        self.keys: list[dict[str, Any]] = []
        self.status = 200
        self.cache_control: str | None = None
        self.body: bytes | None = None
        self.asked = 0
        self.url = ""

    def answer(self) -> bytes:
        """Return the body of an answer."""
        self.asked += 1
        return self.body if self.body is not None else json.dumps({"keys": self.keys}).encode()


@contextmanager
def serving(issuer: Issuer) -> Iterator[Issuer]:
    """Put the issuer on a loopback port."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _requests_to(issuer)) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        issuer.url = f"http://127.0.0.1:{server.server_port}/keys"
        try:
            yield issuer
        finally:
            server.shutdown()
            thread.join()


def _requests_to(issuer: Issuer) -> Callable[..., BaseHTTPRequestHandler]:
    class Requests(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = issuer.answer()
            self.send_response(issuer.status)
            self.send_header("content-length", str(len(body)))
            if issuer.cache_control is not None:
                self.send_header("cache-control", issuer.cache_control)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    return Requests
