"""JWTs that are good, and that are not, written by hand: a library would not make most of them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any, Final

ISSUER: Final = "https://issuer.example"
AUDIENCE: Final = "shop"
HS256: Final = {"alg": "HS256", "typ": "JWT"}


def jwt(claims: object, secret: str, *, header: object = HS256) -> str:
    """Return a token that is signed with HS256, whatever its header says."""
    told = f"{segment(header)}.{segment(claims)}"
    digest = hmac.new(secret.encode(), told.encode(), hashlib.sha256).digest()
    return f"{told}.{base64url(digest)}"


def segment(value: object) -> str:
    """Return a header or claims as they stand in a token."""
    return base64url(json.dumps(value).encode())


def base64url(data: bytes) -> str:
    """Return base64 without padding, for URLs."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def claims_of(user: str, now: float, **changed: Any) -> Mapping[str, Any]:  # noqa: ANN401 - of a token
    """Return the claims of a good token, with some of them changed or, where `None`, left out."""
    usual = {"sub": user, "iss": ISSUER, "aud": AUDIENCE, "iat": int(now), "exp": int(now) + 3600}
    return {name: value for name, value in {**usual, **changed}.items() if value is not None}
