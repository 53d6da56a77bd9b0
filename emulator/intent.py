"""What a sentence asks for, and what of it is remembered for the sentences after it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from emulator.phrases import Action

MENTIONS_LENGTH = 20
"""Mentions remembered; older ones are neither corrected nor come back by an undo."""


@dataclass(frozen=True, slots=True)
class Intent:
    """One change of the shopping list.

    Attributes:
        action: What to do with the product.
        name: The lexicon's name, or the words as heard when it has none. An undo names no product
            that was said: it has the one mentioned last, "" when there is none.
        quantity: None when not said.
        unit: The canonical unit, None when not said.
        category: None when the product is unknown.
    """

    action: Action
    name: str
    quantity: float | None
    unit: str | None
    category: str | None


def remember(mentioned: Sequence[Intent], intents: Sequence[Intent]) -> tuple[Intent, ...]:
    """Returns what is remembered as mentioned, the last one last, once intents are carried out.

    Each product comes with the quantity and the unit it then has, as far as they were told. An
    undo brings back the mention before the last, if there is one.
    """
    known = list(mentioned)
    for intent in intents:
        if intent.action != "undo":
            known.append(_merged(mention_of(intent.name, known), intent))
        elif len(known) > 1:
            known.pop()
    return tuple(known[-MENTIONS_LENGTH:])


def mention_of(name: str, known: Sequence[Intent]) -> Intent | None:
    """Returns the last mention of a product."""
    return next((mention for mention in reversed(known) if mention.name == name), None)


def _merged(before: Intent | None, intent: Intent) -> Intent:
    if before is None:
        return intent
    if intent.action == "remove":
        return replace(intent, quantity=before.quantity, unit=before.unit)
    unit = intent.unit or (before.unit if intent.action == "update" else None)
    added_to = intent.action == "add" and before.action != "remove" and unit == before.unit
    if added_to and intent.quantity is not None and before.quantity is not None:
        return replace(intent, quantity=before.quantity + intent.quantity)
    return replace(intent, unit=unit)
