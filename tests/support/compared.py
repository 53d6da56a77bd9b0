"""Results of a comparison, made up."""

from __future__ import annotations

from typing import Any, Final

from bench.compare.plan import QUICK
from bench.compare.results import Results, Row
from bench.compare.run import SENTENCES
from bench.compare.window import Window

DELAYS: Final = {"p50": 1.0, "p95": 2.0, "p99": 3.0, "worst": 4.0}
FIRST: Final = QUICK.loads[0]


def seen(**parts: Any) -> Window:  # noqa: ANN401 - any attribute
    well: dict[str, Any] = {
        "phones": 150,
        "chunk_ms": 100,
        "cpu_us_per_chunk": 40.0,
        "cpu_ms_per_session_second": 0.4,
        "busy": 0.3,
        "others": 0.1,
        "load": 0.5,
        "sent": 1000,
        "lost": 0,
        "spoilt": 0,
        "delay_ms": DELAYS,
        "calls": 10,
        "missing": 0,
        "call_ms": DELAYS,
        "late_ms": DELAYS,
    }
    return Window(**well | parts)


def row(key: str, us: float, **parts: Any) -> Row:  # noqa: ANN401 - any attribute
    found = Row(key, key.title(), phones=300, **parts)
    for load in QUICK.loads:
        found.add(load.purpose, seen(cpu_us_per_chunk=us))
    found.add(SENTENCES, seen(chunk_ms=250))
    found.limits.append(seen(phones=400))
    return found


def found(*rows: Row) -> Results:
    machine = {"cores": 2, "python": "3.11.7", "system": "Linux 6"}
    return Results("2026-11-25T20:00:00+00:00", "quick", machine, [*rows], [0.2, 0.3], [0.25, 0.9])
