"""Cuts a sentence into the phrases a lexicon knows, the longest first, and the words it does not.

Typed Polish often lacks its diacritics, so a phrase is looked up as it is spelled and then without
them; the spelling wins, since "paczki" are packs and "pączki" are doughnuts.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from enum import Enum
from functools import cache
from typing import Literal, TypeAlias

from emulator.lexicon import Lexicon, ProductEntry, Words, lexicon_for

Action: TypeAlias = Literal["add", "remove", "update", "undo"]
ACTIONS: tuple[Action, ...] = ("add", "remove", "update")
"""What can be done to a product; the last change is undone whatever it was about."""

# "3,2 %" tells which milk, not how much.
_PERCENTAGES = re.compile(r"\d+(?:[.,]\d+)?\s*%")
# A number (1, 1,5, 1/2), a word, a fraction sign or a punctuation mark.
_PIECES = re.compile(r"\d+(?:[.,/]\d+)?|[^\W\d_]+(?:'[^\W\d_]+)*|[½¼¾]|[.,;:!?\n]")
_FRACTIONS = {"½": 0.5, "¼": 0.25, "¾": 0.75}
# What NFKD does not take apart.
_LETTERS = str.maketrans({"ł": "l", "'": None})


# Phones type the typographic one.
_APOSTROPHES = str.maketrans({"\N{RIGHT SINGLE QUOTATION MARK}": "'"})


class Kind(Enum):
    """What a small word does; the values are the names of the lexicon's lists."""

    CONNECTOR = "connectors"
    COURTESY = "courtesies"
    FILLER = "fillers"
    LIST = "lists"
    CORRECTION = "corrections"
    NEGATION = "negations"
    CONTRAST = "contrasts"
    REPLACEMENT = "replacements"
    TARGET = "targets"
    PURPOSE = "purposes"
    PLACE = "places"
    ABOUT = "abouts"
    QUESTION = "questions"
    REQUEST = "requests"
    AMOUNT = "amounts"
    ARTICLE = "articles"
    PARTITIVE = "partitives"
    REMOVER = "removers"
    UNDO = "undo"
    MORE = "more"
    ANOTHER = "another"
    SUCH = "such"
    LAST = "last"
    RATHER = "rather"
    ONLY = "only"
    ASIDE = "aside"
    COMMA = ","
    STOP = "."
    ASK = "?"


@dataclass(frozen=True, slots=True)
class Product:
    """A product of the lexicon, in the form it was said."""

    heard: str
    entry: ProductEntry


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit, by its canonical name."""

    name: str


@dataclass(frozen=True, slots=True)
class Number:
    """A number; one in digits never joins its neighbour as "twenty" joins "five"."""

    value: float
    spoken: bool = True


@dataclass(frozen=True, slots=True)
class Scale:
    """A number that multiplies the one before it."""

    value: float


@dataclass(frozen=True, slots=True)
class Verb:
    """What is to be done; a wish may also be said of things that nobody buys."""

    action: Action
    wish: bool


@dataclass(frozen=True, slots=True)
class Mark:
    """A small word or a punctuation mark."""

    kind: Kind


@dataclass(frozen=True, slots=True)
class Word:
    """A word that the lexicon does not know, in lower case."""

    heard: str


@dataclass(frozen=True, slots=True)
class Reference:
    """Words that may be about what was mentioned before.

    Attributes:
        kind: What they do then.
        otherwise: What they are in any other sentence.
    """

    kind: Kind
    otherwise: tuple[Token, ...]


Token: TypeAlias = Product | Unit | Number | Scale | Verb | Mark | Word | Reference
_Phrase: TypeAlias = tuple[str, ...]

_PUNCTUATION = {
    ",": Mark(Kind.COMMA),
    ";": Mark(Kind.COMMA),
    ":": Mark(Kind.COMMA),
    ".": Mark(Kind.STOP),
    "!": Mark(Kind.STOP),
    "\n": Mark(Kind.STOP),
    "?": Mark(Kind.ASK),
}


def fold(text: str) -> str:
    """Returns the text in lower case without diacritics and apostrophes."""
    decomposed = unicodedata.normalize("NFKD", text.lower().translate(_LETTERS))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The phrases of one lexicon, by their words as spelled and as folded.

    Attributes:
        spelled: Each phrase's words to its token.
        folded: The same without diacritics; of two phrases that fold alike the first stays.
        longest: The number of words in the longest phrase.
    """

    spelled: Mapping[_Phrase, Token]
    folded: Mapping[_Phrase, Token]
    longest: int

    def read(self, text: str) -> list[Token]:
        """Returns the tokens of a text of any length, punctuation included."""
        # NFC first: a letter and its accent may come apart from some keyboards.
        plain = unicodedata.normalize("NFC", text).lower().translate(_APOSTROPHES)
        return list(self._tokens(_PIECES.findall(_PERCENTAGES.sub(" ", plain))))

    def _tokens(self, pieces: Sequence[str]) -> Iterator[Token]:
        at = 0
        while at < len(pieces):
            width, token = self._longest(pieces, at)
            yield token
            at += width

    def _longest(self, pieces: Sequence[str], at: int) -> tuple[int, Token]:
        for width in range(min(self.longest, len(pieces) - at), 0, -1):
            words = tuple(pieces[at : at + width])
            token = self.spelled.get(words) or self.folded.get(tuple(map(fold, words)))
            if token is not None:
                return width, token
        return 1, _unlisted(pieces[at])


@cache
def vocabulary_for(language_code: str) -> Vocabulary:
    """Returns the vocabulary of a BCP 47 code, made once: it is constant data."""
    return vocabulary_of(lexicon_for(language_code))


def vocabulary_of(lexicon: Lexicon) -> Vocabulary:
    """Indexes a lexicon."""
    phrases = dict(_phrases(lexicon))
    plain = _indexed(phrases)
    return _indexed({**phrases, **dict(_references(lexicon, plain))})


def _indexed(phrases: Mapping[str, Token]) -> Vocabulary:
    spelled = {tuple(phrase.split()): token for phrase, token in phrases.items()}
    folded: dict[_Phrase, Token] = {}
    for words, token in spelled.items():
        folded.setdefault(tuple(map(fold, words)), token)
    return Vocabulary(spelled, folded, max(map(len, spelled)))


def _phrases(lexicon: Lexicon) -> Iterator[tuple[str, Token]]:
    for unit in lexicon.units:
        yield from ((form, Unit(unit.name)) for form in (unit.name, *unit.forms, *unit.aliases))
    for product in lexicon.products:
        yield from ((form, Product(form, product)) for form in product.forms)
    yield from ((word, Number(value)) for word, value in lexicon.numbers.items())
    yield from ((word, Scale(value)) for word, value in lexicon.scales.items())
    for action in ACTIONS:
        verbs = lexicon.verbs[action]
        yield from ((verb, Verb(action, verb in lexicon.wishes)) for verb in verbs)
    for field in fields(Words):
        mark = Mark(Kind(field.name))
        yield from ((word, mark) for word in getattr(lexicon.words, field.name))


def _references(lexicon: Lexicon, plain: Vocabulary) -> Iterator[tuple[str, Token]]:
    for kind, phrases in lexicon.references.items():
        yield from ((one, Reference(Kind(kind), tuple(plain.read(one)))) for one in phrases)


def _unlisted(piece: str) -> Token:
    if piece in _PUNCTUATION:
        return _PUNCTUATION[piece]
    if piece in _FRACTIONS:
        return Number(_FRACTIONS[piece], spoken=False)
    if piece[0].isdecimal():
        over, _, under = piece.replace(",", ".").partition("/")
        divisor = float(under or 1)
        return Number(float(over) / divisor if divisor else 0.0, spoken=False)
    return Word(piece)
