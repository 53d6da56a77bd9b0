"""One measured stretch of time of one contestant, and what follows from several of them. Pure."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from bench.compare.pacing import Pacing
from bench.compare.percentiles import percentiles

_NS_PER_US: Final = 1e3
_NS_PER_MS: Final = 1e6


@dataclass(frozen=True, slots=True)
class Look:
    """How far everybody is at one moment; nanoseconds.

    Attributes:
        at_ns: by the monotonic clock.
        cpu_ns: what the contestant has used of its core.
        core_ns: what everybody has used of that core.
        load_ns: what the load has used of the busiest of its cores.
        chunks: how many the upstream has received.
        links: how many it was asked for since it was started.
    """

    at_ns: int
    cpu_ns: int
    core_ns: int
    load_ns: int
    chunks: int
    links: int = 0


@dataclass(frozen=True, slots=True)
class Window:
    """What was measured.

    Attributes:
        phones: how many spoke.
        chunk_ms: in chunks of this length.
        cpu_us_per_chunk: of the contestant, less what it uses when nobody speaks.
        cpu_ms_per_session_second: the same, for a second of one phone.
        busy: the share of its core that the contestant used.
        others: the share of that core that strangers used: the noise of the measurement.
        load: the share of its core that the load used; at its limit, delays are its own.
        sent: chunks that the phones sent.
        lost: those that never came.
        spoilt: those that came otherwise, twice, or out of order.
        delay_ms: from phone to upstream, percentiles.
        calls: how often the upstream called for a product.
        missing: products that did not come.
        call_ms: from the call to the phone, percentiles; of calls in the midst of speech.
        late_ms: how late the phones were, percentiles; a measurement is no good if they were.
        failures: what happened to phones.
    """

    phones: int
    chunk_ms: int
    cpu_us_per_chunk: float
    cpu_ms_per_session_second: float
    busy: float
    others: float
    load: float
    sent: int
    lost: int
    spoilt: int
    delay_ms: Mapping[str, float]
    calls: int
    missing: int
    call_ms: Mapping[str, float]
    late_ms: Mapping[str, float]
    failures: Sequence[str] = field(default=())

    @property
    def whole(self) -> bool:
        """Whether every byte and every product arrived."""
        return not (self.lost or self.spoilt or self.missing or self.failures)


@dataclass(frozen=True, slots=True)
class Spoken:
    """What the workers said after a stretch.

    Attributes:
        phones: the generator's answer.
        upstream: the upstream's report.
        products: session, number and time of each that came.
    """

    phones: Mapping[str, Any]
    upstream: Mapping[str, Any]
    products: Sequence[Sequence[int]]


def window(pacing: Pacing, looks: tuple[Look, Look], spoken: Spoken, *, idle: float) -> Window:
    """Put what was seen together.

    Args:
        pacing: what was said.
        looks: at the beginning and at the end.
        spoken: what came of it.
        idle: the share of its core that the contestant uses when nobody speaks.
    """
    before, after = looks
    took_ns = after.at_ns - before.at_ns
    cpu_ns = after.cpu_ns - before.cpu_ns
    core_ns = after.core_ns - before.core_ns
    chunks = after.chunks - before.chunks
    used_ns = max(0.0, cpu_ns - idle * took_ns)
    report = spoken.upstream
    called = {(session, number): at for session, number, *at in report["calls"]}
    came = {(session, number): at for session, number, at in spoken.products}
    call_ms = [
        (came[key] - at) / _NS_PER_MS
        for key, (at, counted) in called.items()
        if counted and key in came
    ]
    return Window(
        phones=pacing.phones,
        chunk_ms=pacing.chunk_ms,
        cpu_us_per_chunk=used_ns / _NS_PER_US / max(1, chunks),
        cpu_ms_per_session_second=used_ns * 1000 / took_ns / pacing.phones,
        busy=cpu_ns / took_ns,
        load=(after.load_ns - before.load_ns) / took_ns,
        others=max(0.0, core_ns - cpu_ns) / took_ns,
        sent=spoken.phones["sent"],
        lost=max(0, spoken.phones["sent"] - report["chunks"]),
        spoilt=report["spoilt"] + report["repeated"] + report["missing"],
        delay_ms=report["delay_ms"],
        calls=len(called),
        missing=len(called.keys() - came.keys()) + report["broken"],
        call_ms=percentiles(call_ms),
        late_ms=spoken.phones["late_ms"],
        failures=tuple(spoken.phones["failures"]),
    )


def middle(values: Sequence[float]) -> float:
    """Return the median; not a number of nothing."""
    return statistics.median(values) if values else float("nan")


def middle_of(name: str, share: str, windows: Sequence[Window]) -> float:
    """Return the median of a percentile over windows."""
    found = [getattr(each, name) for each in windows]
    return middle([percentile[share] for percentile in found if share in percentile])
