"""What a locale's data file holds; docs/locales.md says what each key is for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final, Literal

import msgspec

Word = Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
Words = tuple[Word, ...]
LISTED_ITEMS: Final = "{items}"
"""Where a locale's `listed` sentence takes the products."""
CHANGES: Final = "{changes}"
"""Where `by_hand.remark` takes the other sentences of `by_hand`."""
NAME: Final = "{name}"
"""Where those take the product's name; they may also take ``{quantity}`` and ``{unit}``."""


class ProductEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A product besides its canonical name and its category, which are its keys.

    Attributes:
        unit: in which it is usually counted; None for the locale's default.
        forms: inflected, plural and other names.
    """

    unit: str | None = None
    forms: Words = ()


class ByHand(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a model is told what the shopper did: `remark` takes the others' sentences."""

    remark: str
    added: str
    updated: str
    removed: str
    declined: str


class LocaleFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A locale's data file as written."""

    language: Annotated[str, msgspec.Meta(pattern="^[a-z]{2,3}$")]
    default_unit: str
    default_category: str
    head: Literal["first", "last"]
    thousands: Literal["", ","]
    joins: Words
    skipped: Words
    of: Words
    placeholders: Words
    instruction: Annotated[str, msgspec.Meta(min_length=1)]
    listed: str
    aloud: str
    by_hand: ByHand
    measures: tuple[Mapping[str, float], ...]
    actions: Mapping[Literal["add", "remove", "update"], Words]
    numbers: Mapping[str, Words]
    scales: Mapping[str, Words]
    units: Mapping[Word, Words]
    categories: Mapping[Word, Words]
    products: Mapping[str, Mapping[Word, ProductEntry]]
