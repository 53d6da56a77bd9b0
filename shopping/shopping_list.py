"""A session's shopping list: what is said and done to it, as numbered events.

Rules, which hold within one locale:

* ``add`` of what is there in the same unit, or in one of the same measure, adds up. If no unit was
  said, it counts what is there, unless that is measured in another unit than is usual.
* ``update`` sets what was said of amount and unit; the rest stays. Of what is not there it adds it.
* ``remove`` takes the product away, in all units or in the one that was said; with an amount
  other than one and less than is there, it takes that amount.
* A name means the item of that name or, if there is none, the only one that is a kind of it:
  "bread" is the rye bread, if there is no other.
* A unit means the items in it or, if there are none, those in one of the same measure.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, assert_never

from msgspec.structs import replace

from schemas.client import AddItem, EditOperation, ListedItem, RemoveItem, UpdateItem
from schemas.errors import ErrorCode
from schemas.product import Product, ProductDraft
from schemas.shopping_list import Item, Operation, Step, Suggestion
from shopping.by_hand import amended, read_given
from shopping.calls import Heard
from shopping.changing import Change, ListFull, NotDone, TooMuch, product, product_of
from shopping.locales import Locale
from shopping.reading import Unusable
from shopping.record import Cause, Record
from shopping.taking_back import cancel, drop_suggestion, undo

MOST_SUGGESTIONS: Final = 50


class EditRefused(Exception):
    """An edit or a list of the phone's that cannot be taken; nothing of it was.

    Attributes:
        field: what is wrong, such as ``operations[2].quantity``.
        problem: what is wrong with it.
        code: what kind of error it is.
    """

    def __init__(self, field: str, problem: str, code: ErrorCode = "invalid_field") -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field
        self.problem = problem
        self.code: ErrorCode = code


class ShoppingList:
    """A list and what can be done to it.

    Attributes:
        record: what it holds; its steps are to be stored.
        complete: what is not on it is not on the phone's list either. Otherwise a product that is
            not known may still be removed, and the oldest is forgotten rather than one refused.
    """

    def __init__(self, *, complete: bool) -> None:
        self.complete = complete
        self.record = Record()

    @property
    def items(self) -> tuple[Item, ...]:
        """What is on the list, in order of first mention."""
        return self.record.items

    @property
    def suggested(self) -> tuple[Product, ...]:
        """What waits for the shopper's word, as events show it, oldest first."""
        return tuple(
            product(each.draft, each.id, each.heard_at) for each in self.record.suggestions
        )

    def take_step(self) -> Step | None:
        """Return what has changed since the last time, ``None`` if nothing has."""
        return self.record.take_step()

    # What the model says.

    def hear(self, heard: Heard, cause: Cause, locale: Locale) -> ProductDraft:
        """Carry out what was heard; return it as it was carried out.

        Raises:
            NotDone: the list does not hold what it is about, or holds too much.
        """
        return self._change(cause, locale).carry_out(heard, cause.key)

    def suggest(self, heard: Heard, cause: Cause) -> None:
        """Put to the shopper what was not heard surely."""
        draft = heard.draft
        self.record.put_suggestion(
            cause.key,
            Suggestion(cause.key, draft, heard.quantity_said, heard.unit_said, cause.unix),
        )
        self.record.note(cause, draft.action, draft.quantity, suggestion=cause.key)
        self.record.tell("suggested", product(draft, cause.key, cause.unix), cause)
        oldest = self.record.suggestions[0]
        if len(self.record.suggestions) > MOST_SUGGESTIONS:
            drop_suggestion(self.record, oldest, replace(cause, ref=None), "expired")

    def cancel(self, call: str, cause: Cause) -> None:
        """Take back what one function call has done."""
        cancel(self.record, call, cause)

    def hand_over(self, operation: Operation, call: str) -> None:
        """Make what one function call has done another's, which says the same again."""
        self.record.note_again(replace(operation, call=call))

    def undo(self, cause: Cause) -> None:
        """Take back the last sentence or edit that is in force, all of it.

        Raises:
            NotDone: there is none.
        """
        undo(self.record, cause)

    # What the shopper does.

    def confirm(self, suggestion_id: str, cause: Cause, locale: Locale) -> None:
        """Carry out what was suggested.

        Raises:
            EditRefused: there is no such suggestion, or the list has no room for it.
        """
        suggestion = self._suggestion(suggestion_id)
        heard = Heard(suggestion.draft, suggestion.quantity_said, suggestion.unit_said)
        mark = self.record.mark()
        self.record.put_suggestion(suggestion_id, None)
        change = self._change(cause, locale, suggestion=suggestion_id)
        try:
            change.carry_out(heard, suggestion_id)
        except (ListFull, TooMuch) as exc:
            self.record.go_back(mark)
            raise _no_room(exc, item="id", quantity="id") from exc
        except NotDone:
            # What it was about has gone meanwhile.
            gone = product(suggestion.draft, suggestion_id, cause.unix)
            self.record.tell("retracted", gone, cause, reason="expired")

    def reject(self, suggestion_id: str, cause: Cause) -> Suggestion:
        """Forget what was suggested, and return it.

        Raises:
            EditRefused: there is no such suggestion.
        """
        suggestion = self._suggestion(suggestion_id)
        drop_suggestion(self.record, suggestion, cause, "rejected")
        return suggestion

    def edit(
        self, operations: Sequence[EditOperation], causes: Sequence[Cause], locale: Locale
    ) -> None:
        """Carry out an edit, one cause for each operation: as a whole or not at all.

        Raises:
            EditRefused: with the first that is wrong.
        """
        mark = self.record.mark()
        try:
            for at, (operation, cause) in enumerate(zip(operations, causes, strict=True)):
                self._edit(operation, cause, locale, field=f"operations[{at}]")
        except EditRefused:
            self.record.go_back(mark)
            raise

    def begin_with(self, listed: Sequence[ListedItem], locale: Locale) -> None:
        """Take over what the phone shows already; no events come of it.

        Raises:
            EditRefused: an item cannot be understood, or two have the same id.
        """
        items: dict[str, Item] = {}
        for at, given in enumerate(listed):
            field = f"list[{at}]"
            if given.id in items:
                raise EditRefused(f"{field}.id", "another item has it already")
            draft = _read(given, locale, field).draft
            items[given.id] = Item(given.id, draft.name, draft.quantity, draft.unit, draft.category)
        self.record.restore(items.values())

    def _edit(self, operation: EditOperation, cause: Cause, locale: Locale, *, field: str) -> None:
        change = self._change(cause, locale)
        match operation:
            case AddItem():
                self._add(change, operation, locale, field)
            case UpdateItem():
                self._update(change, operation, locale, field)
            case RemoveItem(item_id):
                item = self._item(item_id, field)
                draft = _draft_of(item)
                change.remove_all(replace(draft, action="remove"), [item])
            case other:
                assert_never(other)

    def _add(self, change: Change, operation: AddItem, locale: Locale, field: str) -> None:
        item_id = operation.id or change.cause.key
        if self.record.item(item_id) or self.record.suggestion(item_id):
            raise EditRefused(f"{field}.id", "an item or a suggestion has it already")
        heard = _read(operation, locale, field)
        try:
            change.carry_out(heard, item_id)
        except NotDone as exc:
            raise _no_room(exc, item=field, quantity=f"{field}.quantity") from exc

    def _update(self, change: Change, operation: UpdateItem, locale: Locale, field: str) -> None:
        before = self._item(operation.id, field)
        try:
            after = amended(before, operation, locale)
        except Unusable as exc:
            raise EditRefused(f"{field}.{exc.field}", exc.problem) from exc
        change.set_to(_draft_of(after), before, after)

    def _item(self, item_id: str, field: str) -> Item:
        item = self.record.item(item_id)
        if item is None:
            raise EditRefused(f"{field}.id", "there is no such item on the list", "unknown_item")
        return item

    def _suggestion(self, suggestion_id: str) -> Suggestion:
        suggestion = self.record.suggestion(suggestion_id)
        if suggestion is None:
            raise EditRefused("id", "there is no such suggestion", "unknown_item")
        return suggestion

    def _change(self, cause: Cause, locale: Locale, suggestion: str | None = None) -> Change:
        return Change(
            record=self.record,
            complete=self.complete,
            locale=locale,
            cause=cause,
            suggestion=suggestion,
        )


def _read(given: AddItem | ListedItem, locale: Locale, field: str) -> Heard:
    try:
        return read_given(given, locale)
    except Unusable as exc:
        raise EditRefused(f"{field}.{exc.field}", exc.problem) from exc


def _no_room(exc: NotDone, *, item: str, quantity: str) -> EditRefused:
    """Return what refuses an item, under the names that the phone knows it and its amount by."""
    if isinstance(exc, ListFull):
        return EditRefused(item, str(exc), "list_full")
    return EditRefused(quantity, str(exc).removeprefix("quantity: "))


def _draft_of(item: Item) -> ProductDraft:
    shown = product_of(item, "add", 0)
    return ProductDraft(
        name=shown.name,
        action=shown.action,
        quantity=shown.quantity,
        unit=shown.unit,
        category=shown.category,
        confidence=shown.confidence,
    )
