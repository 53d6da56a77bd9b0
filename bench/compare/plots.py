"""What of a comparison is drawn: what a chunk costs, what a session holds, and delays. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bench.compare.plan import Load
from bench.compare.results import Results, Row
from bench.compare.run import LIMIT_MS
from bench.compare.svg import bars, curves
from bench.compare.table import cost
from bench.compare.window import Window, middle

_CHUNK_MS: Final = 100
_STEADY: Final = " ms x "


def costs(results: Results, loads: Sequence[Load]) -> str:
    """Return bars of the CPU a chunk costs, by load."""
    purposes = [load.purpose for load in loads]
    series = {row.key: [cost(row, purpose) for purpose in purposes] for row in results.rows}
    return bars("µs of CPU a chunk", purposes, series)


def memory(results: Results) -> str:
    """Return bars of the memory that a session takes, idle and speaking."""
    series = {row.key: [row.idle_kib, row.speaking_kib] for row in results.rows}
    return bars("KiB of memory a session", ["idle", "speaking"], series)


def delays(results: Results) -> str:
    """Return curves of the 99th percentile of added delay, by sessions on one core."""
    series = {row.key: _by_phones(_of_100_ms(row)) for row in results.rows}
    title = "p99 of added delay, phone to upstream, 100 ms chunks; ms"
    return curves(title, "sessions on one core", series, limit=LIMIT_MS)


def _by_phones(windows: Sequence[Window]) -> list[tuple[float, float]]:
    """Return a point for each number of sessions, the median of what was measured with it."""
    found: dict[int, list[float]] = {}
    for each in windows:
        found.setdefault(each.phones, []).append(each.delay_ms["p99"])
    return [(phones, middle(delays)) for phones, delays in found.items()]


def _of_100_ms(row: Row) -> list[Window]:
    """Return what was measured of steady speech in such chunks, at whatever number of sessions."""
    steady = [window for purpose in row.windows if _STEADY in purpose for window in row.of(purpose)]
    return [each for each in (*steady, *row.limits) if each.chunk_ms == _CHUNK_MS and each.delay_ms]
