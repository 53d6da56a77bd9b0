"""The licence report: `python -m supply.licences > docs/licences.md`."""

from __future__ import annotations

import re
import sys
from typing import Final

from supply.locked import EMULATOR, RUNTIME, Package, packages

PERMITTED: Final = frozenset(
    {
        *("Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "MIT", "MIT-0", "PSF-2.0"),
        # Of files, not of what they are used in: their own changes are to be published.
        "MPL-2.0",
    }
)
_HEAD: Final = """\
# Licences

The service is under the [MIT licence](../LICENSE). What it is made of besides, as the packages
state it; `make sbom` prints this page from the lock files and the packages' metadata, and a test
keeps it true and to the licences that go with MIT: {permitted}. MPL-2.0 is of files: whoever
changes such a package publishes the change.

"""


def licences_in(expression: str) -> set[str]:
    """Return the licences that an SPDX expression names."""
    return set(re.split(r"\s+(?:AND|OR)\s+", expression.strip("()")))


def render() -> str:
    """Return the page."""
    runtime = packages(RUNTIME)
    besides = [each for each in packages(EMULATOR) if each not in set(runtime)]
    return (
        _HEAD.format(permitted=", ".join(sorted(PERMITTED)))
        + _table("In the container", runtime)
        + "\n"
        + _table("Besides, with the emulator and to build packages", besides)
    )


def _table(title: str, found: list[Package]) -> str:
    rows = "".join(f"| {each.name} | {each.version} | {each.licence} |\n" for each in found)
    return f"## {title}\n\n| package | version | licence |\n|---|---|---|\n{rows}"


if __name__ == "__main__":
    sys.stdout.write(render())
