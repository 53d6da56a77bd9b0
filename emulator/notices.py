"""Reads what a client tells the model in passing: `[… by hand: added "bread" (2 pcs).]`.

Such a notice asks for nothing, but the product that it names last is what "one more" is about.
"""

from __future__ import annotations

import re

from emulator.intent import Intent
from emulator.phrases import Number, Product, Token, Unit, Word, vocabulary_for

_NOTICES = re.compile(r"\[[^\[\]]*\]")
_QUOTED = re.compile(r'["„“”]([^"„“”]+)["“”](?:\s*\(([^()]*)\))?')


def without_notices(text: str) -> str:
    """Returns a text without what stands in square brackets: nobody says that."""
    return _NOTICES.sub(" ", text)


def mention_in(text: str, language: str) -> Intent | None:
    """Returns the product that a notice names last, None when it names none.

    Args:
        text: Names in double quotes count, each with an amount in parentheses if one follows it;
            without any, products that the lexicon knows.
        language: BCP 47.
    """
    quoted = [match for match in _QUOTED.finditer(text) if match[1].strip()]
    if not quoted:
        return _known(vocabulary_for(language).read(text))
    name, amount = quoted[-1][1].strip(), quoted[-1][2] or ""
    known = _known(_alone(name, language))
    quantity, unit = _amount(vocabulary_for(language).read(amount))
    if known is None:
        return Intent("update", name, quantity, unit, None)
    return Intent("update", known.name, quantity, unit, known.category)


def _alone(name: str, language: str) -> list[Token]:
    """Returns the tokens of a name that is one of the lexicon's, none when it has more words."""
    tokens = vocabulary_for(language).read(name)
    return tokens if len(tokens) == 1 else []


def _known(tokens: list[Token]) -> Intent | None:
    for token in reversed(tokens):
        if isinstance(token, Product):
            return Intent("update", token.entry.name, None, None, token.entry.category)
    return None


def _amount(tokens: list[Token]) -> tuple[float | None, str | None]:
    """Returns what "2 szt" says; a unit that the lexicon does not know is kept as written."""
    quantity: float | None = None
    unit: str | None = None
    for token in tokens:
        match token:
            case Number(value) if value:
                quantity = value
            case Unit(name) | Word(name):
                unit = unit or name
            case _:
                pass
    return quantity, unit
