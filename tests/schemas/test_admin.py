"""Tests for `schemas.admin`."""

from __future__ import annotations

import json

from schemas.admin import Sessions, SessionSummary, Terminated, encode


def test_sessions_are_listed_under_their_number() -> None:
    row = SessionSummary(
        user_id="ala",
        session_id="s1",
        state="listening",
        created_at="2026-11-01T10:00:00.000+00:00",
        last_activity="2026-11-01T10:00:01.000+00:00",
        instance="one",
    )
    assert json.loads(encode(Sessions(active_sessions=1, sessions=(row,)))) == {
        "active_sessions": 1,
        "sessions": [
            {
                "user_id": "ala",
                "session_id": "s1",
                "state": "listening",
                "created_at": "2026-11-01T10:00:00.000+00:00",
                "last_activity": "2026-11-01T10:00:01.000+00:00",
                "instance": "one",
            }
        ],
        "complete": True,
        "unanswered": [],
        "problem": None,
        "next": None,
        "instances": [],
    }


def test_a_termination_is_confirmed_in_words() -> None:
    assert encode(Terminated("Session s1 terminated")) == b'{"message":"Session s1 terminated"}'
    partly = Terminated("Session s1 terminated", ("two",))
    assert encode(partly) == b'{"message":"Session s1 terminated","unanswered":["two"]}'
