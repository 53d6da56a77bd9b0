"""What a shopper with a version 2 phone does next: pure, from a seed.

What comes of it can be computed. Every amount of a product is asked for once, so that what is lost
and what comes twice shows; and where the order matters it is one product's, whose next change is
planned only when the phone has been told of the last. So three groups of products: those that are
only ever added, by voice and by typing; those that are changed by typing; those changed by hand.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from bench.recording import Item
from bench.shopper import NAMES

ADDED: Final = NAMES[:18]
TYPED: Final = NAMES[18:27]
BY_HAND: Final = NAMES[27:]
Kind: TypeAlias = Literal["speak", "type", "edit", "undo"]
_OFTEN: Final[dict[Kind, int]] = {"speak": 9, "type": 7, "edit": 3, "undo": 2}


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that a shopper does.

    Attributes:
        kind: how.
        items: what it asks for; of an undo, what it takes back.
        text: the sentence that is spoken or typed.
        operations: those of an edit.
    """

    kind: Kind
    items: tuple[Item, ...]
    text: str = ""
    operations: tuple[dict[str, object], ...] = ()


class Plan:
    """The acts of one shopper; each is to be carried out before the next is asked for."""

    def __init__(self, seed: str) -> None:
        self._chance = random.Random(seed)  # noqa: S311 - no secret
        self._asked: dict[str, int] = {}
        self._amounts: dict[str, int] = {}
        self._last: Act | None = None
        self._before: tuple[str, int | None] = "", None

    def next(self, ids: Mapping[str, str], *, may_undo: bool) -> Act:
        """Return the next act.

        Args:
            ids: of what the phone shows, by name.
            may_undo: nothing that was said before can be heard from now on.
        """
        (kind,) = self._chance.choices([*_OFTEN], weights=[*_OFTEN.values()])
        last = self._last
        if kind != "undo":
            act = self._acted(kind, ids)
        elif may_undo and last is not None and _can_be_undone(last):
            act = self._undo(last)
        else:
            act = self._acted("edit", ids)
        self._last = act
        return act

    def _acted(self, kind: Kind, ids: Mapping[str, str]) -> Act:
        match kind:
            case "speak":
                return self._add(kind, self._chance.sample(ADDED, self._chance.choice((1, 1, 2))))
            case "type" if self._chance.random() < 1 / 2:
                return self._add(kind, self._chance.sample(ADDED, 1))
            case "type":
                return self._change_typing()
            case _:
                return self._change_by_hand(ids)

    def _add(self, kind: Kind, names: list[str]) -> Act:
        items: tuple[Item, ...] = tuple(("add", name, self._new_amount(name)) for name in names)
        text = "dodaj do listy " + " i ".join(f"{amount} {name}" for _, name, amount in items)
        return Act(kind, items, text)

    def _change_typing(self) -> Act:
        action, name, amount = item = self._change(self._chance.choice(TYPED))
        match action:
            case "add":
                text = f"dodaj do listy {amount} {name}"
            case "update":
                text = f"zmień {name} na {amount}"
            case _:
                text = f"usuń z listy {amount} {name}"
        return Act("type", (item,), text)

    def _change_by_hand(self, ids: Mapping[str, str]) -> Act:
        action, name, amount = item = self._change(self._chance.choice(BY_HAND))
        operation: dict[str, object] = {"op": action, "id": ids.get(name, "")}
        if action == "add":
            operation |= {"id": f"{name.encode().hex()}-{amount}", "name": name}
        if action != "remove":
            operation["quantity"] = amount
        return Act("edit", (item,), operations=(operation,))

    def _change(self, name: str) -> Item:
        """Return a change of a product that is there, or the addition of one that is not."""
        amount = self._amounts.get(name)
        self._before = name, amount
        action = "add" if amount is None else self._chance.choice(("update", "remove"))
        if action == "remove" and amount is not None:
            del self._amounts[name]
            return action, name, amount
        self._amounts[name] = self._new_amount(name)
        return action, name, self._amounts[name]

    def _undo(self, last: Act) -> Act:
        name, amount = self._before
        if last.items[0][1] == name:
            self._amounts.pop(name, None)
            if amount is not None:
                self._amounts[name] = amount
        return Act("undo", last.items)

    def _new_amount(self, name: str) -> int:
        self._asked[name] = self._asked.get(name, 1) + 1
        return self._asked[name]


def _can_be_undone(act: Act) -> bool:
    """Whether it is sure to be the last thing done, and would not have to be asked for again."""
    return act.kind in ("type", "edit") and act.items[0][0] != "remove"
