"""Phones that show no token, or a bad one (docs/access.md, "Reasons")."""

from __future__ import annotations

import time
from typing import Final

from bench.hostile.case import Case, Target
from bench.hostile.moves import GOOD, NONE, TokenOf, handshake, request
from bench.hostile.tokens import base64url, claims_of, jwt, segment

_OTHER_SECRET: Final = "not-the-secret-that-the-service-has"  # noqa: S105 - nobody's
_OWN_KEY: Final = {"kty": "oct", "k": base64url(_OTHER_SECRET.encode())}


def _unsigned(algorithm: str) -> TokenOf:
    """Return tokens without a signature."""
    return lambda _, user: f"{segment({'alg': algorithm})}.{segment(claims_of(user, time.time()))}."


def _forged(**header: object) -> TokenOf:
    """Return tokens that somebody else has signed, with further fields in the header."""
    return lambda _, user: jwt(
        claims_of(user, time.time()), _OTHER_SECRET, header={"alg": "HS256", **header}
    )


def _with(**changed: object) -> TokenOf:
    """Return tokens that the issuer would have signed, with changed claims."""
    return lambda target, user: target.token(user, **changed)


def _later(*claims: str, by_s: float) -> TokenOf:
    """Return tokens with times so far from now."""
    return lambda target, user: target.token(
        user, **{claim: int(time.time() + by_s) for claim in claims}
    )


def _under(**header: object) -> TokenOf:
    """Return tokens whose header says something else than how they are signed."""
    return lambda target, user: target.token(user, header={"alg": "HS256", **header})


def _tampered(target: Target, user: str) -> str:
    """Return a good token in which somebody has written another user."""
    head, _, signature = target.token("anna").split(".")
    return f"{head}.{segment(claims_of(user, time.time()))}.{signature}"


def _cut(target: Target, user: str) -> str:
    return target.token(user).rpartition(".")[0]


CASES: Final = (
    Case("no token", "401 nothing_shown", handshake(NONE)),
    Case("a word instead of a token", "401 malformed", handshake(lambda *_: "letmein")),
    Case("three words instead of a token", "401 malformed", handshake(lambda *_: "let.me.in")),
    Case("alg none", "401 wrong_algorithm", handshake(_unsigned("none"))),
    Case("alg nOnE", "401 wrong_algorithm", handshake(_unsigned("nOnE"))),
    Case("alg RS256 over an HMAC", "401 wrong_algorithm", handshake(_under(alg="RS256"))),
    Case("alg is a list", "401 wrong_algorithm", handshake(_under(alg=["HS256"]))),
    Case("another secret", "401 wrong_signature", handshake(_forged())),
    Case(
        "a key of its own in the header",
        "401 wrong_signature",
        handshake(_forged(jwk=_OWN_KEY)),
    ),
    Case(
        "kid that climbs directories",
        "401 wrong_signature",
        handshake(_forged(kid="../../../../dev/null")),
    ),
    Case(
        "jku of the attacker's",
        "401 wrong_signature",
        handshake(_forged(jku="http://127.0.0.1:1/keys")),
    ),
    Case("a crit that is unknown", "401 malformed", handshake(_under(crit=["exp2"], exp2=1))),
    Case("another user written into it", "401 wrong_signature", handshake(_tampered)),
    Case("the signature cut off", "401 malformed", handshake(_cut)),
    Case("expired", "401 expired", handshake(_later("exp", by_s=-60))),
    Case("no exp", "401 no_claim", handshake(_with(exp=None))),
    Case("exp is a word", "401 malformed", handshake(_with(exp="never"))),
    Case("exp is infinite", "401 malformed", handshake(_with(exp=float("inf")))),
    Case("good from tomorrow on", "401 too_early", handshake(_later("nbf", by_s=86_400))),
    Case("made tomorrow", "401 too_early", handshake(_later("iat", by_s=86_400))),
    Case("no sub", "401 no_user", handshake(_with(sub=None))),
    Case("sub is a number", "401 malformed", handshake(_with(sub=7))),
    Case("for another service", "401 wrong_audience", handshake(_with(aud="bank"))),
    Case("for any service", "401 no_claim", handshake(_with(aud=None))),
    Case("of another issuer", "401 wrong_issuer", handshake(_with(iss="https://evil.example"))),
    Case("another user's", "403 other_user", handshake(lambda target, _: target.token("anna"))),
    Case(
        "another user's, in other letters",
        "403 other_user",
        handshake(lambda target, user: target.token(user.upper())),
    ),
    Case("of 9 000 characters", "431", handshake(lambda *_: "a" * 9_000)),
    Case("of 8 192 characters and one", "401 malformed", request(
        "POST", "/tickets", shown=lambda *_: "a" * 8_193
    )),
    Case("nested 3 000 deep", "401 malformed", handshake(
        lambda *_: f"{base64url(b'[' * 3_000)}.e30.e30"
    )),
    Case("in the header and in the query", "401 two_shown", handshake(
        GOOD, query=lambda target, user: f"access_token={target.token(user)}"
    )),
    Case("in the query twice", "401 two_shown", handshake(
        NONE, query=lambda target, user: f"access_token=a&access_token={target.token(user)}"
    )),
    Case("in a cookie", "401 nothing_shown", handshake(
        NONE, changed=(("Cookie", "access_token=abc; session=abc"),)
    )),
    Case("Basic instead of Bearer", "401 malformed", handshake(
        NONE, changed=(("Authorization", "Basic YW5uYTphbm5h"),)
    )),
    Case("a query of 1 000 parts", "401 malformed", handshake(
        NONE, query=lambda *_: "&".join(f"a{n}=1" for n in range(1_000))
    )),
)  # fmt: skip
