"""The system instruction: what the model is told to do with what it hears."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from schemas.shopping_list import Item
from shopping.fields import LONGEST_UNIT
from shopping.locale_data import LISTED_ITEMS
from shopping.locales import Locale
from shopping.names import LONGEST_NAME
from shopping.words import clean

MOST_LISTED: Final = 100
"""Products of a list that the model is told of, so that the setup stays small."""

_OTHER_LANGUAGE: Final = """

The shopper speaks the language with the BCP 47 tag "{tag}". Give every product's name in that \
language, exactly as it was said, and never translate it; units and categories stay as declared."""


def system_instruction(
    locale: Locale, shopping_list: Sequence[Item] = (), *, aloud: bool = False
) -> str:
    """Return the instruction in the locale's language.

    It asks for function calls and silence, because a spoken reply would be billed and nobody would
    play it; unless somebody does.

    Args:
        locale: the session's.
        shopping_list: what the list holds already, oldest first, so that the model does not add
            it again. Only the newest `MOST_LISTED` are told.
        aloud: the model's answers are heard.
    """
    instruction = locale.instruction
    if locale.shopper_language.partition("-")[0].lower() != locale.language:
        instruction += _OTHER_LANGUAGE.format(tag=locale.shopper_language)
    if aloud:
        instruction += "\n\n" + locale.aloud
    if shopping_list:
        items = ", ".join(map(_item, shopping_list[-MOST_LISTED:]))
        instruction += "\n\n" + locale.listed.replace(LISTED_ITEMS, items)
    return instruction


def _item(product: Item) -> str:
    """Return a product in words, on one line, however it came here."""
    name = clean(product.name)[:LONGEST_NAME]
    return f"{name} ({product.quantity} {clean(product.unit)[:LONGEST_UNIT]})"
