"""Shows what a comparison found, on a terminal and in docs/performance.md."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from bench.compare.plan import Load
from bench.compare.results import Results, Row
from bench.compare.run import SENTENCES
from bench.compare.window import middle, middle_of

Cell: TypeAlias = Callable[[Row], str]
FLOOR: Final = "haproxy"
PROTOTYPE: Final = "seed-way"


def header_and_rows(results: Results, loads: Sequence[Load]) -> tuple[list[str], list[list[str]]]:
    """Return what the columns are called, and a contestant's figures in each line."""
    columns = _columns(results, loads)
    return [*columns], [[cell(row) for cell in columns.values()] for row in results.rows]


def markdown(results: Results, loads: Sequence[Load]) -> str:
    """Return the table for a document."""
    header, rows = header_and_rows(results, loads)
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _columns(results: Results, loads: Sequence[Load]) -> dict[str, Cell]:
    def against(key: str) -> Callable[[Row, str], float]:
        other = next((row for row in results.rows if row.key == key), None)
        return lambda row, of: (
            math.nan if other is None else _cost(row, of) / (_cost(other, of) or math.nan)
        )

    floor, prototype = against(FLOOR), against(PROTOTYPE)
    columns: dict[str, Cell] = {"contestant": lambda row: row.title}
    for load in loads:
        of = load.purpose
        columns |= {
            f"µs a chunk, {of}": lambda row, of=of: f"{_cost(row, of):.0f}",  # type: ignore[misc]
            f"÷ HAProxy, {load.chunk_ms}": lambda row, of=of: _ratio(floor(row, of)),  # type: ignore[misc]
            f"÷ seed-way, {load.chunk_ms}": lambda row, of=of: _ratio(prototype(row, of)),  # type: ignore[misc]
        }
    first = loads[0].purpose
    columns |= {
        "busy": lambda row: f"{middle([each.busy for each in row.of(first)]):.0%}",
        "strangers": lambda row: f"{middle([each.others for each in row.of(first)]):.0%}",
        "ms CPU a session-second, sentences": lambda row: (
            f"{middle([each.cpu_ms_per_session_second for each in row.of(SENTENCES)]):.2f}"
        ),
        "delay p50/p95/p99, ms": lambda row: _percentiles("delay_ms", row, first),
        "call to phone p50/p95/p99, ms": lambda row: _percentiles("call_ms", row, SENTENCES),
        "KiB a session, idle": lambda row: f"{row.idle_kib:.0f}",
        "speaking": lambda row: f"{row.speaking_kib:.0f}",
        "first answer, s": lambda row: f"{row.start_s:.2f}",
        "sessions a core": _limit,
        "relayed": lambda row: "; ".join(row.faults) or "all",
    }
    return columns


def _cost(row: Row, purpose: str) -> float:
    return middle([each.cpu_us_per_chunk for each in row.of(purpose)])


def _ratio(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.2f}"


def _percentiles(name: str, row: Row, purpose: str) -> str:
    shares = ("p50", "p95", "p99")
    return " / ".join(f"{middle_of(name, share, row.of(purpose)):.1f}" for share in shares)


def _limit(row: Row) -> str:
    return (
        f"≥ {row.saturated_at}" if row.saturated_by == "load generator" else f"{row.saturated_at}"
    )
