"""The shopping domain: pure rules on products, quantities, units and locales."""

from shopping.basket import Basket, Change
from shopping.calls import interpret
from shopping.instructions import system_instruction
from shopping.locales import Locale, locale_for
from shopping.tool import declaration

__all__ = [
    "Basket",
    "Change",
    "Locale",
    "declaration",
    "interpret",
    "locale_for",
    "system_instruction",
]
