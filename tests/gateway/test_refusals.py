from __future__ import annotations

from gateway import refusals


def test_each_refusal_is_counted_under_its_cause() -> None:
    before = refusals.counts().get("a_test", 0)
    refusals.count("a_test")
    refusals.count("a_test")
    assert refusals.counts()["a_test"] == before + 2
