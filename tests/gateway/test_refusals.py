from __future__ import annotations

from gateway import refusals
from gateway.refusals import LINES_A_MINUTE, Lines, Refusals
from tests.support.recording_observer import RecordingObserver


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


def test_the_servers_own_refusals_have_lines_and_all_are_counted() -> None:
    now, observer = [0.0], RecordingObserver()
    told = Refusals(lines=Lines(clock=lambda: now[0]), observer=observer)
    for _ in range(LINES_A_MINUTE + 2):
        told.tell("slow_request", 408, ("192.0.2.7", 1))
    now[0] += 1
    told.tell("slow_request", 408, None)
    assert told.counts == {"slow_request": LINES_A_MINUTE + 3}
    line = {"status": 408, "cause": "slow_request", "address": "192.0.2.7"}
    assert observer.noted("request_refused") == [
        *[line] * LINES_A_MINUTE,
        {**line, "address": "", "untold": 2},
    ]


def test_what_is_refused_before_the_log_is_there_is_told_with_the_next_one() -> None:
    told, observer = Refusals(), RecordingObserver()
    told.tell("bad_request", 400, ("192.0.2.7", 1))
    told.observer = observer
    told.tell("bad_request", 400, ("192.0.2.7", 1))
    (line,) = observer.noted("request_refused")
    assert (told.counts, line["untold"]) == ({"bad_request": 2}, 1)
