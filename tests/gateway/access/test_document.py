"""docs/access.md against the code."""

from __future__ import annotations

import re
from pathlib import Path

from tests.support.markdown import rows

ROOT = Path(__file__).parents[3]
DOCUMENT = (ROOT / "docs/access.md").read_text()
CODE = "".join(
    path.read_text()
    for folder in ("gateway/access", "gateway/endpoints")
    for path in sorted((ROOT / folder).glob("*.py"))
)
OF_ADMINS = {"wrong_token", "no_admin", "switched_off"}
"""Told in words only, for admins are people."""


def test_every_reason_is_documented_and_no_other() -> None:
    documented = [row[0] for row in rows(DOCUMENT, "| `reason` | status | meaning |")]
    raised = set(re.findall(r'NotAdmitted\(\s*"(\w+)"', CODE))
    raised |= set(re.findall(r'Error,\s*"(\w+)",\s*"', CODE))
    assert set(documented) == raised - OF_ADMINS | {"cannot_check"}
    assert len(documented) == len(set(documented))


def test_variables_that_are_named_exist() -> None:
    configuration = (ROOT / "docs/configuration.md").read_text()
    for name in set(re.findall(r"`([A-Z][A-Z_]+[A-Z])(?:=[^`]*)?`", DOCUMENT)) - {"PROJECT"}:
        assert f"| `{name}` |" in configuration, name
