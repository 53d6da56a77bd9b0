"""Reads a locale's data file and refuses one that contradicts itself.

Every error names the file and the key, so that whoever extends a locale finds the line.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterable, Mapping
from importlib.resources import files
from typing import Annotated, Final, Literal

import msgspec

from shopping.words import fold

Word = Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
Words = tuple[Word, ...]
LISTED_ITEMS: Final = "{items}"
"""Where a locale's `listed` sentence takes the products."""


class LocaleDataInvalid(ValueError):
    """A locale's data file is not TOML, or does not hold what a locale needs."""


class ProductEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A product besides its canonical name and its category, which are its keys.

    Attributes:
        unit: in which it is usually counted; None for the locale's default.
        forms: inflected, plural and other names.
    """

    unit: str | None = None
    forms: Words = ()


class LocaleFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A locale's data file as written; the comments in data/pl.toml say what each key is for."""

    language: Annotated[str, msgspec.Meta(pattern="^[a-z]{2,3}$")]
    default_unit: str
    default_category: str
    head: Literal["first", "last"]
    thousands: Literal["", ","]
    joins: Words
    skipped: Words
    of: Words
    placeholders: Words
    instruction: Annotated[str, msgspec.Meta(min_length=1)]
    listed: str
    actions: Mapping[Literal["add", "remove", "update"], Words]
    numbers: Mapping[str, Words]
    scales: Mapping[str, Words]
    units: Mapping[Word, Words]
    categories: Mapping[Word, Words]
    products: Mapping[str, Mapping[Word, ProductEntry]]


def read(language: str) -> LocaleFile:
    """Return the checked contents of the language's data file.

    Raises:
        LocaleDataInvalid: the file contradicts itself or is no locale.
        FileNotFoundError: there is no such locale.
    """
    name = f"{language}.toml"
    return parse(name, (files("shopping") / "data" / name).read_text(encoding="utf-8"))


def parse(name: str, text: str) -> LocaleFile:
    """Return the checked contents of a data file; `name` is for the errors.

    Raises:
        LocaleDataInvalid: the text is not TOML, has a missing, unknown or wrong key, or claims one
            word for two things.
    """
    try:
        found = msgspec.convert(tomllib.loads(text), LocaleFile)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as exc:
        raise LocaleDataInvalid(f"{name}: {exc}") from exc
    for problem in _problems(found):
        raise LocaleDataInvalid(f"{name}: {problem}")
    return found


def _problems(found: LocaleFile) -> Iterable[str]:
    if found.listed.count(LISTED_ITEMS) != 1:
        yield f"listed: {LISTED_ITEMS} does not stand in it once"
    yield from _unknown_references(found)
    yield from _not_numbers("numbers", found.numbers)
    yield from _not_numbers("scales", found.scales)
    yield from _claimed_twice(_number_words(found))
    yield from _claimed_twice(
        (f"actions.{key}", (key, *words)) for key, words in found.actions.items()
    )
    yield from _claimed_twice((f"units.{key}", (key, *words)) for key, words in found.units.items())
    yield from _claimed_twice(
        (f"categories.{key}", (key, *words)) for key, words in found.categories.items()
    )
    yield from _claimed_twice(
        (f"products.{category}.{product}", (product, *entry.forms))
        for category, entries in found.products.items()
        for product, entry in entries.items()
    )


def _unknown_references(found: LocaleFile) -> Iterable[str]:
    if found.default_unit not in found.units:
        yield f"default_unit: {found.default_unit!r} is not among the units"
    if found.default_category not in found.categories:
        yield f"default_category: {found.default_category!r} is not among the categories"
    for category, entries in found.products.items():
        if category not in found.categories:
            yield f"products.{category}: not among the categories"
        for product, entry in entries.items():
            if entry.unit is not None and entry.unit not in found.units:
                yield f"products.{category}.{product}.unit: {entry.unit!r} is not among the units"


def _not_numbers(table: str, numbers: Mapping[str, Words]) -> Iterable[str]:
    for key in numbers:
        try:
            value = float(key)
        except ValueError:
            value = math.nan
        if not 0 <= value <= 1_000_000:  # noqa: PLR2004 (a sanity bound, used once)
            yield f"{table}.{key}: not a number from 0 to 1000000"


def _number_words(found: LocaleFile) -> Iterable[tuple[str, Words]]:
    yield from ((f"numbers.{key}", words) for key, words in found.numbers.items())
    yield from ((f"scales.{key}", words) for key, words in found.scales.items())
    yield "joins", found.joins
    yield "skipped", found.skipped


def _claimed_twice(claims: Iterable[tuple[str, Words]]) -> Iterable[str]:
    owners: dict[str, str] = {}
    for owner, words in claims:
        for word in words:
            other = owners.setdefault(fold(word), owner)
            if other != owner:
                yield f"{owner}: {word!r} is already claimed by {other}"
