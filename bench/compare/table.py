"""Shows what a comparison found: a line for each figure, a column for each contestant. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Final, TypeAlias

from bench.compare.plan import Load
from bench.compare.results import Results, Row
from bench.compare.run import LIMIT_MS, SENTENCES
from bench.compare.window import middle, middle_of

FLOOR: Final = "haproxy"
PROTOTYPE: Final = "seed-way"
Cell: TypeAlias = Callable[[Row], str]
Line: TypeAlias = tuple[str, Cell]


def lines(results: Results, loads: Sequence[Load]) -> list[list[str]]:
    """Return the table's cells, the header first."""
    header = ["", *(row.title for row in results.rows)]
    return [header, *([name, *map(cell, results.rows)] for name, cell in _lines(results, loads))]


def markdown(results: Results, loads: Sequence[Load]) -> str:
    """Return the table for a document."""
    header, *rest = lines(results, loads)
    ruled = [header, ["---", *["---:"] * (len(header) - 1)], *rest]
    return "\n".join("| " + " | ".join(line) + " |" for line in ruled)


def cost(row: Row, purpose: str) -> float:
    """Return a contestant's µs of CPU a chunk under a load, the median of its rounds."""
    return middle([each.cpu_us_per_chunk for each in row.of(purpose)])


def against(results: Results, key: str, row: Row, purpose: str) -> float:
    """Return how many times as much a chunk costs as with another contestant."""
    other = next((each for each in results.rows if each.key == key), None)
    return math.nan if other is None else cost(row, purpose) / (cost(other, purpose) or math.nan)


def _lines(results: Results, loads: Sequence[Load]) -> Iterator[Line]:
    for load in loads:
        yield from _under(results, load)
    first = loads[0].purpose
    yield f"its core busy, {first}", lambda row: _share(row, "busy", first)
    yield "strangers on its core", lambda row: _share(row, "others", first)
    yield (
        f"ms of CPU a session-second, 250 ms x {results.rows[0].phones}, sentences",
        lambda row: f"{middle([w.cpu_ms_per_session_second for w in row.of(SENTENCES)]):.2f}",
    )
    yield (
        f"added delay phone to upstream, {first}: p50 / p95 / p99, ms",
        lambda row: _percentiles("delay_ms", row, first),
    )
    yield (
        "call to phone, sentences: p50 / p95 / p99, ms",
        lambda row: _percentiles("call_ms", row, SENTENCES),
    )
    yield f"sessions a core, p99 of added delay below {LIMIT_MS:.0f} ms", _limit
    yield "memory a session, idle / speaking, KiB", _memory
    yield (
        "first answer / ready after the start, s",
        lambda row: f"{row.start_s:.2f} / {row.ready_s:.2f}",
    )
    yield "chunks sent / lost", _lost
    yield "every byte and product delivered", lambda row: "; ".join(row.faults) or "yes"


def _under(results: Results, load: Load) -> Iterator[Line]:
    purpose = load.purpose
    yield f"**µs of CPU a chunk, {purpose}**", lambda row: f"{cost(row, purpose):.0f}"
    yield "÷ HAProxy", lambda row: _ratio(against(results, FLOOR, row, purpose))
    yield "÷ seed-way", lambda row: _ratio(against(results, PROTOTYPE, row, purpose))


def _ratio(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.2f}"


def _share(row: Row, name: str, purpose: str) -> str:
    return f"{middle([getattr(each, name) for each in row.of(purpose)]):.0%}"


def _percentiles(name: str, row: Row, purpose: str) -> str:
    shares = ("p50", "p95", "p99")
    return " / ".join(f"{middle_of(name, share, row.of(purpose)):.1f}" for share in shares)


def _memory(row: Row) -> str:
    return f"{row.idle_kib:.0f} / {row.speaking_kib:.0f}"


def _lost(row: Row) -> str:
    found = [each for purpose in row.windows.values() for each in purpose]
    return f"{sum(each.sent for each in found)} / {sum(each.lost for each in found)}"


def _limit(row: Row) -> str:
    more = "≥ " if row.saturated_by == "load generator" else ""
    return f"{more}{row.saturated_at}"
