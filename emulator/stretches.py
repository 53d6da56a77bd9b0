"""Cuts a sentence where a part of it may be about what was mentioned before: "no, remove that"."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile

from emulator.clauses import is_question, read_clauses
from emulator.phrases import Kind, Mark, Number, Product, Reference, Token, Unit, Verb, Word


def stretches(sentence: Sequence[Token]) -> list[list[Token]]:
    """Returns the stretches of a sentence, each with one verb or undo at most; [] for a question.

    Words before the first verb that are neither product nor amount, "no, please", go along with it.
    """
    if is_question(spelled_out(sentence)):
        return []
    parts: list[list[Token]] = [[]]
    for token in sentence:
        if isinstance(token, Verb) or is_reference(token, Kind.UNDO):
            parts.append([])
        parts[-1].append(token)
    lead, *rest = parts
    if rest and not any(isinstance(token, Product | Word | Number | Unit) for token in lead):
        return [lead + rest[0], *rest[1:]]
    return parts


def leads_elsewhere(unread: Sequence[Token]) -> bool:
    """Tells whether what stands before a stretch makes it part of something else.

    "milk, remove it" is about milk; "he told me to remove it" and "I want to go home and delete
    it" are about nothing.
    """
    lead = takewhile(lambda token: not isinstance(token, Verb), unread)
    if any(isinstance(token, Product | Word) for token in lead):
        return True
    return any(isinstance(token, Word) for token in unread) and not read_clauses(unread)


def names_product(tokens: Sequence[Token]) -> bool:
    """Tells whether a product, or a word that may name one, is among the tokens."""
    return any(isinstance(token, Product | Word) for token in tokens)


def spelled_out(tokens: Sequence[Token]) -> list[Token]:
    """Returns the tokens with each reference as what it is otherwise."""
    return [
        plain
        for token in tokens
        for plain in (token.otherwise if isinstance(token, Reference) else (token,))
    ]


def is_reference(token: Token, kind: Kind) -> bool:
    """Tells whether a token is a reference of one kind."""
    return isinstance(token, Reference) and token.kind is kind


def is_mark(token: Token, kinds: frozenset[Kind]) -> bool:
    """Tells whether a token is a small word of one of the kinds."""
    return isinstance(token, Mark) and token.kind in kinds
