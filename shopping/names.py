"""Reads a product's name: its canonical form where the locale knows it, else as it was heard."""

from __future__ import annotations

import re
from typing import Final

import msgspec

from shopping.amounts import NO_AMOUNT, Amount, split_leading, split_trailing
from shopping.locales import KnownProduct, Locale
from shopping.reading import Notes, Unusable
from shopping.words import clean, fold

LONGEST_NAME: Final = 80
_SHOUTED: Final = 4
"""Longer names all in capitals are shouted; shorter ones may be a brand's."""
_REMEDY: Final = "send the product's name, or make no call if none was heard"
_ONE_EACH: Final = "call once for each product"
_LISTING: Final = re.compile(r"[,;&+]")


class Name(msgspec.Struct, frozen=True):
    """A name and what it tells.

    Attributes:
        text: canonical or as heard.
        product: what the locale knows of it, or of what it is a kind of.
        amount: what the name held besides, if it agrees with the call's quantity.
    """

    text: str
    product: KnownProduct | None
    amount: Amount


def read_name(
    sent: object, quantity: float | None, unit: str | None, locale: Locale, notes: Notes
) -> Name:
    """Return the name, without an amount that the model left in it.

    An amount is taken out if the call has no other, so that ``woda 1,5 l``, six of them or a
    bottle of it, stays.

    Raises:
        Unusable: it is no text, names nothing or several products, or is what models write for
            nothing.
    """
    if not isinstance(sent, str):
        raise Unusable("name", sent, _REMEDY)
    text = clean(sent)
    if not any(map(str.isalpha, text)):
        raise Unusable("name", sent, _REMEDY)
    if _names_several(text, locale):
        raise Unusable("name", sent, _ONE_EACH)
    name = _read(text, quantity, unit, locale)
    if fold(name.text) in locale.placeholders:
        raise Unusable("name", sent, _REMEDY)
    if fold(name.text) != fold(sent):
        held = name.amount.text()
        notes.add("name", sent, f'was kept as "{name.text}"{held and f" with {held}"}')
    return name


def _names_several(text: str, locale: Locale) -> bool:
    """Whether a text lists known products; "half and half" is one of its own."""
    if locale.product(text) is not None:
        return False
    words = _LISTING.sub(" , ", text).split()
    names: list[list[str]] = [[]]
    for word in words:
        if word == "," or fold(word) in locale.joins:
            names.append([])
        else:
            names[-1].append(word)
    named = [" ".join(name) for name in names if name]
    return len(named) > 1 and all(locale.product(name) is not None for name in named)


def _read(text: str, quantity: float | None, unit: str | None, locale: Locale) -> Name:
    if locale.product(text) is not None:
        return _name(text, locale, NO_AMOUNT)
    size = split_trailing(text, locale)
    if unit is not None and size.unit not in {None, unit}:
        size = Amount(None, None, text)
    for amount in (split_leading(text, locale), size):
        if amount.rest != text and _is_apart(amount, quantity, locale):
            return _name(clean(amount.rest), locale, amount)
    return _name(text, locale, NO_AMOUNT)


def _name(text: str, locale: Locale, amount: Amount) -> Name:
    known = locale.product(text)
    if known is not None:
        return Name(known.name, known, amount)
    return Name(_as_heard(text, locale), locale.kind(text), amount)


def _is_apart(amount: Amount, quantity: float | None, locale: Locale) -> bool:
    """Whether an amount is no part of the name: what is left must be able to stand by itself."""
    if not any(map(str.isalpha, amount.rest)):
        return False
    if amount.quantity is not None and quantity not in {None, 1, amount.quantity}:
        return False
    if amount.unit is not None and (amount.quantity is not None or amount.linked):
        return True
    return amount.in_figures or locale.product(amount.rest) is not None


def _as_heard(text: str, locale: Locale) -> str:
    """Return a name in which only words that may be a brand's keep their capitals."""
    lower = text.lower()
    if text == text.upper() and len(text) > _SHOUTED:
        text = lower
    if text != lower:
        text = " ".join(word.lower() if locale.has_word(word) else word for word in text.split())
    if len(text) > LONGEST_NAME:
        text = clean(text[: LONGEST_NAME + 1].rpartition(" ")[0] or text[:LONGEST_NAME])
    return text
