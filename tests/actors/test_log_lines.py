"""Tests for `actors.log_lines`."""

from __future__ import annotations

from actors.dialects import V2
from actors.log_lines import MOST_LINES, PERIOD_S, LogLines
from actors.ports import CannotCheck
from tests.support.live_session import live_session
from tests.support.moments import a_moment, seconds_pass


def test_so_many_lines_a_period_and_the_next_says_how_many_there_were_none_of() -> None:
    lines = LogLines()
    assert [lines.due(5.0) for _ in range(MOST_LINES + 3)] == [0] * MOST_LINES + [None] * 3
    assert lines.due(4.9 + PERIOD_S) is None
    assert lines.due(5.0 + PERIOD_S) == 4
    assert lines.due(5.0 + PERIOD_S) == 0


async def test_newer_tokens_do_not_fill_the_log_and_are_all_counted() -> None:
    async with live_session(dialect=V2) as session:
        for number in range(300):
            session.phone.says("auth", token=f"token {number}")
            await a_moment()
        observer = session.observer
        assert observer.noted("token_taken") == [{}] * MOST_LINES
        assert observer.counted == [("token_taken", {})] * (300 - MOST_LINES)
        await seconds_pass(PERIOD_S)
        session.phone.says("auth", token="the last one")  # noqa: S106 - made up
        await a_moment()
        assert observer.noted("token_taken")[MOST_LINES:] == [{"untold": 300 - MOST_LINES}]


async def test_nor_do_tokens_that_cannot_be_checked() -> None:
    class Unsure:
        async def renew(self, token: str) -> None:  # noqa: ARG002 - as `Permit`
            raise CannotCheck("no keys")

    async with live_session(dialect=V2, permit=Unsure()) as session:
        for number in range(300):
            session.phone.says("auth", token=f"token {number}")
            await a_moment()
        assert session.observer.noted("token_refused") == [{"reason": "cannot_check"}] * MOST_LINES
        assert len(session.phone.told("error")) == 300
