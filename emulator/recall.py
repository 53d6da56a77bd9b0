"""Says what to do about something mentioned before, given what is remembered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import assert_never

from emulator.intent import Intent, mention_of
from emulator.things import Thing


class Recall(Enum):
    """What is said about something mentioned before."""

    UNDO = auto()
    """Nothing was to be changed, whatever it was."""
    MORE = auto()
    """There is to be that much more of it."""
    DROP = auto()
    """It is to go, or that much of it."""
    COUNT = auto()
    """There was to be that much of it."""
    AMOUNT = auto()
    """That much of it, if nothing was said of that yet."""
    SWAP = auto()
    """It was to be another product."""


@dataclass(frozen=True, slots=True)
class Recalled:
    """Words about something mentioned before.

    Attributes:
        recall: What they say about it.
        thing: How much or, for a swap, the new product; None when not said.
        old: The product that is meant to be counted or, for a swap, that is not meant; None for
            the last one.
        contrasts: The old product came behind the new one: "cream, not milk". That is said of
            the last product only; of another it means just the new one.
    """

    recall: Recall
    thing: Thing | None = None
    old: Thing | None = None
    contrasts: bool = False

    @property
    def corrects(self) -> bool:
        """Whether it is a correction, which within one text has rules of its own."""
        return self.recall in {Recall.COUNT, Recall.AMOUNT, Recall.SWAP}


def resolve(recalled: Recalled, known: Sequence[Intent]) -> list[Intent]:
    """Returns what to do, in order; [] when it is about nothing that is remembered.

    Args:
        recalled: What was said.
        known: What was mentioned, the last one last.
    """
    match recalled.recall:
        case Recall.UNDO:
            return [Intent("undo", known[-1].name if known else "", None, None, None)]
        case _ if not known:
            return []
        case Recall.MORE:
            return _more(recalled.thing, known[-1])
        case Recall.DROP:
            return [_drop(recalled.thing, known[-1])]
        case Recall.COUNT | Recall.AMOUNT:
            return _count(recalled.thing, _counted(recalled, known))
        case Recall.SWAP:
            return _swap(recalled, known)
        case _:
            assert_never(recalled.recall)


def _more(amount: Thing | None, last: Intent) -> list[Intent]:
    quantity, unit = (amount.quantity, amount.unit) if amount else (1.0, None)
    return [replace(last, action="add", quantity=quantity, unit=unit or last.unit)]


def _drop(amount: Thing | None, last: Intent) -> Intent:
    quantity, unit = (amount.quantity, amount.unit) if amount else (None, None)
    return replace(last, action="remove", quantity=quantity, unit=unit)


def _counted(recalled: Recalled, known: Sequence[Intent]) -> Intent | None:
    """Returns the mention whose amount is said; None if that is not remembered, or was said."""
    if recalled.recall is Recall.AMOUNT:
        last = known[-1]
        return last if last.action == "add" and last.quantity is None else None
    return mention_of(recalled.old.name, known) if recalled.old else known[-1]


def _count(amount: Thing | None, last: Intent | None) -> list[Intent]:
    """Changes the amount; a unit alone leaves the number as it was."""
    if amount is None or last is None:
        return []
    said = amount.counted or last.quantity is None
    quantity = amount.quantity if said else last.quantity
    return [replace(last, action="update", quantity=quantity, unit=amount.unit)]


def _swap(recalled: Recalled, known: Sequence[Intent]) -> list[Intent]:
    """Removes one product and adds the other, in the same amount unless another was said."""
    old, new = _old(recalled, known), recalled.thing
    if old is None or new is None or new.name == old.name:
        return []
    quantity, unit = (old.quantity, old.unit) if new.quantity is None else (new.quantity, new.unit)
    return [
        replace(old, action="remove", quantity=None, unit=None),
        Intent("add", new.name, quantity, unit, new.category),
    ]


def _old(recalled: Recalled, known: Sequence[Intent]) -> Intent | None:
    old = recalled.old
    if old is None or old.name == known[-1].name:
        return known[-1]
    mention = mention_of(old.name, known)
    if recalled.contrasts or (mention is None and old.unlisted):
        return None
    return mention or Intent("remove", old.name, None, None, old.category)
