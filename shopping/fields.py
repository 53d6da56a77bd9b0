"""Reads a call's fields apart from the name: action, quantity, unit, category, confidence."""

from __future__ import annotations

from typing import Final

from schemas.client import MAX_QUANTITY, MIN_QUANTITY
from schemas.product import Action
from shopping.amounts import NO_AMOUNT, Amount, read_number, split_leading
from shopping.locales import KnownProduct, Locale
from shopping.reading import Notes, Unusable
from shopping.tool import DEFAULT_CONFIDENCE
from shopping.words import LONGEST_READ, clean, fold

LONGEST_UNIT: Final = 20
_ACTIONS: Final = "send add, remove or update"
_ROUNDING: Final = 1e-6
"""A smaller change is a float's own noise (1.2 arrives as 1.2000000476837158): no correction."""
_PERCENT: Final = 100
_LOWEST_PERCENTAGE: Final = 2
"""What lies between 1 and this is a number that ran over, not one or two per cent."""


def read_action(sent: object, locale: Locale, notes: Notes) -> Action:
    """Return the action; a call that says none means add, the only thing said without a verb.

    Raises:
        Unusable: it is none of the three, nor a word for one.
    """
    match sent:
        case "add" | "remove" | "update":
            return sent
        case None | "":
            notes.add("action", sent, f'was read as "add"; {_ACTIONS}')
            return "add"
        case str():
            action = locale.action(clean(sent))
            if action is None:
                raise Unusable("action", sent, _ACTIONS)
            if fold(sent) != action:
                notes.add("action", sent, f'was read as "{action}"')
            return action
        case _:
            raise Unusable("action", sent, _ACTIONS)


def read_quantity(sent: object, locale: Locale, notes: Notes) -> Amount:
    """Return the number, and the unit if it came with one; neither if none was sent.

    What says no number is noted and counts as none: the product was heard all the same.
    """
    match sent:
        case bool():
            pass
        case int() | float():
            return Amount(sent, None, "")
        case None | "":
            return NO_AMOUNT
        case str():
            amount = _amount(sent, locale)
            if amount.quantity is not None:
                notes.add("quantity", sent, f"was read as {amount.text()}")
                return amount
        case _:
            pass
    notes.add("quantity", sent, "is no number and was left out")
    return NO_AMOUNT


def _amount(sent: str, locale: Locale) -> Amount:
    number = read_number(sent[:LONGEST_READ].strip(), locale)
    if number is not None:
        return Amount(number, None, "")
    text = clean(sent)
    amount = split_leading(text, locale)
    if amount.quantity is None:
        return Amount(1 if amount.unit and not amount.rest else None, amount.unit, "")
    if sent.lstrip().startswith(("-", "−")):  # noqa: RUF001 (the minus sign)
        return Amount(-amount.quantity, amount.unit, "")
    return amount


def settle_quantity(number: float, action: Action, notes: Notes) -> tuple[int | float, Action]:
    """Return the number within its bounds, a whole one as an `int`, and the action.

    None of a product that is on the list means that it is removed.

    Raises:
        Unusable: it is not above zero, or absurd.
    """
    if number == 0 and action != "add":
        notes.add("quantity", number, 'was read as "remove"')
        return 1, "remove"
    if not MIN_QUANTITY <= number <= MAX_QUANTITY:
        raise Unusable("quantity", number, f"send a number from {MIN_QUANTITY} to {MAX_QUANTITY}")
    rounded = round(number, 3)
    if abs(rounded - number) > _ROUNDING:
        notes.add("quantity", number, f"was rounded to {rounded:g}")
    return (int(rounded) if rounded == int(rounded) else rounded), action


def read_unit(
    sent: object, number: float | None, locale: Locale, notes: Notes
) -> tuple[float | None, str | None]:
    """Return the unit, canonical or as heard, and the number if it stood in the unit's place.

    An unknown unit is kept as heard: the shopper knows what it is.
    """
    if sent is None or sent == "":
        return None, None
    text = clean(sent) if isinstance(sent, str) else ""
    known = locale.unit(text)
    if known is not None:
        if fold(str(sent)) != fold(known):
            notes.add("unit", sent, f'was read as "{known}"')
        return None, known
    amount = split_leading(text, locale)
    if amount.unit and not amount.rest and number in {None, 1, amount.quantity}:
        notes.add("unit", sent, f"was read as {amount.text()}")
        return amount.quantity, amount.unit
    if not any(map(str.isalpha, text)) or fold(text) in locale.placeholders:
        notes.add("unit", sent, f"is no unit and was left out; send one such as {locale.units[0]}")
        return None, None
    heard = text[:LONGEST_UNIT].rstrip()
    if heard != sent:
        notes.add("unit", sent, f'was kept as "{heard}"')
    return None, heard


def read_category(sent: object, product: KnownProduct | None, locale: Locale, notes: Notes) -> str:
    """Return the category that was sent, else the known product's, else the locale's other one.

    A known product is never filed under the other one.
    """
    own = product.category if product else locale.default_category
    if sent is None or sent == "":
        return own
    found = locale.category(clean(sent)) if isinstance(sent, str) else None
    category = own if found in {None, locale.default_category} else found
    if not isinstance(sent, str) or fold(sent) != fold(category):
        notes.add("category", sent, f'was read as "{category}"')
    return category


def read_confidence(sent: object, locale: Locale, notes: Notes) -> float:
    """Return the confidence from 0 to 1; numbers from 2 to 100 are percentages.

    A call that says none gets `DEFAULT_CONFIDENCE`.
    """
    if sent is None or sent == "":
        return DEFAULT_CONFIDENCE
    number = _number(sent, locale)
    if number is None:
        confidence = DEFAULT_CONFIDENCE
    elif _LOWEST_PERCENTAGE <= number <= _PERCENT:
        confidence = number / _PERCENT
    else:
        confidence = min(max(number, 0.0), 1.0)
    if confidence != sent:
        notes.add("confidence", sent, f"was read as {confidence:g}; send a number from 0 to 1")
    return round(confidence, 3)


def _number(sent: object, locale: Locale) -> float | None:
    match sent:
        case bool():
            return None
        case int() | float():
            return sent
        case str():
            return read_number(sent[:LONGEST_READ].strip(" %\t\n"), locale)
        case _:
            return None
