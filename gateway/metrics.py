"""What `/metrics` shows: a collector that reads integers, sessions and the upstream on a scrape."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, get_args

from prometheus_client import CollectorRegistry, ProcessCollector, exposition
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)

from actors.caps import NANOS, NO_CAP, Cap
from actors.registry import SessionRegistry
from actors.tally import Histogram, Key, Tally
from gateway import refusals
from gateway.known_series import CAUSES, SERIES
from gateway.readiness import Readiness, State
from gateway.spending import Today
from gateway.version import VERSION
from schemas.admin import QueueView, SessionStateName, StoreView, UpstreamHealth

_PREFIX: Final = "gateway_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """What is read.

    Attributes:
        tally: the process's counts.
        registry: the sessions that are their users' newest.
        readiness: whether new sessions are taken.
        upstream: returns how Gemini is.
        store: returns how the store is.
        log_dropped: returns the log lines that nobody read.
        today: returns how the day's cap stands.
        full: whether there is no place for new sessions.
        max_sessions: places; 0 is any number.
    """

    tally: Tally
    registry: SessionRegistry
    readiness: Readiness
    upstream: Callable[[], UpstreamHealth]
    store: Callable[[], StoreView]
    log_dropped: Callable[[], int]
    today: Callable[[], Today]
    full: Callable[[], bool]
    max_sessions: int


@dataclass(frozen=True, slots=True)
class _Family:
    """A counter: its name without `_total`, what it is of, and the names of its labels."""

    name: str
    help: str
    labels: tuple[str, ...] = ()
    unit: float = 1.0
    """What one is worth of what is shown."""


_COUNTERS: Final = {
    "audio_ms": _Family("audio_seconds", "Speech that phones sent.", unit=0.001),
    "breaker_opened": _Family("breaker_opened", "Times that Gemini was found to be down."),
    "cost": _Family(
        "cost_dollars", "What turns cost, where the model's price is known.", unit=1 / NANOS
    ),
    "dropped": _Family("queue_dropped", "What bounded queues dropped.", ("queue", "unit")),
    "events": _Family(
        "events", "Events, as the log names them, whatever its level.", ("event", "severity")
    ),
    "function_called": _Family(
        "function_calls", "Function calls of Gemini's, by outcome.", ("status",)
    ),
    "link_left": _Family("link_rotations", "Healthy links left for new ones.", ("cause",)),
    "link_lost": _Family(
        "link_losses", "Links lost or not granted, by what follows.", ("verdict", "closed_by")
    ),
    "link_opened": _Family("links_opened", "Links that Gemini granted.", ("resumed",)),
    "link_stalled": _Family(
        "link_stalls", "Links given up because speech got no answer.", ("understood",)
    ),
    "products": _Family("products", "Product events told to phones."),
    "session_connected": _Family("sessions_begun", "Connections accepted."),
    "session_ended": _Family("sessions_ended", "Connections ended.", ("code",)),
    "speech_lost": _Family(
        "speech_lost_seconds", "Speech that was dropped unheard, as phones are told.", unit=0.001
    ),
    "tokens": _Family(
        "tokens",
        "Tokens that Gemini bills; estimated: of turns that were cut off before it said.",
        ("direction", "modality"),
    ),
}


class Exposition:
    """Prints the metrics as a scraper wants them."""

    def __init__(self, sources: Sources) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(_Collector(sources))
        ProcessCollector(registry=self._registry)

    def render(self, accept: str) -> tuple[bytes, str]:
        """Return the text, and its media type, which `accept` has a say in."""
        encode, media_type = exposition.choose_encoder(accept)
        return encode(self._registry), media_type


class _Collector:
    """Satisfies prometheus-client's `Collector`."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources

    def describe(self) -> list[Metric]:
        """Return nothing: what there is shows on a scrape."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Read everything."""
        tally = self._sources.tally
        states, queues = self._sessions()
        yield from self._process()
        yield from _counters(tally.counts)
        yield from self._refused()
        yield _gauges("sessions", "Sessions by state.", ("state",), states)
        yield from queues
        yield _histogram(
            "uplink_delay_seconds",
            "From a chunk of speech until Gemini was sent it.",
            tally.uplink_delay,
        )
        yield _histogram(
            "product_delay_seconds",
            "From the end of an utterance until its first product was told.",
            tally.product_delay,
        )
        yield _histogram(
            "loop_lag_seconds", "How late the event loop was, four times a second.", tally.loop_lag
        )
        yield from self._upstream()
        yield from self._store()
        yield from _budget(self._sources.today())

    def _process(self) -> Iterator[Metric]:
        yield _gauges("build_info", "The version that runs.", ("version",), {(VERSION,): 1})
        ready = self._sources.readiness.state is State.READY and not self._sources.full()
        yield _gauge("ready", "Whether new sessions are taken.", ready)
        if self._sources.max_sessions:
            yield _gauge("max_sessions", "Sessions that are taken.", self._sources.max_sessions)
        users = len(self._sources.registry)
        yield _gauge("users", "Users that have a session.", users)
        dropped = _Family("log_lines_dropped", "Log lines that nobody read in time.")
        yield _counter(dropped, {(): self._sources.log_dropped()})

    def _refused(self) -> Iterator[Metric]:
        counts: dict[Key, float] = dict.fromkeys([(cause,) for cause in CAUSES], 0.0)
        counts |= {(cause,): n for cause, n in refusals.counts().items()}
        yield _counter(_Family("refusals", "What was refused, by cause.", ("cause",)), counts)

    def _sessions(self) -> tuple[dict[Key, float], list[Metric]]:
        """Return the sessions by state, and the metrics of their queues."""
        states: Counter[Key] = Counter()
        depths: Counter[Key] = Counter()
        fullest: dict[Key, float] = {}
        for session in tuple(self._sources.tally.sessions):
            gauges = session.gauges()
            states[gauges.state,] += 1
            queues: tuple[tuple[str, QueueView], ...] = (
                ("uplink", gauges.uplink),
                ("inbox", gauges.inbox),
                ("outbox", gauges.outbox),
            )
            for name, queue in queues:
                key = (name, queue.unit)
                depths[key] += queue.depth
                fullest[key] = max(fullest.get(key, 0.0), queue.depth / queue.bound)
        shown: dict[Key, float] = {(name,): states[name,] for name in get_args(SessionStateName)}
        labels = ("queue", "unit")
        return shown, [
            _gauges("queue_depth", "What waits in all sessions together.", labels, depths),
            _gauges("queue_fullest_ratio", "The fullest session's queue.", labels, fullest),
        ]

    def _upstream(self) -> Iterator[Metric]:
        upstream = self._sources.upstream()
        yield _gauge("open_links", "Links to Gemini.", upstream.open_links)
        breaker = upstream.breaker
        if breaker is not None:
            is_open = breaker.state == "open"
            yield _gauge("breaker_open", "Whether Gemini is taken to be down.", is_open)
            yield _gauge("links_waiting", "Sessions in line for a link.", breaker.waiting)

    def _store(self) -> Iterator[Metric]:
        store = self._sources.store()
        yield _gauge("store_available", "Whether it answers.", store.available)
        yield _gauge("store_parked", "Sessions without a connection.", store.parked)
        yield _gauge("store_owed", "Sessions it is to be told.", store.owed)


def _budget(today: Today) -> Iterator[Metric]:
    """Return what all have spent today beside the caps, in the units that have any."""
    caps, spent = today.caps, today.spent
    spans: tuple[tuple[str, Cap, int, int], ...] = (
        ("tokens", caps.tokens, spent.tokens, 1),
        ("dollars", caps.nanos, spent.nanos, NANOS),
    )
    used: dict[Key, float] = {}
    soft: dict[Key, float] = {}
    hard: dict[Key, float] = {}
    for unit, cap, amount, worth in spans:
        key = ("day", unit)
        if cap != NO_CAP:
            used[key] = amount / worth
        if cap.soft is not None:
            soft[key] = cap.soft / worth
        if cap.hard is not None:
            hard[key] = cap.hard / worth
    labels = ("scope", "unit")
    yield _gauges("budget_spent", "What all have spent today, where that is capped.", labels, used)
    yield _gauges("budget_soft_cap", "From where on phones are warned.", labels, soft)
    yield _gauges("budget_hard_cap", "From where on sessions end.", labels, hard)


def _counters(counts: Counter[Key]) -> Iterator[Metric]:
    values: dict[str, dict[Key, float]] = {
        name: dict.fromkeys(SERIES.get(name, ()) if family.labels else [()], 0.0)
        for name, family in _COUNTERS.items()
    }
    for (name, *labels), count in counts.items():
        values[name][tuple(labels)] = count * _COUNTERS[name].unit
    for name, family in _COUNTERS.items():
        yield _counter(family, values[name])


def _counter(family: _Family, values: Mapping[Key, float]) -> Metric:
    metric = CounterMetricFamily(_PREFIX + family.name, family.help, labels=family.labels)
    for labels, value in values.items():
        metric.add_metric(labels, value)
    return metric


def _gauge(name: str, text: str, value: float) -> Metric:
    return _gauges(name, text, (), {(): value})


def _gauges(name: str, text: str, labels: tuple[str, ...], values: Mapping[Key, float]) -> Metric:
    metric = GaugeMetricFamily(_PREFIX + name, text, labels=labels)
    for key, value in values.items():
        metric.add_metric(key, value)
    return metric


def _histogram(name: str, text: str, histogram: Histogram) -> Metric:
    below, buckets = 0, []
    bounds = [*map(str, histogram.bounds), "+Inf"]
    for bound, count in zip(bounds, histogram.buckets, strict=True):
        below += count
        buckets.append((bound, below))
    metric = HistogramMetricFamily(_PREFIX + name, text)
    metric.add_metric((), buckets, histogram.total)
    return metric
