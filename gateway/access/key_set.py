"""An issuer's public keys, kept for as long as it says, looked for again when one is missing.

Issuers change their keys: a new one is published before it is used, an old one stays until its last
token has expired. So what is kept is good for a while, and a token whose key is not among it is a
reason to look again; but not each of them, for anybody can make up a name.

Keys that have just grown old are used while they are looked for: an issuer that is slow to answer,
or does not, holds nobody up whose key is known.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from actors.ports import CannotCheck, Observer
from gateway.access.tokens import Key
from gateway.process_lines import OfTheProcess

LEAST_S: Final = 60.0
MOST_S: Final = 86_400.0
USUAL_S: Final = 600.0
"""How long keys are kept: as `Cache-Control: max-age` says, within bounds."""
AGAIN_S: Final = 10.0
"""From one look to the next at least, whether it was in vain or for a key that is missing."""
STALE_S: Final = 86_400.0
"""For so long after they should have been renewed keys are used if the issuer cannot be reached."""
AT_ONCE_S: Final = 60.0
"""For so long after keys should have been renewed, or could be looked for again, they are used at
once. Later whoever comes first waits for the look: nobody has come for a while, and a key that was
withdrawn meanwhile is not to be taken."""
_SMALLEST_RSA: Final = 2_048
_ALGORITHMS: Final[Mapping[str, tuple[str, ...]]] = {
    "RSA": ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    "EC:P-256": ("ES256",),
    "EC:P-384": ("ES384",),
    "EC:P-521": ("ES512",),
    "OKP:Ed25519": ("EdDSA",),
}
"""By kind of key: those of public keys only."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer with keys.

    Attributes:
        body: JSON.
        max_age_s: how long it is good, if the answer says so.
    """

    body: bytes
    max_age_s: float | None = None


class FetchFailed(Exception):
    """The keys did not come; the text says why."""


Fetch = Callable[[], Awaitable[Fetched]]
"""Gets the keys in a bounded time, or raises `FetchFailed`."""


class _PublishedKey(msgspec.Struct, frozen=True):
    """RFC 7517, as far as it is looked at before the key is."""

    kty: str
    kid: str | None = None
    use: str | None = None
    alg: str | None = None
    crv: str | None = None


class _Published(msgspec.Struct, frozen=True):
    """A set of them; each is looked at by itself, for one may be of a kind that is not known."""

    keys: list[dict[str, object]]


class KeySet:
    """The keys of one issuer; satisfies `gateway.access.tokens.Keys`."""

    def __init__(
        self, fetch: Fetch, observer: Observer, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Hold no keys yet: they are fetched when the first token comes.

        Args:
            fetch: gets them.
            observer: is told when they were got, and when they were not.
            clock: returns monotonic seconds.
        """
        self._fetch = fetch
        self._observer = OfTheProcess(observer)
        self._clock = clock
        self._keys: dict[str | None, Key] = {}
        self._good_until = -1.0
        self._usable_until = -1.0
        self._again_at = -1.0
        self._fetching = asyncio.Lock()
        self._due = asyncio.Event()

    async def find(self, key_id: str | None) -> Key | None:
        """Return the key of that name; without a name the only one, if there is only one.

        Raises:
            CannotCheck: there are none that may be used, and none are to be had.
        """
        if self._may_use_old(key_id):
            self._due.set()
        elif not self._has(key_id):
            async with self._fetching:
                # Whoever waited finds what the one before has brought.
                if not self._has(key_id) and self._clock() >= self._again_at:
                    await self._look()
        if self._clock() >= self._usable_until:
            raise CannotCheck("the keys that tokens are signed with are not to be had just now")
        return self._key(key_id)

    async def keep(self) -> None:
        """Look for keys that have just grown old, once one of them is used; until cancelled."""
        while True:
            await self._due.wait()
            self._due.clear()
            async with self._fetching:
                if self._clock() < max(self._good_until, self._again_at):
                    continue
                try:
                    await self._look()
                except Exception as exc:  # noqa: BLE001 - a bug in a look must not end the process
                    self._observer.fail("token_keys_broke", exc)

    def _may_use_old(self, key_id: str | None) -> bool:
        now = self._clock()
        until = min(max(self._good_until, self._again_at) + AT_ONCE_S, self._usable_until)
        return self._good_until <= now < until and self._key(key_id) is not None

    def _has(self, key_id: str | None) -> bool:
        return self._clock() < self._good_until and self._key(key_id) is not None

    def _key(self, key_id: str | None) -> Key | None:
        if key_id is not None:
            return self._keys.get(key_id)
        return next(iter(self._keys.values())) if len(self._keys) == 1 else None

    async def _look(self) -> None:
        self._again_at = self._clock() + AGAIN_S
        try:
            fetched = await self._fetch()
            keys = keys_in(fetched.body)
        except FetchFailed as exc:
            self._observer.warn("token_keys_unavailable", problem=str(exc))
            return
        now = self._clock()
        max_age_s = USUAL_S if fetched.max_age_s is None else fetched.max_age_s
        self._keys = keys
        self._good_until = now + min(max(max_age_s, LEAST_S), MOST_S)
        self._usable_until = self._good_until + STALE_S
        self._observer.note("token_keys_fetched", keys=len(keys))


def max_age_of(cache_control: str) -> float | None:
    """Return the seconds in a `Cache-Control` header; 0 where nothing is to be kept."""
    if re.search(r"\bno-(store|cache)\b", cache_control, re.IGNORECASE):
        return 0.0
    found = re.search(r"\bmax-age=\"?([0-9]{1,9})\b", cache_control, re.IGNORECASE)
    return float(found[1]) if found else None


def keys_in(body: bytes) -> dict[str | None, Key]:
    """Return the keys for signatures, by name; those that are of no use here are passed over."""
    try:
        published = msgspec.json.decode(body, type=_Published).keys
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as exc:
        raise FetchFailed("the answer is no JWK set") from exc
    found: dict[str | None, Key] = {}
    for fields in published:
        try:
            named = msgspec.convert(fields, _PublishedKey)
        except msgspec.ValidationError:
            continue
        key = _key_of(named, fields)
        if key is not None:
            found[named.kid] = key
    if not found:
        raise FetchFailed("the answer has no key that could be used")
    return found


def _key_of(named: _PublishedKey, fields: dict[str, object]) -> Key | None:
    kind = named.kty if named.crv is None else f"{named.kty}:{named.crv}"
    algorithms = _ALGORITHMS.get(kind, ())
    if named.alg is not None:
        algorithms = tuple(each for each in algorithms if each == named.alg)
    if not algorithms or named.use not in (None, "sig"):
        return None
    try:
        material = jwt.PyJWK.from_dict(fields, algorithm=algorithms[0]).key
    except (jwt.PyJWTError, ValueError, TypeError):
        return None
    if isinstance(material, RSAPublicKey) and material.key_size < _SMALLEST_RSA:
        return None
    return Key(material, algorithms)
