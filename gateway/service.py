"""The service behind the port: all that takes time to import, put together and kept running."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

from actors.budget import Price
from actors.ports import Observer
from actors.registry import SessionRegistry
from actors.tally import Tally
from gateway import app
from gateway.access.access import open_access
from gateway.cluster.naming import a_name
from gateway.counting import CountingObserver
from gateway.drain import Drain
from gateway.emulator_child import EmulatorReady, emulator_command
from gateway.gemini_upstream import GeminiUpstream
from gateway.loop_lag import watch_loop
from gateway.prices import PricesInvalid, price_of
from gateway.readiness import Readiness
from gateway.refusals import Refusals
from gateway.serving_store import open_counters, open_redis, open_store
from gateway.settings import Settings, WrongSettings
from gateway.spending import GATHER_S, Spending
from gateway.tracing import open_tracing
from gateway.upstream import UpstreamSlot
from gateway.upstream_keeper import UpstreamKeeper
from gateway.wake_ups import WakeUps
from schemas.messages import StoreReturned
from shopping import LocaleDataInvalid, check_locales


class Log(Observer, Protocol):
    """Writes what happens; `gateway.telemetry.LogObserver`."""

    @property
    def dropped(self) -> int:
        """Lines that were not written, because nobody read them."""


class Service:
    """All that is behind the port.

    Attributes:
        application: the ASGI application.
        drain: how its sessions go.
    """

    def __init__(  # noqa: PLR0913 - what it works with, all but the first by keyword
        self,
        settings: Settings,
        *,
        log: Log,
        readiness: Readiness,
        tell: Callable[[EmulatorReady | None], None],
        wake_ups: WakeUps,
        refusals: Refusals | None = None,
        tally: Tally | None = None,
    ) -> None:
        """Put it together, on any thread; nothing runs yet.

        Args:
            settings: what the operator chose.
            log: is told what happens.
            readiness: is told when the upstream is ready.
            tell: tells people the same; the emulator goes with it if that is the upstream.
            wake_ups: are to heed what the upstream says.
            refusals: what was refused.
            tally: has what was counted before.

        Raises:
            WrongSettings: a locale's data file, or the price table, cannot be used.
        """
        _check_locales()
        price = _price(settings)
        self._settings = settings
        self._tally = tally = tally or Tally()
        self._observer = observer = CountingObserver(log, tally)
        self._readiness = readiness
        self._tell = tell
        self._wake_ups = wake_ups
        self._slot = UpstreamSlot(settings.upstream, observer)
        registry = SessionRegistry()
        instance = settings.instance_id or a_name()
        self._tracing = open_tracing(settings.otlp_endpoint)
        self._redis = open_redis(settings, observer)
        self._store, self._membership = open_store(
            settings,
            observer,
            self._redis,
            instance=instance,
            registry=registry,
            leave=self._leave,
        )
        if self._redis is not None:
            self._redis.on_return(lambda: registry.tell_all(StoreReturned()))
        self._spending = Spending(
            open_counters(self._redis),
            observer,
            day=settings.budgets.day,
            gather_s=0 if settings.budgets.shared else GATHER_S,
            tell_all=registry.tell_all,
            tally=tally,
        )
        parts = app.Parts(
            settings=settings,
            upstream=self._slot,
            observer=observer,
            registry=registry,
            store=self._store,
            readiness=readiness,
            sessions=self._membership.view,
            access=open_access(settings, observer, self._redis),
            tenure=self._membership.tenure,
            tally=tally,
            log_dropped=lambda: log.dropped,
            tracing=self._tracing,
            refusals=refusals or Refusals(),
            spending=self._spending,
            today=self._spending.today,
            price=price,
        )
        self._keep_access = parts.access.keep
        self.application = app.build(parts)
        self.drain = Drain(
            registry=parts.registry,
            readiness=readiness,
            observer=observer,
            limit_s=settings.drain_timeout_s,
            owed=lambda: self._store.view().owed,
        )

    async def keep(self) -> None:
        """Make the upstream ready, and keep what has to be kept running, until cancelled.

        Raises:
            WrongSettings: that shows only when the upstream is made ready; in a group.
        """
        try:
            await self._keep_all()
        finally:
            self._tracing.close()

    async def _keep_all(self) -> None:
        async with asyncio.TaskGroup() as outer:
            if self._redis is not None:
                outer.create_task(self._redis.keep(), name="redis")
            # Those inside have something to say to Redis when they end.
            async with asyncio.TaskGroup() as group:
                group.create_task(self._store.keep(), name="store")
                group.create_task(self._spending.run(), name="spending")
                group.create_task(self._membership.run(), name="membership")
                group.create_task(self._keep_access(), name="access")
                group.create_task(watch_loop(self._tally.loop_lag), name="loop-lag")
                await self._keep_upstream()

    def _leave(self) -> None:
        """Begin to drain, as at the first signal; the server ends once that is over."""
        self.drain.begin(asyncio.get_running_loop().time())

    async def _keep_upstream(self) -> None:
        """Make the upstream ready; return when Gemini is, keep an emulator until cancelled."""
        options = self._settings.upstream
        keeper = UpstreamKeeper(
            slot=self._slot,
            make=lambda chosen: GeminiUpstream(chosen, self._observer, self._wake_ups),
            observer=self._observer,
            on_ready=self._on_ready,
        )
        if self._settings.has_upstream:
            await keeper.use_gemini(options)
        else:
            await keeper.keep_emulator(options, emulator_command(self._settings.ears))

    def _on_ready(self, emulator: EmulatorReady | None) -> None:
        self._readiness.note_ready()
        self._tell(emulator)


def _check_locales() -> None:
    try:
        check_locales()
    except LocaleDataInvalid as exc:
        raise WrongSettings(f"a locale's data file cannot be used: {exc}") from exc


def _price(settings: Settings) -> Price | None:
    try:
        return price_of(settings.model, settings.price_table)
    except PricesInvalid as exc:
        raise WrongSettings(f"PRICE_TABLE cannot be used: {exc}") from exc
