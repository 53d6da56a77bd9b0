"""Phones' tokens: JWTs, checked as RFC 8725 has it.

Which algorithms are taken follows from the kind of the key, never from the token: a public key can
then not be used as if it were a shared secret, and `none` is none of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

import jwt
from jwt.exceptions import (
    DecodeError,
    ExpiredSignatureError,
    ImmatureSignatureError,
    InvalidAlgorithmError,
    InvalidAudienceError,
    InvalidIssuedAtError,
    InvalidIssuerError,
    InvalidSignatureError,
    InvalidTokenError,
    MissingRequiredClaimError,
)

from actors.ports import NotAdmitted
from gateway.access.identity import Identity

LONGEST: Final = 8_192
"""Characters of a token; those of large issuers have about 1 000."""
WITH_SECRET: Final = ("HS256", "HS384", "HS512")
_MOST_ROLES: Final = 100
_END_OF_TIME: Final = 2**40
"""Unix seconds; a larger one need not fit a float."""


@dataclass(frozen=True, slots=True)
class Key:
    """What a signature is checked with.

    Attributes:
        material: the secret, or a public key of cryptography's.
        algorithms: the only ones it may be used with.
    """

    material: Any
    algorithms: Sequence[str]


class Keys(Protocol):
    """Where the keys are."""

    async def find(self, key_id: str | None) -> Key | None:
        """Return the key of that name, `None` if there is none, or raise `CannotCheck`."""


class SharedSecret:
    """The one key of an issuer with whom we share a secret, whatever a token calls it."""

    def __init__(self, secret: str) -> None:
        self._key = Key(secret.encode(), WITH_SECRET)

    async def find(self, key_id: str | None) -> Key:  # noqa: ARG002 - as `Keys`
        """Return it."""
        return self._key


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What a token's claims have to be, and what they are called.

    Attributes:
        issuer: `iss`, if it is looked at.
        audience: `aud`; without it a token must have none.
        user: the claim that names the user.
        roles: the claim that has the roles.
        skew_s: how far the issuer's clock may be from ours.
    """

    issuer: str | None = None
    audience: str | None = None
    user: str = "sub"
    roles: str = "roles"
    skew_s: float = 30.0


class Tokens:
    """Checks tokens; satisfies `gateway.access.identity.TokenCheck`."""

    def __init__(self, keys: Keys, claims: Claims) -> None:
        self._keys = keys
        self._claims = claims

    async def check(self, token: str) -> Identity:
        """Return whose token it is.

        Raises:
            NotAdmitted: it is not good.
            CannotCheck: its issuer's keys are not to be had.
        """
        key = await self._keys.find(_key_id(token))
        if key is None:
            raise NotAdmitted("unknown_key", "the token is signed with a key that is unknown here")
        try:
            found = jwt.decode(
                token,
                key.material,
                algorithms=list(key.algorithms),
                audience=self._claims.audience,
                issuer=self._claims.issuer,
                leeway=self._claims.skew_s,
                options={"require": ["exp"], "enforce_minimum_key_length": True},
            )
        except jwt.PyJWTError as exc:
            raise _in_words(exc) from exc
        except OverflowError as exc:  # a time that is infinite
            raise NotAdmitted("malformed", "the token's times are none") from exc
        return self._identity(found)

    def _identity(self, found: dict[str, Any]) -> Identity:
        user_id = found.get(self._claims.user)
        if not isinstance(user_id, str) or not user_id:
            raise NotAdmitted("no_user", f"the token says in no {self._claims.user} whose it is")
        return Identity(
            user_id=user_id,
            until=min(int(found["exp"]), _END_OF_TIME) + self._claims.skew_s,
            roles=_roles(found.get(self._claims.roles)),
        )


def _key_id(token: str) -> str | None:
    """Return what the token calls its key; nothing of it is trusted yet."""
    if len(token) > LONGEST:
        raise NotAdmitted("malformed", f"the token has more than {LONGEST} characters")
    try:
        key_id = jwt.get_unverified_header(token).get("kid")
    except (jwt.PyJWTError, RecursionError) as exc:
        raise NotAdmitted("malformed", "the token is no JWT") from exc
    return key_id if isinstance(key_id, str) else None


def _roles(claim: object) -> frozenset[str]:
    match claim:
        case str():
            return frozenset(claim.split()[:_MOST_ROLES])
        case list():
            return frozenset(role for role in claim[:_MOST_ROLES] if isinstance(role, str))
        case _:
            return frozenset()


_WORDS: Final[tuple[tuple[type[jwt.PyJWTError], str, str], ...]] = (
    (ExpiredSignatureError, "expired", "the token has expired: get a new one"),
    (ImmatureSignatureError, "too_early", "the token is not good yet"),
    (InvalidIssuedAtError, "malformed", "the token's iat is no time"),
    (InvalidAudienceError, "wrong_audience", "the token is meant for somebody else"),
    (InvalidIssuerError, "wrong_issuer", "the token comes from somebody else"),
    (InvalidAlgorithmError, "wrong_algorithm", "the token is signed in a way that is not taken"),
    (InvalidSignatureError, "wrong_signature", "the token's signature is wrong"),
    (
        MissingRequiredClaimError,
        "no_claim",
        "the token lacks exp, aud or iss",
    ),
    (DecodeError, "malformed", "the token is no JWT"),
    (InvalidTokenError, "malformed", "the token is no JWT of the usual kind"),
)
"""The first that fits; PyJWT's own texts may quote the token."""


def _in_words(exc: jwt.PyJWTError) -> NotAdmitted:
    for kind, reason, problem in _WORDS:
        if isinstance(exc, kind):
            return NotAdmitted(reason, problem)
    return NotAdmitted("wrong_key", "the token's key cannot be used with it")
