"""The figures beside their bounds, printed and as Markdown. Pure but for printing."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from bench.storecost.stats import Work

FEWEST_JUDGED: Final = 500
"""Products and parked sessions: a p99 of fewer is chance, and so is their part of the memory."""
SPENDING_A_MINUTE: Final = 4
"""What is spent is counted once a minute, in two commands; what a session spends meanwhile is
counted once more."""
_PERCENT: Final = 100


_NOTHING: Final = Work(1, 0, 0)


@dataclass(slots=True, kw_only=True)
class Costs:
    """What was measured.

    Attributes:
        products: that were called for.
        sessions: that spoke, or were silent.
        parked: sessions that were left.
        alone: what Redis did for one instance without sessions.
        selling: while the products were called for.
        speaking: while sessions spoke and bought nothing.
        silent: while sessions had nothing to say.
        coming: while as many phones came, resumed and left as there are `comings`.
        delays_ms: from call to phone, with sessions in Redis; `memory_delays_ms`: in memory.
        script_p99_ms: of a script, within Redis.
        parked_bytes: of Redis's memory, for all that are parked.
    """

    products: int = 0
    sessions: int = 0
    parked: int = 0
    comings: int = 0
    alone: Work = _NOTHING
    selling: Work = _NOTHING
    speaking: Work = _NOTHING
    silent: Work = _NOTHING
    coming: Work = _NOTHING
    delays_ms: list[float] = field(default_factory=list)
    memory_delays_ms: list[float] = field(default_factory=list)
    script_p99_ms: float = 0.0
    parked_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Row:
    """A figure and its bound."""

    what: str
    value: float
    most: float
    unit: str = ""
    judged: bool = True

    @property
    def is_kept(self) -> bool:
        """Whether the figure is within its bound, or of too little to be judged."""
        return self.value <= self.most or not self.judged


def rows(costs: Costs) -> list[Row]:
    """Return the figures with their bounds."""
    minutes = costs.sessions * costs.speaking.seconds / 60
    silent_minutes = costs.sessions * costs.silent.seconds / 60
    scripts = costs.selling.inside / max(1, costs.products)
    added_ms = percentile(costs.delays_ms, 99) - percentile(costs.memory_delays_ms, 99)
    much = costs.products >= FEWEST_JUDGED
    return [
        Row("commands a product", costs.selling.beyond(costs.alone) / max(1, costs.products), 1.5,
            judged=much),
        Row("… carried out within scripts, a product", scripts, 8),
        Row("commands a minute of a session that speaks",
            costs.speaking.beyond(costs.alone) / minutes, SPENDING_A_MINUTE, judged=much),
        Row("commands a minute of a session that is silent",
            costs.silent.beyond(costs.alone) / silent_minutes, 0.5),
        Row("commands a minute of an instance", costs.alone.sent_a_minute, 75),
        Row("commands for a phone that comes back and leaves",
            costs.coming.beyond(costs.alone) / max(1, costs.comings), 8),
        Row("script within Redis, p99", costs.script_p99_ms, 2, "ms",
            judged=much),
        Row("added to call → phone, p99", added_ms, 20, "ms", judged=much),
        Row("memory of a parked session", costs.parked_bytes / max(1, costs.parked) / 1024, 12,
            "KiB", judged=costs.parked >= FEWEST_JUDGED),
    ]  # fmt: skip


def text(costs: Costs) -> str:
    """Return the table and what it is of, as Markdown."""
    lines = ["| | measured | at most |", "|---|---|---|"]
    lines += [
        f"| {row.what} | {row.value:.2f} {row.unit}".rstrip()
        + f" | {row.most:g} {row.unit}".rstrip()
        + " |"
        for row in rows(costs)
    ]
    memory, redis = costs.memory_delays_ms, costs.delays_ms
    about = (
        f"{costs.products} products typed into sessions of an instance with Redis and as many into "
        "one with its sessions in memory, in turn; from the function call to the product on the "
        f"phone: {_described(memory)} in memory, {_described(redis)} with Redis. "
        f"{costs.sessions} sessions speak for {costs.speaking.seconds:.0f} s and are silent for "
        f"{costs.silent.seconds:.0f} s. {costs.parked} parked sessions have 30 items and 10 events "
        "that nobody has acknowledged each. What an instance asks by itself is taken off."
    )
    return f"{about}\n\n" + "\n".join(lines)


def report(costs: Costs) -> int:
    """Print it; return 1 when a bound is passed."""
    for row in rows(costs):
        verdict = "" if row.is_kept else "   TOO MUCH"
        print(f"{row.what:<50}{row.value:>9.2f} {row.unit:<4} at most {row.most:g}{verdict}")
    print(f"{'call → phone':<50}{_described(costs.delays_ms)}; in memory "
          f"{_described(costs.memory_delays_ms)}")  # fmt: skip
    return int(not all(row.is_kept for row in rows(costs)))


def percentile(values: Sequence[float], percent: int) -> float:
    """Return the smallest value that so many percent do not pass; 0 of none."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * percent // _PERCENT) - 1)] if ordered else 0.0


def _median(values: Sequence[float]) -> float:
    return statistics.median(values) if values else 0.0


def _described(values: Sequence[float]) -> str:
    return f"{_median(values):.1f} ms median, {percentile(values, 99):.1f} ms p99"
