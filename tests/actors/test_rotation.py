"""Tests for `actors.rotation`."""

from __future__ import annotations

import pytest

from actors.rotation import Ages, Rotation

AGES = Ages(link_s=600, session_s=3_480)


def rotation(*, resumed: bool = False) -> Rotation:
    """Return a plan for a link that opened at 0."""
    plan = Rotation(AGES)
    plan.opened(0, resumed=resumed)
    return plan


def test_without_a_link_there_is_nothing_to_leave() -> None:
    plan = Rotation(AGES)
    assert (plan.wanted_at, plan.due_at) == (None, None)
    assert not plan.wanted(1e9)
    assert not plan.overdue(1e9)


def test_a_link_is_left_before_its_age_ends_it() -> None:
    plan = rotation()
    assert not plan.wanted(539.9)
    assert plan.wanted(540)
    assert not plan.overdue(579.9)
    assert plan.overdue(580)
    assert not plan.afresh(580)


def test_a_go_away_wants_a_quiet_moment_at_once_and_leaves_a_third_of_its_notice() -> None:
    plan = rotation()
    plan.go_away(100, 30)
    assert plan.wanted(100)
    assert not plan.overdue(119.9)
    assert plan.overdue(120)


def test_the_earliest_of_several_ends_counts() -> None:
    plan = rotation()
    plan.go_away(100, 30)
    plan.go_away(101, 300)
    assert plan.due_at == pytest.approx(120)


def test_a_go_away_without_notice_leaves_at_once() -> None:
    plan = rotation()
    plan.go_away(100, 0)
    assert plan.overdue(100)


def test_a_slow_session_is_left_for_another_at_a_quiet_moment_only() -> None:
    plan = rotation()
    plan.session_is_slow(100)
    assert plan.wanted(100)
    assert plan.afresh(100)
    assert plan.due_at == 580


def test_the_next_link_starts_the_plan_afresh_but_a_resumed_session_is_as_old_as_before() -> None:
    plan = rotation()
    for opened_at in (540, 1_080, 1_620, 2_160, 2_700):
        plan.closed()
        plan.opened(opened_at, resumed=True)
    assert not plan.wanted(3_131)
    assert plan.wanted(3_132)
    assert plan.afresh(3_132)
    plan.closed()
    plan.opened(3_200, resumed=False)
    assert not plan.afresh(3_500)
    assert not plan.wanted(3_500)


def test_a_session_that_another_connection_began_is_as_old_as_it_is() -> None:
    plan = Rotation(AGES)
    plan.opened(100, resumed=True, session_age_s=3_000)
    assert not plan.afresh(231)
    assert plan.afresh(232)
    plan.closed()
    plan.opened(200, resumed=True, session_age_s=9_999)
    assert not plan.afresh(231)
    plan.opened(300, resumed=False, session_age_s=0)
    assert not plan.afresh(3_000)


def test_why_a_link_is_left_is_the_first_of_what_wants_it() -> None:
    plan = Rotation(Ages(link_s=600.0, session_s=3_480.0))
    plan.opened(0.0, resumed=False)
    assert plan.cause(590.0) == "link_age"
    plan.session_is_slow(590.0)
    assert plan.cause(590.0) == "slow"
    plan.go_away(591.0, 10.0)
    assert plan.cause(591.0) == "go_away"
    plan.closed()
    plan.opened(600.0, resumed=False)
    assert plan.cause(600.0 + 3_400.0) == "session_age"
