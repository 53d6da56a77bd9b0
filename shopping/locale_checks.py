"""Finds where a locale's data file contradicts itself, and what its sentences lack."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from typing import Final, TypeAlias

import msgspec

from shopping.locale_data import CHANGES, LISTED_ITEMS, NAME, LocaleFile, Words
from shopping.locale_lines import Lines
from shopping.locale_problem import Path, Problem, shown
from shopping.words import fold

_Claim: TypeAlias = tuple[Path, Path, str]
"""Who claims a word, where it stands, and the word."""
_LARGEST: Final = 1_000_000
_PLACE: Final = re.compile(r"\{\w*\}")
_OF_A_PRODUCT: Final = frozenset({NAME, "{quantity}", "{unit}"})


def problems(found: LocaleFile, lines: Lines) -> Iterable[Problem]:
    """Find everything that is wrong; of two claims to a word, the lower one in the file is."""
    yield from _sentences(found)
    yield from _defaults(found)
    yield from _measures(found)
    yield from _products(found)
    yield from _numbers("numbers", found.numbers)
    yield from _numbers("scales", found.scales)
    for claims in _claims(found):
        yield from _claimed_twice(claims, lines)


def _sentences(found: LocaleFile) -> Iterable[Problem]:
    for key in ("instruction", "aloud"):
        if not getattr(found, key).strip():
            yield (key,), "there is nothing in it"
    yield from _place(("listed",), found.listed, LISTED_ITEMS)
    for key, sentence in msgspec.structs.asdict(found.by_hand).items():
        if key == "remark":
            yield from _place(("by_hand", key), sentence, CHANGES)
        else:
            yield from _places(("by_hand", key), sentence)


def _place(path: Path, sentence: str, place: str) -> Iterable[Problem]:
    if sentence.count(place) != 1:
        yield path, f"{place} does not stand in it once"


def _places(path: Path, sentence: str) -> Iterable[Problem]:
    yield from _place(path, sentence, NAME)
    for place in _PLACE.findall(sentence):
        if place not in _OF_A_PRODUCT:
            yield path, f"{place} is none of {', '.join(sorted(_OF_A_PRODUCT))}"


def _defaults(found: LocaleFile) -> Iterable[Problem]:
    if found.default_unit not in found.units:
        yield ("default_unit",), f"{found.default_unit!r} is not among the units"
    if found.default_category not in found.categories:
        yield ("default_category",), f"{found.default_category!r} is not among the categories"


def _measures(found: LocaleFile) -> Iterable[Problem]:
    measured: set[str] = set()
    for number, measure in enumerate(found.measures):
        for unit, factor in measure.items():
            path = ("measures", number, unit)
            if unit not in found.units:
                yield path, "not among the units"
            if unit in measured:
                yield path, "already in another measure"
            if not 0 < factor < math.inf:
                yield path, "not a number above 0"
            measured.add(unit)


def _products(found: LocaleFile) -> Iterable[Problem]:
    for category, entries in found.products.items():
        if category not in found.categories:
            yield ("products", category), "not among the categories"
        for product, entry in entries.items():
            if entry.unit is not None and entry.unit not in found.units:
                path = ("products", category, product, "unit")
                yield path, f"{entry.unit!r} is not among the units"


def _numbers(table: str, numbers: Mapping[str, Words]) -> Iterable[Problem]:
    for key in numbers:
        try:
            value = float(key)
        except ValueError:
            value = math.nan
        if not 0 <= value <= _LARGEST:
            yield (table, key), f"not a number from 0 to {_LARGEST}"


def _claims(found: LocaleFile) -> Iterable[Iterable[_Claim]]:
    """Return the words that must differ, in groups."""
    yield (
        *_words(("joins",), found.joins),
        *_words(("skipped",), found.skipped),
        *_number_words("numbers", found.numbers),
        *_number_words("scales", found.scales),
    )
    yield _keys_and_words("actions", found.actions.items())
    yield _keys_and_words("units", found.units.items())
    yield _keys_and_words("categories", found.categories.items())
    yield _product_words(found)


def _words(owner: Path, words: Words, *, below: Path = ()) -> Iterable[_Claim]:
    for number, word in enumerate(words):
        yield owner, (*owner, *below, number), word


def _number_words(table: str, entries: Mapping[str, Words]) -> Iterable[_Claim]:
    for key, words in entries.items():
        yield from _words((table, key), words)


def _keys_and_words(table: str, entries: Iterable[tuple[str, Words]]) -> Iterable[_Claim]:
    for key, words in entries:
        yield (table, key), (table, key), key
        yield from _words((table, key), words)


def _product_words(found: LocaleFile) -> Iterable[_Claim]:
    for category, entries in found.products.items():
        for product, entry in entries.items():
            owner = ("products", category, product)
            yield owner, owner, product
            yield from _words(owner, entry.forms, below=("forms",))


def _claimed_twice(claims: Iterable[_Claim], lines: Lines) -> Iterable[Problem]:
    owners: dict[str, Path] = {}
    for owner, place, word in sorted(claims, key=lambda claim: lines.of(claim[1])):
        other = owners.setdefault(fold(word), owner)
        if other != owner:
            line = lines.of(other)
            yield place, f"{word!r} is already claimed by {shown(other)} in line {line}"
