from __future__ import annotations

import logging

import pytest

from gateway import refusals
from gateway.refusals import LINES_A_MINUTE, Lines, Refusals


def test_each_refusal_is_counted_under_its_cause() -> None:
    before = refusals.counts().get("a_test", 0)
    refusals.count("a_test")
    refusals.count("a_test")
    assert refusals.counts()["a_test"] == before + 2


def test_a_cause_has_so_many_lines_a_minute_and_then_one_that_says_how_many_there_were() -> None:
    now = [0.0]
    lines = Lines(clock=lambda: now[0])
    assert [lines.due("full") for _ in range(LINES_A_MINUTE)] == [0] * LINES_A_MINUTE
    assert [lines.due("full") for _ in range(7)] == [None] * 7
    assert lines.due("host") == 0
    now[0] += 60 / LINES_A_MINUTE
    assert lines.due("full") == 7
    now[0] += 60 / LINES_A_MINUTE
    assert lines.due("full") == 0


def test_the_servers_own_refusals_have_lines_and_all_are_counted(
    caplog: pytest.LogCaptureFixture,
) -> None:
    now = [0.0]
    told = Refusals(lines=Lines(clock=lambda: now[0]))
    logger = logging.getLogger("uvicorn.error")
    for _ in range(LINES_A_MINUTE + 2):
        told.tell("slow_request", "a request", ("192.0.2.7", 1), logger)
    now[0] += 1
    told.tell("slow_request", "a request", None, logger)
    assert told.counts == {"slow_request": LINES_A_MINUTE + 3}
    assert caplog.messages == [
        *["Refused a request from 192.0.2.7: slow_request."] * LINES_A_MINUTE,
        "Refused a request from nowhere: slow_request; 2 more before.",
    ]
