"""A product as the phone's app shows it, and as a part of what Gemini is told."""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

Action: TypeAlias = Literal["add", "remove", "update"]
"""What the shopper wants done with a product."""


class ProductDraft(msgspec.Struct, frozen=True):
    """A validated, normalised product that has no identity yet.

    Attributes:
        name: canonical name in the session's locale, for example ``mleko``.
        action: what to do with it.
        quantity: above zero; a whole number is an ``int``, so that JSON shows ``1``, not ``1.0``.
        unit: the locale's short unit, for example ``l``, ``kg`` or ``szt``.
        category: the locale's category, for example ``Nabiał``.
        confidence: 0 to 1.
    """

    name: str
    action: Action
    quantity: int | float
    unit: str
    category: str
    confidence: float


class Product(msgspec.Struct, frozen=True):
    """What was heard or done, as phones are told it.

    Attributes:
        id: a UUID, the same for the same function call however often it is seen.
        timestamp: Unix seconds.
    """

    id: str
    name: str
    action: Action
    quantity: int | float
    unit: str
    category: str
    confidence: float
    timestamp: int
