"""Instances that share a Redis, as far as their stores go."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from actors.ports import StoreUnavailable
from gateway.cluster.shared import Script, SharedRedis
from gateway.cluster.store import RedisStore
from tests.support.recording_observer import RecordingObserver

PATIENCE_S = 30.0
POLL_S = 0.01
NOON = 1_790_000_000.0


class TwiceRedis(SharedRedis):
    """Carries out each script twice, as if the connection broke before its first answer."""

    async def run(
        self, script: Script, keys: Sequence[str], args: Sequence[str | bytes | float]
    ) -> Any:  # noqa: ANN401 - what the script returns
        """Carry out a script twice, and return what it returned last."""
        await super().run(script, keys, args)
        return await super().run(script, keys, args)


@dataclass(frozen=True, slots=True)
class Instance:
    """One instance's store."""

    name: str
    url: str
    redis: SharedRedis
    store: RedisStore
    observer: RecordingObserver

    async def until(self, fact: Callable[[], bool]) -> None:
        """Return once `fact` holds."""
        async with asyncio.timeout(PATIENCE_S):
            while not fact():  # noqa: ASYNC110 - what changes is in another process
                await asyncio.sleep(POLL_S)

    async def finds_redis_away(self) -> None:
        """Return once a call has failed."""
        async with asyncio.timeout(PATIENCE_S):
            while self.redis.available:
                with contextlib.suppress(StoreUnavailable):
                    await self.redis.call("PING")

    async def finds_redis_back(self) -> None:
        """Return once Redis is back and everything that was owed is stored."""
        await self.until(lambda: self.redis.available and not self.store.view().owed)


@asynccontextmanager
async def instance(  # noqa: PLR0913 - what a store is made with
    url: str,
    name: str = "one",
    *,
    window_s: float = 600,
    most_owed: int = 100,
    most_bytes: int = 1 << 20,
    wall_clock: Callable[[], float] = lambda: NOON,
    twice: bool = False,
) -> AsyncGenerator[Instance, None]:
    """Run the store of an instance, and what keeps it."""
    observer = RecordingObserver()
    redis = (TwiceRedis if twice else SharedRedis)(url, observer, call_s=0.3, probe_s=0.02)
    store = RedisStore(
        redis,
        observer,
        instance=name,
        window_s=window_s,
        most_owed=most_owed,
        most_bytes=most_bytes,
        wall_clock=wall_clock,
    )
    kept = [asyncio.create_task(redis.keep()), asyncio.create_task(store.keep())]
    try:
        yield Instance(name, url, redis, store, observer)
    finally:
        for task in kept:
            task.cancel()
        await asyncio.wait(kept)
