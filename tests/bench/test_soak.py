from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from bench.compare.window import Window
from bench.soak_report import Age, Pair, Soak, broken_promises, report, section
from tests.support.compared import seen


def windows(*ms: float, missing: int = 0) -> list[Window]:
    return [seen(cpu_ms_per_session_second=each, missing=missing) for each in ms]


def ages(cpu: Sequence[float] = (90, 100, 100), rss: Sequence[float] = (90, 100, 100)) -> list[Age]:
    pairs = zip(cpu, rss, strict=True)
    return [Age(at * 5.0, *pair) for at, pair in enumerate(pairs, start=1)]


def pair(less: list[Window], more: list[Window]) -> list[Pair]:
    return [Pair("20 and 500 sessions", less, more)]


def soak(**parts: Any) -> Soak:  # noqa: ANN401 - any attribute
    well: dict[str, Any] = {
        "sessions": 100,
        "ages": ages(),
        "tasks": (7, 7),
        "links": 1200,
        "hours": 2.0,
        "calls": 3000,
        "missing": 0,
        "pairs": pair(windows(2.0), windows(1.0)),
    }
    return Soak(**well | parts)


def test_what_stays_flat_keeps_its_promises() -> None:
    text = report(soak())
    assert "each had 30 sentences, and 12.0 new links, as many as in 2.0 hours" in text
    assert "sessions" in text
    assert "2.00 / 1.00 / 0.50" in text
    assert "broken promises: none" in text


def test_the_document_has_a_table_and_the_verdict() -> None:
    text = section(soak(tasks=(7, 9)), "Measured today.")
    assert text.startswith("Measured today. 100 sessions spoke for 15 s")
    assert "|  |  |  | ratio |\n| --- | ---: | ---: | ---: |\n" in text
    assert "| ms of CPU a session-second, 20 and 500 sessions | 2.00 | 1.00 | 0.50 |" in text
    assert "| tasks before the sessions and after | 7 | 9 |  |" in text
    assert text.endswith("Broken promises: tasks were left.")


@pytest.mark.parametrize(
    ("parts", "promise"),
    [
        ({"ages": ages(cpu=(90, 100, 106))}, "CPU grew with the sessions' age"),
        ({"ages": ages(rss=(90, 100, 106))}, "memory grew with the sessions' age"),
        ({"ages": ages()[:2]}, "CPU grew with the sessions' age"),
        (
            {"pairs": pair(windows(2.0), windows(2.2))},
            "a session costs more: 20 and 500 sessions",
        ),
        ({"pairs": pair([], [])}, "a session costs more: 20 and 500 sessions"),
        ({"missing": 1}, "products are missing"),
        (
            {"pairs": pair(windows(1.0), windows(1.0, missing=1))},
            "1 of 20 products are missing: 20 and 500 sessions",
        ),
        (
            {"pairs": pair([], [seen(failures=("closed with 1011",))])},
            "phones failed: 20 and 500 sessions",
        ),
        ({"failures": ("closed with 1011",)}, "phones failed"),
        ({"tasks": (7, 8)}, "tasks were left"),
    ],
)
def test_each_promise_that_is_broken_is_named(parts: dict[str, Any], promise: str) -> None:
    assert promise in broken_promises(soak(**parts))


def test_windows_are_compared_within_their_round() -> None:
    """The machine was slow in one round: that is no difference between the two."""
    found = soak(pairs=pair(windows(1.0, 9.0, 1.0), windows(1.01, 9.09, 1.01)))
    assert found.pairs[0].ratio == pytest.approx(1.01)
    assert broken_promises(found) == []


def test_what_strangers_take_for_a_while_is_no_growth() -> None:
    cpu = [90] * 4 + [100] * 4 + [100, 100, 140, 140]
    assert broken_promises(soak(ages=ages(cpu, [100] * 12))) == []


def test_what_was_not_measured_is_said() -> None:
    assert "not measured" in report(soak(ages=[]))
