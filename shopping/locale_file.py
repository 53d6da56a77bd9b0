"""Reads a locale's data file and refuses one that contradicts itself.

Every error names the file, the line and the key, as ``pl.toml:123: products.Nabiał.mleko.unit: …``.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

import msgspec

from shopping.locale_checks import problems
from shopping.locale_data import LocaleFile
from shopping.locale_lines import Lines
from shopping.locale_problem import Problem, shown
from shopping.locale_shape import misfits

DATA: Final = files("shopping") / "data"
_SUFFIX: Final = ".toml"
_PLACE: Final = re.compile(r" \(at line (?P<line>\d+), (?P<column>column \d+)\)$")


class LocaleDataInvalid(ValueError):
    """A locale's data file is not TOML, or does not hold what a locale needs."""

    def __init__(self, file: str, line: int, problem: str) -> None:
        super().__init__(f"{file}:{line}: {problem}")


def languages(folder: Traversable = DATA) -> frozenset[str]:
    """Return the languages that there is a data file of."""
    names = [file.name for file in folder.iterdir()]
    return frozenset(
        name.removesuffix(_SUFFIX)
        for name in names
        if name.endswith(_SUFFIX) and not name.startswith(".")
    )


def read(language: str, folder: Traversable = DATA) -> LocaleFile:
    """Return the checked contents of the language's data file.

    Raises:
        LocaleDataInvalid: the file contradicts itself or is no locale, or another language's.
        FileNotFoundError: there is no such locale.
    """
    name = f"{language}{_SUFFIX}"
    written = (folder / name).read_bytes()
    try:
        text = written.decode()
    except UnicodeDecodeError as exc:
        line = written[: exc.start].count(b"\n") + 1
        raise LocaleDataInvalid(name, line, "not UTF-8") from exc
    return parse(name, text)


def parse(name: str, text: str) -> LocaleFile:
    """Return the checked contents of a data file.

    Args:
        name: the file's, for the errors; its stem is the language that it has to be of.
        text: all of it.

    Raises:
        LocaleDataInvalid: the text is not TOML, has a missing, unknown or wrong key, or claims one
            word for two things.
    """
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as exc:
        raise _no_toml(name, text, str(exc)) from exc
    lines = Lines(text)
    _refuse(name, lines, misfits(tables, LocaleFile))
    found = msgspec.convert(tables, LocaleFile)
    _refuse(name, lines, _misnamed(name, found))
    _refuse(name, lines, problems(found, lines))
    return found


def _no_toml(name: str, text: str, problem: str) -> LocaleDataInvalid:
    """Tell the line from tomllib's ``Invalid value (at line 3, column 5)``."""
    place = _PLACE.search(problem)
    if place is None:
        return LocaleDataInvalid(name, text.count("\n") + 1, problem)
    what = problem[: place.start()]
    return LocaleDataInvalid(name, int(place["line"]), f"{what} ({place['column']})")


def _refuse(name: str, lines: Lines, found: Iterable[Problem]) -> None:
    for path, problem in found:
        raise LocaleDataInvalid(name, lines.of(path), f"{shown(path)}: {problem}")


def _misnamed(name: str, found: LocaleFile) -> Iterable[Problem]:
    if name != f"{found.language}{_SUFFIX}":
        yield ("language",), f"{found.language!r} is not the language that the file is named after"
