"""Every hostile case once beside a few honest phones, as `make hostile` has it for a minute."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_hostile_case_is_refused_as_documented_and_honest_phones_lose_nothing() -> None:
    command = [sys.executable, "-m", "bench.hostile", "--phones", "2", "--seconds", "1"]
    ran = subprocess.run(  # noqa: S603 - the command is ours
        [*command, "--no-noise", "--delays-not-judged"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    tried = re.search(r"^([0-9]+) cases, .* 0 cases not as documented$", ran.stdout, re.MULTILINE)
    assert tried is not None
    assert int(tried[1]) >= 60
    assert "lost                      0 []" in ran.stdout
