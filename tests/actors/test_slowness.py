"""Tests for `actors.slowness`."""

from __future__ import annotations

from actors.slowness import Slowness


def slow_after(*answers: float) -> list[int]:
    """Return after which answers, counted from 0, the session is called slow."""
    slowness = Slowness()
    return [at for at, after_s in enumerate(answers) if slowness.answered(after_s)]


def test_answers_that_take_ever_longer_are_slow_in_the_end() -> None:
    growing = [0.3, 0.3, 0.4, 0.4, 0.5, 0.6, 0.8, 1.0, 1.2, 1.4, 1.4, 1.4]
    assert slow_after(*growing) == [11]


def test_a_session_that_was_always_slow_is_not_slower() -> None:
    assert slow_after(*[3.0] * 30) == []


def test_one_slow_answer_is_none() -> None:
    assert slow_after(*[0.3] * 10, 9.0, *[0.3] * 10) == []


def test_a_few_hundred_milliseconds_are_nothing_to_change_sessions_for() -> None:
    assert slow_after(*[0.1] * 5, *[0.5] * 20) == []


def test_the_next_session_has_its_own_usual() -> None:
    slowness = Slowness()
    for after_s in [0.3] * 5 + [1.4] * 4:
        assert not slowness.answered(after_s)
    slowness.start_over()
    assert not any(slowness.answered(1.4) for _ in range(20))
