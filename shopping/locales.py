"""A locale: the words of one language that a shopper and a model use for groceries."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, TypeVar

from schemas.product import Action
from shopping.locale_data import ByHand, LocaleFile
from shopping.locale_file import languages, read
from shopping.words import fold, plain

T = TypeVar("T")
_FALLBACK: Final = "en"
_TAG: Final = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")
_LONGEST_TAG: Final = 35
"""Room that RFC 5646, section 4.4.1, recommends for a tag. Longer ones are cut to their language:
the tag comes from the phone and is put into the model's instruction."""


@dataclass(frozen=True, slots=True)
class KnownProduct:
    """A product of the locale's table."""

    name: str
    unit: str
    category: str


@dataclass(frozen=True, slots=True)
class Locale:
    """One language's words, ready to be looked up.

    Attributes:
        language: of the words: one that there is a data file of.
        shopper_language: the BCP 47 tag of what the shopper speaks; of another language than
            `language` when there is no data for it, and then no product is known by name.
        categories: in the order in which the model is shown them.
        units: canonical short units, in the order in which the model is shown them.
        head_is_last: whether the last word of a longer name says what it is, not the first.
        thousands: the mark between groups of three digits; empty if it means nothing else.
        numbers: words that are added up; `scales` multiply what stands before them.
        joins: words between the parts of a number.
        skipped: words before a name that say no number.
        of: words between a unit and a name.
        placeholders: what a model writes for "no product".
        instruction: what the model is told to do.
        listed: what it is told besides of a list that holds something, around ``{items}``.
        aloud: what it is told besides when its answers are heard.
        by_hand: how it is told what the shopper did by hand.
    """

    language: str
    shopper_language: str
    default_unit: str
    default_category: str
    categories: tuple[str, ...]
    units: tuple[str, ...]
    head_is_last: bool
    thousands: str
    joins: frozenset[str]
    skipped: frozenset[str]
    of: frozenset[str]
    placeholders: frozenset[str]
    instruction: str = field(repr=False)
    listed: str = field(repr=False)
    aloud: str = field(repr=False)
    by_hand: ByHand = field(repr=False)
    numbers: Mapping[str, float] = field(repr=False)
    scales: Mapping[str, float] = field(repr=False)
    _measures: Mapping[str, tuple[int, float]] = field(repr=False)
    _actions: Mapping[str, Action] = field(repr=False)
    _units: Mapping[str, str] = field(repr=False)
    _categories: Mapping[str, str] = field(repr=False)
    _products: Mapping[str, KnownProduct] = field(repr=False)
    _product_words: frozenset[str] = field(repr=False)

    def action(self, text: str) -> Action | None:
        """Return the action that a word means."""
        return _look_up(self._actions, text)

    def unit(self, text: str) -> str | None:
        """Return the canonical short unit of a word, an abbreviation's dot aside."""
        return _look_up(self._units, text.rstrip("."))

    def is_measure(self, unit: str) -> bool:
        """Tell whether a canonical unit measures rather than counts."""
        return unit in self._measures

    def ratio(self, unit: str, other: str) -> float | None:
        """Return how many of `other` one of `unit` is; ``None`` if they measure other things."""
        if unit == other:
            return 1.0
        if unit not in self._measures or other not in self._measures:
            return None
        measure, factor = self._measures[unit]
        other_measure, other_factor = self._measures[other]
        return factor / other_factor if measure == other_measure else None

    def category(self, text: str) -> str | None:
        """Return the category that a name or a synonym means."""
        return _look_up(self._categories, text)

    def product(self, name: str) -> KnownProduct | None:
        """Return the product that goes by this name, in whatever form."""
        return _look_up(self._products, name)

    def kind(self, name: str) -> KnownProduct | None:
        """Return the known product that a longer name is a kind of.

        ``mleko łaciate`` is a kind of ``mleko``, ``organic milk`` a kind of ``milk``.
        """
        words = [word for word in plain(fold(name)).split() if word[0].isalpha()]
        for dropped in range(len(words)):
            part = words[dropped:] if self.head_is_last else words[: len(words) - dropped]
            known = self._products.get(" ".join(part))
            if known is not None:
                return known
        return None

    def kind_name(self, name: str) -> str | None:
        """Return the name of the known product that a longer name is a kind of."""
        kind = self.kind(name)
        return None if kind is None else kind.name

    def has_word(self, word: str) -> bool:
        """Tell whether a word is part of a known product's name, hence no proper noun."""
        return fold(word) in self._product_words


def locale_for(language_tag: str) -> Locale:
    """Return the locale for a BCP 47 tag such as ``pl-PL``.

    A language without data gets the English units and categories, and the product's names are
    kept as they are heard. What is no tag at all gets English.

    Raises:
        LocaleDataInvalid: the data file contradicts itself (found by the first call).
    """
    tag = language_tag.strip().replace("_", "-")
    if not _TAG.fullmatch(tag):
        return _with_data(_FALLBACK)
    language = tag.partition("-")[0].lower()
    if len(tag) > _LONGEST_TAG:
        tag = language
    if language in _languages():
        return replace(_with_data(language), shopper_language=tag)
    return replace(
        _with_data(_FALLBACK), shopper_language=tag, _products={}, _product_words=frozenset()
    )


def check_locales() -> None:
    """Load all locales, so that a data file that is wrong is found before anybody needs it.

    Raises:
        LocaleDataInvalid: with the first thing that is wrong.
        FileNotFoundError: there is no file of the language that replaces those without one.
    """
    for language in sorted({_FALLBACK, *_languages()}):
        _with_data(language)


@functools.cache
def _languages() -> frozenset[str]:
    return languages()


@functools.cache
def _with_data(language: str) -> Locale:
    return build(read(language))


def build(data: LocaleFile) -> Locale:
    """Index a data file's words."""
    products = [
        ((name, *entry.forms), KnownProduct(name, entry.unit or data.default_unit, category))
        for category, entries in data.products.items()
        for name, entry in entries.items()
    ]
    return Locale(
        language=data.language,
        shopper_language=data.language,
        default_unit=data.default_unit,
        default_category=data.default_category,
        categories=tuple(data.categories),
        units=tuple(data.units),
        head_is_last=data.head == "last",
        thousands=data.thousands,
        joins=frozenset(map(fold, data.joins)),
        skipped=frozenset(map(fold, data.skipped)),
        of=frozenset(map(fold, data.of)),
        placeholders=frozenset(map(fold, data.placeholders)),
        instruction=data.instruction.strip(),
        listed=data.listed.strip(),
        aloud=data.aloud.strip(),
        by_hand=data.by_hand,
        numbers=_index((words, float(key)) for key, words in data.numbers.items()),
        scales=_index((words, float(key)) for key, words in data.scales.items()),
        _measures={
            unit: (number, factor)
            for number, measure in enumerate(data.measures)
            for unit, factor in measure.items()
        },
        _actions=_index(((key, *words), key) for key, words in data.actions.items()),
        _units=_index(((key, *words), key) for key, words in data.units.items()),
        _categories=_index(((key, *words), key) for key, words in data.categories.items()),
        _products=_index(products),
        _product_words=frozenset(
            word for names, _ in products for name in names for word in fold(name).split()
        ),
    )


def _index(entries: Iterable[tuple[tuple[str, ...], T]]) -> dict[str, T]:
    pairs = [(fold(word), meaning) for words, meaning in entries for word in words]
    index = dict(pairs)
    for word, meaning in pairs:
        index.setdefault(plain(word), meaning)
    return index


def _look_up(index: Mapping[str, T], text: str) -> T | None:
    word = fold(text)
    found = index.get(word)
    return index.get(plain(word)) if found is None else found
