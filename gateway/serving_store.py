"""Where a process keeps its sessions between connections: in its memory, or in a shared Redis."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Protocol

from actors.ports import Observer, SessionStore
from gateway.counters import MemoryCounters
from gateway.memory_store import MemoryStore
from gateway.settings import Settings
from gateway.spending import Counters
from schemas.admin import StoreView

if TYPE_CHECKING:
    from gateway.cluster.shared import SharedRedis


class ServingStore(SessionStore, Protocol):
    """A store as the process that runs it sees it."""

    def view(self) -> StoreView:
        """Return what it holds, for admins."""

    async def pay(self, session_id: str) -> None:
        """Store a session that is not stored yet, or raise `StoreUnavailable`."""

    async def keep(self) -> None:
        """Do what it has to do beside its calls; returns if that is nothing."""


def open_redis(settings: Settings, observer: Observer) -> SharedRedis | None:
    """Return the Redis that instances share, connected to nothing yet; ``None``: there is none."""
    if settings.session_store is None:
        return None
    from gateway.cluster.shared import SharedRedis  # noqa: PLC0415 - megabytes, for its users only

    return SharedRedis(settings.session_store.text, observer)


def open_store(
    settings: Settings,
    observer: Observer,
    redis: SharedRedis | None,
    *,
    instance: str,
    hand_over: Callable[[str, str, str], Awaitable[object]] | None,
) -> ServingStore:
    """Return where sessions are kept.

    Args:
        settings: what the operator chose.
        observer: is told of sessions that change hands.
        redis: shared by all instances, if there is one.
        instance: what this one is called; no other one is.
        hand_over: lets another instance park a session.
    """
    if redis is None:
        return MemoryStore(
            window_s=settings.resume_window_s,
            most_parked=settings.parked_sessions,
            most_bytes=settings.parked_bytes,
        )
    from gateway.cluster.store import RedisStore  # noqa: PLC0415 - as above

    store = RedisStore(
        redis,
        observer,
        instance=instance,
        window_s=settings.resume_window_s,
        most_owed=settings.parked_sessions,
        most_bytes=settings.parked_bytes,
    )
    store.hand_over = hand_over
    return store


def open_counters(redis: SharedRedis | None) -> Counters:
    """Return where what is spent is counted: in Redis, if there is one."""
    if redis is None:
        return MemoryCounters()
    from gateway.cluster.counters import RedisCounters  # noqa: PLC0415 - as above

    return RedisCounters(redis)
