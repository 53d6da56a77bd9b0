"""`gateway check`: whether a service with these settings would work, found out before it serves.

It reads the same environment as `gateway serve`, opens one Gemini link as a session would, and asks
the Redis that instances share for a round trip. It listens nowhere and keeps nothing.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from gateway.checks import Finding, checked_gemini, checked_locales, checked_store
from gateway.settings import Settings, WrongSettings
from gateway.settings_in_use import settings_in_use

WELL: Final = 0
WRONG_SETTINGS: Final = 2
NO_GEMINI: Final = 3
NO_STORE: Final = 4
_WIDTH: Final = len("settings")
_Part: TypeAlias = Literal["gemini", "store"]
_EXIT_CODES: Final[dict[_Part, int]] = {"gemini": NO_GEMINI, "store": NO_STORE}


@dataclass(slots=True)
class _Report:
    """Prints a line for each finding; the first that is bad decides the exit code."""

    write: Callable[[str], object]
    exit_code: int = WELL

    def add(self, part: str, finding: Finding, *, or_else: int) -> None:
        self.write(f"{finding.verdict:<6}  {part:<{_WIDTH}}  {finding.text}\n")
        if finding.verdict == "FAILED" and self.exit_code == WELL:
            self.exit_code = or_else


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command understands."""
    parser.description = (
        "Look whether `gateway serve` would work with this environment: the settings, Gemini's key "
        "and model, the Redis of SESSION_STORE. A line each."
    )
    parser.epilog = (
        "exit code: 0 all is well, 2 a setting is wrong, 3 Gemini grants no link, 4 Redis does not "
        "do what is needed; the first of these"
    )
    parser.add_argument(
        "--skip",
        action="append",
        choices=("gemini", "store"),
        default=[],
        help="do not connect there; may be repeated",
    )


async def run(arguments: argparse.Namespace) -> int:
    """Look at everything; return the exit code."""
    report = _Report(sys.stdout.write)
    try:
        settings = settings_in_use(os.environ)
    except WrongSettings as exc:
        for problem in exc.problems:
            report.add("settings", Finding("FAILED", problem), or_else=WRONG_SETTINGS)
        return report.exit_code
    report.add("settings", _usable(settings), or_else=WRONG_SETTINGS)
    report.add("locales", checked_locales(), or_else=WRONG_SETTINGS)
    await _reach(settings, frozenset(arguments.skip), report)
    return report.exit_code


async def _reach(settings: Settings, skipped: Iterable[str], report: _Report) -> None:
    looks = {"gemini": checked_gemini, "store": checked_store}
    for part, code in _EXIT_CODES.items():
        if part in skipped:
            continue
        try:
            finding = await looks[part](settings)
        except WrongSettings as exc:
            report.add(part, Finding("FAILED", str(exc)), or_else=WRONG_SETTINGS)
        else:
            report.add(part, finding, or_else=code)


def _usable(settings: Settings) -> Finding:
    if settings.admin_token is None:
        return Finding("warn", "usable; ADMIN_TOKEN is not set, so that admins are answered 403")
    return Finding("ok", "usable")
