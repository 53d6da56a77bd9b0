"""A little storm of lost links over the whole service, as `make storm` has a great one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_a_little_storm_loses_nothing() -> None:
    command = [sys.executable, "-m", "bench.storm"]
    options = ["--phones", "4", "--seconds", "6", "--every", "2"]
    ran = subprocess.run(  # noqa: S603 - the command is ours
        [*command, *options], cwd=ROOT, capture_output=True, text=True, timeout=150, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "lost                      0 []" in ran.stdout
