from __future__ import annotations

from bench.latency import described, within


def test_the_median_decides_and_not_the_worst() -> None:
    assert within([10.0, 20.0, 900.0], 20.0)
    assert not within([10.0, 20.1, 20.1], 20.0)


def test_delays_that_were_not_measured_are_not_on_target() -> None:
    assert not within([], 20.0)
    assert described([]) == "not measured"


def test_delays_are_described_by_median_and_worst() -> None:
    assert described([1.0, 2.0, 9.04]) == "2.0 ms median, 9.0 ms worst"
