"""Adapter: messages between instances over Redis' pub/sub, as `gateway.cluster.bus.Post`.

Each instance listens on a channel of its own, on a connection of its own.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from typing import Any, Final

from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

from actors.ports import Observer
from gateway.cluster.shared import Script, SharedRedis, heed_cancellation

_SUBSCRIBED_WITHIN_S: Final = 2.0
_QUIET_S: Final = 2.0
"""A connection that says nothing for so long is asked whether it is there, and given up if it
does not answer within the same time: a Redis that has moved away may never close it."""
_AGAIN_S: Final = 0.25
_SETTLED_S: Final = 2.0
"""How long after this instance has found Redis again others may not have done so yet."""

_SEND: Final = Script(
    "send",
    """
local counts = {}
for i = 2, #ARGV do
  counts[i - 1] = redis.call('PUBLISH', ARGV[i], ARGV[1])
end
return counts
""",
)
"""Arguments: the message, the channels. Returns how many listen on each."""


class RedisPost:
    """Sends messages, and hands on those that come."""

    def __init__(self, instance: str, redis: SharedRedis, observer: Observer) -> None:
        """Connect to nothing yet.

        Args:
            instance: the name that it listens under.
            redis: carries the messages.
            observer: is told when it stops listening, and when it listens again.
        """
        self._channel = _channel(instance)
        self._redis = redis
        self._observer = observer
        self._listens_since: float | None = None
        self._lost = False

    @property
    def settled(self) -> bool:
        """Whether a name that nobody listens under is that of an instance that has gone."""
        now = asyncio.get_running_loop().time()
        return self._listens_since is not None and now - self._listens_since >= _SETTLED_S

    async def send(self, instances: Sequence[str], message: bytes) -> Sequence[int]:
        """Send a message to each; return how many got it under each name."""
        channels = [_channel(instance) for instance in instances]
        counts: list[int] = await self._redis.run(_SEND, (), (message, *channels))
        return counts

    async def listen(self, take: Callable[[bytes], None]) -> None:
        """Hand on what comes to `take`, until cancelled; whatever becomes of Redis."""
        while True:
            try:
                await self._listen_once(take)
            except (RedisError, OSError, TimeoutError) as exc:
                if not self._lost:
                    self._lost = True
                    self._observer.warn("cluster_not_listening", problem=type(exc).__name__)
            self._listens_since = None
            heed_cancellation()
            await asyncio.sleep(_AGAIN_S)

    async def _listen_once(self, take: Callable[[bytes], None]) -> None:
        pubsub = self._redis.pubsub()
        try:
            async with asyncio.timeout(_SUBSCRIBED_WITHIN_S):
                await pubsub.subscribe(self._channel)
            heed_cancellation()
            await self._read(pubsub, take)
        finally:
            with contextlib.suppress(RedisError, OSError):
                await pubsub.aclose()  # type: ignore[no-untyped-call]  # redis-py 8.1

    async def _read(self, pubsub: PubSub, take: Callable[[bytes], None]) -> None:
        asked = False
        while True:
            message: dict[str, Any] | None = await pubsub.get_message(timeout=_QUIET_S)
            if message is not None:
                asked = False
                self._deal_with(message, take)
            elif asked:
                raise TimeoutError("the subscription's connection does not answer")
            else:
                asked = True
                async with asyncio.timeout(_QUIET_S):
                    await pubsub.ping()
                heed_cancellation()

    def _deal_with(self, message: dict[str, Any], take: Callable[[bytes], None]) -> None:
        if message["type"] == "message":
            take(message["data"])
        elif message["type"] == "subscribe":
            self._listens_since = asyncio.get_running_loop().time()
            if self._lost:
                self._lost = False
                self._observer.note("cluster_listening")


def _channel(instance: str) -> str:
    return f"gw:to:{instance}"
