"""Whether this process is one of several instances, or alone: without Redis it is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Protocol

from actors.ports import FOR_GOOD, Observer, Tenure
from actors.registry import SessionRegistry
from gateway.cluster.instances import HereOnly, SessionsView
from gateway.cluster.own import OwnSessions

if TYPE_CHECKING:
    from gateway.cluster.reception import Pay
    from gateway.cluster.shared import SharedRedis


class Member(Protocol):
    """This process among the instances that there are."""

    @property
    def view(self) -> SessionsView:
        """The sessions of all instances, for admins."""

    @property
    def hand_over(self) -> Callable[[str, str, str], Awaitable[object]] | None:
        """Lets another instance park a session; ``None`` if there is no other."""

    def tenure(self) -> Tenure:
        """Return how long a session that begins now may be served here."""

    async def run(self) -> None:
        """Be an instance until cancelled; returns if that takes nothing."""


class Alone:
    """The only instance.

    Attributes:
        view: its own sessions.
        hand_over: nobody.
    """

    def __init__(
        self,
        instance: str,
        registry: SessionRegistry,
        observer: Observer,
        *,
        leave: Callable[[], None],
    ) -> None:
        self.view = HereOnly(OwnSessions(instance, registry, observer, leave=leave))
        self.hand_over = None

    def tenure(self) -> Tenure:
        """Return that nobody else takes its sessions."""
        return FOR_GOOD

    async def run(self) -> None:
        """Do nothing."""


def open_membership(  # noqa: PLR0913 - by keyword
    redis: SharedRedis | None,
    *,
    instance: str,
    registry: SessionRegistry,
    observer: Observer,
    pay: Pay,
    leave: Callable[[], None],
) -> Member:
    """Return this process's place among the instances.

    Args:
        redis: shared by all instances, if there is one.
        instance: what this one is called; no other one is.
        registry: its live sessions.
        observer: is told what happens.
        pay: stores a session that Redis is owed, before another instance takes it.
        leave: begins to drain this process.
    """
    if redis is None:
        return Alone(instance, registry, observer, leave=leave)
    from gateway.cluster.membership import Membership  # noqa: PLC0415 - for its users only

    return Membership(
        redis, instance=instance, registry=registry, observer=observer, pay=pay, leave=leave
    )
