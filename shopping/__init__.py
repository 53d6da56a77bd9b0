"""The shopping domain: pure rules on products, quantities, units, lists and locales."""

from shopping.calls import Heard, interpret
from shopping.changing import ListFull, NotDone, TooMuch
from shopping.instructions import system_instruction
from shopping.locale_file import LocaleDataInvalid
from shopping.locales import Locale, check_locales, locale_for
from shopping.record import Cause
from shopping.remarks import remark_on
from shopping.shopping_list import EditRefused, ShoppingList
from shopping.tool import FUNCTION_NAME, UNDO_NAME, declaration, undo_declaration

__all__ = [
    "FUNCTION_NAME",
    "UNDO_NAME",
    "Cause",
    "EditRefused",
    "Heard",
    "ListFull",
    "Locale",
    "LocaleDataInvalid",
    "NotDone",
    "ShoppingList",
    "TooMuch",
    "check_locales",
    "declaration",
    "interpret",
    "locale_for",
    "remark_on",
    "system_instruction",
    "undo_declaration",
]
