from __future__ import annotations

import pytest

from bench.faults.outcome import FAULT, Outcome, Promise, broken, compressed

MILK = ("add", "mleko", 2)
EGGS = ("add", "jajka", 10)
ONCE = ("connecting", "listening", "reconnecting", "listening", "stopped")
PROMISE = Promise(told=(ONCE,), restarts=(1, 1), back_within_ms=500)


def a_run(**other: object) -> Outcome:
    """A run that keeps `PROMISE`, but for what is said otherwise."""
    kept: dict[str, object] = {
        "told": [*ONCE[:2], FAULT, *ONCE[2:]],
        "expected": [MILK, EGGS],
        "received": [EGGS, MILK],
        "lost_measured_ms": 0.0,
        "backs_ms": [30.0],
        "restarts": 1,
    }
    return Outcome(**{**kept, **other})  # type: ignore[arg-type]  # the tests' own values fit


def test_a_run_that_is_as_promised_breaks_nothing() -> None:
    assert broken(PROMISE, a_run()) == []


@pytest.mark.parametrize(
    ("other", "problem"),
    [
        ({"received": [MILK]}, "lost: add jajka 10"),
        ({"received": [MILK, EGGS, EGGS]}, "came twice: add jajka 10"),
        ({"received": [MILK, EGGS, ("add", "kawa", 1)]}, "came unasked: add kawa 1"),
        (
            {"told": ["connecting", "listening", "stopped"]},
            "the client was told: connecting listening stopped",
        ),
        ({"lost_told_ms": 400}, "400 ms of speech told as lost"),
        ({"lost_measured_ms": 50.0}, "50 ms of speech not heard"),
        ({"backs_ms": [30.0, 501.0]}, "listening again only after 501 ms"),
        ({"restarts": 2}, "2 restarts spent"),
        ({"problems": ["the good handle was forgotten"]}, "the good handle was forgotten"),
    ],
)
def test_each_breach_is_named(other: dict[str, object], problem: str) -> None:
    assert broken(PROMISE, a_run(**other)) == [problem]


@pytest.mark.parametrize(
    ("told", "wrong"),
    [
        (900, []),
        (1_600, []),
        (899, ["899 ms told as lost, 1000 to 1500 ms measured"]),
        (1_601, ["1601 ms told as lost, 1000 to 1500 ms measured"]),
    ],
)
def test_a_loss_that_is_told_must_be_the_loss_that_is_measured(told: int, wrong: list[str]) -> None:
    promise = Promise(told=(ONCE,), speech="told", restarts=(1, 1))
    outcome = a_run(lost_told_ms=told, lost_measured_ms=1_000.0, lost_at_most_ms=1_500.0)
    assert broken(promise, outcome) == wrong


def test_a_loss_that_was_not_measured_is_a_breach_where_it_is_to_be_told() -> None:
    promise = Promise(told=(ONCE,), speech="told", restarts=(1, 1))
    unknown = a_run(lost_told_ms=900, lost_measured_ms=None)
    assert broken(promise, unknown) == ["the loss could not be measured"]


def test_speech_that_nobody_was_to_hear_is_not_asked_for() -> None:
    promise = Promise(told=(ONCE,), speech="unheard", restarts=(1, 1))
    assert broken(promise, a_run(lost_measured_ms=5_000.0)) == []


def test_an_error_is_known_by_how_its_message_begins() -> None:
    promise = Promise(told=(("connecting", "error: Speech is", "stopped"),), restarts=(0, 1))
    told = ["connecting", FAULT, "error: Speech is not processed.", "stopped"]
    assert broken(promise, a_run(told=told)) == []
    assert broken(promise, a_run(told=["connecting", "error: No speech", "stopped"]))


def test_any_of_the_promised_ways_will_do() -> None:
    promise = Promise(told=(("connecting", "stopped"), ONCE), restarts=(1, 1))
    assert broken(promise, a_run()) == []


def test_restarts_that_nobody_could_ask_for_are_not_judged() -> None:
    assert broken(PROMISE, a_run(restarts=None)) == []


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ([], ""),
        (["a", "b"], "a b"),
        (["a", "b", "c", "b", "c", "d"], "a (b c) x2 d"),
        (["a", "a", "a"], "(a) x3"),
        (["a", "b", "a", "b", "a", "b", "a"], "(a b) x3 a"),
    ],
)
def test_what_repeats_itself_is_told_once(told: list[str], shown: str) -> None:
    assert compressed(told) == shown
