"""The measurements of sessions that outlive their connections, each in a small size."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def measured(name: str, *options: str) -> str:
    """Run a measurement, which has to be satisfied, and return what it prints."""
    ran = subprocess.run(  # noqa: S603 - the command is ours
        [sys.executable, "-m", f"bench.{name}", *options],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def test_phones_that_are_cut_off_have_every_event_once_and_the_right_list() -> None:
    printed = measured("cuts", "--phones", "4", "--seconds", "10", "--every", "2")
    assert "lost                      0 []" in printed
    assert "lists                     4 of 4 equal" in printed


def test_two_phones_of_one_user_are_never_both_owners() -> None:
    printed = measured("takeovers", "--takeovers", "40")
    assert "owners after a takeover   1 (" in printed


def test_parked_sessions_are_small_and_go_after_their_window() -> None:
    printed = measured("parked", "--sessions", "40", "--window", "5")
    assert "broken promises           none" in printed


def test_a_phone_that_reads_nothing_is_closed_and_harms_nobody() -> None:
    printed = measured("slow_phone", "--phones", "6", "--slices", "4", "--slice", "3.5")
    assert "broken promises           none" in printed
