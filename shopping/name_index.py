"""Finds a list's items by their names without looking at all of them, however many there are."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from schemas.shopping_list import Item


class NameIndex:
    """The ids of a list's items by what `key` makes of their names, in the list's order.

    It is made at the first search, and from then on each change is noted. What was renamed is put
    in order when its new name is looked for.

    Attributes:
        key: makes of a name what items are found by; ``None`` for a name that nobody looks for.
    """

    def __init__(self, key: Callable[[str], str | None]) -> None:
        self.key = key
        self._ids: dict[str, tuple[str, ...]] | None = None
        self._unordered: set[str | None] = set()
        """Keys whose ids may not be in the list's order."""

    def find(self, wanted: str, items: Mapping[str, Item]) -> list[Item]:
        """Return those of all `items`, by id, whose names make the key that is wanted."""
        if self._ids is None:
            self._ids = {}
            for item in items.values():
                self._add(self._ids, item)
        found = self._ids.get(wanted, ())
        if wanted in self._unordered:
            self._unordered.remove(wanted)
            if len(found) > 1:
                among = frozenset(found)
                self._ids[wanted] = found = tuple(each for each in items if each in among)
        return [items[item_id] for item_id in found]

    def note(self, before: Item | None, after: Item | None) -> None:
        """An item was added at the list's end, changed in its place, or taken off the list."""
        if self._ids is None:
            return
        if before is None:
            if after is not None:
                self._add(self._ids, after)
        elif after is None:
            self._remove(self._ids, before)
        elif before.name != after.name:
            self._remove(self._ids, before)
            self._add(self._ids, after)
            # It keeps its place among the others, and nobody knows yet which that is.
            self._unordered.add(self.key(after.name))

    def forget(self) -> None:
        """The list is another one."""
        self._ids = None
        self._unordered.clear()

    def _add(self, ids: dict[str, tuple[str, ...]], item: Item) -> None:
        key = self.key(item.name)
        if key is not None:
            ids[key] = (*ids.get(key, ()), item.id)

    def _remove(self, ids: dict[str, tuple[str, ...]], item: Item) -> None:
        key = self.key(item.name)
        if key is None:
            return
        left = tuple(each for each in ids[key] if each != item.id)
        if left:
            ids[key] = left
        else:
            del ids[key]
