"""Tests for `actors.window`."""

from __future__ import annotations

from actors.window import SlidingWindow


def test_more_than_the_intensity_within_the_period_is_too_much() -> None:
    window = SlidingWindow(intensity=2, period_s=10)
    assert [window.exceeded_by_one_more(now) for now in (0, 1, 2)] == [False, False, True]


def test_what_is_a_period_old_no_longer_counts() -> None:
    window = SlidingWindow(intensity=2, period_s=10)
    assert [window.exceeded_by_one_more(now) for now in (0, 1, 10, 10.9, 11)] == [
        False,
        False,
        False,
        True,
        True,
    ]


def test_a_steady_trickle_is_never_too_much() -> None:
    window = SlidingWindow(intensity=1, period_s=10)
    assert not any(window.exceeded_by_one_more(10.0 * index) for index in range(1000))


def test_no_intensity_at_all_tolerates_nothing() -> None:
    assert SlidingWindow(intensity=0, period_s=10).exceeded_by_one_more(5)
