"""The application as tests need it: everything behind it in memory."""

from __future__ import annotations

from collections.abc import Mapping

from actors.registry import SessionRegistry
from actors.tally import Tally
from gateway.access.access import Access, open_access
from gateway.app import Parts, build
from gateway.cluster.instances import HereOnly
from gateway.cluster.own import OwnSessions
from gateway.counting import CountingObserver
from gateway.memory_store import MemoryStore
from gateway.readiness import Readiness
from gateway.refusals import Refusals
from gateway.settings import Settings
from gateway.spending import Today
from gateway.tracing import Tracing, Untraced
from schemas.bill import NOTHING
from tests.support.fake_upstream import FakeUpstream
from tests.support.recording_observer import RecordingObserver

NOON = 1_790_000_000.0
"""Unix seconds of the only wall clock that tests know."""


class App:
    """The application and what it works with; ready for sessions unless told otherwise.

    Attributes:
        spent: what all have spent today.
    """

    def __init__(
        self,
        environment: Mapping[str, str] | None = None,
        *,
        starting: bool = False,
        tracing: Tracing | None = None,
        access: Access | None = None,
    ) -> None:
        self.upstream = FakeUpstream()
        self.tally = Tally()
        self.observer = RecordingObserver()
        self.registry = SessionRegistry()
        self.readiness = Readiness()
        self.refusals = Refusals()
        self.spent = NOTHING
        settings = Settings.from_environment(environment or {})
        self.store = MemoryStore(
            window_s=settings.resume_window_s,
            most_parked=settings.parked_sessions,
            most_bytes=settings.parked_bytes,
        )
        self.access = access or open_access(settings, self.observer, None)
        if not starting:
            self.readiness.note_ready()
        self.asgi = build(
            Parts(
                settings=settings,
                upstream=self.upstream,
                observer=CountingObserver(self.observer, self.tally),
                registry=self.registry,
                store=self.store,
                readiness=self.readiness,
                access=self.access,
                sessions=HereOnly(OwnSessions("here", self.registry, self.observer)),
                wall_clock=lambda: NOON,
                tally=self.tally,
                tracing=tracing or Untraced(),
                refusals=self.refusals,
                today=lambda: Today(self.spent, settings.budgets.day),
            )
        )
