"""The shopping domain: pure rules on products, quantities, units and locales."""

from shopping.basket import Basket
from shopping.calls import interpret
from shopping.instructions import system_instruction
from shopping.locales import Locale, locale_for
from shopping.tool import declaration

__all__ = ["Basket", "Locale", "declaration", "interpret", "locale_for", "system_instruction"]
