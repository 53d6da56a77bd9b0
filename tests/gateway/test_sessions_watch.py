"""Tests for `gateway.sessions_watch`."""

from __future__ import annotations

import json

import msgspec
import pytest

from gateway.sessions_watch import Happenings, as_json
from schemas.admin import EndedSession, SessionSummary

BEGAN = "2026-11-22T17:30:05.123+00:00"
ACTIVE = "2026-11-22T17:31:05.123+00:00"
ENDED = "2026-11-22T17:32:05.123+00:00"
UUID = "0a1b2c3d-1111-4222-8333-444455556666"


def row(instance: str = "vm-32314-635510d8", user: str = "anna") -> SessionSummary:
    return SessionSummary(user, UUID, "reconnecting", BEGAN, ACTIVE, instance)


def line(happenings: Happenings, event: str, facts: object) -> str:
    return happenings.line(event, msgspec.json.encode(facts).decode())


def test_a_session_that_begins_has_when_it_began_and_where() -> None:
    told = line(Happenings(), "began", row())
    assert told.split() == [
        *("17:30:05", "began", "0a1b2c3d", "reconnecting", "anna", "vm-32314-635510d8")
    ]
    assert len(told) <= 80


def test_columns_stand_below_each_other() -> None:
    happenings = Happenings()
    lines = [line(happenings, event, row()) for event in ("began", "changed", "changed")]
    lines.append(line(happenings, "ended", EndedSession.of(row(), close_code=4010)))
    for word in ("0a1b2c3d", "anna"):
        assert len({each.index(word) for each in lines}) == 1
    assert lines[-1].split()[3:] == ["closed", "4010", "anna"]


def test_where_a_session_runs_is_told_again_once_it_runs_elsewhere() -> None:
    happenings = Happenings()
    assert line(happenings, "began", row("one")).endswith("one")
    assert line(happenings, "changed", row("one")).endswith("anna")
    assert line(happenings, "changed", row("two")).endswith("two")
    assert line(happenings, "ended", EndedSession.of(row("two"))).endswith("anna")
    assert line(happenings, "began", row("two")).endswith("two")


def test_one_that_is_asked_for_again_did_not_begin_then() -> None:
    happenings = Happenings()
    assert line(happenings, "began", row()).startswith("17:30:05")
    assert line(happenings, "began", row()).startswith("17:31:05")


def test_one_that_ended_has_when_it_did_if_that_is_known() -> None:
    ended = EndedSession.of(row(), close_code=1000, ended_at=ENDED)
    assert line(Happenings(), "ended", ended).startswith("17:32:05  ended ")
    assert line(Happenings(), "ended", EndedSession.of(row())).startswith("17:31:05  ended ")


@pytest.mark.parametrize(
    ("event", "facts", "told"),
    [
        (
            "draining",
            {"instance": "one", "at": ENDED},
            "17:32:05  draining  one takes no more sessions and goes: connect again",
        ),
        (
            "draining",
            {},
            "00:00:01  draining  the instance takes no more sessions and goes: connect again",
        ),
        (
            "expired",
            {},
            "00:00:01  expired   the token has expired: connect again with another",
        ),
        (
            "incomplete",
            {"problem": "they are late", "unanswered": ["a", "b"]},
            "00:00:01  incomplete  they are late a, b",
        ),
        ("complete", {"problem": None}, "00:00:01  complete  every instance replies again"),
        ("later", {}, "00:00:01  later"),
        ("later", [1], "00:00:01  later     [1]"),
    ],
)
def test_what_is_about_no_session_is_a_sentence(event: str, facts: object, told: str) -> None:
    assert line(Happenings(wall_clock=lambda: 1.0), event, facts) == told


def test_nothing_reaches_the_terminal_that_it_would_obey() -> None:
    assert "\x1b" not in line(Happenings(), "began", row(user="\x1b[2J"))


def test_programs_get_the_events_as_they_came() -> None:
    assert json.loads(as_json("began", '{"a":1}')) == {"event": "began", "data": {"a": 1}}
