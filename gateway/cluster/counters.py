"""Adapter: what was spent today, in the Redis of all instances, as `gateway.spending.Counters`."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from gateway.cluster.shared import Script, SharedRedis
from gateway.cluster.store import DAY_MS
from schemas.bill import Bill
from schemas.messages import SpendingTold

_ONCE_MS: Final = 60_000
"""How long the name of what was counted is kept: a call that is repeated is so at once."""
_EVERYBODY: Final = "gw:{*}:"
"""No user is called that."""
SPEND: Final = Script(
    "spend",
    """
-- Add to what was spent on a day, once, and return that.
local day, once, once_ms, day_ms = KEYS[1], KEYS[2], ARGV[1], ARGV[2]
-- First, for a Redis that is full refuses this; it refuses nothing after another write.
if redis.call('SET', once, 1, 'NX', 'PX', once_ms) then
  redis.call('HINCRBY', day, 'tokens', ARGV[3])
  redis.call('HINCRBY', day, 'nanos', ARGV[4])
  redis.call('HINCRBY', day, 'spoken_ms', ARGV[5])
  redis.call('PEXPIRE', day, day_ms)
end
return redis.call('HMGET', day, 'tokens', 'nanos')
""",
)
"""``once_ms, day_ms, tokens, nanos, spoken_ms``; KEYS are the day's and that of what is added."""


class RedisCounters:
    """Counts in Redis: one script for the user's day, the same for everybody's.

    They are two calls because a cluster keeps the two in two places.
    """

    def __init__(self, redis: SharedRedis, *, wall_clock: Callable[[], float] = time.time) -> None:
        self._redis = redis
        self._wall_clock = wall_clock

    async def add(self, op: str, user_id: str, bill: Bill, audio_ms: int) -> SpendingTold:
        """Count it, for the user and for everybody."""
        user = await self._add(f"gw:{{{user_id}}}:", op, bill, audio_ms)
        return SpendingTold(user, await self._add(_EVERYBODY, op, bill, audio_ms))

    async def everybody(self) -> Bill:
        """Return what all users have spent today."""
        found = await self._redis.call("HMGET", self._day(_EVERYBODY), "tokens", "nanos")
        return _bill(found)

    async def _add(self, prefix: str, op: str, bill: Bill, audio_ms: int) -> Bill:
        keys = [self._day(prefix), f"{prefix}spent:{op}"]
        args = (_ONCE_MS, DAY_MS, bill.tokens, bill.nanos, audio_ms)
        return _bill(await self._redis.run(SPEND, keys, args))

    def _day(self, prefix: str) -> str:
        return f"{prefix}day:{datetime.fromtimestamp(self._wall_clock(), UTC).date().isoformat()}"


def _bill(found: list[bytes | None]) -> Bill:
    tokens, nanos = found
    return Bill(int(tokens or 0), int(nanos or 0))
