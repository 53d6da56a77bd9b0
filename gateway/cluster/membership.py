"""This instance as one of several: its lease, its end of the bus, its part of the directory."""

from __future__ import annotations

import asyncio
import os
import socket
import time
from collections.abc import Callable, Mapping

from actors.ports import Observer, Tenure
from actors.registry import SessionRegistry
from gateway.cluster.bus import Bus
from gateway.cluster.directory import Directory
from gateway.cluster.hand_over import HandOver
from gateway.cluster.instances import Everywhere
from gateway.cluster.lease import Lease, LeaseKeeper
from gateway.cluster.own import OwnSessions
from gateway.cluster.post import RedisPost
from gateway.cluster.reception import OwnReception, Pay
from gateway.cluster.shared import SharedRedis
from gateway.process_lines import OfTheProcess
from gateway.version import VERSION
from schemas.cluster import Request
from schemas.messages import Draining


class Membership:
    """What makes this process one of several instances.

    Attributes:
        instance: its name.
        view: the sessions of all instances, for admins.
        lease: how long it may serve its sessions.
        directory: which connection is a user's.
        hand_over: gets a session that another instance has.
    """

    def __init__(  # noqa: PLR0913 - by keyword
        self,
        redis: SharedRedis,
        *,
        instance: str,
        registry: SessionRegistry,
        observer: Observer,
        pay: Pay,
        leave: Callable[[], None],
    ) -> None:
        """Put it together; nothing runs yet.

        Args:
            redis: what the instances share.
            instance: the name of this one.
            registry: its live sessions.
            observer: is told what happens.
            pay: stores a session that Redis is owed, before another instance takes it.
            leave: begins to drain this process.
        """
        observer = OfTheProcess(observer)
        self.instance = instance
        self._registry = registry
        self._observer = observer
        self._started_at = int(time.time())
        self._post = RedisPost(instance, redis, observer)
        own = OwnSessions(instance, registry, observer, leave=leave)
        self.lease = Lease(self._on_lost)
        self.directory = Directory(
            instance, redis, tell=self._tell, settled=lambda: self._post.settled
        )
        reception = OwnReception(own, registry, self.directory, pay=pay)
        self._bus = Bus(instance, post=self._post, reception=reception, observer=observer)
        self._keeper = LeaseKeeper(
            instance,
            self.lease,
            redis,
            observer,
            facts=self._facts,
            on_wiped=redis.was_wiped,
        )
        self.view = Everywhere(own, self._bus, others=self._keeper.others)
        self.hand_over = HandOver(self._bus, settled=lambda: self._post.settled)
        registry.watched_by(self.directory)
        redis.on_return(self._keeper.renew_at_once)
        redis.on_return(self.directory.claim_all)

    def tenure(self) -> Tenure:
        """Return how long a session that begins now may be served here."""
        return self.lease.tenure

    async def run(self) -> None:
        """Be one of several until cancelled; then leave."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._post.listen(self._bus.take), name="cluster-post")
            group.create_task(self._bus.run(), name="cluster-bus")
            group.create_task(self.directory.run(), name="cluster-directory")
            group.create_task(self._keeper.run(), name="cluster-lease")

    async def _tell(self, instance: str, request: Request) -> bool:
        return await self._bus.tell(instance, request)

    def _facts(self) -> Mapping[str, str | float]:
        return {
            "host": socket.gethostname(),
            "pid": os.getpid(),
            "version": VERSION,
            "started_at": self._started_at,
            "sessions": len(self._registry),
        }

    def _on_lost(self) -> None:
        """End every session: others may have taken them while this process was stopped."""
        sessions = len(self._registry)
        # A platform may freeze instances that have nothing to do.
        if sessions:
            self._observer.warn("lease_lost", sessions=sessions)
        else:
            self._observer.note("lease_lost", sessions=sessions)
        self.directory.forget_all()
        # It only wakes them: each looks at its tenure before anything else.
        self._registry.tell_all(Draining())
