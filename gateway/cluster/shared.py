"""The Redis that instances share: calls end in time, and one look finds whether it is back."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import (
    ConnectionError,  # noqa: A004 - redis-py's
    NoScriptError,
    ReadOnlyError,
    RedisError,
)

from actors.ports import Observer, StoreUnavailable
from gateway.process_lines import OfTheProcess

CALL_S: Final = 1.0
"""The longest that a call may take, waiting for a connection included."""
_PROBE_S: Final = 0.5
"""From one look for a Redis that is away to the next."""
_PROBE_KEY: Final = "gw:probe"
_CONNECTIONS: Final = 32


def cancellations() -> int:
    """Return how often the current task was told to end, and has not done so yet."""
    task = asyncio.current_task()
    return 0 if task is None else task.cancelling()


def heed_cancellation(before: int = 0) -> None:
    """End the current task if it was told to while redis-py was sending.

    That uses `asyncio.wait_for`, which until Python 3.12 forgets that it was cancelled when what it
    waits for is done in the same moment.

    Args:
        before: how often it had been told already.

    Raises:
        CancelledError: it was told to.
    """
    if cancellations() > before:
        raise asyncio.CancelledError


class Script:
    """A Lua script, which Redis carries out as one step.

    Attributes:
        name: for people.
        text: Lua.
    """

    __slots__ = ("name", "sha", "text")

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.text = text
        self.sha = ""
        """What Redis calls it; known once it was loaded."""


class SharedRedis:
    """One Redis, over a bounded pool of connections.

    When a call fails, Redis is away: calls fail at once until a look finds it back. Nothing waits
    for it more than once, so nothing piles up. A call may be carried out twice, if a connection
    breaks before its answer has come: what is called has to allow for that.

    Attributes:
        available: the last call went well.
        problem: why the last one did not.
    """

    def __init__(
        self, url: str, observer: Observer, *, call_s: float = CALL_S, probe_s: float = _PROBE_S
    ) -> None:
        """Connect to nothing yet.

        Args:
            url: ``redis://…`` or ``rediss://…``.
            observer: is told when Redis goes away, and when it is back.
            call_s: the longest that a call may take.
            probe_s: how often a Redis that is away is looked for.
        """
        self.available = True
        self.problem: str | None = None
        self._observer = OfTheProcess(observer)
        self._call_s = call_s
        self._probe_s = probe_s
        self._away = asyncio.Event()
        self._on_return: list[Callable[[], None]] = []
        self._redis: Redis = Redis.from_pool(
            BlockingConnectionPool.from_url(
                url,
                max_connections=_CONNECTIONS,
                timeout=call_s,
                socket_timeout=call_s,
                socket_connect_timeout=call_s,
                retry=Retry(NoBackoff(), 0),
            )
        )

    def on_return(self, callback: Callable[[], None]) -> None:
        """Call `callback` each time that Redis is back; it may have lost everything."""
        self._on_return.append(callback)

    def was_wiped(self) -> None:
        """Do what is done when Redis is back: it has lost what it held, without going away."""
        for callback in self._on_return:
            callback()

    async def call(self, *command: str | bytes | float) -> Any:  # noqa: ANN401 - what Redis answers
        """Carry out one command.

        Raises:
            StoreUnavailable: it failed, or whether it was carried out is not known.
        """
        return await self._in_time(
            lambda: self._redis.execute_command(*command)  # type: ignore[no-untyped-call]  # redis-py 8.1
        )

    async def run(
        self, script: Script, keys: Sequence[str], args: Sequence[str | bytes | float]
    ) -> Any:  # noqa: ANN401 - what the script returns
        """Carry out a script.

        Raises:
            StoreUnavailable: it failed, or whether it was carried out is not known.
        """

        async def carry_out() -> Any:  # noqa: ANN401 - as above
            if script.sha:
                with contextlib.suppress(NoScriptError):
                    return await self._redis.evalsha(script.sha, len(keys), *keys, *args)
            script.sha = await self._redis.script_load(script.text)
            return await self._redis.evalsha(script.sha, len(keys), *keys, *args)

        return await self._in_time(carry_out)

    def pubsub(self) -> PubSub:
        """Return a subscriber on a connection of its own; errors are those of redis-py."""
        return self._redis.pubsub()

    async def keep(self) -> None:
        """Look for Redis whenever it is away; until cancelled. Closes the connections."""
        try:
            while True:
                await self._away.wait()
                await asyncio.sleep(self._probe_s)
                with contextlib.suppress(RedisError, OSError, TimeoutError):
                    async with asyncio.timeout(self._call_s):
                        # One that takes no writes (full, or a replica by now) is no use to us.
                        await self._redis.set(_PROBE_KEY, 1, px=int(1000 * self._call_s))
                    self._came_back()
                heed_cancellation()
        finally:
            await self._redis.aclose()

    async def _in_time(self, carry_out: Callable[[], Awaitable[Any]]) -> Any:  # noqa: ANN401 - as above
        if not self.available:
            raise StoreUnavailable(self.problem or "Redis is away")
        cancelled = cancellations()
        try:
            answer = await self._in_time_or_fail(carry_out)
        except (RedisError, OSError, TimeoutError) as exc:
            problem = f"Redis: {type(exc).__name__}"
            self._went_away(problem)
            heed_cancellation(cancelled)
            raise StoreUnavailable(problem) from exc
        heed_cancellation(cancelled)
        return answer

    async def _in_time_or_fail(self, carry_out: Callable[[], Awaitable[Any]]) -> Any:  # noqa: ANN401 - as above
        async with asyncio.timeout(self._call_s):
            try:
                return await carry_out()
            except (ConnectionError, ReadOnlyError):
                # Of a Redis that was started again, every connection in the pool is of old;
                # after a failover they lead to what is a replica by now.
                await self._redis.connection_pool.disconnect(inuse_connections=False)
                return await carry_out()

    def _went_away(self, problem: str) -> None:
        self.problem = problem
        if self.available:
            self.available = False
            self._away.set()
            self._observer.warn("redis_away", problem=problem)

    def _came_back(self) -> None:
        self.available, self.problem = True, None
        self._away.clear()
        self._observer.note("redis_back")
        self.was_wiped()
