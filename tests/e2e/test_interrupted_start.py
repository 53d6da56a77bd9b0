"""Ctrl-C while a process is still importing what it needs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROGRAM = """
import runpy, signal, sys

class Interrupts:
    def find_spec(self, name, *_):
        if name == module:
            signal.raise_signal(signal.SIGINT)

module, answer = sys.argv[1:3]
del sys.argv[1:3]
signal.signal(signal.SIGINT, getattr(signal, answer))
sys.meta_path.insert(0, Interrupts())
runpy.run_module("gateway", run_name="__main__", alter_sys=True)
"""
"""The command line, which gets SIGINT when it begins to import a module."""


def interrupted(at: str, *arguments: str, answer: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - the program is ours
        [sys.executable, "-c", PROGRAM, at, answer, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


@pytest.mark.parametrize(
    "at",
    ["gateway.command_line", "argparse", "asyncio", "uvloop", "gateway.talk", "gateway.talk_wav"],
)
def test_interrupted_start_ends_with_130_and_without_a_word(at: str) -> None:
    ended = interrupted(at, "talk", "none.wav", answer="default_int_handler")
    assert (ended.returncode, ended.stdout, ended.stderr) == (130, "", "")


def test_start_where_interrupts_are_ignored_goes_on() -> None:
    ended = interrupted("asyncio", "talk", "none.wav", answer="SIG_IGN")
    assert (ended.returncode, ended.stderr) == (
        2,
        "gateway talk: none.wav: No such file or directory\n",
    )
