"""What adding, correcting and removing do to a list; `shopping.shopping_list` has the rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from msgspec.structs import replace

from schemas.client import MAX_ITEMS, MAX_QUANTITY
from schemas.product import Action, Product, ProductDraft
from schemas.shopping_list import Item, ItemChange
from shopping.calls import Heard
from shopping.locales import Locale
from shopping.record import Cause, Record
from shopping.sums import rounded


class NotDone(Exception):
    """What was asked for cannot be done to this list; the text says why, for the model."""


class ListFull(NotDone):
    """The list holds as many items as it may."""


class TooMuch(NotDone):
    """There would be more of something than the list can hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One product's change of a list.

    Attributes:
        record: the list.
        complete: what is not on it is not on the phone's list either.
        locale: the words that names and units are compared in.
        cause: where it comes from.
        suggestion: the suggestion that it settles.
    """

    record: Record
    complete: bool
    locale: Locale
    cause: Cause
    suggestion: str | None = None

    def carry_out(self, heard: Heard, item_id: str) -> ProductDraft:
        """Do what was heard, and return it as it was done; a new item gets `item_id`.

        Raises:
            NotDone: the list does not hold what it is about, or holds too much.
        """
        match heard.draft.action:
            case "add":
                return self._add(heard, item_id)
            case "update":
                return self._update(heard, item_id)
            case "remove":
                return self._remove(heard)
            case other:
                assert_never(other)

    # Adding.

    def _add(self, heard: Heard, item_id: str) -> ProductDraft:
        draft = heard.draft
        before = self._same(heard)
        if before is None:
            return self._put_new(draft, item_id)
        if not heard.unit_said:
            draft = replace(draft, unit=before.unit)
        ratio = self.locale.ratio(draft.unit, before.unit) or 1.0
        added = draft.quantity * ratio
        after = replace(before, quantity=self._bounded(before.quantity + added))
        self._set(draft, before, after, counted=added)
        return draft

    def _bounded(self, quantity: float) -> int | float:
        if quantity <= MAX_QUANTITY:
            return rounded(quantity)
        if self.complete:
            raise TooMuch(f"quantity: no more than {MAX_QUANTITY} of anything fits on the list")
        # Its phone would never hear of what was refused.
        return MAX_QUANTITY

    def _put_new(self, draft: ProductDraft, item_id: str) -> ProductDraft:
        self._make_room()
        item = Item(item_id, draft.name, draft.quantity, draft.unit, draft.category)
        self._set(draft, None, item, counted=draft.quantity)
        return draft

    def _same(self, heard: Heard) -> Item | None:
        """Return the item that more of a product is added to."""
        named = self.record.named(heard.draft.name)
        unit = heard.draft.unit
        for item in named:
            if item.unit == unit:
                return item
        if heard.unit_said:
            return next((item for item in named if self.locale.ratio(unit, item.unit)), None)
        counted = len(named) == 1 and not self.locale.is_measure(named[0].unit)
        return named[0] if counted else None

    def _make_room(self) -> None:
        if self.record.item_count < MAX_ITEMS:
            return
        if self.complete:
            raise ListFull(f"the list is full: it holds {MAX_ITEMS} items")
        self.record.put(self.record.oldest_item.id, None)

    # Correcting.

    def _update(self, heard: Heard, item_id: str) -> ProductDraft:
        draft = heard.draft
        before = self._meant(heard)
        if before is None:
            return self._put_new(draft, item_id)
        after = replace(
            before,
            quantity=draft.quantity if heard.quantity_said else before.quantity,
            unit=draft.unit if heard.unit_said else before.unit,
        )
        if self.complete and not (heard.quantity_said or heard.unit_said):
            raise NotDone(f'update: say what changes of "{before.name}": its quantity or its unit')
        return self.set_to(draft, before, after)

    def set_to(self, draft: ProductDraft, before: Item, after: Item) -> ProductDraft:
        """Put `after` in the place of `before`; return the draft that says so."""
        done = replace(
            draft,
            action="update",
            name=after.name,
            quantity=after.quantity,
            unit=after.unit,
            category=after.category,
        )
        self._set(done, before, after, counted=after.quantity)
        return done

    def _meant(self, heard: Heard) -> Item | None:
        """Return the item that a product is about: in its unit or, if none was said, the newest."""
        found = self._in_unit(heard, self._found(heard.draft.name))
        candidates = {item.id: item for item in found}
        for operation in reversed(self.record.log):
            for change in operation.changes:
                if change.after is not None and change.after.id in candidates:
                    return candidates[change.after.id]
        return next(reversed(candidates.values()), None)

    # Removing.

    def _remove(self, heard: Heard) -> ProductDraft:
        draft = heard.draft
        items = self._in_unit(heard, self._found(draft.name))
        if not items:
            return self._remove_unknown(draft)
        rest = self._rest(heard, items)
        if rest is not None:
            return self.set_to(draft, items[0], rest)
        self.remove_all(draft, items)
        return replace(draft, name=items[0].name)

    def remove_all(self, draft: ProductDraft, items: list[Item]) -> None:
        """Take items off the list, each with an event of its own."""
        for item in items:
            self.record.put(item.id, None)
            product = product_of(item, "remove", self.cause.unix, draft.confidence)
            self._tell(product, None)
        changes = tuple(ItemChange(item, None) for item in items)
        self.record.note(self.cause, "remove", draft.quantity, changes=changes)

    def _remove_unknown(self, draft: ProductDraft) -> ProductDraft:
        if self.complete:
            raise NotDone(f'name: there is no "{draft.name}" on the list')
        self._tell(product(draft, self.cause.key, self.cause.unix), None)
        return draft

    def _rest(self, heard: Heard, items: list[Item]) -> Item | None:
        """Return what is left of the only item of which a part is removed."""
        draft = heard.draft
        if len(items) > 1 or not heard.quantity_said or draft.quantity == 1:
            return None
        item = items[0]
        ratio = self.locale.ratio(draft.unit, item.unit) if heard.unit_said else 1.0
        rest = rounded(item.quantity - draft.quantity * ratio) if ratio else 0
        return replace(item, quantity=rest) if rest > 0 else None

    # Finding.

    def _found(self, name: str) -> list[Item]:
        """Return the items that a name means: by that name or, if none, the only kind of it."""
        named = self.record.named(name)
        known = self.locale.product(name)
        if named or known is None:
            return named
        kinds = self.record.of_kind(known.name, self.locale.kind_name)
        return kinds if len(kinds) == 1 else []

    def _in_unit(self, heard: Heard, items: list[Item]) -> list[Item]:
        """Return those in the unit that was said or, if none is, in its measure; else all."""
        if not heard.unit_said:
            return items
        unit = heard.draft.unit
        exactly = [item for item in items if item.unit == unit]
        return exactly or [item for item in items if self.locale.ratio(unit, item.unit)] or items

    # What all have in common.

    def _set(
        self, draft: ProductDraft, before: Item | None, after: Item, *, counted: float
    ) -> None:
        self.record.put(after.id, after)
        changes = (ItemChange(before, after),)
        self.record.note(self.cause, draft.action, counted, changes=changes)
        self._tell(product(draft, after.id, self.cause.unix), after)

    def _tell(self, product: Product, item: Item | None) -> None:
        self.record.tell("detected", product, self.cause, item=item, suggestion=self.suggestion)


def product(draft: ProductDraft, product_id: str, unix: int) -> Product:
    """Return a draft as an event shows it."""
    return Product(
        id=product_id,
        name=draft.name,
        action=draft.action,
        quantity=draft.quantity,
        unit=draft.unit,
        category=draft.category,
        confidence=draft.confidence,
        timestamp=unix,
    )


def product_of(item: Item, action: Action, unix: int, confidence: float = 1.0) -> Product:
    """Return an item as an event shows it, in its whole amount."""
    return Product(
        id=item.id,
        name=item.name,
        action=action,
        quantity=item.quantity,
        unit=item.unit,
        category=item.category,
        confidence=confidence,
        timestamp=unix,
    )
