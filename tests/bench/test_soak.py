from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from bench.compare.window import Window
from bench.soak_report import Age, Soak, broken_promises, report


def windows(ms: float, phones: int = 20, missing: int = 0) -> list[Window]:
    delays = {"p50": 1.0, "p95": 2.0, "p99": 3.0, "worst": 4.0}
    return [
        Window(
            phones=phones,
            chunk_ms=100,
            cpu_us_per_chunk=100.0,
            cpu_ms_per_session_second=ms,
            busy=0.3,
            others=0.0,
            load=0.3,
            sent=100,
            lost=0,
            spoilt=0,
            delay_ms=delays,
            calls=10,
            missing=missing,
            call_ms=delays,
            late_ms=delays,
        )
    ]


def ages(cpu: Sequence[float] = (90, 100, 100), rss: Sequence[float] = (90, 100, 100)) -> list[Age]:
    pairs = zip(cpu, rss, strict=True)
    return [Age(at * 5.0, *pair) for at, pair in enumerate(pairs, start=1)]


def soak(**parts: Any) -> Soak:  # noqa: ANN401 - any attribute
    well: dict[str, Any] = {
        "sessions": 200,
        "ages": ages(),
        "tasks": (7, 7),
        "links": 1200,
        "calls": 2000,
        "missing": 0,
        "few": windows(2.0),
        "many": windows(1.0, 500),
        "short": windows(2.0),
        "long": windows(2.0),
    }
    return Soak(**well | parts)


def test_what_stays_flat_keeps_its_promises(capsys: pytest.CaptureFixture[str]) -> None:
    assert report(soak()) == 0
    out = capsys.readouterr().out
    assert "CPU a chunk, µs           90.0 / 100.0 / 100.0" in out
    assert "20 and 500 sessions       2.00 and 1.00 ms of CPU a session-second, ratio 0.50" in out
    assert "broken promises           none" in out


@pytest.mark.parametrize(
    ("parts", "promise"),
    [
        ({"ages": ages(cpu=(90, 100, 106))}, "CPU grew with the sessions' age"),
        ({"ages": ages(rss=(90, 100, 106))}, "memory grew with the sessions' age"),
        ({"ages": ages()[:2]}, "CPU grew with the sessions' age"),
        ({"many": windows(2.2, 500)}, "a session costs more: 20 and 500 sessions"),
        ({"long": windows(2.2)}, "a session costs more: 10 and 400 items"),
        ({"long": []}, "a session costs more: 10 and 400 items"),
        ({"missing": 1}, "products are missing"),
        ({"many": windows(1.0, 500, missing=1)}, "products are missing"),
        ({"failures": ("closed with 1011",)}, "phones failed"),
        ({"tasks": (7, 8)}, "tasks were left"),
    ],
)
def test_each_promise_that_is_broken_is_named(parts: dict[str, Any], promise: str) -> None:
    assert promise in broken_promises(soak(**parts))


def test_a_broken_promise_fails_the_run(capsys: pytest.CaptureFixture[str]) -> None:
    assert report(soak(tasks=(7, 9), ages=[])) == 1
    assert "not measured" in capsys.readouterr().out
