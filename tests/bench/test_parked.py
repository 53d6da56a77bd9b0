from __future__ import annotations

from typing import Any

import pytest

from bench.parked_report import FEWEST_JUDGED, Round, report
from bench.vitals import Vitals


def a_round(**parts: Any) -> Round:  # noqa: ANN401 - any attribute
    """Return what is seen when all is well, but for these parts."""
    well: dict[str, Any] = {
        "sessions": 1024,
        "window_s": 60.0,
        "before": Vitals(0.0, 7, 60.0, 20),
        "parked": Vitals(0.0, 7, 70.0, 20),
        "after": Vitals(0.0, 7, 65.0, 20),
        "store": {"parked": 1024, "live": 0, "parked_bytes": 4_194_304},
        "store_after": {"parked": 0, "live": 0, "parked_bytes": 0},
        "gone_after_s": 63.0,
        "asked": 20,
    }
    return Round(**well | parts)


def test_what_a_session_costs_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert report([a_round(), a_round()], []) == 0
    out = capsys.readouterr().out
    assert "10.0 KiB of memory; 4.0 KiB as it is stored" in out
    assert "broken promises           none" in out


@pytest.mark.parametrize(
    ("parts", "promise"),
    [
        ({"short": 1}, "a phone's list was too short"),
        ({"store": {"parked": 1023, "parked_bytes": 1}}, "not all were kept at once"),
        ({"parked": Vitals(0.0, 7, 72.0, 20)}, "a session costs 12 KiB or more"),
        ({"store_after": {"parked": 1}}, "sessions outlived their window"),
        ({"gone_after_s": 70.0}, "sessions outlived their window"),
        ({"still_there": 1}, "a session was there after its window"),
        ({"asked": 0}, "a session was there after its window"),
        ({"parked": Vitals(0.0, 8, 70.0, 20)}, "there are more tasks than before"),
        ({"after": Vitals(0.0, 7, 70.0, 21)}, "there are more files than before"),
    ],
)
def test_each_promise_that_is_broken_is_named(
    capsys: pytest.CaptureFixture[str], parts: dict[str, Any], promise: str
) -> None:
    assert report([a_round(), a_round(**parts)], []) == 1
    assert f"broken promises           {promise}" in capsys.readouterr().out


def test_an_exception_in_the_log_is_a_broken_promise() -> None:
    assert report([a_round()], ["KeyError: 1"]) == 1


def test_what_the_first_round_or_few_sessions_need_is_not_judged() -> None:
    much = Vitals(0.0, 7, 90.0, 20)
    assert report([a_round(parked=much), a_round()], []) == 0
    few = FEWEST_JUDGED - 1
    assert report([a_round(parked=much, sessions=few, store={"parked": few})], []) == 0
