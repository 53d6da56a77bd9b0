from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from bench.takeover_report import TAKEN_OVER, Tally, report
from bench.vitals import Vitals


def a_tally(**parts: Any) -> Tally:  # noqa: ANN401 - any attribute
    """Return what is seen when all is well, but for these parts."""
    well: dict[str, Any] = {
        "attempts": 7,
        "resumed": 5,
        "codes": Counter({TAKEN_OVER: 6}),
        "owners": Counter({1: 6}),
        "most_listed": 1,
        "took_s": [0.01, 0.02],
        "added": [3, 2],
        "listed": [(3, 3), (2, 2)],
        "before": Vitals(0.0, 7, 60.0, 20),
        "after": Vitals(9.0, 7, 61.0, 20),
        "kept": {"parked": 0, "live": 0, "parked_bytes": 0},
    }
    return Tally(**well | parts)


def test_all_is_well_with_one_owner_and_nothing_left(capsys: pytest.CaptureFixture[str]) -> None:
    assert report(a_tally(), []) == 0
    assert "broken promises           none" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("parts", "promise"),
    [
        ({"resumed": 0}, "nobody took over"),
        ({"fresh": 1}, "a session was not resumed"),
        ({"codes": Counter({TAKEN_OVER: 5, None: 1})}, "an older connection was not closed"),
        ({"owners": Counter({1: 5, 2: 1})}, "there was no owner, or more than one"),
        ({"owners": Counter({1: 5, 0: 1})}, "there was no owner, or more than one"),
        ({"most_listed": 2}, "more than one session was listed"),
        ({"listed": [(3, 3), (2, 3)]}, "a list is not what was put on it"),
        ({"listed": [(3, 3), (1, 1)]}, "a list is not what was put on it"),
        ({"kept": {"parked": 1, "live": 0}}, "sessions are left: parked"),
        ({"kept": {}}, "sessions are left: parked, live"),
        ({"after": Vitals(9.0, 8, 61.0, 20)}, "there are more tasks than before"),
        ({"after": Vitals(9.0, 7, 61.0, 21)}, "there are more open files than before"),
    ],
)
def test_each_promise_that_is_broken_is_named(
    capsys: pytest.CaptureFixture[str], parts: dict[str, Any], promise: str
) -> None:
    assert report(a_tally(**parts), []) == 1
    assert f"broken promises           {promise}" in capsys.readouterr().out


def test_an_exception_in_the_log_is_a_broken_promise() -> None:
    assert report(a_tally(), ["KeyError: 1"]) == 1
