"""The words of a shopping list, per language: what the ears may hear and the brain can read.

The data stand in `emulator/data/<language>.toml`; whatever is wrong with them is said on loading,
with the file and the entry, since a word that two entries claim would be read as either.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cache
from importlib import resources
from types import MappingProxyType

LANGUAGES = ("pl", "en")
VERB_KEYS = ("add", "wish", "remove", "decline", "update")


class LexiconError(ValueError):
    """The word data of a language are wrong: a mistake of whoever wrote them."""


@dataclass(frozen=True, slots=True)
class ProductEntry:
    """A product as the list shows it and as people say it.

    Attributes:
        name: The canonical name; it may have several words.
        category: The shelf, in the lexicon's language.
        forms: Every form people say, the canonical one first.
    """

    name: str
    category: str
    forms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UnitEntry:
    """A unit or a package.

    Attributes:
        name: The canonical short name.
        forms: Every form people say.
        aliases: Names that are written but not said, those of other languages included.
    """

    name: str
    forms: tuple[str, ...]
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Words:
    """The small words of a language, each list as its comment in the data explains it."""

    connectors: tuple[str, ...]
    courtesies: tuple[str, ...]
    fillers: tuple[str, ...]
    lists: tuple[str, ...]
    corrections: tuple[str, ...]
    negations: tuple[str, ...]
    contrasts: tuple[str, ...]
    replacements: tuple[str, ...]
    targets: tuple[str, ...]
    purposes: tuple[str, ...]
    places: tuple[str, ...]
    abouts: tuple[str, ...]
    questions: tuple[str, ...]
    requests: tuple[str, ...]
    amounts: tuple[str, ...]
    articles: tuple[str, ...]
    partitives: tuple[str, ...]
    removers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lexicon:
    """All words of one language.

    Attributes:
        language: Two letters, "pl" or "en".
        products: At least 110 everyday groceries.
        units: Units of measure and packages.
        numbers: Number words to their values, "a dozen" and "half" included.
        scales: Words that multiply the number before them, "two dozen".
        verbs: "add", "remove", "update" to their spoken forms, the most common first.
        wishes: The verbs that only state a need or its end, "we need", "skip": they are also
            said of other things, so they touch nothing that the lexicon does not know.
        words: Connectors, courtesies and the other small words.
        references: Words about what was mentioned before, by what they do; the other lists may
            hold them too. None where a language has none.
    """

    language: str
    products: tuple[ProductEntry, ...]
    units: tuple[UnitEntry, ...]
    numbers: Mapping[str, float]
    scales: Mapping[str, float]
    verbs: Mapping[str, tuple[str, ...]]
    wishes: frozenset[str]
    words: Words
    references: Mapping[str, tuple[str, ...]]

    @property
    def connectors(self) -> tuple[str, ...]:
        """Words between two items, "and"."""
        return self.words.connectors

    @property
    def courtesies(self) -> tuple[str, ...]:
        """Words that may stand around a sentence, "please"."""
        return self.words.courtesies


def lexicon_for(language_code: str) -> Lexicon:
    """Returns the words of a BCP 47 code, "pl-PL" or "en"; an unknown language gets English."""
    primary = language_code.replace("_", "-").partition("-")[0].lower()
    return _load(primary if primary in LANGUAGES else "en")


@cache
def _load(language: str) -> Lexicon:
    """Reads each file once: it is constant data, shared by every conversation."""
    source = f"{language}.toml"
    text = resources.files("emulator").joinpath("data", source).read_text(encoding="utf-8")
    return parse(text, source)


def parse(text: str, source: str) -> Lexicon:
    """Reads word data.

    Args:
        text: A TOML document shaped as the files in `emulator/data`.
        source: The file's name, for the errors.

    Raises:
        LexiconError: The text is no TOML, an entry is missing or misshapen, or two entries
            claim the same words.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise LexiconError(f"{source}: {error}") from error
    reader = _Reader(source, document)
    lexicon = reader.lexicon()
    _refuse_double_claims(lexicon, source)
    return lexicon


@dataclass(frozen=True, slots=True)
class _Reader:
    """Takes typed values out of the parsed document, or says which entry is wrong."""

    source: str
    document: Mapping[str, object]

    def lexicon(self) -> Lexicon:
        verbs = {key: self.strings(self.table("verbs"), "verbs", key) for key in VERB_KEYS}
        table = self.table("references") if "references" in self.document else {}
        return Lexicon(
            language=self.string("language"),
            products=tuple(self.products()),
            units=tuple(self.units()),
            numbers=self.values("numbers"),
            scales=self.values("scales"),
            verbs=MappingProxyType(
                {
                    "add": verbs["add"] + verbs["wish"],
                    "remove": verbs["remove"] + verbs["decline"],
                    "update": verbs["update"],
                }
            ),
            wishes=frozenset(verbs["wish"] + verbs["decline"]),
            words=Words(
                **{
                    field.name: self.strings(self.document, "", field.name)
                    for field in fields(Words)
                }
            ),
            references=MappingProxyType(
                {key: self.strings(table, "references", key) for key in table}
            ),
        )

    def products(self) -> Iterator[ProductEntry]:
        for category in self.table("products"):
            shelf = self.table("products", category)
            for name in shelf:
                forms = self.strings(shelf, f"products.{category}", name)
                yield ProductEntry(name, category, tuple(dict.fromkeys((name, *forms))))

    def units(self) -> Iterator[UnitEntry]:
        for name in self.table("units"):
            unit = self.table("units", name)
            where = f"units.{name}"
            forms = self.strings(unit, where, "forms")
            yield UnitEntry(name, forms, self.strings(unit, where, "aliases"))

    def string(self, key: str) -> str:
        value = self.document.get(key)
        if not isinstance(value, str) or not value:
            raise LexiconError(f"{self.source}: {key} must be a word, not {value!r}")
        return value

    def table(self, *path: str) -> Mapping[str, object]:
        value: object = self.document
        for key in path:
            value = value.get(key) if isinstance(value, dict) else None
        if not isinstance(value, dict):
            raise LexiconError(f"{self.source}: {'.'.join(path)} must be a table, not {value!r}")
        return value

    def strings(self, table: Mapping[str, object], where: str, key: str) -> tuple[str, ...]:
        value = table.get(key)
        entry = f"{where}.{key}".lstrip(".")
        if not isinstance(value, list):
            raise LexiconError(f"{self.source}: {entry} must be a list of words, not {value!r}")
        words = [word for word in value if isinstance(word, str) and word == word.strip().lower()]
        if len(words) != len(value) or "" in words:
            raise LexiconError(f"{self.source}: {entry} must hold lower-case words: {value!r}")
        return tuple(words)

    def values(self, key: str) -> Mapping[str, float]:
        numbers: dict[str, float] = {}
        for word, value in self.table(key).items():
            if isinstance(value, bool) or not isinstance(value, (int, float)) or value <= 0:
                raise LexiconError(f"{self.source}: {key}.{word} must be above 0, not {value!r}")
            numbers[word] = float(value)
        return MappingProxyType(numbers)


def _claims(lexicon: Lexicon) -> Iterator[tuple[str, str]]:
    """Yields every phrase of a lexicon with the entry that claims it, unit names included."""
    for product in lexicon.products:
        yield from ((form, f"the product {product.name!r}") for form in product.forms)
    for unit in lexicon.units:
        spelled = (unit.name, *unit.forms, *unit.aliases)
        yield from ((form, f"the unit {unit.name!r}") for form in spelled)
    yield from ((word, "the numbers") for word in lexicon.numbers)
    yield from ((word, "the scales") for word in lexicon.scales)
    for action, verbs in lexicon.verbs.items():
        yield from ((verb, f"the verbs of {action!r}") for verb in verbs)
    for field in fields(Words):
        yield from ((word, field.name) for word in getattr(lexicon.words, field.name))


def _refuse_double_claims(lexicon: Lexicon, source: str) -> None:
    owners: dict[str, str] = {}
    for phrase, owner in _claims(lexicon):
        first = owners.setdefault(phrase, owner)
        if first != owner:
            raise LexiconError(f"{source}: {phrase!r} stands both in {first} and in {owner}")
