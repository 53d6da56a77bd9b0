"""The measurements of instances that share a Redis, each in a small size."""

from __future__ import annotations

from tests.e2e.test_resuming import measured


def test_instances_that_are_killed_and_a_redis_that_is_restarted_lose_nothing() -> None:
    kinds = ("--only", "CUT", "KILLED", "REDIS_RESTARTED")
    printed = measured("chaos", "--faults", "5", "--phones", "4", "--seed", "5", *kinds)
    assert "lost                      0 []" in printed
    assert "doubled                   0 []" in printed
    assert "lists                     4 of 4 equal" in printed


def test_store_costs_what_is_documented() -> None:
    printed = measured("storecost", "--quick")
    assert "TOO MUCH" not in printed
