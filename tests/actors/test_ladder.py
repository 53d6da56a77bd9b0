"""Tests for `actors.ladder`."""

from __future__ import annotations

import pytest

from actors.ladder import ResumeLadder
from schemas.gemini import SessionResumptionUpdate


def ladder(*handles: str) -> ResumeLadder:
    """Return a ladder that was given these handles, the newest last."""
    climbed = ResumeLadder()
    for handle in handles:
        climbed.update(SessionResumptionUpdate(handle, resumable=True))
    return climbed


def test_the_newest_handle_comes_first() -> None:
    assert ladder().handle is None
    assert ladder("a", "b", "c").handle == "c"


@pytest.mark.parametrize(
    "update",
    [
        SessionResumptionUpdate("", resumable=False),
        SessionResumptionUpdate("x"),
        SessionResumptionUpdate("", resumable=True),
    ],
)
def test_an_update_that_names_no_point_erases_none(update: SessionResumptionUpdate) -> None:
    climbed = ladder("a")
    climbed.update(update)
    assert climbed.handle == "a"
    assert not climbed.resumable
    climbed.update(SessionResumptionUpdate("b", resumable=True))
    assert climbed.resumable


def test_a_handle_that_is_not_taken_is_followed_by_the_one_before_and_then_by_none() -> None:
    climbed = ladder("a", "b", "c")
    rungs = []
    for _ in range(4):
        rungs.append(climbed.handle)
        climbed.not_taken()
    assert rungs == ["c", "b", None, None]


def test_gemini_may_hang_up_once_on_a_resume_that_it_takes_the_next_time() -> None:
    climbed = ladder("a", "b")
    climbed.hung_up()
    assert climbed.handle == "b"
    climbed.hung_up()
    assert climbed.handle == "a"


def test_a_resume_that_works_for_a_while_forgives_the_hang_ups_before() -> None:
    climbed = ladder("a", "b")
    climbed.hung_up()
    climbed.opened()
    climbed.proved()
    climbed.hung_up()
    assert climbed.handle == "b"


def test_starting_over_leaves_no_handle() -> None:
    climbed = ladder("a", "b")
    climbed.start_over()
    assert (climbed.handle, climbed.resumable) == (None, True)


def test_a_resume_that_is_granted_and_dies_at_once_counts_as_a_hang_up() -> None:
    climbed = ladder("a", "b")
    for _ in range(2):
        climbed.opened()
        climbed.hung_up()
    assert climbed.handle == "a"


def test_another_connection_goes_on_with_all_the_handles() -> None:
    older = ladder("a", "b", "c")
    older.hung_up()
    climbed = ladder("x")
    climbed.update(SessionResumptionUpdate("", resumable=False))
    climbed.restore(older.handles)
    assert (climbed.handles, climbed.handle, climbed.resumable) == (older.handles, "c", True)
    climbed.hung_up()
    assert climbed.handle == "c"
    climbed.restore(())
    assert climbed.handles == ()
    assert climbed.handle is None
