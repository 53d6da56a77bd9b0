"""Interprets a function call: what the model sent, made into what the list can hold.

Whatever the model sends gives an outcome, never an exception. A product that was heard is worth
more than a tidy call, so an optional field that makes no sense is left out and noted; a call is
rejected only when no product can be told from it without guessing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeAlias

import msgspec

from schemas.gemini import CallOutcome, FunctionCall, Status
from schemas.product import ProductDraft
from shopping.fields import (
    read_action,
    read_category,
    read_confidence,
    read_quantity,
    read_unit,
    settle_quantity,
)
from shopping.locales import Locale
from shopping.names import read_name
from shopping.reading import Notes, Unusable
from shopping.tool import FUNCTION_NAME, UpdateShoppingList
from shopping.words import fold, quoted

Fields: TypeAlias = Mapping[str, object]
MOST_PRODUCTS: Final = 20
"""Products taken from one call, of which the declaration asks for one."""
_FIELDS: Final = frozenset(UpdateShoppingList.__struct_fields__)
_OTHER_NAMES: Final = {
    "amount": "quantity",
    "count": "quantity",
    "item": "name",
    "item_name": "name",
    "itemname": "name",
    "operation": "action",
    "product": "name",
    "product_name": "name",
    "productname": "name",
    "qty": "quantity",
    "units": "unit",
}
_decoder = msgspec.json.Decoder()


class Heard(msgspec.Struct, frozen=True):
    """One product of a call, and which of its parts were said rather than filled in."""

    draft: ProductDraft
    quantity_said: bool
    unit_said: bool


class Interpretation(msgspec.Struct, frozen=True):
    """What a call means.

    Attributes:
        heard: the products, none if the call cannot be used.
        problem: what was read differently from how it was sent or, without products, what to send
            instead; empty if all was used as sent, letter case and left-out fields aside. It
            quotes the model: it is not for logs.
    """

    heard: tuple[Heard, ...] = ()
    problem: str = ""

    @property
    def outcome(self) -> CallOutcome:
        """What the model is answered if all of it is carried out."""
        status = _STATUS[bool(self.heard), bool(self.problem)]
        return CallOutcome(status, tuple(each.draft for each in self.heard), self.problem)


_STATUS: Final[dict[tuple[bool, bool], Status]] = {
    (True, False): "accepted",
    (True, True): "corrected",
    (False, True): "rejected",
    (False, False): "rejected",
}


def interpret(call: FunctionCall, locale: Locale) -> Interpretation:
    """Return what a call of the function for products means."""
    if call.name != FUNCTION_NAME:
        return _rejected(f"function: there is no {quoted(call.name)}; call {FUNCTION_NAME}")
    try:
        sent = _decoder.decode(call.args)
    except (ValueError, RecursionError):
        return _rejected("arguments: no valid JSON; send an object")
    match sent:
        case {"items": list(entries)} | {"products": list(entries)}:
            return _interpret_all(sent, entries, locale)
        case dict():
            return _interpret_one(sent, locale)
        case _:
            return _rejected(f"arguments: {quoted(sent)} cannot be used; send an object")


def _interpret_all(outer: Fields, entries: list[object], locale: Locale) -> Interpretation:
    """Take several products from a call, each with the fields that stand beside the list."""
    shared = {key: value for key, value in outer.items() if key not in {"items", "products"}}
    outcomes = [
        _interpret_one(shared | (entry if isinstance(entry, dict) else {"name": entry}), locale)
        for entry in entries[:MOST_PRODUCTS]
    ]
    heard = tuple(each for outcome in outcomes for each in outcome.heard)
    problems = [outcome.problem for outcome in outcomes if outcome.problem]
    if len(entries) > MOST_PRODUCTS:
        problems.append(f"products after the first {MOST_PRODUCTS} were left out")
    problem = "; ".join(["call once for each product", *problems])
    return Interpretation(heard, problem)


def _interpret_one(sent: Fields, locale: Locale) -> Interpretation:
    notes = Notes()
    try:
        heard = read_product(_known_fields(sent, notes), locale, notes)
    except Unusable as exc:
        return _rejected(str(exc))
    return Interpretation((heard,), notes.text())


def read_product(sent: Fields, locale: Locale, notes: Notes) -> Heard:
    """Return the product that fields describe, normalised; what is corrected is noted.

    Raises:
        Unusable: no product can be told from them.
    """
    action = read_action(sent.get("action"), locale, notes)
    amount = read_quantity(sent.get("quantity"), locale, notes)
    number, unit = read_unit(sent.get("unit"), amount.quantity, locale, notes)
    counted_in = None if unit == locale.default_unit else unit
    name = read_name(sent.get("name"), amount.quantity, counted_in, locale, notes)
    quantity, action = settle_quantity(
        _first(name.amount.quantity, number, amount.quantity), action, notes
    )
    product = name.product
    usual = product.unit if product else locale.default_unit
    if counted_in is None:
        unit = name.amount.unit or unit
    if unit and amount.unit and unit != amount.unit:
        notes.add("unit", unit, "was overruled by the quantity's")
    said = amount.unit or unit
    numbers = (name.amount.quantity, number, amount.quantity)
    return Heard(
        ProductDraft(
            name=name.text,
            action=action,
            quantity=quantity,
            unit=said or usual,
            category=read_category(sent.get("category"), product, locale, notes),
            confidence=read_confidence(sent.get("confidence"), locale, notes),
        ),
        quantity_said=any(each is not None for each in numbers),
        unit_said=said is not None,
    )


def _first(*numbers: float | None) -> float:
    return next((number for number in numbers if number is not None), 1)


def _known_fields(sent: Fields, notes: Notes) -> Fields:
    """Return the declared fields, those that go by another name included."""
    if sent.keys() <= _FIELDS:
        return sent
    fields = {key: value for key, value in sent.items() if key in _FIELDS}
    left_out: list[str] = []
    for key in sorted(sent.keys() - _FIELDS):
        meant = _meant(key)
        if meant is None or meant in fields:
            left_out.append(key)
        else:
            fields[meant] = sent[key]
            notes.add("field", key, f'was read as "{meant}"')
    if left_out:
        others = f" (and {len(left_out) - 1} more)" if len(left_out) > 1 else ""
        notes.add("field", left_out[0], f"is unknown and was left out{others}")
    return fields


def _meant(key: str) -> str | None:
    folded = fold(key)
    return folded if folded in _FIELDS else _OTHER_NAMES.get(folded)


def _rejected(problem: str) -> Interpretation:
    return Interpretation(problem=problem)
