"""Tells what of a locale's data file is of another type than it has to be, with all its keys.

msgspec by itself does not say which key of a table is to blame, so the table is tried in parts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final, TypeAlias, get_args, get_origin

import msgspec

from shopping.locale_problem import Path, Problem

_Part: TypeAlias = tuple[object, object, Path]
_AT: Final = re.compile(r" - at `\$.*`$")
_NAMED: Final = re.compile(r"(missing|unknown) (?:required )?field `(?P<key>[^`]+)`")


def misfits(value: object, kind: object, path: Path = ()) -> Iterable[Problem]:
    """Find the smallest parts of a value that do not fit; `kind` is a type that msgspec knows."""
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError as exc:
        found = [problem for part in _parts(value, kind, path) for problem in misfits(*part)]
        yield from found or [_whole(str(exc), path)]


def _parts(value: object, kind: object, path: Path) -> Iterable[_Part]:
    match value:
        case dict() if get_origin(kind) is Mapping:
            of_keys, of_values = get_args(kind)
            for key, part in value.items():
                yield key, of_keys, (*path, key)
                yield part, of_values, (*path, key)
        case dict() if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            for field in msgspec.structs.fields(kind):
                if field.name in value:
                    yield value[field.name], field.type, (*path, field.name)
        case list() if get_origin(kind) is tuple:
            for number, part in enumerate(value):
                yield part, get_args(kind)[0], (*path, number)


def _whole(problem: str, path: Path) -> Problem:
    named = _NAMED.search(problem)
    if named is None:
        return path, _AT.sub("", problem)
    return (*path, named["key"]), f"{named[1]} key"
