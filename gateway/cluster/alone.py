"""Whether this process is one of several instances, or alone: without Redis it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from actors.ports import FOR_GOOD, Observer, Tenure
from actors.registry import SessionRegistry
from gateway.cluster.instances import HereOnly, SessionsView
from gateway.cluster.own import OwnSessions


class Member(Protocol):
    """This process among the instances that there are."""

    @property
    def view(self) -> SessionsView:
        """The sessions of all instances, for admins."""

    def tenure(self) -> Tenure:
        """Return how long a session that begins now may be served here."""

    async def run(self) -> None:
        """Be an instance until cancelled; returns if that takes nothing."""


class Alone:
    """The only instance.

    Attributes:
        view: its own sessions.
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

    def tenure(self) -> Tenure:
        """Return that nobody else takes its sessions."""
        return FOR_GOOD

    async def run(self) -> None:
        """Do nothing."""
