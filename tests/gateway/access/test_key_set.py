from __future__ import annotations

import asyncio
import base64
import hmac
import json
import time
from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from actors.ports import CannotCheck, NotAdmitted
from gateway.access.key_set import (
    AGAIN_S,
    AT_ONCE_S,
    LEAST_S,
    MOST_S,
    STALE_S,
    USUAL_S,
    Fetched,
    FetchFailed,
    KeySet,
    max_age_of,
)
from gateway.access.tokens import Claims, Tokens
from tests.support.moments import seconds_pass
from tests.support.recording_observer import RecordingObserver
from tests.support.tokens import AUDIENCE, ISSUER, PrivateKey, published, signed, unsigned

RSA = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
RSA_2 = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
WEAK = rsa.generate_private_key(public_exponent=65_537, key_size=1_024)  # noqa: S505 - refused
EC = ec.generate_private_key(ec.SECP256R1())
ED = ed25519.Ed25519PrivateKey.generate()
CLAIMS = Claims(issuer=ISSUER, audience=AUDIENCE)


class Rig:
    """A set of keys whose issuer and clock are the test's."""

    def __init__(self, *keys: dict[str, Any], max_age_s: float | None = None) -> None:
        self.keys: Iterable[dict[str, Any]] = keys
        self.max_age_s = max_age_s
        self.fails: str | None = None
        self.fetched = 0
        self.answers = asyncio.Event()
        self.answers.set()
        self.now = 1_000.0
        self.observer = RecordingObserver()
        self.set = KeySet(self.fetch, self.observer, clock=lambda: self.now)
        self.tokens = Tokens(self.set, CLAIMS)

    async def fetch(self) -> Fetched:
        self.fetched += 1
        await asyncio.sleep(0.01)
        await self.answers.wait()
        if self.fails is not None:
            raise FetchFailed(self.fails)
        return Fetched(json.dumps({"keys": list(self.keys)}).encode(), self.max_age_s)

    @asynccontextmanager
    async def kept(self) -> AsyncGenerator[None, None]:
        """Have the keys kept."""
        task = asyncio.create_task(self.set.keep())
        yield
        task.cancel()

    async def looked(self) -> None:
        """Return when a look that is due is over, if the issuer answers."""
        await seconds_pass(0.02)

    async def takes(self, key: PrivateKey = RSA, algorithm: str = "RS256", **more: Any) -> str:  # noqa: ANN401 - of a token
        """Return what becomes of a token: its user, or why it is refused."""
        claims = {"key_id": "k1", "iss": ISSUER, "aud": AUDIENCE, "now": time.time(), **more}
        try:
            identity = await self.tokens.check(signed(key, algorithm=algorithm, **claims))
        except NotAdmitted as exc:
            return exc.reason
        return identity.user_id


K1 = published(RSA, "RS256", kid="k1")
K2 = published(RSA_2, "RS256", kid="k2")


@pytest.mark.parametrize(
    ("key", "algorithm"), [(RSA, "RS256"), (RSA, "PS256"), (EC, "ES256"), (ED, "EdDSA")]
)
async def test_a_token_that_is_signed_with_a_published_key_is_good(
    key: PrivateKey, algorithm: str
) -> None:
    rig = Rig(published(key, algorithm, kid="k1"))
    assert await rig.takes(key, algorithm) == "anna"
    unnamed = Rig({k: v for k, v in published(key, algorithm, kid="k1").items() if k != "alg"})
    assert await unnamed.takes(key, algorithm) == "anna"


async def test_keys_are_fetched_once_for_many_tokens_at_once() -> None:
    rig = Rig(K1)
    assert await asyncio.gather(*(rig.takes() for _ in range(20))) == ["anna"] * 20
    assert rig.fetched == 1
    assert rig.observer.noted("token_keys_fetched") == [{"keys": 1}]


@pytest.mark.parametrize(
    ("max_age_s", "kept_s"),
    [(None, USUAL_S), (3_600, 3_600), (0, LEAST_S), (1e9, MOST_S)],
)
async def test_keys_are_kept_for_as_long_as_the_issuer_says_within_bounds(
    max_age_s: float | None, kept_s: float
) -> None:
    rig = Rig(K1, max_age_s=max_age_s)
    await rig.takes()
    async with rig.kept():
        rig.now += kept_s - 1
        await rig.takes()
        await rig.looked()
        assert rig.fetched == 1
        rig.now += 2
        await rig.takes()
        await rig.looked()
        assert rig.fetched == 2


async def test_a_key_that_is_new_is_looked_for_at_once_but_not_for_everybody() -> None:
    rig = Rig(K1)
    assert await rig.takes() == "anna"
    rig.keys = [K1, K2]
    assert await rig.takes(RSA_2, key_id="k2") == "unknown_key"
    rig.now += AGAIN_S
    assert await rig.takes(RSA_2, key_id="k2") == "anna"
    assert await rig.takes() == "anna"
    for number in range(50):
        assert await rig.takes(RSA_2, key_id=f"made-up-{number}") == "unknown_key"
    assert rig.fetched == 2


async def test_a_key_that_is_published_no_more_is_good_no_more() -> None:
    rig = Rig(K1)
    assert await rig.takes() == "anna"
    rig.keys = [K2]
    rig.now += USUAL_S + AT_ONCE_S
    assert await rig.takes() == "unknown_key"


async def test_a_key_that_was_just_withdrawn_is_good_until_that_is_known() -> None:
    rig = Rig(K1)
    assert await rig.takes() == "anna"
    rig.keys = [K2]
    rig.now += USUAL_S
    async with rig.kept():
        assert await rig.takes() == "anna"
        await rig.looked()
        assert await rig.takes() == "unknown_key"
    assert rig.fetched == 2


async def test_an_issuer_that_does_not_answer_holds_nobody_up_whose_key_is_known() -> None:
    rig = Rig(K1)
    assert await rig.takes() == "anna"
    rig.answers.clear()
    rig.now += USUAL_S
    async with rig.kept():
        for _ in range(30):
            rig.now += 1
            assert await rig.takes() == "anna"
            await rig.looked()
        assert rig.fetched == 2
        stranger = asyncio.create_task(rig.takes(RSA_2, key_id="k2"))
        await rig.looked()
        assert not stranger.done()
        rig.keys = [K1, K2]
        rig.answers.set()
        assert await stranger == "anna"
    assert rig.fetched == 2


async def test_one_that_answers_badly_is_asked_again_no_sooner_than_before() -> None:
    rig = Rig(K1)
    assert await rig.takes() == "anna"
    rig.fails = "HTTP 500"
    rig.now += USUAL_S
    async with rig.kept():
        for _ in range(int(10 * AGAIN_S)):
            assert await rig.takes() == "anna"
            await rig.looked()
            rig.now += 1
    assert rig.fetched == 1 + 10


async def test_a_bug_in_a_look_is_told_and_the_next_look_comes() -> None:
    rig = Rig(K1)
    assert await rig.takes() == "anna"
    rig.max_age_s = "soon"  # type: ignore[assignment]  # what no answer can have
    rig.now += USUAL_S
    async with rig.kept():
        assert await rig.takes() == "anna"
        await rig.looked()
        assert [name for name, _, _ in rig.observer.failures] == ["token_keys_broke"]
        rig.max_age_s = None
        rig.now += AGAIN_S
        assert await rig.takes() == "anna"
        await rig.looked()
    assert len(rig.observer.noted("token_keys_fetched")) == 2


async def test_while_the_issuer_is_away_its_keys_are_used_for_a_day() -> None:
    rig = Rig(K1)
    assert await rig.takes() == "anna"
    rig.fails = "OSError"
    rig.now += USUAL_S + AT_ONCE_S
    assert await rig.takes() == "anna"
    assert await rig.takes() == "anna"
    assert rig.fetched == 2
    rig.now += AGAIN_S + AT_ONCE_S
    assert await rig.takes() == "anna"
    assert rig.fetched == 3
    assert rig.observer.noted("token_keys_unavailable") == [{"problem": "OSError"}] * 2
    rig.now += STALE_S
    with pytest.raises(CannotCheck):
        await rig.takes()
    rig.fails = None
    rig.now += AGAIN_S
    assert await rig.takes() == "anna"


async def test_without_keys_there_is_no_telling_and_the_issuer_is_not_hammered() -> None:
    rig = Rig(K1)
    rig.fails = "HTTP 500"
    for _ in range(10):
        with pytest.raises(CannotCheck):
            await rig.takes()
    assert rig.fetched == 1


async def test_a_token_without_a_name_of_its_key_goes_with_the_only_one() -> None:
    assert await Rig(K1).takes(key_id=None) == "anna"
    assert await Rig(K1, K2).takes(key_id=None) == "unknown_key"


async def test_another_issuers_key_is_a_wrong_signature() -> None:
    assert await Rig(K1).takes(RSA_2) == "wrong_signature"


async def test_a_public_key_is_never_taken_for_a_shared_secret() -> None:
    pem = RSA.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    header = {"alg": "HS256", "kid": "k1", "typ": "JWT"}
    claims = {"sub": "anna", "exp": int(time.time()) + 60, "iss": ISSUER, "aud": AUDIENCE}
    body = unsigned(header, claims).removesuffix(".")
    mac = hmac.digest(pem, body.encode(), "sha256")
    token = f"{body}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"
    with pytest.raises(NotAdmitted) as caught:
        await Rig(K1).tokens.check(token)
    assert caught.value.reason == "wrong_algorithm"


async def test_an_algorithm_that_the_key_is_not_for_is_refused() -> None:
    assert await Rig(K1).takes(algorithm="PS256") == "wrong_algorithm"


async def test_no_signature_is_no_signature() -> None:
    claims = {"sub": "anna", "exp": int(time.time()) + 60, "iss": ISSUER, "aud": AUDIENCE}
    with pytest.raises(NotAdmitted) as caught:
        await Rig(K1).tokens.check(unsigned({"alg": "none", "kid": "k1"}, claims))
    assert caught.value.reason == "wrong_algorithm"


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"iss": "https://evil.example"}, "wrong_issuer"),
        ({"aud": "elsewhere"}, "wrong_audience"),
        ({"aud": None}, "no_claim"),
        ({"lasts_s": -31}, "expired"),
        ({"lasts_s": -20}, "anna"),
        ({"user": ""}, "no_user"),
    ],
)
async def test_claims_are_checked_as_well(more: dict[str, Any], why: str) -> None:
    assert await Rig(K1).takes(**more) == why


@pytest.mark.parametrize(
    "key",
    [
        {**K1, "use": "enc"},
        {**K1, "alg": "HS256"},
        {**K1, "kty": "oct", "k": "c2VjcmV0"},
        {"kty": "oct", "k": "c2VjcmV0", "kid": "k1", "alg": "HS256"},
        {**K1, "n": "%"},
        {**K1, "kty": 5},
        {"kid": "k1"},
        {**published(EC, "ES256", kid="k1"), "crv": "P-999"},
        published(WEAK, "RS256", kid="k1"),
    ],
)
async def test_a_key_of_no_use_is_passed_over(key: dict[str, Any]) -> None:
    assert await Rig(key, K2).takes() == "unknown_key"
    alone = Rig(key)
    with pytest.raises(CannotCheck):
        await alone.takes()
    assert alone.observer.noted("token_keys_unavailable") == [
        {"problem": "the answer has no key that could be used"}
    ]


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b"{}", b'{"keys":5}', b'{"keys":[5]}', b"\xff"]
)
async def test_an_answer_that_is_no_set_of_keys_is_told(body: bytes) -> None:
    async def fetch() -> Fetched:
        return Fetched(body)

    observer = RecordingObserver()
    with pytest.raises(CannotCheck):
        await KeySet(fetch, observer).find("k1")
    (warned,) = observer.noted("token_keys_unavailable")
    assert warned["problem"] == "the answer is no JWK set"


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("", None),
        ("public", None),
        ("public, max-age=21600, must-revalidate", 21_600.0),
        ('max-age="60"', 60.0),
        ("Max-Age=5", 5.0),
        ("no-store", 0.0),
        ("no-cache, max-age=60", 0.0),
    ],
)
def test_how_long_keys_are_good_stands_beside_them(header: str, seconds: float | None) -> None:
    assert max_age_of(header) == seconds
