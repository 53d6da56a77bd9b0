"""Shared secrets; tests/gateway/access/test_key_set.py has the tokens of issuers with keys."""

from __future__ import annotations

import time
from typing import Any

import pytest

from actors.ports import NotAdmitted
from gateway.access.identity import Identity
from gateway.access.tokens import LONGEST, Claims, SharedSecret, Tokens
from tests.support.tokens import AUDIENCE, ISSUER, SECRET, signed, unsigned

PLAIN = Claims()
STRICT = Claims(issuer=ISSUER, audience=AUDIENCE, skew_s=10)


async def check(token: str, claims: Claims = PLAIN) -> Identity:
    return await Tokens(SharedSecret(SECRET), claims).check(token)


async def reason(token: str, claims: Claims = PLAIN) -> str:
    with pytest.raises(NotAdmitted) as caught:
        await check(token, claims)
    assert token not in str(caught.value)
    assert not caught.value.forbidden
    return caught.value.reason


@pytest.mark.parametrize("algorithm", ["HS256", "HS384", "HS512"])
async def test_a_token_with_the_secret_says_who_and_until_when(algorithm: str) -> None:
    now = float(int(time.time()))
    key = SECRET if algorithm == "HS256" else SECRET * 2
    token = signed(key, algorithm=algorithm, now=now, lasts_s=60)
    tokens = Tokens(SharedSecret(key), PLAIN)
    assert await tokens.check(token) == Identity("anna", now + 60 + 30)


async def test_roles_are_a_list_or_words() -> None:
    now = time.time()
    for roles in (["admin", "shopper", 5], "admin shopper"):
        identity = await check(signed(now=now, roles=roles))
        assert identity.roles == {"admin", "shopper"}
    for odd in (None, 5, {"admin": True}):
        assert (await check(signed(now=now, roles=odd))).roles == frozenset()


async def test_the_user_may_stand_in_another_claim() -> None:
    claims = Claims(user="https://shop.example/user", roles="groups")
    extra: dict[str, Any] = {"https://shop.example/user": "jan", "groups": ["admin"]}
    identity = await check(signed(now=time.time(), **extra), claims)
    assert (identity.user_id, identity.roles) == ("jan", frozenset({"admin"}))
    assert await reason(signed(now=time.time()), claims) == "no_user"


@pytest.mark.parametrize("user", ["", 5, None])
async def test_a_token_that_names_nobody_lets_nobody_in(user: object) -> None:
    token = signed(now=time.time(), sub=user)
    assert await reason(token) in {"no_user", "malformed"}


async def test_clocks_may_differ_by_so_much() -> None:
    now = time.time()
    assert (await check(signed(now=now, lasts_s=-5), STRICT_AS_PLAIN)).user_id == "anna"
    assert await reason(signed(now=now, lasts_s=-15), STRICT_AS_PLAIN) == "expired"
    assert (await check(signed(now=now, nbf=int(now) + 5), STRICT_AS_PLAIN)).user_id == "anna"
    assert await reason(signed(now=now, nbf=int(now) + 60), STRICT_AS_PLAIN) == "too_early"
    assert await reason(signed(now=now + 60), STRICT_AS_PLAIN) == "too_early"


STRICT_AS_PLAIN = Claims(skew_s=10)


@pytest.mark.parametrize(
    ("claims", "why"),
    [
        ({"iss": ISSUER, "aud": AUDIENCE}, ""),
        ({"iss": ISSUER, "aud": [AUDIENCE, "x"]}, ""),
        ({"iss": ISSUER, "aud": "elsewhere"}, "wrong_audience"),
        ({"iss": ISSUER}, "no_claim"),
        ({"iss": "https://evil.example", "aud": AUDIENCE}, "wrong_issuer"),
        ({"aud": AUDIENCE}, "no_claim"),
        ({"iss": ISSUER, "aud": 5}, "wrong_audience"),
        ({"iss": ISSUER, "aud": AUDIENCE, "exp": None}, "no_claim"),
        ({"iss": ISSUER, "aud": AUDIENCE, "exp": "soon"}, "malformed"),
        ({"iss": ISSUER, "aud": AUDIENCE, "iat": "then"}, "malformed"),
        ({"iss": ISSUER, "aud": AUDIENCE, "exp": 10**400}, ""),
        ({"iss": ISSUER, "aud": AUDIENCE, "exp": float("inf")}, "malformed"),
        ({"iss": ISSUER, "aud": AUDIENCE, "exp": float("nan")}, "malformed"),
    ],
)
async def test_issuer_and_audience_are_those_that_are_asked_for(
    claims: dict[str, Any], why: str
) -> None:
    token = signed(now=time.time(), **claims)
    if why:
        assert await reason(token, STRICT) == why
    else:
        assert (await check(token, STRICT)).user_id == "anna"


async def test_a_token_for_somebody_is_refused_where_nobody_says_who_we_are() -> None:
    assert await reason(signed(now=time.time(), aud="elsewhere")) == "wrong_audience"


async def test_another_secret_is_a_wrong_signature() -> None:
    assert await reason(signed("another-secret-of-thirty-two-bytes!", now=time.time())) == (
        "wrong_signature"
    )


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "RS256", "HS1", "", None, 5])
async def test_no_other_algorithm_is_taken(algorithm: object) -> None:
    claims = {"sub": "anna", "exp": int(time.time()) + 60}
    assert await reason(unsigned({"alg": algorithm, "typ": "JWT"}, claims)) in {
        "wrong_algorithm",
        "malformed",
    }


@pytest.mark.parametrize(
    "token",
    [
        "",
        "a",
        "a.b",
        "a.b.c",
        "....",
        "\u0105.b.c",
        "x" * (LONGEST + 1),
        unsigned("header", "claims"),
        unsigned([], []),
        unsigned({"alg": "HS256", "crit": ["exp"]}, {}),
        unsigned({"alg": "HS256", "b64": False}, {}),
    ],
)
async def test_what_is_no_token_is_told(token: str) -> None:
    with pytest.raises(NotAdmitted) as caught:
        await check(token)
    assert caught.value.reason in {"malformed", "wrong_signature"}


async def test_a_token_whose_signature_was_cut_off_is_refused() -> None:
    token = signed(now=time.time())
    assert await reason(token.rpartition(".")[0] + ".") == "wrong_signature"
    assert await reason(token[:-4]) in {"wrong_signature", "malformed"}
