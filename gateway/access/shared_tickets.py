"""Tickets that all instances know: one key of Redis each, taken by whoever is first."""

from __future__ import annotations

from typing import Final

from gateway.cluster.shared import SharedRedis

_KEY: Final = "gw:ticket:"


class SharedTickets:
    """Satisfies `gateway.access.tickets.TicketShelf`."""

    def __init__(self, redis: SharedRedis) -> None:
        self._redis = redis

    async def put(self, digest: str, bearer: bytes, ttl_s: float) -> None:
        """Keep it. A call may be carried out twice: the second finds what the first has kept."""
        await self._redis.call("SET", f"{_KEY}{digest}", bearer, "NX", "PX", int(ttl_s * 1000))

    async def look(self, digest: str) -> bytes | None:
        """Return it."""
        kept: bytes | None = await self._redis.call("GET", f"{_KEY}{digest}")
        return kept

    async def take(self, digest: str) -> bytes | None:
        """Return it once; if the answer is lost on its way, never."""
        kept: bytes | None = await self._redis.call("GETDEL", f"{_KEY}{digest}")
        return kept
