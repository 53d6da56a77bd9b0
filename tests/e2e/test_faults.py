"""The quick ones among the faults, once each, through the code that makes the fault table."""

from __future__ import annotations

import asyncio

import pytest

from bench.faults.catalogue import SCENARIOS
from bench.faults.run import run_all
from bench.faults.table import Row

QUICK = [scenario for scenario in SCENARIOS if scenario.quick]


@pytest.fixture(scope="module")
def rows() -> dict[str, Row]:
    """All of them, several at once: each speaks for seconds, and would be waited for alone."""
    played = asyncio.run(run_all(QUICK, runs=1, progress=lambda _: None))
    return {row.scenario.name: row for row in played}


@pytest.mark.timeout(400)
@pytest.mark.parametrize("name", [scenario.name for scenario in QUICK])
def test_a_link_that_suffers_loses_no_product_and_no_speech(
    rows: dict[str, Row], name: str
) -> None:
    assert len(rows[name].outcomes) == 1
    assert rows[name].broken == []
