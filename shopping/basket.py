"""What the list holds as far as this session knows: for a model that has to be told, and for undo.

It is no full list: the phone may hold more. It forgets the oldest product rather than grow.
"""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from schemas.product import ProductDraft
from shopping.words import fold

MOST_KEPT: Final = 500
"""Products; one more, and the one that was mentioned first is forgotten."""
_DECIMALS: Final = 3
"""As `shopping.fields` rounds: 0.1 kg and 0.2 kg are 0.3 kg."""


class Basket:
    """Products by name, letter case aside, in order of first mention.

    * ``add`` of what is there sums the quantities when the unit is the same; with another unit
      nothing can be summed without guessing, and the newest amount is kept.
    * ``remove`` takes the product away, whatever the amount.
    * ``update`` sets the amount, of a product that is not there too.
    """

    __slots__ = ("_items",)

    def __init__(self) -> None:
        self._items: dict[str, ProductDraft] = {}

    def apply(self, draft: ProductDraft) -> None:
        """Do what the draft says."""
        key = fold(draft.name)
        before = self._items.get(key)
        match draft.action:
            case "remove":
                self._items.pop(key, None)
                return
            case "add" if before is not None and before.unit == draft.unit:
                quantity = _sum(before.quantity, draft.quantity)
            case _:
                quantity = draft.quantity
        self._items[key] = replace(draft, action="add", quantity=quantity)
        if len(self._items) > MOST_KEPT:
            del self._items[next(iter(self._items))]

    def items(self) -> tuple[ProductDraft, ...]:
        """Return what is there, each product with its whole amount and the action ``add``."""
        return tuple(self._items.values())

    def inverse(self, draft: ProductDraft) -> ProductDraft | None:
        """Return what would take `draft` back; to be asked before the draft is applied.

        It leads back to the amount of now, so it is right until the same product is mentioned
        again. `None`: the draft changes nothing, since what it removes is not there.
        """
        before = self._items.get(fold(draft.name))
        if draft.action == "remove":
            return before
        if before is None:
            return replace(draft, action="remove")
        return replace(before, action="update")


def _sum(one: float, other: float) -> int | float:
    total = round(one + other, _DECIMALS)
    return int(total) if total == int(total) else total
