"""Tests for `actors.restart`."""

from __future__ import annotations

from actors.restart import RestartPolicy, Restarts


def no_luck() -> float:
    return 1.0


def test_the_first_retry_is_immediate_and_later_ones_wait_longer_up_to_a_cap() -> None:
    restarts = Restarts(RestartPolicy(base_s=0.1, cap_s=1.0), no_luck)
    delays = [restarts.failed(now) for now in range(7)]
    assert delays == [0, 0.1, 0.2, 0.4, 0.8, 1.0, 1.0]
    assert restarts.total == 7


def test_delays_are_spread_over_their_whole_range() -> None:
    draws = iter([0.0, 0.5, 1.0])
    restarts = Restarts(RestartPolicy(base_s=1.0, cap_s=100), lambda: next(draws))
    assert [restarts.failed(0) for _ in range(4)] == [0, 0, 1.0, 4.0]


def test_a_link_that_lived_long_enough_starts_the_delays_afresh() -> None:
    restarts = Restarts(RestartPolicy(base_s=1, cap_s=100), no_luck)
    delays = [restarts.failed(now) for now in range(3)]
    restarts.recovered()
    assert [*delays, restarts.failed(3), restarts.failed(4)] == [0, 1, 2, 0, 1]


def test_accept_speak_and_drop_exhausts_the_budget_all_the_same() -> None:
    """A retry counter that the first good message resets would never give up."""
    restarts = Restarts(RestartPolicy(intensity=3, period_s=60, stable_s=3), no_luck)
    delays = []
    for now in (5, 10, 15, 20):
        restarts.recovered()
        delays.append(restarts.failed(now))
    assert delays == [0, 0, 0, None]


def test_failures_older_than_the_period_are_forgiven() -> None:
    restarts = Restarts(RestartPolicy(intensity=1, period_s=60), no_luck)
    assert all(restarts.failed(60.0 * n) is not None for n in range(500))


def test_endless_failures_in_a_row_keep_to_the_cap() -> None:
    restarts = Restarts(RestartPolicy(intensity=5_000, base_s=0.1, cap_s=5), no_luck)
    assert [restarts.failed(0) for _ in range(3_000)][-1] == 5
