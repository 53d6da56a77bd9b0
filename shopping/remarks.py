"""What a model is told of the shopper's own edits, so that "one more of those" is understood."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from schemas.shopping_list import ListEvent
from shopping.fields import LONGEST_UNIT
from shopping.locale_data import CHANGES
from shopping.locales import Locale
from shopping.names import LONGEST_NAME
from shopping.words import clean

_PLACE: Final = re.compile(r"\{(name|quantity|unit)\}")


def remark_on(events: Iterable[ListEvent], locale: Locale) -> str:
    """Return what the events say, in the locale's language and on one line."""
    changes = ", ".join(_change(event, locale) for event in events)
    return locale.by_hand.remark.replace(CHANGES, changes)


def _change(event: ListEvent, locale: Locale) -> str:
    words, product = locale.by_hand, event.product
    if event.kind == "retracted" and event.reason != "undone":
        sentence = words.declined
    elif event.item is None:
        sentence = words.removed
    else:
        sentence = words.added if product.action == "add" else words.updated
    values = {
        "name": clean(product.name)[:LONGEST_NAME].replace('"', "'"),
        "quantity": str(product.quantity),
        "unit": clean(product.unit)[:LONGEST_UNIT],
    }
    # In one pass: a name or a unit that holds braces is not read again.
    return _PLACE.sub(lambda place: values[place[1]], sentence)
