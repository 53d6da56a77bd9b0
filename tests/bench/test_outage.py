from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from bench.dead_port import most_within
from bench.outage import attempts_in
from bench.outage_report import Aftermath, report
from bench.recording import Item
from bench.shopper import Said, Shopper
from tests.support.phones import a_phone, told

KILLED_AT, BACK_AT, LISTENED_AT = 1000.0, 1060.0, 1062.0
LOST = {"type": "error", "message": "audio_data: 48000 ms of speech could not be kept"}
OPEN: dict[str, Any] = {
    "state": "open",
    "attempts_per_s_bound": 1.0,
    "burst_bound": 24,
    "opened_at": datetime.fromtimestamp(KILLED_AT + 1, UTC).isoformat(),
}
BURST = [KILLED_AT + 0.01 * n for n in range(24)]
PROBES = [KILLED_AT + 1.5 + n for n in range(58)]


def item(name: str) -> Item:
    return ("add", name, 2)


def said(name: str, starts_at: float) -> Said:
    return Said(name, (item(name),), starts_at, starts_at + 2)


def an_aftermath(
    *messages: dict[str, Any], listened_at: float | None = LISTENED_AT, trouble: str = ""
) -> Aftermath:
    """One whose shopper spoke before, at the beginning, near the end and after the outage."""
    shopper = Shopper(0)
    shopper.said = [said("before", 990), said("in", 1010), said("late", 1050), said("after", 1065)]
    shopper.phone = a_phone(*messages)
    shopper.phone.sent_ms = 80_000
    shopper.trouble = trouble
    return Aftermath(
        shopper=shopper,
        killed_at=KILLED_AT,
        back_at=BACK_AT,
        listened_at=listened_at,
        sent_before_ms=8_000,
        heard_ms=25_000,
    )


def outcome(
    aftermath: Aftermath,
    *,
    attempts: list[float] = BURST + PROBES,
    breakers: tuple[dict[str, Any], ...] = (OPEN,),
    log: tuple[str, ...] = (),
) -> int:
    return report([aftermath], attempts=attempts, down_s=60, breakers=breakers, log=log)


@pytest.fixture
def kept() -> list[dict[str, Any]]:
    """What a phone is told when all is well: what was said in mid-outage is lost, and told so."""
    return [LOST, *(told(item(name)) for name in ("before", "late", "after"))]


async def test_an_outage_without_a_broken_promise_is_a_success(
    kept: list[dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert outcome(an_aftermath(*kept)) == 0
    assert "broken promises           none" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("attempts", "breakers", "complaint"),
    [
        ([*BURST, *PROBES, PROBES[9] + 0.5], (OPEN,), "more often than the bound"),
        ([*BURST, KILLED_AT + 0.5, *PROBES], (OPEN,), "more often than the bound"),
        (BURST + PROBES, (), "/health tells no bound"),
    ],
)
async def test_attempts_are_held_against_the_bound(
    kept: list[dict[str, Any]],
    capsys: pytest.CaptureFixture[str],
    attempts: list[float],
    breakers: tuple[dict[str, Any], ...],
    complaint: str,
) -> None:
    assert outcome(an_aftermath(*kept), attempts=attempts, breakers=breakers) == 1
    assert complaint in capsys.readouterr().out.splitlines()[-1]


@pytest.mark.parametrize(
    ("without", "more", "complaint"),
    [
        ("before", [], "products were lost"),
        ("late", [], "products were lost"),
        ("after", [], "products were lost"),
        ("", [told(item("late"))], "products came twice"),
    ],
)
async def test_products_are_held_against_what_had_to_be_kept(
    kept: list[dict[str, Any]],
    capsys: pytest.CaptureFixture[str],
    without: str,
    more: list[dict[str, Any]],
    complaint: str,
) -> None:
    messages = [message for message in kept if message != told(item(without))]
    assert outcome(an_aftermath(*messages, *more)) == 1
    assert complaint in capsys.readouterr().out.splitlines()[-1]


@pytest.mark.parametrize("ms", [0, 46_000, 53_000])
async def test_what_is_told_as_lost_is_held_against_what_was(
    kept: list[dict[str, Any]], capsys: pytest.CaptureFixture[str], ms: int
) -> None:
    lost = {"type": "error", "message": f"audio_data: {ms} ms of speech could not be kept"}
    assert outcome(an_aftermath(lost, *kept[1:])) == 1
    assert "1 phones were told wrongly" in capsys.readouterr().out.splitlines()[-1]


@pytest.mark.parametrize("listened_at", [None, BACK_AT + 5.1])
async def test_phones_have_to_be_listened_to_soon(
    kept: list[dict[str, Any]],
    capsys: pytest.CaptureFixture[str],
    listened_at: float | None,
) -> None:
    assert outcome(an_aftermath(*kept, listened_at=listened_at)) == 1
    assert "not listened to within 5 s" in capsys.readouterr().out.splitlines()[-1]


async def test_a_closed_phone_and_an_exception_are_broken_promises(
    kept: list[dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert outcome(an_aftermath(*kept, trouble="closed"), log=("KeyError: 1",)) == 1
    last = capsys.readouterr().out.splitlines()[-1]
    assert "a phone's socket was closed; an exception is in the log" in last


def test_only_attempts_that_fail_while_gemini_is_down_are_counted() -> None:
    def line(message: str, second: int, **more: float) -> str:
        facts = "".join(f',"{name}":{value}' for name, value in more.items())
        return f'{{"message":"{message}","time":"1970-01-01T00:00:{second:02}.5Z"{facts}}}'

    log = [
        line("link_lost", 10, lived_s=8.5),
        line("link_lost", 11, lived_s=0.0),
        line("link_opened", 12),
        "no event",
        line("link_lost", 40, lived_s=0.0),
    ]
    assert list(attempts_in(log, 5, 30)) == [11.5]


@pytest.mark.parametrize(
    ("times", "most"),
    [([], 0), ([1.0], 1), ([3.0, 1.0, 2.0], 1), ([1.0, 1.5, 1.9, 2.4, 9.0], 3)],
)
def test_the_worst_second_is_found_wherever_it_begins(times: list[float], most: int) -> None:
    assert most_within(times, 1.0) == most
