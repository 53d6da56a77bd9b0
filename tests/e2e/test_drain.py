"""An instance that ends under speaking phones, as `make drain` ends one under a hundred."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    "timeout",
    [
        "8",
        # Too short for most to come to the end of their sentences.
        "2",
    ],
)
def test_ten_phones_go_on_elsewhere_and_nothing_is_lost(timeout: str) -> None:
    command = [sys.executable, "-m", "bench.drain"]
    options = ["--phones", "10", "--before", "5", "--after", "2", "--timeout", timeout]
    ran = subprocess.run(  # noqa: S603 - the command is ours
        [*command, *options], cwd=ROOT, capture_output=True, text=True, timeout=150, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "lost                      0 []" in ran.stdout
    assert "doubled                   0 []" in ran.stdout
