"""Tests for `gateway.connects`."""

from __future__ import annotations

import pytest

from gateway.connects import Buckets, Connects, Door

HERE = "192.0.2.1"
ELSEWHERE = "192.0.2.9"


def test_a_bucket_gives_what_it_holds_and_then_as_fast_as_it_fills() -> None:
    buckets = Buckets(60)
    assert [buckets.wait_s("a", 0.0) for _ in range(60)] == [0.0] * 60
    assert buckets.wait_s("a", 0.0) == 1.0
    assert buckets.wait_s("b", 0.0) == 0.0
    assert buckets.wait_s("a", 0.5) == 0.5
    assert buckets.wait_s("a", 1.0) == 0.0
    assert buckets.wait_s("a", 1.0) == 1.0


def test_a_bucket_holds_no_more_however_long_nobody_asks() -> None:
    buckets = Buckets(2)
    assert [buckets.wait_s("a", now) > 0 for now in (0.0, 9e9, 9e9, 9e9)] == [False] * 3 + [True]


def test_of_those_that_nobody_asks_for_only_so_many_are_kept() -> None:
    buckets = Buckets(1, most=2)
    for key in ("a", "b", "a", "c"):
        buckets.wait_s(key, 0.0)
    assert len(buckets) == 2
    assert buckets.wait_s("a", 0.0) > 0
    assert buckets.wait_s("b", 0.0) == 0.0


def test_a_user_who_connects_too_often_is_told_when_to_come_again() -> None:
    door = Door(Connects(per_user=2))
    assert door.refusal("ala", 0.0, takes_over=False) is None
    assert door.refusal("ala", 0.0, takes_over=True) is None
    away = door.refusal("ala", 0.0, takes_over=True)
    assert away is not None
    assert (away.cause, away.status, away.retry_after_s) == ("user_connects", 429, 30)
    assert door.refusal("ola", 0.0, takes_over=False) is None


def test_an_address_that_connects_too_often_is_turned_away_before_anything_else() -> None:
    door = Door(Connects(per_address=1))
    assert door.knock(HERE, 0.0) is None
    away = door.knock(HERE, 0.0)
    assert away is not None
    assert (away.cause, away.status, away.retry_after_s) == ("address_connects", 429, 60)


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        (HERE, HERE, True),
        (HERE, "192.0.2.2", False),
        ("2001:db8::1", "2001:db8::ffff:2", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        (f"::ffff:{HERE}", HERE, True),
        ("::x", "::x", True),
    ],
)
def test_who_has_an_ipv6_address_has_all_of_its_network(
    first: str, second: str, *, same: bool
) -> None:
    door = Door(Connects(sessions_per_address=1))
    door.enter("ala", first)
    assert (door.refusal("ola", 0.0, takes_over=False, address=second) is not None) is same
    door.leave("ala", first)
    assert door.refusal("ola", 0.0, takes_over=False, address=second) is None


def test_phones_that_knock_at_once_do_not_all_get_their_addresss_last_place() -> None:
    door = Door(Connects(sessions_per_address=1))
    assert door.knock(HERE, 0.0) is None
    assert door.knock(HERE, 0.0) is None
    assert door.refusal("ala", 0.0, takes_over=False, address=HERE) is None
    door.enter("ala", HERE)
    away = door.refusal("ola", 0.0, takes_over=False, address=HERE)
    assert away is not None
    assert (away.cause, away.status) == ("address_sessions", 429)


def test_who_comes_back_to_an_address_is_not_in_their_own_way() -> None:
    door = Door(Connects(sessions_per_address=1))
    for _ in range(3):  # those before are half-open
        assert door.refusal("ala", 0.0, takes_over=True, address=HERE) is None
        door.enter("ala", HERE)
    door.enter("ela", ELSEWHERE)
    assert door.refusal("ala", 0.0, takes_over=True, address=ELSEWHERE) is not None
    for _ in range(3):
        assert door.refusal("ola", 0.0, takes_over=False, address=HERE) is not None
        door.leave("ala", HERE)
    assert door.refusal("ola", 0.0, takes_over=False, address=HERE) is None


def test_a_full_instance_says_so_before_and_lets_in_whoever_takes_their_own_place() -> None:
    door = Door(Connects(sessions=40))
    for _ in range(37):
        door.enter("ela", HERE)
    assert door.inside == 37
    door.enter("ela", HERE)
    assert door.nearly_full
    assert door.refusal("ala", 0.0, takes_over=False) is None
    door.enter("ela", HERE)
    door.enter("ela", HERE)
    away = door.refusal("ala", 0.0, takes_over=False)
    assert away is not None
    assert (away.cause, away.status) == ("full", 503)
    assert door.refusal("ala", 0.0, takes_over=True) is None
    door.leave("ela", HERE)
    assert door.refusal("ala", 0.0, takes_over=False) is None


@pytest.mark.parametrize(("most", "at"), [(1, 1), (2, 1), (3, 2), (100, 95)])
def test_an_instance_is_nearly_full_before_it_is(most: int, at: int) -> None:
    door = Door(Connects(sessions=most))
    for _ in range(at):
        assert not door.nearly_full
        door.enter("ela", HERE)
    assert door.nearly_full


def test_without_bounds_everybody_is_let_in() -> None:
    door = Door(Connects())
    for _ in range(1_000):
        assert door.knock(HERE, 0.0) is None
        assert door.refusal("ala", 0.0, takes_over=False) is None
        door.enter("ela", HERE)
    assert not door.nearly_full
