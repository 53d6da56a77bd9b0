from __future__ import annotations

import json
from typing import Any

import pytest

from bench.asked import Asked
from bench.recording import Item
from bench.shopper import language_of
from bench.slow_phone import HonestPhone
from bench.slow_report import (
    MOST_TIMES,
    TOO_SLOW,
    Delay,
    Slices,
    SlowOutcome,
    closed_at,
    percentile,
    report,
    times,
)

MILK: Item = ("add", "mleko", 2)
BREAD: Item = ("add", "chleb", 3)
AT = "2026-06-24T12:00:00.500000Z"
CLOSED, OTHERS, LEFT = (
    json.dumps({"message": "closing_client", "code": code, "user_id": user, "time": AT})
    for code, user in ((TOO_SLOW, "slow"), (TOO_SLOW, "honest-001"), (1000, "slow"))
)


def test_delays_belong_to_the_slice_in_which_the_call_was_sent() -> None:
    slices = Slices(100.0, 10.0, 4)
    delays = [Delay(99.9, 1), Delay(100.0, 2), Delay(110.0, 3), Delay(129.0, 4), Delay(141.0, 5)]
    assert slices.of(delays, slow=False) == [[2], [4]]
    assert slices.of(delays, slow=True) == [[3], []]


def test_a_delay_is_from_the_function_call_to_the_product_on_the_phone() -> None:
    honest = HonestPhone(0, 1)
    honest.said = [MILK, BREAD]
    product = {"id": "a", "name": "mleko", "action": "add", "quantity": 2}
    event = {"type": "product_detected", "seq": 1, "product": product, "item": None}
    honest.phone.notebook.events = [(7.5, event)]
    asked = Asked()
    args = {"name": "mleko", "action": "add", "quantity": 2}
    call = {"id": "1", "sent_at_unix_ms": 7_250, "args": args}
    asked.note([{"id": "c1", "setup": language_of(0), "tool_calls": [call]}])
    assert honest.delays(asked) == [Delay(7.25, 250.0)]
    assert honest.missing() == [BREAD]


def test_percentiles_are_those_of_what_was_seen() -> None:
    values = [float(value) for value in range(1, 102)]
    assert [percentile(values, each) for each in (50, 99, 100)] == [51, 100, 101]
    assert percentile([7.0], 99) == 0


def test_delays_of_a_few_milliseconds_are_not_told_apart() -> None:
    assert times([[1.0, 1.0]], [[9.0, 9.0]]) == pytest.approx(1.8)
    assert times([[10.0, 10.0]], [[31.0, 31.0]]) == pytest.approx(3.1)
    assert times([], []) == 0


def test_one_slice_in_which_the_machine_was_busy_does_not_count() -> None:
    busy, idle = [400.0, 400.0], [10.0, 10.0]
    assert times([idle, idle, idle], [idle, busy, idle]) == pytest.approx(1.0)
    assert times([idle, idle, idle], [busy, busy, idle]) > MOST_TIMES


def test_only_the_slow_phones_closes_with_that_code_count() -> None:
    assert closed_at(TOO_SLOW, "slow", [CLOSED, OTHERS, LEFT, "no JSON"]) == [1_782_302_400.5]


ALONE, NOTICED = [[10.0, 12.0, 11.0]], [[10.0, 12.0, 40.0]]


def test_an_honest_phone_that_notices_nothing_is_as_it_should_be(
    capsys: pytest.CaptureFixture[str],
) -> None:
    slow = SlowOutcome(resumed=2)
    assert report((ALONE, ALONE), missing=[], slow=slow, closed=[1, 2], log=[]) == 0
    assert "broken promises           none" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("parts", "promise"),
    [
        ({"honest": (ALONE, [])}, "nothing was measured"),
        ({"honest": (ALONE, NOTICED)}, "the honest phones noticed"),
        ({"missing": [("honest-001", MILK)]}, "a product is missing"),
        ({"closed": [2, 0]}, f"the slow phone was not closed with {TOO_SLOW}"),
        ({"closed": []}, f"the slow phone was not closed with {TOO_SLOW}"),
        ({"slow": SlowOutcome()}, "its session was not resumed"),
        ({"slow": SlowOutcome(resumed=2, fresh=1)}, "its session was not resumed"),
        ({"slow": SlowOutcome(resumed=2, behind=1)}, "events are missing after its return"),
        ({"log": ["KeyError: 1"]}, "an exception is in the log"),
    ],
)
def test_each_promise_that_is_broken_is_named(
    capsys: pytest.CaptureFixture[str], parts: dict[str, Any], promise: str
) -> None:
    well: dict[str, Any] = {
        "honest": (ALONE, ALONE),
        "missing": [],
        "slow": SlowOutcome(resumed=2),
        "closed": [1, 2],
        "log": [],
    }
    seen = well | parts
    honest = seen.pop("honest")
    assert report(honest, **seen) == 1
    assert f"broken promises           {promise}" in capsys.readouterr().out
