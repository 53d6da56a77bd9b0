"""Interprets a function call: what the model sent, made into what the list can hold.

Whatever the model sends gives an outcome, never an exception. A product that was heard is worth
more than a tidy call, so an optional field that makes no sense is left out and noted; a call is
rejected only when no product can be told from it without guessing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeAlias

import msgspec

from schemas.gemini import CallOutcome, FunctionCall
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


def interpret(call: FunctionCall, locale: Locale) -> CallOutcome:
    """Return what became of a call.

    ``accepted`` means used as sent, letter case and left-out fields aside; ``corrected`` means
    that `problem` says what was read differently; ``rejected`` that there is no item, and
    `problem` says what to send instead. The problem quotes the model: it is not for logs.
    """
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


def _interpret_all(outer: Fields, entries: list[object], locale: Locale) -> CallOutcome:
    """Take several products from a call, each with the fields that stand beside the list."""
    shared = {key: value for key, value in outer.items() if key not in {"items", "products"}}
    outcomes = [
        _interpret_one(shared | (entry if isinstance(entry, dict) else {"name": entry}), locale)
        for entry in entries[:MOST_PRODUCTS]
    ]
    items = tuple(item for outcome in outcomes for item in outcome.items)
    problems = [outcome.problem for outcome in outcomes if outcome.problem]
    if len(entries) > MOST_PRODUCTS:
        problems.append(f"products after the first {MOST_PRODUCTS} were left out")
    problem = "; ".join(["call once for each product", *problems])
    return CallOutcome("corrected" if items else "rejected", items, problem)


def _interpret_one(sent: Fields, locale: Locale) -> CallOutcome:
    notes = Notes()
    try:
        draft = _draft(_known_fields(sent, notes), locale, notes)
    except Unusable as exc:
        return _rejected(str(exc))
    problem = notes.text()
    return CallOutcome("corrected" if problem else "accepted", (draft,), problem)


def _draft(sent: Fields, locale: Locale, notes: Notes) -> ProductDraft:
    action = read_action(sent.get("action"), locale, notes)
    amount = read_quantity(sent.get("quantity"), locale, notes)
    number, unit = read_unit(sent.get("unit"), amount.quantity, locale, notes)
    name = read_name(sent.get("name"), amount.quantity, locale, notes)
    quantity, action = settle_quantity(
        _first(name.amount.quantity, number, amount.quantity), action, notes
    )
    product = name.product
    usual = product.unit if product else locale.default_unit
    if unit in {None, locale.default_unit}:
        unit = name.amount.unit or unit
    if unit and amount.unit and unit != amount.unit:
        notes.add("unit", unit, "was overruled by the quantity's")
    return ProductDraft(
        name=name.text,
        action=action,
        quantity=quantity,
        unit=amount.unit or unit or usual,
        category=read_category(sent.get("category"), product, locale, notes),
        confidence=read_confidence(sent.get("confidence"), locale, notes),
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


def _rejected(problem: str) -> CallOutcome:
    return CallOutcome("rejected", problem=problem)
