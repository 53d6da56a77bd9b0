"""Tests for `schemas.errors`."""

from __future__ import annotations

from schemas.errors import ProtocolViolation


def test_a_violation_reads_as_field_and_problem() -> None:
    error = ProtocolViolation("language", "not a tag")
    assert (str(error), error.field, error.problem) == (
        "language: not a tag",
        "language",
        "not a tag",
    )
