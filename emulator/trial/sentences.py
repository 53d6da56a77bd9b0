"""Puts shopping sentences together at random, each with the products it orders."""

from __future__ import annotations

import random
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TypedDict, cast

from emulator.lexicon import lexicon_for
from emulator.phrases import Action


@dataclass(frozen=True, slots=True)
class Wanted:
    """One product that a sentence orders, as the brain should read it."""

    action: Action
    name: str
    quantity: float | None
    unit: str | None


@dataclass(frozen=True, slots=True)
class Sentence:
    """Something to say, and what it should bring about: nothing, if it buys nothing."""

    text: str
    wanted: tuple[Wanted, ...]


class Talk(TypedDict):
    """Speech that buys nothing: for tuning, and the other for judging."""

    tuning: list[str]
    judged: list[str]
    judged_numbers: list[str]


class Phrases(TypedDict):
    """One language's file; its comments say what each list means."""

    items: list[list[str]]
    numbers: dict[str, float]
    few: list[tuple[str, float]]
    joiner: str
    add: list[str]
    remove: list[str]
    update: list[str]
    talk: Talk


_ALONE, _ONE = 0.25, 0.4
"""How likely an item is said without an amount, or (to there) as one of it."""


@cache
def phrases(language: str) -> Phrases:
    """Read the phrases of a language, "pl" or "en"."""
    text = resources.files("emulator.trial").joinpath(f"{language}.toml").read_text("utf-8")
    return cast("Phrases", tomllib.loads(text))


def shopping_sentences(language: str, count: int, seed: int) -> tuple[Sentence, ...]:
    """Return `count` sentences, the same ones for the same seed.

    Of ten, about four order one product, two order two, one orders three, two remove one and one
    corrects an amount.
    """
    chance = random.Random(f"{language} {seed}")  # noqa: S311  sentences, no secret
    return tuple(_sentence(language, chance) for _ in range(count))


def product_name(language: str, spoken: str) -> str:
    """Return the canonical name of the product that has a spoken form.

    Raises:
        LookupError: the lexicon does not have it.
    """
    for product in lexicon_for(language).products:
        if spoken in product.forms:
            return product.name
    raise LookupError(f"no product of the {language} lexicon is called {spoken!r}")


def _sentence(language: str, chance: random.Random) -> Sentence:
    words = phrases(language)
    kind = chance.choices(("1", "2", "3", "remove", "update"), (45, 25, 10, 12, 8))[0]
    row = chance.choice(words["items"])
    match kind:
        case "remove":
            text = chance.choice(words["remove"]).format(row[0])
            return Sentence(text, (Wanted("remove", product_name(language, row[0]), None, None),))
        case "update":
            amount, quantity = _amount(language, row, chance)
            spoken = amount if row[1] else amount.split()[0]
            text = chance.choice(words["update"]).format(row[0], spoken)
            name = product_name(language, row[0])
            return Sentence(text, (Wanted("update", name, quantity, row[1] or None),))
        case _:
            rows = chance.sample(words["items"], int(kind))
            items = [_item(language, row, chance) for row in rows]
            *first, last = (spoken for spoken, _ in items)
            joined = f"{', '.join(first)} {words['joiner']} {last}" if first else last
            text = chance.choice(words["add"]).format(joined)
            return Sentence(text, tuple(wanted for _, wanted in items))


def _item(language: str, row: list[str], chance: random.Random) -> tuple[str, Wanted]:
    """Return how an item is said, alone, as one of it or counted, and what that means."""
    name, unit = product_name(language, row[0]), row[1] or None
    style = chance.random()
    if style < _ALONE:
        return row[0], Wanted("add", name, None, None)
    if style < _ONE and language == "en":
        return f"{row[2]} {row[4]}".strip(), Wanted("add", name, 1.0, unit)
    amount, quantity = _amount(language, row, chance)
    return f"{amount} {row[4]}".strip(), Wanted("add", name, quantity, unit)


def _amount(language: str, row: list[str], chance: random.Random) -> tuple[str, float]:
    words = phrases(language)
    _, _, some, many, _ = row
    amounts = [(f"{word} {many}", value) for word, value in words["numbers"].items()]
    if language == "pl":
        counted = some.partition(" ")[2]
        amounts += [(some, 2.0), *((f"{word} {counted}", value) for word, value in words["few"])]
    spoken, quantity = chance.choice(amounts)
    return spoken, float(quantity)
