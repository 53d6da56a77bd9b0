"""What one shopper asked for and what came of it; pure.

Nothing is asked for twice, so what is lost, what came twice and what the list must hold follow.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bench.recording import Item


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A shopper's wishes and what the phone was told.

    Attributes:
        asked: what Gemini was asked for, by voice or by typing, and when (Unix seconds).
        by_hand: what edits asked for, and when.
        undone: what was taken back, of both.
        announced: the products that the phone was told Gemini had heard, in order.
        carried_out: those that it was told of for its edits.
    """

    asked: Mapping[Item, float]
    by_hand: Sequence[tuple[float, Item]]
    undone: Sequence[Item]
    announced: Sequence[Item]
    carried_out: Sequence[Item]

    def lost(self) -> list[Item]:
        """Return what was asked for and did not come."""
        return [*(self._wished() - self._came()).elements()]

    def doubled(self) -> list[Item]:
        """Return what came again though it had come, and what nobody asked for."""
        return [*(self._came() - self._wished()).elements()]

    def _wished(self) -> Counter[Item]:
        return Counter([*self.asked, *(item for _, item in self.by_hand)])

    def _came(self) -> Counter[Item]:
        return Counter([*self.announced, *self.carried_out])

    def amounts(self) -> dict[str, float]:
        """Return what has to be on the list, by name: all wishes in order, but those undone."""
        wishes = [*((at, item) for item, at in self.asked.items()), *self.by_hand]
        wishes.sort(key=lambda wish: wish[0])
        return amounts_after(item for _, item in wishes if item not in self.undone)

    def differences(self, amounts: Mapping[str, float]) -> list[str]:
        """Return where a list differs from the one that has to be."""
        wanted = self.amounts()
        return [
            f"{name}: {wanted.get(name)} asked for, {amounts.get(name)} on the list"
            for name in sorted(wanted.keys() | amounts.keys())
            if wanted.get(name) != amounts.get(name)
        ]


def amounts_after(items: Iterable[Item]) -> dict[str, float]:
    """Return the amounts on a list, empty at first, after changes in order."""
    amounts: dict[str, float] = {}
    for action, name, amount in items:
        if action == "remove":
            amounts.pop(name, None)
        elif action == "add":
            amounts[name] = amounts.get(name, 0) + amount
        else:
            amounts[name] = amount
    return amounts
