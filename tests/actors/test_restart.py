"""Tests for `actors.restart`."""

from __future__ import annotations

import pytest

from actors.restart import RestartPolicy, Restarts, Verdict, classify

QUOTA = "You exceeded your current quota, please check your plan"


@pytest.mark.parametrize(
    ("code", "reason", "verdict"),
    [
        (1000, "", Verdict.TRANSIENT),
        (1001, "going away", Verdict.TRANSIENT),
        (1006, "", Verdict.TRANSIENT),
        (1007, "Request contains an invalid argument.", Verdict.REFUSED),
        (1008, "models/x is not found", Verdict.REFUSED),
        (1008, "Operation is not implemented, or supported, or enabled.", Verdict.TRANSIENT),
        (1011, "Internal error encountered.", Verdict.TRANSIENT),
        (1011, QUOTA, Verdict.REFUSED),
        (1011, "RESOURCE_EXHAUSTED: Maximum concurrent se", Verdict.REFUSED),
        (1013, "try later", Verdict.TRANSIENT),
        (1013, "billing is not enabled", Verdict.REFUSED),
        (400, "", Verdict.REFUSED),
        (401, "", Verdict.REFUSED),
        (403, "", Verdict.REFUSED),
        (404, "", Verdict.REFUSED),
        (429, "", Verdict.REFUSED),
        (408, "", Verdict.TRANSIENT),
        (500, QUOTA, Verdict.TRANSIENT),
        (503, "", Verdict.TRANSIENT),
    ],
)
def test_code_and_reason_tell_what_passes_from_what_does_not(
    code: int, reason: str, verdict: Verdict
) -> None:
    assert classify(code, reason, closed_by="peer", fresh_may_work=False) is verdict


@pytest.mark.parametrize("code", [1007, 1008, 1011])
def test_closing_it_ourselves_is_never_a_refusal(code: int) -> None:
    """The websockets library closes with 1011 when a ping goes unanswered."""
    assert classify(code, QUOTA, closed_by="nobody", fresh_may_work=False) is Verdict.TRANSIENT


@pytest.mark.parametrize("code", [1007, 1008, 400, 404])
def test_a_refused_resumption_is_tried_again_without_its_handle(code: int) -> None:
    assert (
        classify(code, "invalid", closed_by="peer", fresh_may_work=True) is Verdict.WITHOUT_HANDLE
    )


@pytest.mark.parametrize("reason", [QUOTA, "API key expired. Please renew the API key."])
def test_no_handle_is_to_blame_for_a_key_or_a_quota(reason: str) -> None:
    assert classify(1007, reason, closed_by="peer", fresh_may_work=True) is Verdict.REFUSED


def no_luck() -> float:
    return 1.0


def test_the_first_retry_is_immediate_and_later_ones_wait_longer_up_to_a_cap() -> None:
    restarts = Restarts(RestartPolicy(base_s=0.1, cap_s=1.0), no_luck)
    delays = [restarts.failed(now, lived_s=0) for now in range(7)]
    assert delays == [0, 0.1, 0.2, 0.4, 0.8, 1.0, 1.0]
    assert restarts.total == 7


def test_delays_are_spread_over_their_whole_range() -> None:
    draws = iter([0.0, 0.5, 1.0])
    restarts = Restarts(RestartPolicy(base_s=1.0, cap_s=100), lambda: next(draws))
    assert [restarts.failed(0, lived_s=0) for _ in range(4)] == [0, 0, 1.0, 4.0]


def test_a_link_that_lived_long_enough_starts_the_delays_afresh() -> None:
    restarts = Restarts(RestartPolicy(base_s=1, cap_s=100, stable_s=3), no_luck)
    delays = [restarts.failed(now, lived_s=lived) for now, lived in enumerate([0, 0, 2.9, 3, 0])]
    assert delays == [0, 1, 2, 0, 1]


def test_accept_speak_and_drop_exhausts_the_budget_all_the_same() -> None:
    """A retry counter that the first good message resets would never give up."""
    restarts = Restarts(RestartPolicy(intensity=3, period_s=60, stable_s=3), no_luck)
    delays = [restarts.failed(now, lived_s=4) for now in (5, 10, 15, 20)]
    assert delays == [0, 0, 0, None]


def test_failures_older_than_the_period_are_forgiven() -> None:
    restarts = Restarts(RestartPolicy(intensity=1, period_s=60), no_luck)
    assert all(restarts.failed(60.0 * n, lived_s=59) is not None for n in range(500))


def test_endless_failures_in_a_row_keep_to_the_cap() -> None:
    restarts = Restarts(RestartPolicy(intensity=5_000, base_s=0.1, cap_s=5), no_luck)
    assert [restarts.failed(0, lived_s=0) for _ in range(3_000)][-1] == 5
