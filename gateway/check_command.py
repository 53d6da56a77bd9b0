"""`gateway check`: whether a service with these settings would work, found out before it serves.

It reads the same environment as `gateway serve`, takes the port for a moment, fetches the keys of
phones' tokens, opens one Gemini link as a session would, and asks the Redis that instances share
for a round trip. It keeps nothing.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, get_args

from gateway.checks import Finding, checked_gemini, checked_locales
from gateway.checks_access import checked_keys, checked_port, reservations, unread_names
from gateway.checks_store import checked_store
from gateway.settings import Settings, WrongSettings
from gateway.settings_in_use import settings_in_use

WELL: Final = 0
WRONG_SETTINGS: Final = 2
NO_GEMINI: Final = 3
NO_STORE: Final = 4
NO_KEYS: Final = 5
_WIDTH: Final = len("settings")
_Part: TypeAlias = Literal["port", "keys", "gemini", "store"]
_PARTS: Final[tuple[_Part, ...]] = get_args(_Part)
_EXIT_CODES: Final[dict[_Part, int]] = {
    "port": WRONG_SETTINGS,
    "keys": NO_KEYS,
    "gemini": NO_GEMINI,
    "store": NO_STORE,
}


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
        "Look whether `gateway serve` would work with this environment: the settings, the port, "
        "the keys of AUTH_JWKS_URL, Gemini's key and model, the Redis of SESSION_STORE. A line "
        "each; a warn is for you to judge."
    )
    parser.epilog = (
        "exit code: 0 it would work, 2 a setting is wrong or the port taken, 3 Gemini grants no "
        "link, 4 Redis does not do what is needed, 5 the keys are not to be had; the first of these"
    )
    parser.add_argument(
        "--skip",
        action="append",
        choices=_PARTS,
        default=[],
        help="do not look there; may be repeated (port: where the service runs already)",
    )
    parser.add_argument(
        "--dev",
        action="store_true",
        help="for `gateway serve --dev`: the emulator in place of Gemini is what is wanted",
    )


async def run(arguments: argparse.Namespace) -> int:
    """Look at everything; return the exit code."""
    report, dev = _Report(sys.stdout.write), bool(arguments.dev)
    try:
        settings = settings_in_use(os.environ)
    except WrongSettings as exc:
        wrong = (Finding("FAILED", problem) for problem in exc.problems)
        for finding in (*wrong, *unread_names(os.environ)):
            report.add("settings", finding, or_else=WRONG_SETTINGS)
        return report.exit_code
    doubts = (*unread_names(os.environ), *reservations(settings, dev=dev))
    for finding in doubts or (Finding("ok", "usable"),):
        report.add("settings", finding, or_else=WRONG_SETTINGS)
    report.add("locales", checked_locales(), or_else=WRONG_SETTINGS)
    await _look(settings, frozenset(arguments.skip), report, dev=dev)
    return report.exit_code


async def _look(settings: Settings, skipped: Iterable[str], report: _Report, *, dev: bool) -> None:
    for part in _PARTS:
        if part in skipped:
            continue
        try:
            finding = await _finding(part, settings, dev=dev)
        except WrongSettings as exc:
            report.add(part, Finding("FAILED", str(exc)), or_else=WRONG_SETTINGS)
        else:
            if finding is not None:
                report.add(part, finding, or_else=_EXIT_CODES[part])


async def _finding(part: _Part, settings: Settings, *, dev: bool) -> Finding | None:
    match part:
        case "port":
            return checked_port(settings)
        case "keys":
            return await checked_keys(settings)
        case "gemini":
            return await checked_gemini(settings, dev=dev)
        case "store":
            return await checked_store(settings)
