"""Adapter: what was spent today, in the Redis of all instances, as `gateway.spending.Counters`."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from gateway.cluster.shared import Script, SharedRedis
from gateway.cluster.store import DAY_MS
from schemas.bill import Bill
from schemas.messages import SpendingTold

_ONCE_MS: Final = 24 * 3_600_000
"""How long it is kept what was counted last: Redis is not away for so long, or has lost all."""
_RANDOM_BYTES: Final = 8
_EVERYBODY: Final = "gw:{*}:"
"""No user is called that."""
SPEND: Final = Script(
    "spend",
    """
-- Add to what was spent on a day, once, and return that: a process's numbers rise.
local day, last, op, once_ms, day_ms = KEYS[1], KEYS[2], ARGV[1], ARGV[2], ARGV[3]
if tonumber(op) > tonumber(redis.call('GET', last) or 0) then
  -- First, for a Redis that is full refuses this; it refuses nothing after another write.
  redis.call('SET', last, op, 'PX', once_ms)
  redis.call('HINCRBY', day, 'tokens', ARGV[4])
  redis.call('HINCRBY', day, 'nanos', ARGV[5])
  redis.call('HINCRBY', day, 'spoken_ms', ARGV[6])
  redis.call('PEXPIRE', day, day_ms)
end
return redis.call('HMGET', day, 'tokens', 'nanos')
""",
)
"""``op, once_ms, day_ms, tokens, nanos, spoken_ms``; KEYS are the day's and that of the last op."""


class RedisCounters:
    """Counts in Redis: one script for the user's day, the same for everybody's.

    They are two calls because a cluster keeps the two in two places.
    """

    def __init__(self, redis: SharedRedis, *, wall_clock: Callable[[], float] = time.time) -> None:
        self._redis = redis
        self._wall_clock = wall_clock
        # Not the instance's, which may be started anew under its name, and counts from one again.
        self._process = secrets.token_hex(_RANDOM_BYTES)

    async def add(self, op: int, user_id: str, bill: Bill, audio_ms: int) -> SpendingTold:
        """Count it, for the user and for everybody."""
        user = await self._add(f"gw:{{{user_id}}}:", op, bill, audio_ms)
        return SpendingTold(user, await self._add(_EVERYBODY, op, bill, audio_ms))

    async def everybody(self) -> Bill:
        """Return what all users have spent today."""
        found = await self._redis.call("HMGET", self._day(_EVERYBODY), "tokens", "nanos")
        return _bill(found)

    async def _add(self, prefix: str, op: int, bill: Bill, audio_ms: int) -> Bill:
        keys = [self._day(prefix), f"{prefix}spent:{self._process}"]
        args = (op, _ONCE_MS, DAY_MS, bill.tokens, bill.nanos, audio_ms)
        return _bill(await self._redis.run(SPEND, keys, args))

    def _day(self, prefix: str) -> str:
        return f"{prefix}day:{datetime.fromtimestamp(self._wall_clock(), UTC).date().isoformat()}"


def _bill(found: list[bytes | None]) -> Bill:
    tokens, nanos = found
    return Bill(int(tokens or 0), int(nanos or 0))
