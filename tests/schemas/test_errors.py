"""Tests for `schemas.errors`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

from schemas.errors import RETRY_AFTER_MS, ErrorCode, ProtocolViolation


def test_a_violation_reads_as_field_and_problem() -> None:
    error = ProtocolViolation("language", "not a tag")
    assert (str(error), error.field, error.problem) == (
        "language: not a tag",
        "language",
        "not a tag",
    )


def test_every_code_stands_in_the_protocols_document_and_no_other() -> None:
    document = (Path(__file__).parents[2] / "docs" / "protocol.md").read_text(encoding="utf-8")
    table = document.partition("### Errors in version 2")[2].partition("\n## ")[0]
    _, *rows = re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)
    assert rows == list(get_args(ErrorCode))
    assert set(RETRY_AFTER_MS) <= set(get_args(ErrorCode))


def test_a_violations_code_is_that_of_a_field_unless_it_is_told() -> None:
    assert ProtocolViolation("id", "no").code == "invalid_field"
    assert ProtocolViolation("frame", "no", "too_large").code == "too_large"
