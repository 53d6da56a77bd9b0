"""A service that is unsafe, or not what its operator meant, says what to set and does not start."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.support.gateway_process import ROOT, environment
from tests.support.tokens import SECRET
from tests.support.unsafe_settings import PASSWORD, UNSAFE


@pytest.mark.parametrize(
    ("settings", "variable", "remedy"),
    UNSAFE,
    ids=[f"{number}-{variable}" for number, (_, variable, _) in enumerate(UNSAFE)],
)
def test_it_ends_with_code_2_and_one_line_that_names_variable_and_remedy(
    settings: dict[str, str], variable: str, remedy: str
) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "gateway", "serve"],
        env=environment({"PYTHONPATH": str(ROOT), **settings}),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.count("\n") == 1
    assert ended.stderr.startswith(f"gateway: {variable} ")
    assert remedy in ended.stderr
    assert not any(secret in ended.stderr for secret in (PASSWORD, SECRET))
