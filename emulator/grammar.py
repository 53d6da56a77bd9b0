"""Writes the JSGF grammar of shopping sentences, and the dictionary of exactly its words.

The words are the lexicon's; the sentences are those people say to a shopping list: an order of
one or more items, a removal, a correction of an amount. Rules refer to each other on the right
only, so that any number of items costs one copy of the item's words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from emulator.lexicon import Lexicon


@dataclass(frozen=True, slots=True)
class Phrasing:
    """What a language's sentences are made of, beside products, units and numbers.

    The lexicon lists all that the brain can read. These are the common ones: each word more that
    the ears may hear makes all others harder to tell apart.
    """

    add: tuple[str, ...]
    remove: tuple[str, ...]
    update: tuple[str, ...]
    onto_list: tuple[str, ...]
    off_list: tuple[str, ...]
    courtesies: tuple[str, ...]
    connectors: tuple[str, ...]
    articles: tuple[str, ...]
    of: tuple[str, ...]
    to: tuple[str, ...]
    largest_number: float


PHRASINGS: Mapping[str, Phrasing] = {
    "en": Phrasing(
        add=(
            "add", "buy", "get", "i need", "we need", "put", "pick up", "order", "grab",
            "i want", "i'd like", "we're out of",
        ),
        remove=("remove", "delete", "cross off", "take off", "we don't need", "i don't need"),
        update=("change", "update", "set"),
        onto_list=("to the list", "to my list", "on the list", "to the shopping list"),
        off_list=("from the list", "from my list", "off the list", "from the shopping list"),
        courtesies=("please", "thanks", "thank you"),
        connectors=("and",),
        articles=("the", "some", "a", "an"),
        of=("of",),
        to=("to",),
        largest_number=20,
    ),
    "pl": Phrasing(
        add=(
            "dodaj", "kup", "dopisz", "wpisz", "potrzebuję", "potrzebujemy", "dorzuć",
            "trzeba kupić", "muszę kupić", "weź", "poproszę",
        ),
        remove=("usuń", "wykreśl", "skreśl", "wyrzuć", "nie kupuj", "nie potrzebuję"),
        update=("zmień", "popraw", "ustaw"),
        onto_list=("do listy", "na listę", "do listy zakupów", "na listę zakupów"),
        off_list=("z listy", "z listy zakupów"),
        courtesies=("proszę",),
        connectors=("i", "oraz"),
        articles=("jeszcze",),
        of=(),
        to=("na",),
        largest_number=20,
    ),
}  # fmt: skip


def shopping_grammar(lexicon: Lexicon) -> str:
    """Return the JSGF text whose public rule is `<utterance>`."""
    words = PHRASINGS[lexicon.language]
    products = [form for product in lexicon.products for form in product.forms]
    units = [form for unit in lexicon.units for form in unit.forms]
    numbers = spoken_numbers(lexicon, words)
    of = f" [{_any(words.of)}]" if words.of else ""
    rules = {
        "utterance": f"{_maybe(0.2, '<polite>')} {_maybe(0.95, '<verb>')} <items>",
        "items": f"<item> {_maybe(0.15, '<to> <number> ' + _maybe(0.5, '<unit>'))}"
        f" {_maybe(0.3, '<list>')} {_maybe(0.2, '<polite>')} {_maybe(0.4, '<more>')}",
        "more": f"/0.85/ <and> {_maybe(0.1, '<verb>')} <items> | /0.15/ <items>",
        "item": f"{_maybe(0.3, '<article>')} {_maybe(0.5, '<number>')}"
        f" {_maybe(0.4, '<unit>' + of)} <product>",
        "verb": _any(words.add + words.remove + words.update),
        "list": _any(words.onto_list + words.off_list),
        "polite": _any(words.courtesies),
        "and": _any(words.connectors),
        "article": _any(words.articles),
        "to": _any(words.to),
        "number": _any(numbers),
        "unit": _any(units),
        "product": _any(products),
    }
    lines = ["#JSGF V1.0 UTF-8 en;", "grammar shopping;"]
    for name, body in rules.items():
        public = "public " if name == "utterance" else ""
        lines.append(f"{public}<{name}> = {body};")
    return "\n".join(lines) + "\n"


def spoken_numbers(lexicon: Lexicon, words: Phrasing) -> tuple[str, ...]:
    """Return the number words that the ears listen for."""
    return tuple(word for word, value in lexicon.numbers.items() if value <= words.largest_number)


def _any(phrases: Iterable[str]) -> str:
    return " | ".join(phrases)


def _maybe(likelihood: float, part: str) -> str:
    return f"(/{likelihood}/ {part} | /{1 - likelihood:.2f}/ <NULL>)"


def grammar_words(jsgf: str) -> frozenset[str]:
    """Return every word that the rules of a grammar written here can produce."""
    words: set[str] = set()
    for line in jsgf.splitlines()[2:]:
        body = line.partition("=")[2].rstrip(";")
        words |= {token for token in re.split(r"[\s()\[\]]+|<\w+>|/[\d.]+/", body)}
    return frozenset(words - {"", "|"})


def dictionary(pronunciations: Mapping[str, tuple[str, ...]]) -> str:
    """Return a PocketSphinx dictionary, a word's variants numbered as it wants them."""
    lines = []
    for word, variants in sorted(pronunciations.items()):
        for number, phones in enumerate(variants, start=1):
            lines.append(f"{word}({number}) {phones}" if number > 1 else f"{word} {phones}")
    return "\n".join(lines) + "\n"
