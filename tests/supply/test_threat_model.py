"""docs/security.md: every line of the threat model names a test that there is."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.support.markdown import rows

ROOT = Path(__file__).parents[2]
LINES = rows(
    (ROOT / "docs/security.md").read_text(), "| who | sends what | what stops it | shown by |"
)


def functions(path: Path) -> set[str]:
    return {
        node.name
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


@pytest.mark.parametrize("line", LINES, ids=[f"{line[0]}: {line[1]}"[:60] for line in LINES])
def test_each_line_is_shown_by_a_test(line: list[str]) -> None:
    who, what, stops, shown_by = line
    assert all((who, what, stops))
    path, _, name = shown_by.partition("::")
    assert name in functions(ROOT / path)


def test_nobody_is_forgotten() -> None:
    senders = {line[0] for line in LINES}
    assert {"anybody", "a user", "a phone", "an admin", "Gemini", "who writes to Redis"} <= senders
    assert len(LINES) >= 30
