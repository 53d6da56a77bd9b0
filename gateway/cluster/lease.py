"""How long this instance may serve its sessions, and the lease in Redis that tells others so.

An instance that is stopped (SIGSTOP, a frozen machine) does not know. Others see that it has not
renewed its lease and take its sessions; when it goes on, it has to end them before it says or
writes anything, and before it has asked Redis. So it looks at a clock that went on meanwhile.
While Redis is away nobody can take a session: trying to renew is enough.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Protocol

from actors.ports import Observer, StoreUnavailable
from gateway.cluster.instances import Roll
from gateway.cluster.shared import Script

LEASE_S: Final = 6.0
"""After which an instance that has not been heard of has lost its sessions."""
RENEW_S: Final = 2.0
"""From one renewal to the next."""
_WIPED_S: Final = LEASE_S - RENEW_S
"""A renewal that is younger cannot have run out: if Redis does not know it, Redis was emptied."""
_UNSURE_S: Final = 2 * RENEW_S
"""How long it may take until all instances have told a Redis that is back that they are there."""
_NAMED_WITHIN_S: Final = 0.3

INSTANCES: Final = "gw:instances"
"""Sorted set: the instances by when their leases run out, in Redis' milliseconds."""

RENEW: Final = Script(
    "renew",
    """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local known = redis.call('EXISTS', KEYS[2])
redis.call('HSET', KEYS[2], unpack(ARGV, 3))
redis.call('PEXPIRE', KEYS[2], ARGV[2])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return {known, redis.call('ZRANGE', KEYS[1], 0, -1)}
""",
)
"""Keys: the instances, this one. Arguments: its name, milliseconds, its fields and their values."""

NAMES: Final = Script(
    "names",
    """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
return redis.call('ZRANGEBYSCORE', KEYS[1], now, '+inf')
""",
)
"""Key: the instances. Returns those whose leases have not run out."""

LEAVE: Final = Script(
    "leave",
    """
redis.call('ZREM', KEYS[1], ARGV[1])
return redis.call('DEL', KEYS[2])
""",
)
"""Keys: the instances, this one. Argument: its name."""


def key_of(instance: str) -> str:
    """Return the key of what an instance says of itself, a hash."""
    return f"gw:i:{instance}"


class Scripts(Protocol):
    """Carries scripts out; `gateway.cluster.shared.SharedRedis`."""

    async def run(
        self, script: Script, keys: Sequence[str], args: Sequence[str | bytes | float]
    ) -> Any:  # noqa: ANN401 - what the script returns
        """Carry out a script, or raise `StoreUnavailable`."""


class Tenure:
    """`actors.ports.Tenure`: good until it ends, or until a moment that each renewal puts off.

    Attributes:
        until: that moment, in the clock's seconds.
    """

    __slots__ = ("_clock", "until")

    def __init__(self, clock: Callable[[], float], until: float) -> None:
        self._clock = clock
        self.until = until

    @property
    def held(self) -> bool:
        """Whether it is good still."""
        return self._clock() < self.until

    def put_off(self, until: float) -> None:
        """Let it be good until then."""
        self.until = until

    def end(self) -> None:
        """Let it be good no more."""
        self.until = -1.0


class Lease:
    """What this instance may do, from its own clock.

    Attributes:
        tenure: of sessions that begin now. The one that was lost is never held again.
    """

    def __init__(
        self, on_lost: Callable[[], None], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Begin it.

        Args:
            on_lost: is called when the tenure was lost, and another one has begun.
            clock: returns seconds, and goes on while this process is stopped. It is not the event
                loop's, which may have looked at it long ago.
        """
        self._on_lost = on_lost
        self._clock = clock
        self.tenure = Tenure(clock, clock() + LEASE_S)

    def begin(self) -> None:
        """Let it run from now on."""
        self.tenure.put_off(self._clock() + LEASE_S)

    def check(self) -> None:
        """Find out whether it was lost."""
        if not self.tenure.held:
            self.tenure.end()
            self.tenure = Tenure(self._clock, self._clock() + LEASE_S)
            self._on_lost()

    def tried(self) -> None:
        """It was renewed, or Redis could not be asked: then nobody else can ask either."""
        self.check()
        self.tenure.put_off(self._clock() + LEASE_S)


class LeaseKeeper:
    """Renews an instance's lease, and tells others its load with it."""

    def __init__(  # noqa: PLR0913 - its collaborators, all but the first four by keyword
        self,
        instance: str,
        lease: Lease,
        redis: Scripts,
        observer: Observer,
        *,
        facts: Callable[[], Mapping[str, str | float]],
        on_wiped: Callable[[], None],
    ) -> None:
        """Renew nothing yet.

        Args:
            instance: its name.
            lease: is told of each renewal.
            redis: where it is kept.
            observer: is told what happens.
            facts: returns what others may know of this instance.
            on_wiped: is called when Redis has lost what it held, although it was not away.
        """
        self._known: tuple[str, ...] = ()
        self._instance = instance
        self._keys = (INSTANCES, key_of(instance))
        self._lease = lease
        self._redis = redis
        self._observer = observer
        self._facts = facts
        self._on_wiped = on_wiped
        self._renewed_at: float | None = None
        self._sure_from = 0.0
        self._at_once = asyncio.Event()

    async def others(self) -> Roll:
        """Return the other instances; if Redis does not say at once, as they were known last."""
        try:
            async with asyncio.timeout(_NAMED_WITHIN_S):
                self._note(await self._redis.run(NAMES, (INSTANCES,), ()))
        except (StoreUnavailable, TimeoutError):
            return Roll(self._known, complete=False)
        return Roll(self._known, complete=self._sure and self._renewed_at is not None)

    def _note(self, names: Sequence[bytes]) -> None:
        found = [name.decode() for name in names]
        if self._instance not in found and self._renewed_at is not None:
            self.renew_at_once()
        if not self._sure:
            found += self._known
        self._known = tuple(name for name in dict.fromkeys(found) if name != self._instance)

    @property
    def _sure(self) -> bool:
        """Whether Redis knows of every instance."""
        return asyncio.get_running_loop().time() >= self._sure_from

    def _doubt(self) -> None:
        """Redis may have forgotten some, until they have renewed their leases."""
        self._sure_from = asyncio.get_running_loop().time() + _UNSURE_S

    def renew_at_once(self) -> None:
        """Renew it now: Redis is back, or has forgotten it."""
        self._doubt()
        self._at_once.set()

    async def run(self) -> None:
        """Renew it until cancelled; then take this instance out of the sets."""
        self._lease.begin()
        try:
            while True:
                self._lease.check()
                with contextlib.suppress(StoreUnavailable):
                    await self._renew()
                self._lease.tried()
                self._at_once.clear()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(RENEW_S):
                        await self._at_once.wait()
        finally:
            with contextlib.suppress(StoreUnavailable):
                await self._redis.run(LEAVE, self._keys, (self._instance,))

    async def _renew(self) -> None:
        now = asyncio.get_running_loop().time()
        fields = [part for fact in self._facts().items() for part in fact]
        args = (self._instance, int(LEASE_S * 1000), *fields)
        known, names = await self._redis.run(RENEW, self._keys, args)
        if self._renewed_at is None:
            self._observer.note("instance_joined", instance=self._instance)
        recent = self._renewed_at is not None and now - self._renewed_at < _WIPED_S
        self._renewed_at = now
        if recent and not known:
            self._doubt()
            self._observer.warn("redis_wiped")
            self._on_wiped()
        self._note(names)
