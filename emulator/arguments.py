"""Makes the values of a function call: an intent's words in the types and choices declared."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import cache
from typing import assert_never

from emulator.brain import Intent
from emulator.declared import Shape
from emulator.lexicon import LANGUAGES, lexicon_for
from emulator.phrases import fold
from emulator.roles import ACTION_WORDS, Role, words_of

# How sure a model says it is of a product it knows, and of a word it only heard.
_SURE, _LESS_SURE = 0.96, 0.9
# Grams and millilitres in the other measures, for a client that offers only one of them.
_MEASURES = ({"g": 1.0, "dag": 10.0, "kg": 1000.0}, {"ml": 1.0, "l": 1000.0})
_PIECES = {"pl": "szt", "en": "pcs"}
_OTHER = frozenset({"other", "others", "misc", "inne", "pozostale"})
_HIGH = frozenset({"high", "certain", "sure", "wysoka", "wysoki"})


def name_for(shape: Shape, intent: Intent) -> object:
    """Returns the product's name, None when the client's choices lack it."""
    return _chosen(shape, [intent.name]) if shape.choices else intent.name


def value_for(
    role: Role, shape: Shape, intent: Intent, *, required: bool, beside: frozenset[Role]
) -> object:
    """Returns the value of a property beside the product's name, None when there is none.

    Args:
        role: What the property is for.
        shape: What its value must look like.
        intent: What was asked for.
        required: A value must be given: one that was not said is made up as a model would.
        beside: The roles of all properties of the same object.
    """
    match role:
        case Role.QUANTITY:
            return _quantity(shape, intent, required=required, alone=Role.UNIT not in beside)
        case Role.UNIT:
            return _unit(shape, intent, required=required)
        case Role.ACTION:
            return _action(shape, intent)
        case Role.CATEGORY:
            return _category(shape, intent, required=required)
        case Role.CONFIDENCE:
            return _confidence(shape, intent)
        case Role.NAME | Role.OTHER:
            return _made_up(shape, intent) if required else None
        case _:
            assert_never(role)


def in_offered_unit(intent: Intent, unit: Shape) -> Intent:
    """Returns the intent in a measure that the client offers: 25 dag as 250 g."""
    if intent.quantity is None or intent.unit is None or not unit.choices:
        return intent
    if _chosen(unit, _unit_words(intent.unit)) is not None:
        return intent
    for measure in _MEASURES:
        for other, factor in measure.items() if intent.unit in measure else ():
            if _chosen(unit, _unit_words(other)) is not None:
                quantity = intent.quantity * measure[intent.unit] / factor
                return Intent(intent.action, intent.name, quantity, other, intent.category)
    return intent


def _chosen(shape: Shape, words: Sequence[str] | frozenset[str]) -> object:
    """Returns the choice that says one of the words, None when none does."""
    wanted = {fold(word) for word in words}
    for choice in shape.choices:
        spoken = words_of(str(choice))
        if " ".join(spoken) in wanted or wanted.intersection(spoken):
            return choice
    return None


def _quantity(shape: Shape, intent: Intent, *, required: bool, alone: bool) -> object:
    quantity = intent.quantity
    if quantity is None:
        if not required:
            return None
        quantity = 1.0
    # Rounded up: nobody is to run short.
    whole = math.ceil(quantity)
    if shape.choices:
        return _chosen(shape, [f"{quantity:g}"])
    if shape.kind == "integer":
        return whole
    if shape.kind == "string":
        unit = f" {intent.unit}" if alone and intent.unit else ""
        return f"{quantity:g}{unit}"
    return whole if whole == quantity else quantity


def _unit(shape: Shape, intent: Intent, *, required: bool) -> object:
    pieces = _PIECES[_language(intent)]
    if not shape.choices:
        return intent.unit or (pieces if required else None)
    said = _chosen(shape, _unit_words(intent.unit)) if intent.unit else None
    if said is not None or not required:
        return said
    counted = _chosen(shape, _unit_words(pieces))
    return shape.choices[0] if counted is None else counted


def _action(shape: Shape, intent: Intent) -> object:
    return _chosen(shape, ACTION_WORDS[intent.action]) if shape.choices else intent.action


def _category(shape: Shape, intent: Intent, *, required: bool) -> object:
    if not shape.choices:
        other = "Inne" if _language(intent) == "pl" else "Other"
        return intent.category or (other if required else None)
    for words in _category_words(intent.category or ""):
        said = _chosen(shape, words)
        if said is not None:
            return said
    other_choice = _chosen(shape, _OTHER)
    return shape.choices[0] if other_choice is None and required else other_choice


def _confidence(shape: Shape, intent: Intent) -> object:
    if shape.choices:
        high = _chosen(shape, _HIGH)
        return shape.choices[0] if high is None else high
    sure = _SURE if intent.category else _LESS_SURE
    match shape.kind:
        case "integer":
            return round(sure * 100)
        case "string":
            return f"{sure:g}"
        case _:
            return sure


def _made_up(shape: Shape, intent: Intent) -> object:
    """Returns a value for a required property that a sentence says nothing about."""
    if shape.default is not None or shape.choices:
        return shape.choices[0] if shape.default is None else shape.default
    match shape.kind:
        case "boolean":
            return False
        case "integer" | "number":
            return 1
        case "array":
            return []
        case "object":
            return _made_up_object(shape, intent)
        case _:
            return intent.name


def _made_up_object(shape: Shape, intent: Intent) -> dict[str, object]:
    needed = ((name, inner) for name, inner in shape.properties.items() if name in shape.required)
    return {name: _made_up(inner, intent) for name, inner in needed}


@cache
def _unit_words(unit: str) -> frozenset[str]:
    """Returns every name of a unit, in both languages."""
    return frozenset(
        word
        for language in LANGUAGES
        for entry in lexicon_for(language).units
        if unit in (spelled := (entry.name, *entry.forms, *entry.aliases))
        for word in spelled
    )


def _category_words(category: str) -> Iterator[list[str]]:
    """Yields the names of a category, the whole ones before their single words.

    Both languages list the same categories in the same order.
    """
    shelves = zip(*(_categories(language) for language in LANGUAGES), strict=True)
    names = [name for shelf in shelves if category in shelf for name in shelf]
    yield names
    yield [word for name in names for word in words_of(name) if len(word) > 1]


@cache
def _categories(language: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(product.category for product in lexicon_for(language).products))


def _language(intent: Intent) -> str:
    return "pl" if intent.category in _categories("pl") else "en"
