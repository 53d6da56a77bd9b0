"""Prints docs/configuration.md: `python -m gateway.settings_reference > docs/configuration.md`."""

from __future__ import annotations

import sys
from typing import Final

from gateway.setting_values import Variable
from gateway.settings import variables

_HEAD: Final = """\
# Configuration

The service is configured by its environment alone. An empty variable is an unset one. A wrong
value ends `gateway serve` with exit code 2 and one line on stderr that names the variable and the
remedy. This page is printed from the settings (`python -m gateway.settings_reference`), and a test
keeps it true.

| variable | default | meaning |
|---|---|---|
"""


def render() -> str:
    """Return the page."""
    return _HEAD + "".join(_row(variable) for variable in variables().values())


def _row(variable: Variable[object]) -> str:
    default = f"`{variable.default}`" if variable.default else "unset"
    return f"| `{variable.name}` | {default} | {variable.meaning} |\n"


if __name__ == "__main__":
    sys.stdout.write(render())
