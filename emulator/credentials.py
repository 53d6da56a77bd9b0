"""Finds how a client shows who it is, in every form that Google's endpoints take."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Credential:
    """What was shown, and in which form."""

    form: str
    """The header or query parameter, or the scheme of `Authorization`; "none" without any."""
    secret: str = field(repr=False)


NO_CREDENTIAL = Credential("none", "")
"""A client's that goes through a proxy of its own, which is to show one in its place."""


def find_credential(headers: Mapping[str, str], query: Mapping[str, str]) -> Credential | None:
    """Return the first credential found, or `None`.

    Args:
        headers: The upgrade request's headers, looked up without regard to case.
        query: Its query parameters.
    """
    scheme, _, token = headers.get("Authorization", "").partition(" ")
    if scheme.lower() in {"bearer", "token"} and token.strip():
        return Credential(f"authorization-{scheme.lower()}", token.strip())
    if key := headers.get("x-goog-api-key"):
        return Credential("x-goog-api-key", key)
    for name in ("key", "access_token"):
        if secret := query.get(name):
            return Credential(f"query-{name}", secret)
    return None


def is_refused(credential: Credential, refused_keys: Collection[str]) -> bool:
    """Tell whether the service would not accept it: keys that begin with "bad" never are."""
    return credential.secret.startswith("bad") or credential.secret in refused_keys
