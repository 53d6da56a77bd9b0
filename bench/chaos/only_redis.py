"""What only Redis holds: sessions that no instance has. docs/scaling.md describes the keys."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final

from redis import Redis

_PARKED_AND_FLUSHED: Final = """
local parked = {}
for _, key in ipairs(redis.call('KEYS', 'gw:{*}:s:*')) do
  if redis.call('TYPE', key).ok == 'hash' and redis.call('HGET', key, 'owner') == '' then
    parked[#parked + 1] = key
  end
end
redis.call('FLUSHALL')
return parked
"""
"""One step: nothing comes in between the look and the flush."""


@dataclass(frozen=True, slots=True)
class Flush:
    """A Redis that was emptied.

    Attributes:
        at: when, in Unix seconds.
        sessions: ids of those that it held, and nobody else.
    """

    at: float
    sessions: frozenset[str]


def flush(port: int) -> Flush:
    """Empty a Redis; return which sessions only it held."""
    with Redis(port=port) as redis:
        at = time.time()
        keys: list[bytes] = redis.eval(_PARKED_AND_FLUSHED, 0)
    return Flush(at, frozenset(key.decode().rpartition(":")[2] for key in keys))


def stored_users(port: int) -> set[str]:
    """Return whose sessions it holds."""
    with Redis(port=port) as redis:
        keys: list[bytes] = redis.keys("gw:{*}:s:*")
    return {key.decode().partition("{")[2].partition("}")[0] for key in keys}
