"""Reads what a clause is about: products with their quantities, and the words around them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from emulator.phrases import Kind, Mark, Number, Product, Token, Unit, Word

_BREAKS = frozenset({Kind.COMMA, Kind.CONNECTOR, Kind.LIST, Kind.REMOVER})
_TAILS = frozenset({Kind.PLACE, Kind.ABOUT, Kind.PURPOSE, Kind.QUESTION})
_SILENT = frozenset({Kind.CONNECTOR, Kind.PARTITIVE, Kind.AMOUNT})


@dataclass(frozen=True, slots=True)
class Thing:
    """A product with its quantity, or a quantity alone.

    Attributes:
        name: As the lexicon has it or, with words unknown to it, as heard; "" for a quantity alone.
        quantity: None when not said.
        unit: The canonical unit, None when not said.
        category: None when the lexicon does not know the product.
        unlisted: How many words of the name the lexicon does not know.
        counted: The quantity was said, not only implied by "a" or by a lone unit.
    """

    name: str
    quantity: float | None
    unit: str | None
    category: str | None
    unlisted: int
    counted: bool


@dataclass(frozen=True, slots=True)
class Tail:
    """Words after a product that buy nothing: "for the pancakes", "from the shop".

    Attributes:
        words: How many of them the lexicon does not know.
        aside: They tell where or how, not only what for: after a mere wish that is talk.
    """

    words: int
    aside: bool


Part: TypeAlias = Thing | Tail | Mark


def read_parts(tokens: Iterable[Token], *, to_targets: bool) -> list[Part]:
    """Reads the tokens of one clause, its verb taken out and its numbers joined.

    Args:
        tokens: No verbs, fillers or courtesies among them.
        to_targets: "to" leads to a new value, as after "change", not away from the product.
    """
    rest = deque(tokens)
    tails = _TAILS if to_targets else _TAILS | {Kind.TARGET}
    breaks = _BREAKS | {Kind.TARGET} if to_targets else _BREAKS
    parts: list[Part] = []
    while rest:
        match rest[0]:
            case Mark(Kind.ABOUT) if not to_targets and _measures(rest):
                rest.popleft()
            case Mark(kind) if kind in tails:
                leads = not any(isinstance(part, Thing) for part in parts)
                parts.append(_tail(rest, breaks, leads=leads))
            case Mark(kind) if kind is not Kind.ARTICLE:
                rest.popleft()
                parts += [] if kind in _SILENT else [Mark(kind)]
            case _:
                parts.append(_thing(rest))
    return parts


def _measures(rest: deque[Token]) -> bool:
    """Tells whether an amount follows the first token."""
    return len(rest) > 1 and isinstance(rest[1], Number | Unit)


def _tail(rest: deque[Token], breaks: frozenset[Kind], *, leads: bool) -> Tail:
    """Reads up to the next break; before the first thing ("na obiad makaron") up to that thing."""
    read = [rest.popleft()]
    while rest and not (isinstance(rest[0], Mark) and rest[0].kind in breaks):
        if leads and len(read) > 1 and isinstance(rest[0], Product | Number | Unit):
            break
        read.append(rest.popleft())
    words = sum(isinstance(token, Word) for token in read)
    return Tail(words, aside=isinstance(read[0], Mark) and read[0].kind in _TAILS - {Kind.PURPOSE})


def _thing(rest: deque[Token]) -> Thing:
    """Reads [a] [number] [of] [unit] [of] [words] [product [words]]; at least one is there."""
    article = _skip(rest, Kind.ARTICLE)
    number = _number(rest)
    _skip(rest, Kind.PARTITIVE, Kind.ARTICLE)
    unit = _unit(rest)
    _skip(rest, Kind.PARTITIVE)
    words, product = _words(rest), None
    if rest and isinstance(rest[0], Product):
        product = rest[0]
        rest.popleft()
    after = _words(rest) if product else []
    name = _name(words, product, after)
    implied = 1.0 if unit or (article and name) else None
    return Thing(
        name=name,
        quantity=number or implied,
        unit=unit,
        category=product.entry.category if product else None,
        unlisted=len(words) + len(after),
        counted=number is not None,
    )


def _skip(rest: deque[Token], *kinds: Kind) -> bool:
    skipped = False
    while rest and isinstance(rest[0], Mark) and rest[0].kind in kinds:
        rest.popleft()
        skipped = True
    return skipped


def _number(rest: deque[Token]) -> float | None:
    if rest and isinstance(rest[0], Number):
        number = rest[0].value
        rest.popleft()
        return number or None
    return None


def _unit(rest: deque[Token]) -> str | None:
    if rest and isinstance(rest[0], Unit):
        unit = rest[0].name
        rest.popleft()
        return unit
    return None


def _words(rest: deque[Token]) -> list[str]:
    words: list[str] = []
    while rest and isinstance(rest[0], Word):
        words.append(rest[0].heard)
        rest.popleft()
    return words


def _name(words: list[str], product: Product | None, after: list[str]) -> str:
    if product is None:
        return " ".join(words)
    if words or after:
        return " ".join([*words, product.heard, *after])
    return product.entry.name
