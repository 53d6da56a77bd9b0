"""What the list holds as far as this session knows: for a model that has to be told, and for undo.

It is no full list: the phone may hold more. It forgets the oldest product rather than grow.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from msgspec.structs import replace

from schemas.product import ProductDraft
from shopping.words import fold

MOST_KEPT: Final = 500
"""Products; one more, and the one that was mentioned first is forgotten."""
_DECIMALS: Final = 3
"""As `shopping.fields` rounds: 0.1 kg and 0.2 kg are 0.3 kg."""


@dataclass(frozen=True, slots=True, eq=False)
class _Entry:
    """A product that is there, and the number of the change that its amount was counted from."""

    item: ProductDraft
    since: int


@dataclass(frozen=True, slots=True)
class Change:
    """What became of a product by one draft; `None`: it was, or is, not there."""

    draft: ProductDraft
    before: _Entry | None
    after: _Entry | None


class Basket:
    """Products by name, letter case aside, in order of first mention.

    * ``add`` of what is there sums the quantities when the unit is the same; with another unit
      nothing can be summed without guessing, and the newest amount is kept.
    * ``remove`` takes the product away, whatever the amount.
    * ``update`` sets the amount, of a product that is not there too.
    """

    __slots__ = ("_changes", "_entries")

    def __init__(self) -> None:
        self._entries: dict[str, _Entry] = {}
        self._changes = 0

    def apply(self, draft: ProductDraft) -> Change:
        """Do what the draft says."""
        before = self._entries.get(fold(draft.name))
        self._changes += 1
        if draft.action == "remove":
            after = None
        elif draft.action == "add" and before is not None and before.item.unit == draft.unit:
            quantity = _sum(before.item.quantity, draft.quantity)
            after = _Entry(replace(draft, quantity=quantity), before.since)
        else:
            after = _Entry(replace(draft, action="add"), self._changes)
        self._put(draft.name, after)
        return Change(draft, before, after)

    def items(self) -> tuple[ProductDraft, ...]:
        """Return what is there, each product with its whole amount and the action ``add``."""
        return tuple(entry.item for entry in self._entries.values())

    def take_back(self, change: Change) -> ProductDraft | None:
        """Undo a change; return the draft that says so, `None` if there is nothing to undo.

        If the product was mentioned again since, only what the change itself added is taken
        away; what a later mention set or removed stands.
        """
        present = self._entries.get(fold(change.draft.name))
        undone = self._undone(change, present)
        self._put(change.draft.name, undone)
        return _from_to(_item(present), _item(undone))

    def _undone(self, change: Change, present: _Entry | None) -> _Entry | None:
        if present is change.after:
            return change.before
        added = change.draft.action == "add"
        if present is None or change.after is None or not added:
            return present
        if present.since != change.after.since:
            return present
        rest = _sum(present.item.quantity, -change.draft.quantity)
        return _Entry(replace(present.item, quantity=rest), present.since) if rest > 0 else None

    def _put(self, name: str, entry: _Entry | None) -> None:
        if entry is None:
            self._entries.pop(fold(name), None)
            return
        self._entries[fold(name)] = entry
        if len(self._entries) > MOST_KEPT:
            del self._entries[next(iter(self._entries))]


def _item(entry: _Entry | None) -> ProductDraft | None:
    return None if entry is None else entry.item


def _from_to(present: ProductDraft | None, wanted: ProductDraft | None) -> ProductDraft | None:
    if present == wanted:
        return None
    if wanted is None:
        return None if present is None else replace(present, action="remove")
    return wanted if present is None else replace(wanted, action="update")


def _sum(one: float, other: float) -> int | float:
    total = round(one + other, _DECIMALS)
    return int(total) if total == int(total) else total
