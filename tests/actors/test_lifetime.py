"""Tests for `actors.lifetime`."""

from __future__ import annotations

import math

from actors.lifetime import Lifetime


def test_a_phone_that_says_nothing_is_idle_after_a_while() -> None:
    life = Lifetime(idle_s=60, age_s=0, now=100.0)
    assert life.deadline == 160.0
    assert life.passed(159.9, None) is None
    assert life.passed(160.0, None) == "idle"


def test_what_it_asks_for_and_what_it_says_keep_it_alive() -> None:
    life = Lifetime(idle_s=60, age_s=0, now=0.0)
    life.active_at = 50.0
    assert life.passed(60.0, spoke_at=20.0) is None
    assert life.deadline == 110.0
    assert life.passed(110.0, spoke_at=100.0) is None
    assert life.deadline == 160.0
    assert life.passed(160.0, spoke_at=100.0) == "idle"


def test_a_session_gets_no_older_than_it_may_however_busy_it_is() -> None:
    life = Lifetime(idle_s=60, age_s=100, now=0.0)
    life.active_at = 99.0
    assert life.deadline == 100.0
    assert life.passed(100.0, spoke_at=99.9) == "age"


def test_earlier_connections_count() -> None:
    life = Lifetime(idle_s=0, age_s=100, now=0.0)
    life.began(70.0, now=10.0)
    assert life.deadline == 40.0
    assert life.passed(39.9, None) is None
    assert life.passed(40.0, None) == "age"


def test_without_limits_it_goes_on_for_ever() -> None:
    life = Lifetime(idle_s=0, age_s=0, now=0.0)
    assert life.deadline == math.inf
    assert life.passed(1e9, None) is None
