"""Tests for `actors.allowance`."""

from __future__ import annotations

import pytest

from actors.allowance import UNBOUNDED, Allowance, Rates

RATES = Rates(messages=10, size=1_000, audio_s=2, burst_s=3)
SECOND = 32_000


def test_a_burst_may_come_at_once_and_no_more() -> None:
    allowance = Allowance(RATES, now=5.0)
    allowance.spend(30, 3_000, 6 * SECOND)
    assert allowance.exceeded(5.0) is None
    allowance.spend(1, 0, 0)
    assert allowance.used_up
    assert allowance.exceeded(5.0) == "messages"


@pytest.mark.parametrize(
    ("sent", "limit"),
    [((31, 0, 0), "messages"), ((1, 3_001, 0), "bytes"), ((1, 0, 6 * SECOND + 1), "audio")],
)
def test_each_bucket_has_its_name(sent: tuple[int, int, int], limit: str) -> None:
    allowance = Allowance(RATES, now=0.0)
    allowance.spend(*sent)
    assert allowance.exceeded(0.0) == limit


def test_who_keeps_to_the_rate_may_go_on_for_ever() -> None:
    allowance = Allowance(RATES, now=0.0)
    for second in range(1_000):
        allowance.spend(10, 1_000, 2 * SECOND)
        assert not allowance.used_up or allowance.exceeded(float(second)) is None


def test_who_does_not_is_found_out_within_twice_the_burst() -> None:
    allowance = Allowance(RATES, now=0.0)
    for second in range(7):
        allowance.spend(20, 0, 0)
        if allowance.used_up and allowance.exceeded(float(second)):
            break
    else:
        pytest.fail("nobody noticed")


def test_time_fills_the_buckets_to_the_brim_and_not_beyond() -> None:
    allowance = Allowance(RATES, now=0.0)
    allowance.spend(31, 0, 0)
    assert allowance.exceeded(1_000.0) is None
    allowance.spend(30, 0, 0)
    assert not allowance.used_up
    allowance.spend(1, 0, 0)
    assert allowance.exceeded(1_000.0) == "messages"


def test_without_bounds_nothing_is_too_much() -> None:
    allowance = Allowance(UNBOUNDED, now=0.0)
    allowance.spend(10**9, 10**12, 10**12)
    assert not allowance.used_up
    assert allowance.exceeded(0.0) is None


def test_the_parts_of_a_message_count_as_messages_but_for_half_a_burst_at_most() -> None:
    allowance = Allowance(RATES, now=0.0)
    allowance.spend_parts(14)
    allowance.spend(15, 0, 0)
    allowance.spend_parts(1)
    assert not allowance.used_up
    allowance.spend_parts(500)
    assert allowance.exceeded(1.4) == "messages"
    assert allowance.exceeded(1.5) is None


def test_parts_are_not_counted_where_messages_are_not() -> None:
    allowance = Allowance(UNBOUNDED, now=0.0)
    allowance.spend_parts(500)
    assert not allowance.used_up
