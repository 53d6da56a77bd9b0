from __future__ import annotations

from typing import Any

import pytest

from bench.drain_report import Exit, report
from bench.drain_shopper import DrainShopper
from bench.recording import Item

WELL = Exit(code=0, took_s=4.2, drain_timeout_s=8.0, listed=1)
MILK: Item = ("add", "mleko", 2)
BREAD: Item = ("add", "chleb", 3)


def event(seq: int, item: Item) -> dict[str, Any]:
    action, name, quantity = item
    product = {"id": name, "action": action, "name": name, "quantity": quantity}
    return {"type": "product_detected", "seq": seq, "product": product, "item": None}


def a_shopper(*items: Item) -> DrainShopper:
    """Return one who asked for two things, got these, and was sent away at 100 s."""
    shopper = DrainShopper(0, 1)
    shopper.expected = [MILK, BREAD]
    for seq, item in enumerate(items, start=1):
        shopper.phone.notebook.take(event(seq, item))
    shopper.phone.notebook.events = [(99.0, each) for _, each in shopper.phone.notebook.events]
    shopper.phone.told = [
        (90.0, {"type": "status", "status": "listening"}),
        (99.7, {"type": "status", "status": "draining"}),
        (100.5, {"type": "status", "status": "listening"}),
    ]
    shopper.closed = [(100.0, 1012)]
    shopper.phone.resumed = 1
    return shopper


def broken(capsys: pytest.CaptureFixture[str]) -> str:
    (line,) = (
        line for line in capsys.readouterr().out.splitlines() if line.startswith("broken promises")
    )
    return line.removeprefix("broken promises").strip()


def test_what_the_shopper_noticed_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert report([a_shopper(MILK, BREAD)], WELL, []) == 0
    out = capsys.readouterr().out
    assert "nobody listened for       500 ms median, 500 ms worst" in out
    assert "since the last message    800 ms median, 800 ms worst" in out
    assert "broken promises           none" in out


@pytest.mark.parametrize(
    ("ended", "promise"),
    [
        ({"code": None}, "the instance did not end with code 0"),
        ({"code": 1}, "the instance did not end with code 0"),
        ({"took_s": 9.1}, "it took too long"),
        ({"listed": 0}, "the other instance lacks a session"),
    ],
)
def test_an_end_that_is_not_as_it_should_be_is_named(
    capsys: pytest.CaptureFixture[str], ended: dict[str, Any], promise: str
) -> None:
    parts = {"code": 0, "took_s": 4.2, "drain_timeout_s": 8.0, "listed": 1}
    assert report([a_shopper(MILK, BREAD)], Exit(**parts | ended), []) == 1
    assert broken(capsys) == promise


@pytest.mark.parametrize(
    ("items", "promise"),
    [
        ([MILK], "something was lost"),
        ([MILK, BREAD, MILK], "something was doubled"),
        ([MILK, BREAD, ("add", "ser", 1)], "something was doubled"),
    ],
)
def test_products_that_are_lost_or_doubled_are_named(
    capsys: pytest.CaptureFixture[str], items: list[Item], promise: str
) -> None:
    assert report([a_shopper(*items)], WELL, []) == 1
    assert broken(capsys) == promise


def test_speech_that_was_told_as_lost_is_lost(capsys: pytest.CaptureFixture[str]) -> None:
    shopper = a_shopper(MILK, BREAD)
    shopper.phone.told.append((101.0, {"type": "audio_gap", "ms": 480}))
    assert report([shopper], WELL, []) == 1
    assert broken(capsys) == "something was lost"


def test_a_session_that_begins_anew_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    shopper = a_shopper(MILK, BREAD)
    shopper.phone.resumed, shopper.phone.fresh = 0, 1
    assert report([shopper], WELL, []) == 1
    assert broken(capsys) == "a session was not resumed"


def test_a_phone_that_was_not_sent_away_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    shopper = a_shopper(MILK, BREAD)
    shopper.closed = []
    assert report([shopper], WELL, []) == 1
    assert broken(capsys) == ("a phone was not closed with 1012, once; a shopper noticed for ever")


def test_nobody_who_listens_again_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    shopper = a_shopper(MILK, BREAD)
    del shopper.phone.told[-1]
    assert report([shopper], WELL, []) == 1
    assert broken(capsys) == "a shopper noticed for ever"


def test_an_exception_in_a_log_is_a_broken_promise() -> None:
    assert report([a_shopper(MILK, BREAD)], WELL, ["KeyError: 1"]) == 1
