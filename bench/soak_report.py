"""What a soak has shown, and whether a session came to cost more. Pure."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from bench.compare.window import Window, middle, middle_of
from bench.vitals import medians_of_thirds

FLAT: Final = 0.05
"""How much more the last third of the time may take than the middle one."""
_MORE: Final = 1.05
"""How much more a session may take that is aged, among many, or has a long list."""
_PARTS: Final = 3


@dataclass(frozen=True, slots=True)
class Age:
    """What the sessions cost at some age."""

    at_s: float
    cpu_us_per_chunk: float
    rss_mib: float


@dataclass(frozen=True, slots=True)
class Pair:
    """Two kinds of sessions that had their turns one after the other.

    Attributes:
        name: which.
        less: what was measured of the one, a window a round.
        more: what was measured of the other, in the same rounds.
    """

    name: str
    less: list[Window] = field(default_factory=list)
    more: list[Window] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        """How many times as much a session of the other costs, the median over pairs of rounds.

        What disturbs a round disturbs both of its windows. Whoever has been silent for longer
        pays for links that grew old meanwhile, so a round counts with the next one, in which the
        other was first.
        """
        less, more = _costs(self.less), _costs(self.more)
        both = [(sum(less[at : at + 2]), sum(more[at : at + 2])) for at in range(0, len(less), 2)]
        return middle([more / less if less else math.nan for less, more in both])

    @property
    def costs(self) -> tuple[float, float]:
        """Milliseconds of CPU a session-second of both, medians."""
        return _cost(self.less), _cost(self.more)


@dataclass(slots=True)
class Soak:
    """What was seen.

    Attributes:
        sessions: how many spoke all the time.
        ages: what they cost, over time.
        tasks: the gateway's before they came and after they went.
        links: how often a link was replaced meanwhile.
        hours: how long each session has as many links for otherwise.
        calls: how often the upstream called for a product.
        missing: products that did not come.
        failures: what happened to phones.
        pairs: what was compared.
    """

    sessions: int
    ages: Sequence[Age]
    tasks: tuple[int, int]
    links: int
    hours: float
    calls: int
    missing: int
    failures: Sequence[str] = ()
    pairs: list[Pair] = field(default_factory=list)


def report(soak: Soak) -> str:
    """Return it as lines for a terminal."""
    rows = [f"{name:<56} {' / '.join(cells)}" for name, *cells in _rows(soak)]
    broken = "; ".join(broken_promises(soak)) or "none"
    return "\n".join([_told(soak), *rows, f"broken promises: {broken}"])


def section(soak: Soak, made: str) -> str:
    """Return what stands in the document."""
    header = ["", "", "", "ratio"]
    ruled = [header, ["---", *["---:"] * (len(header) - 1)], *_rows(soak)]
    table = "\n".join("| " + " | ".join(line) + " |" for line in ruled)
    broken = "; ".join(broken_promises(soak)) or "none"
    return f"{made} {_told(soak)}\n\n{table}\n\nBroken promises: {broken}."


def broken_promises(soak: Soak) -> list[str]:
    """Return what should not be."""
    found = []
    for name, thirds in (("CPU", _cpu(soak)), ("memory", _rss(soak))):
        if not thirds or thirds[2] > thirds[1] * (1 + FLAT):
            found.append(f"{name} grew with the sessions' age")
    found += [
        f"a session costs more: {pair.name}" for pair in soak.pairs if not pair.ratio <= _MORE
    ]
    if soak.missing:
        found.append("products are missing")
    if soak.failures:
        found.append("phones failed")
    found += [f"{what}: {pair.name}" for pair in soak.pairs for what in _faults(pair)]
    if soak.tasks[1] > soak.tasks[0]:
        found.append("tasks were left")
    return found


def _faults(pair: Pair) -> Iterator[str]:
    windows = [*pair.less, *pair.more]
    missing = sum(each.missing for each in windows)
    if missing:
        yield f"{missing} of {sum(each.calls for each in windows)} products are missing"
    if any(each.failures for each in windows):
        yield "phones failed"


def _told(soak: Soak) -> str:
    lasted = soak.ages[-1].at_s if soak.ages else 0.0
    sessions = max(1, soak.sessions)
    return (
        f"{soak.sessions} sessions spoke for {lasted:.0f} s: each had {soak.calls / sessions:.0f} "
        f"sentences, and {soak.links / sessions:.1f} new links, as many as in {soak.hours:.1f} "
        f"hours otherwise. {soak.calls} products were called for, {soak.missing} are missing."
    )


def _rows(soak: Soak) -> Iterator[list[str]]:
    """Yield lines of four: what, of the one, of the other, how many times as much."""
    for name, thirds in (
        ("µs of CPU a chunk, middle and last third of that time", _cpu(soak)),
        ("MiB of the process, middle and last third", _rss(soak)),
    ):
        if thirds:
            ratio = f"{thirds[2] / thirds[1]:.2f}"
            yield [name, f"{thirds[1]:.1f}", f"{thirds[2]:.1f}", ratio]
        else:
            yield [name, "not measured", "", ""]
    for pair in soak.pairs:
        costs = [f"{cost:.2f}" for cost in pair.costs]
        yield [f"ms of CPU a session-second, {pair.name}", *costs, f"{pair.ratio:.2f}"]
        calls = [f"{middle_of('call_ms', 'p50', each):.1f}" for each in (pair.less, pair.more)]
        yield ["ms from the call to the phone, median", *calls, ""]
    yield ["tasks before the sessions and after", *map(str, soak.tasks), ""]


def _cpu(soak: Soak) -> list[float]:
    """Return the lower quartile of each third: strangers on the core only ever add."""
    values = [age.cpu_us_per_chunk for age in soak.ages]
    size = len(values) // _PARTS
    if size == 0:
        return []
    thirds = (values[:size], values[size : 2 * size], values[-size:])
    return [each[0] if size == 1 else statistics.quantiles(each)[0] for each in thirds]


def _rss(soak: Soak) -> list[float]:
    return medians_of_thirds([age.rss_mib for age in soak.ages])


def _costs(windows: Sequence[Window]) -> list[float]:
    return [window.cpu_ms_per_session_second for window in windows]


def _cost(windows: Sequence[Window]) -> float:
    return middle([each.cpu_ms_per_session_second for each in windows])
