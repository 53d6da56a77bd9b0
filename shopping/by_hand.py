"""Reads what the shopper names or changes by hand, in the list's own words."""

from __future__ import annotations

from schemas.client import AddItem, ListedItem, UpdateItem
from schemas.shopping_list import Item
from shopping.calls import Heard, read_product
from shopping.fields import read_category, read_unit, settle_quantity
from shopping.locales import Locale
from shopping.reading import Notes


def read_given(given: AddItem | ListedItem, locale: Locale) -> Heard:
    """Return a product that the phone names.

    Raises:
        Unusable: no product can be told from it.
    """
    sent = {
        "action": "add",
        "name": given.name,
        "quantity": given.quantity,
        "unit": given.unit,
        "category": given.category,
        "confidence": 1.0,
    }
    return read_product(sent, locale, Notes())


def amended(before: Item, given: UpdateItem, locale: Locale) -> Item:
    """Return an item with what is given changed.

    Without a new name the item's own is kept as it is: an amount in it belongs to it.

    Raises:
        Unusable: what is given cannot be told.
    """
    quantity = before.quantity if given.quantity is None else given.quantity
    if given.name is None:
        return _amended_but_its_name(before, given, quantity, locale)
    whole = AddItem(
        name=given.name,
        quantity=quantity,
        unit=given.unit or before.unit,
        category=given.category or before.category,
    )
    draft = read_given(whole, locale).draft
    return Item(before.id, draft.name, draft.quantity, draft.unit, draft.category)


def _amended_but_its_name(before: Item, given: UpdateItem, quantity: float, locale: Locale) -> Item:
    notes = Notes()
    number, unit = read_unit(given.unit, quantity, locale, notes)
    settled, _ = settle_quantity(quantity if number is None else number, "add", notes)
    category = before.category
    if given.category is not None:
        known = locale.product(before.name) or locale.kind(before.name)
        category = read_category(given.category, known, locale, notes)
    return Item(before.id, before.name, settled, unit or before.unit, category)
