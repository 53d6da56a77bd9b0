"""Tests for `actors.breaker`."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.breaker import Breaker, BreakerPolicy, Closed, Opened, Opening, Outcome

POLICY = BreakerPolicy(concurrent=3, threshold=2, probe_s=1.0)
ANSWERED, FAILED, GIVEN_UP = Outcome.ANSWERED, Outcome.FAILED, Outcome.GIVEN_UP


def begun(breaker: Breaker, now: float = 0.0) -> Opening:
    opening = breaker.begin(now)
    assert opening is not None
    return opening


def broken(now: float = 0.0) -> Breaker:
    breaker = Breaker(POLICY)
    for _ in range(POLICY.threshold):
        breaker.ended(begun(breaker, now), FAILED, now)
    assert breaker.is_open
    return breaker


def test_so_many_openings_are_under_way_at_once_and_an_outcome_makes_room() -> None:
    breaker = Breaker(POLICY)
    first, *_ = [begun(breaker) for _ in range(3)]
    assert (breaker.opening, breaker.begin(9), breaker.next_turn_at) == (3, None, None)
    assert breaker.ended(first, ANSWERED, 9) is None
    begun(breaker)


def test_failures_in_a_row_open_it() -> None:
    breaker = Breaker(POLICY)
    assert breaker.ended(begun(breaker), FAILED, 5) is None
    assert breaker.ended(begun(breaker), FAILED, 5) == Opened(failures_in_a_row=2)
    assert (breaker.is_open, breaker.next_turn_at) == (True, 6)


@pytest.mark.parametrize(("between", "opens"), [(ANSWERED, False), (GIVEN_UP, True)])
def test_an_answer_between_them_starts_the_row_again(between: Outcome, *, opens: bool) -> None:
    breaker = Breaker(POLICY)
    for outcome in (FAILED, between, FAILED):
        breaker.ended(begun(breaker), outcome, 0)
    assert breaker.is_open is opens


def test_open_it_lets_one_through_every_period_whatever_became_of_the_one_before() -> None:
    breaker = broken(now=10)
    assert breaker.begin(10.99) is None
    begun(breaker, 11)
    assert breaker.begin(11.99) is None
    failing = begun(breaker, 12)
    assert breaker.ended(failing, FAILED, 12.5) is None
    assert (breaker.begin(12.99), breaker.failures_in_a_row) == (None, 3)
    for second in range(20):
        begun(breaker, 13 + second)
    assert breaker.opening == 21


def test_the_first_answer_closes_it_and_says_how_long_it_was_open() -> None:
    breaker = broken(now=10)
    assert breaker.ended(begun(breaker, 15), ANSWERED, 15.5) == Closed(open_s=5.5)
    assert (breaker.is_open, breaker.failures_in_a_row) == (False, 0)
    assert [breaker.begin(15.5) is None for _ in range(4)] == [False, False, False, True]


def test_what_failed_after_it_closed_but_began_before_is_not_counted() -> None:
    breaker = broken(now=0)
    old = [begun(breaker, 1.0 + second) for second in range(5)]
    breaker.ended(begun(breaker, 6), ANSWERED, 6)
    for opening in old:
        assert breaker.ended(opening, FAILED, 7) is None
    assert (breaker.failures_in_a_row, breaker.opening) == (0, 0)
    for _ in range(POLICY.threshold):
        breaker.ended(begun(breaker, 8), FAILED, 8)
    assert breaker.is_open


@given(
    st.integers(1, 6),
    st.integers(1, 6),
    st.lists(
        st.tuples(
            st.sampled_from([ANSWERED, FAILED, FAILED, FAILED, GIVEN_UP, None]),
            st.integers(0, 50),
            st.integers(0, 7),
        ),
        max_size=120,
    ),
)
def test_the_bounds_hold_for_any_order_of_outcomes(
    concurrent: int, threshold: int, steps: list[tuple[Outcome | None, int, int]]
) -> None:
    """Everybody tries as soon as possible; steps are an outcome, whose, and eighths of a second."""
    policy = BreakerPolicy(concurrent=concurrent, threshold=threshold, probe_s=1.0)
    breaker, now, answers = Breaker(policy), 0.0, 0
    under_way: list[tuple[Opening, int]] = []
    begun_since_answer = 0
    probes: list[float] = []
    for outcome, whose, eighths in steps:
        now += eighths / 8
        while (opening := breaker.begin(now)) is not None:
            under_way.append((opening, answers))
            if breaker.is_open:
                probes.append(now)
            begun_since_answer += not breaker.is_open
        assert breaker.opening == len(under_way)
        assert breaker.is_open or breaker.opening >= concurrent
        assert begun_since_answer <= policy.burst_bound
        assert all(later - earlier >= 1.0 for earlier, later in pairwise(probes))
        if outcome is None or not under_way:
            continue
        opening, begun_after = under_way.pop(whose % len(under_way))
        begun_open = breaker.is_open
        if isinstance(breaker.ended(opening, outcome, now), Opened):
            probes = [now]
        if outcome is ANSWERED:
            begun_since_answer, answers = 0, answers + 1
        elif outcome is GIVEN_UP and begun_after == answers and not begun_open:
            begun_since_answer -= 1
