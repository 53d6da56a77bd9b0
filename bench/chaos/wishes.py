"""What a shopper wants next: pure, from a seed. Each product is asked for in an amount of its own.

Only additions, whose order does not matter: whatever is lost, doubled or said again, the list that
there must be is the sum of what was asked for.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import Final

from bench.plans import ADDED, BY_HAND, TYPED, Act, Kind
from bench.recording import Item

_OFTEN: Final[dict[Kind, int]] = {"speak": 9, "type": 6, "edit": 2}
_NAMES: Final[dict[Kind, tuple[str, ...]]] = {"speak": ADDED, "type": TYPED, "edit": BY_HAND}


class Wishes:
    """The acts of one shopper."""

    def __init__(self, seed: str) -> None:
        self._chance = random.Random(seed)  # noqa: S311 - no secret
        self._asked: dict[str, int] = {}

    def next(self) -> Act:
        """Return the next act."""
        (kind,) = self._chance.choices([*_OFTEN], weights=[*_OFTEN.values()])
        names = self._chance.sample(_NAMES[kind], 2 if self._chance.random() < 1 / 3 else 1)
        items: tuple[Item, ...] = tuple(("add", name, self._new_amount(name)) for name in names)
        if kind == "edit":
            return Act(kind, items, operations=tuple(map(_added, items)))
        return Act(kind, items, said(items))

    def _new_amount(self, name: str) -> int:
        self._asked[name] = self._asked.get(name, 1) + 1
        return self._asked[name]


def said(items: Iterable[Item]) -> str:
    """Return the sentence that asks for these."""
    return "dodaj do listy " + " i ".join(f"{amount} {name}" for _, name, amount in items)


def _added(item: Item) -> dict[str, object]:
    _, name, amount = item
    return {"op": "add", "name": name, "quantity": amount}
