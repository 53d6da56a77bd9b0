"""Where a process keeps its sessions between connections: in its memory, or in a shared Redis."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from actors.ports import Observer, SessionStore
from actors.registry import SessionRegistry
from gateway.cluster.alone import Alone, Member
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

    async def keep(self) -> None:
        """Do what it has to do beside its calls; returns if that is nothing."""


def open_redis(settings: Settings, observer: Observer) -> SharedRedis | None:
    """Return the Redis that instances share, connected to nothing yet; ``None``: there is none."""
    if settings.session_store is None:
        return None
    from gateway.cluster.shared import SharedRedis  # noqa: PLC0415 - megabytes, for its users only

    return SharedRedis(settings.session_store.text, observer)


def open_store(  # noqa: PLR0913 - all but the first three by keyword
    settings: Settings,
    observer: Observer,
    redis: SharedRedis | None,
    *,
    instance: str,
    registry: SessionRegistry,
    leave: Callable[[], None],
) -> tuple[ServingStore, Member]:
    """Return where sessions are kept, and this process's place among those that keep them there.

    Args:
        settings: what the operator chose.
        observer: is told what happens.
        redis: shared by all instances, if there is one.
        instance: what this one is called; no other one is.
        registry: its live sessions.
        leave: begins to drain this process.
    """
    if redis is None:
        memory = MemoryStore(
            window_s=settings.resume_window_s,
            most_parked=settings.parked_sessions,
            most_bytes=settings.parked_bytes,
        )
        return memory, Alone(instance, registry, observer, leave=leave)
    from gateway.cluster.membership import Membership  # noqa: PLC0415 - as above
    from gateway.cluster.store import RedisStore  # noqa: PLC0415 - as above

    # Each asks the other: for what Redis is owed, and for a session that another instance has.
    async def pay(session_id: str) -> None:
        await store.pay(session_id)

    member = Membership(
        redis,
        instance=instance,
        registry=registry,
        observer=observer,
        pay=pay,
        leave=leave,
    )
    store = RedisStore(
        redis,
        observer,
        instance=instance,
        window_s=settings.resume_window_s,
        most_owed=settings.parked_sessions,
        most_bytes=settings.parked_bytes,
    )
    store.hand_over = member.hand_over
    return store, member


def open_counters(redis: SharedRedis | None) -> Counters:
    """Return where what is spent is counted: in Redis, if there is one."""
    if redis is None:
        return MemoryCounters()
    from gateway.cluster.counters import RedisCounters  # noqa: PLC0415 - as above

    return RedisCounters(redis)
