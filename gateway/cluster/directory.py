"""Which connection is a user's, over all instances: the newest; the older one is told.

Nothing of this is on a phone's way: claims follow behind, one at a time, a user's newest only.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

from actors.ports import StoreUnavailable
from actors.registry import RegisteredSession
from gateway.cluster.lease import Scripts
from gateway.cluster.shared import Script
from schemas.cluster import ReplaceConnection, Request
from schemas.messages import Replaced

_KEPT_S: Final = 7_200.0
"""Longer than any WebSocket lives where there is a limit; renewed where there is none."""
_RENEW_S: Final = 1_800.0
_AGAIN_S: Final = 0.1
_NEAR_S: Final = 0.01
_MOST_LOOKS: Final = 3
"""At Redis's clock: until one took no more than `_NEAR_S`, for by half of that it may be wrong."""
_MOST_RELEASES: Final = 10_000
"""That wait; beyond, a connection that is gone is forgotten by itself when its time is up."""

CLOCK: Final = Script(
    "clock",
    """
local time = redis.call('TIME')
return time[1] * 1000 + math.floor(time[2] / 1000)
""",
)
"""Returns Redis's Unix time in ms."""

CLAIM: Final = Script(
    "claim",
    """
local since = tonumber(ARGV[3])
local found = redis.call('HMGET', KEYS[1], 'instance', 'connection', 'number', 'older_instance',
                         'older_connection')
if found[2] == ARGV[2] then
  redis.call('PEXPIRE', KEYS[1], ARGV[4])
  return {1, found[4], found[5]}
end
if found[2] and tonumber(found[3]) > since then
  return {0, found[1], found[2]}
end
local instance, connection = found[1] or '', found[2] or ''
redis.call('HSET', KEYS[1], 'instance', ARGV[1], 'connection', ARGV[2], 'number', since,
           'older_instance', instance, 'older_connection', connection)
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return {1, instance, connection}
""",
)
"""Key: the user's connection. Arguments: instance, connection, since when it is there by Redis's
clock and the time to live, both in ms.

Returns whether it is the newest, and the other: the older one, however often it is asked for the
same, or the one that is newer. It is told in Redis's time, not in ours, which differ, and not by
its age: a claim may wait in the socket of a Redis that does nothing for a while, and is carried out
then, though its connection may be gone.
"""

RELEASE: Final = Script(
    "release",
    """
if redis.call('HGET', KEYS[1], 'connection') == ARGV[1] then
  return redis.call('DEL', KEYS[1])
end
return 0
""",
)
"""Key: the user's connection. Argument: the connection that is gone."""


def key_of(user_id: str) -> str:
    """Return the key of which connection is the user's, a hash."""
    return f"gw:{{{user_id}}}:live"


Tell: TypeAlias = Callable[[str, Request], Awaitable[bool]]


@dataclass(slots=True)
class _Live:
    """A connection of this instance.

    Attributes:
        connection: its name, which no other has.
        since: when it was there, in monotonic seconds.
        claimed: Redis may know of it.
    """

    session: RegisteredSession
    connection: str
    since: float
    claimed: bool = False


class Directory:
    """`actors.registry.Watcher`: claims users for their newest connections, behind their backs.

    What waits is bounded by the connections that this instance has. While Redis is away nothing
    waits; all are claimed once it is back.
    """

    def __init__(  # noqa: PLR0913 - by keyword
        self,
        instance: str,
        redis: Scripts,
        *,
        tell: Tell,
        settled: Callable[[], bool],
        clock: Callable[[], float] = time.monotonic,
        name: Callable[[], str] = lambda: uuid.uuid4().hex,
    ) -> None:
        """Begin empty.

        Args:
            instance: its name.
            redis: where claims are kept.
            tell: asks another instance for what has no reply; returns whether it was there.
            settled: whether one that is not there has gone. It may not have right after Redis is
                back, when not all have found it again.
            clock: returns monotonic seconds.
            name: returns a name that no other connection has.
        """
        self._instance = instance
        self._redis = redis
        self._tell = tell
        self._settled = settled
        self._clock = clock
        self._name = name
        self._live: dict[str, _Live] = {}
        self._claims: dict[str, None] = {}
        self._releases: dict[str, str] = {}
        """By the connection, whose it was."""
        self._ahead_ms: int | None = None
        """Of our clock, Redis's: not known yet, or it may be another Redis by now."""
        self._filled = asyncio.Event()
        self._busy = False

    @property
    def settled(self) -> bool:
        """Whether Redis has been told of all connections."""
        return not (self._claims or self._releases or self._busy)

    def claimed(self, session: RegisteredSession) -> None:
        """A session is its user's now."""
        user_id = session.user_id
        self._live[user_id] = _Live(session, self._name(), self._clock())
        self._claims[user_id] = None
        self._filled.set()

    def released(self, session: RegisteredSession) -> None:
        """It has gone."""
        user_id = session.user_id
        live = self._live.get(user_id)
        if live is None or live.session is not session:
            return
        del self._live[user_id]
        self._claims.pop(user_id, None)
        if live.claimed and len(self._releases) < _MOST_RELEASES:
            self._releases[live.connection] = user_id
            self._filled.set()

    def replace(self, user_id: str, connection: str) -> None:
        """Tell the user's session that it was replaced, if it is that connection's."""
        live = self._live.get(user_id)
        if live is not None and live.connection == connection:
            live.session.tell(Replaced())

    def claim_all(self) -> None:
        """Claim every connection again: Redis may know of none."""
        self._ahead_ms = None
        self._claims = dict.fromkeys(self._live)
        self._filled.set()

    def forget_all(self) -> None:
        """The connections so far are no longer this instance's business: write nothing of them."""
        self._live.clear()
        self._claims.clear()
        self._releases.clear()

    async def run(self) -> None:
        """Claim and release until cancelled."""
        while True:
            try:
                async with asyncio.timeout(_RENEW_S):
                    await self._filled.wait()
            except TimeoutError:
                self.claim_all()
            self._filled.clear()
            self._busy = True
            try:
                await self._catch_up()
            except StoreUnavailable:
                self._claims.clear()
                self._releases.clear()
            self._busy = False

    async def _catch_up(self) -> None:
        while self._releases or self._claims:
            if self._releases:
                connection = next(iter(self._releases))
                user_id = self._releases.pop(connection)
                await self._redis.run(RELEASE, (key_of(user_id),), (connection,))
            if self._claims:
                user_id = next(iter(self._claims))
                del self._claims[user_id]
                await self._claim(user_id, self._live[user_id])

    async def _claim(self, user_id: str, live: _Live) -> None:
        live.claimed = True
        if self._ahead_ms is None:
            self._ahead_ms = await self._measured()
        since_ms = self._ahead_ms + int(1000 * live.since)
        args = (self._instance, live.connection, since_ms, int(_KEPT_S * 1000))
        newest, other, connection = await self._redis.run(CLAIM, (key_of(user_id),), args)
        if not newest:
            self.replace(user_id, live.connection)
        elif other and other.decode() != self._instance:
            request = ReplaceConnection(user_id, connection.decode())
            if not await self._tell(other.decode(), request) and not self._settled():
                await asyncio.sleep(_AGAIN_S)
                if self._live.get(user_id) is live:
                    self._claims[user_id] = None

    async def _measured(self) -> int:
        """Return how far Redis's clock is ahead, in ms, by the shortest of several looks at it."""
        looks: list[tuple[float, int]] = []
        while len(looks) < _MOST_LOOKS and not (looks and min(looks)[0] <= _NEAR_S):
            asked_at = self._clock()
            unix_ms: int = await self._redis.run(CLOCK, (), ())
            took_s = self._clock() - asked_at
            looks.append((took_s, unix_ms - int(1000 * (asked_at + took_s / 2))))
        return min(looks)[1]
