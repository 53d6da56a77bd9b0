"""The packages that a lock file pins, with the licences that they state."""

from __future__ import annotations

import importlib.metadata
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
RUNTIME: Final = ROOT / "requirements.lock"
"""What the container has."""
EMULATOR: Final = ROOT / "requirements-emulator.lock"
"""What a developer's machine has besides, and what packages are built with."""
_PIN: Final = re.compile(r"([a-z0-9][a-z0-9._-]*)(?:\[[^\]]*\])?==([^ ;\\]+)(?: *; *([^\\]+))?")
_NOT_HERE: Final = {"async-timeout": "Apache-2.0", "httpx2-jsfetch": "BSD-3-Clause"}
"""Packages that other platforms than CPython on Linux need, by the licences that they state."""
_AS_SPDX: Final = {
    "3-Clause BSD License": "BSD-3-Clause",
    "Apache 2.0": "Apache-2.0",
    "Apache License, Version 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD": "BSD-2-Clause",
    "BSD License": "BSD-3-Clause",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
}
"""What packages write that do not use SPDX expressions yet."""
_LONGEST: Final = 60
"""Characters of a licence's name; some packages have the whole text in that field."""


class NoLicence(Exception):
    """A package states no licence, or is not installed: look, and add it to `_NOT_HERE`."""


@dataclass(frozen=True, slots=True, order=True)
class Package:
    """One pinned package.

    Attributes:
        name: normalised.
        version: the only one.
        marker: where it is installed; empty: everywhere.
    """

    name: str
    version: str
    marker: str = ""

    @property
    def purl(self) -> str:
        """Its package URL."""
        return f"pkg:pypi/{self.name}@{self.version}"

    @property
    def licence(self) -> str:
        """An SPDX expression.

        Raises:
            NoLicence: none is known.
        """
        if self.name in _NOT_HERE:
            return _NOT_HERE[self.name]
        try:
            metadata = importlib.metadata.metadata(self.name)
        except importlib.metadata.PackageNotFoundError:
            raise NoLicence(self.name) from None
        return licence_of(
            self.name,
            expression="".join(metadata.get_all("License-Expression") or []),
            text="".join(metadata.get_all("License") or []),
            classifiers=metadata.get_all("Classifier") or [],
        )


def licence_of(
    name: str, *, expression: str | None, text: str | None, classifiers: list[str]
) -> str:
    """Return an SPDX expression for what a package's metadata say.

    Raises:
        NoLicence: they say nothing.
    """
    if expression:
        return expression
    if text and len(text) <= _LONGEST:
        return _AS_SPDX.get(text, text)
    for classifier in classifiers:
        kind, *_, last = classifier.split(" :: ")
        if kind == "License":
            return _AS_SPDX.get(last, last)
    raise NoLicence(name)


def packages(lock: Path) -> list[Package]:
    """Return what a lock file pins, in its order."""
    matches = (_PIN.match(line) for line in lock.read_text().splitlines())
    return [Package(match[1], match[2], (match[3] or "").strip()) for match in matches if match]
