"""Says what is wrong with a phone's frame, in msgspec's words or better ones: field and code."""

from __future__ import annotations

import re
from typing import Final

from schemas.errors import ErrorCode, ProtocolViolation

_MISSING: Final = re.compile(r"missing required field `(\w+)`")
_HIGH: Final = r"\\u[dD][89abAB][0-9a-fA-F]{2}"
_LOW: Final = r"\\u[dD][c-fC-F][0-9a-fA-F]{2}"
_LONE_SURROGATE: Final = re.compile(f"{_HIGH}(?!{_LOW})|(?<!{_HIGH}){_LOW}")
_QUOTED: Final = 40
"""Characters of a value that an error repeats."""


def no_json(exc: Exception, frame: str) -> str:
    """Return why a frame is no JSON; msgspec takes a lone surrogate for the end of the data."""
    if isinstance(exc, UnicodeEncodeError) or _LONE_SURROGATE.search(frame):
        return "a lone surrogate"
    return str(exc)


def violation(problem: str, types: tuple[str, ...]) -> ProtocolViolation:
    """Tell the field from msgspec's ``Expected `str`, got `int` - at `$.language```.

    Where msgspec names no path, the field that it says is missing is to blame, else the frame.
    """
    what, at, where = problem.rpartition(" - at `$")
    what, path = (what, where.rstrip("`").removeprefix(".")) if at else (problem, "")
    missing = _MISSING.search(what)
    field = ".".join(filter(None, (path, missing[1] if missing else ""))) or "frame"
    if missing is None:
        what = _explained(field.rpartition(".")[2], what, types)
    return ProtocolViolation(field, what, "invalid_field" if missing else _code(field, what))


def _explained(name: str, what: str, types: tuple[str, ...]) -> str:
    """Return what is wrong with the field, and what it may be where msgspec does not say it."""
    if name == "type":
        return _one_of(types, what)
    if name == "op":
        return _one_of(("add", "update", "remove"), what)
    if name == "reply" and "enum" in what:
        return _one_of(("none", "audio"), what)
    if name == "language" and ("regex" in what or "length" in what):
        return "expected a BCP 47 tag such as pl-PL, of at most 35 characters"
    if "regex" in what:
        return "expected 1 to 64 characters of A-Z a-z 0-9 . _ ~ -"
    return what


def _one_of(names: tuple[str, ...], what: str) -> str:
    """Add the names to ``Invalid value 'dance'``, of which no more is repeated than is read."""
    start, quote, rest = what.partition("'")
    if not quote:
        return f"{what}, one of {', '.join(names)}"
    value = rest.removesuffix("'")
    if value in names:
        return "there are two, and they differ"
    shown = value if len(value) <= _QUOTED else f"{value[:_QUOTED]}…"
    return f"{start}'{shown}', expected one of {', '.join(names)}"


def _code(field: str, what: str) -> ErrorCode:
    if field == "frame":
        return "malformed"
    if field == "type":
        return "unknown_type"
    sound = field == "audio_data" and "base64" in what
    return "invalid_audio" if sound else "invalid_field"
