"""Reads amounts in words and figures: ``2 l``, ``pół kilo``, ``a dozen``, ``1 1/2``, ``2½``."""

from __future__ import annotations

import math
import re
import unicodedata
from typing import Final

import msgspec

from shopping.locales import Locale
from shopping.words import fold

_TOKEN: Final = re.compile(
    r"(?P<fraction>\d+(?:[.,]\d+)?\s?[/\u2044]\s?\d+)"
    r"|(?P<number>\d+(?:[.,]\d+)*)"
    r"|(?P<vulgar>[¼-¾⅐-⅞])"
    r"|(?P<word>[^\W\d_]+)"
    r"|(?P<sign>[^\w\s])"
)
_GROUPED: Final = re.compile(r"\d{1,3}(?:,\d{3})+")
_SPACED: Final = re.compile(r"\d{1,3}(?:\s\d{3})+")
_TRAILING: Final = re.compile(
    r"(?<=[\s,(×*x])(?P<number>\d+(?:[.,]\d+)*)\s?(?P<unit>[^\W\d_]{1,20})?\.?\s?\)?$"  # noqa: RUF001
)
_PASSED: Final = frozenset("×*~.,()-–+:;")  # noqa: RUF001 (signs seen between a number and a unit)
_AROUND: Final = " .,;:()×*-–+"  # noqa: RUF001 (the same)

_TEN: Final = 10
_TWENTY: Final = 20
_HUNDRED: Final = 100
_THOUSAND: Final = 1000


class Amount(msgspec.Struct, frozen=True):
    """A text's amount, and the rest of the text.

    Attributes:
        quantity: None if the text says no number.
        unit: canonical; None if the text says none.
        rest: what stands beside the amount.
        in_figures: the number stands in digits and by itself, so it is hardly a part of a name.
        linked: unit and rest were joined: ``bottle of water``.
    """

    quantity: float | None
    unit: str | None
    rest: str
    in_figures: bool = False
    linked: bool = False

    def text(self) -> str:
        """Return the amount in words for a problem's text; empty if there is none."""
        parts = []
        if self.quantity is not None:
            parts.append(f"quantity {self.quantity:g}")
        if self.unit is not None:
            parts.append(f'unit "{self.unit}"')
        return " and ".join(parts)


NO_AMOUNT: Final = Amount(None, None, "")


def read_number(text: str, locale: Locale) -> float | None:
    """Return the value of a number in figures, with a decimal point or comma; else None.

    Spaces between groups of three digits mean nothing: ``1 500``.

    Always finite: ``inf`` and ``nan`` say no number.
    """
    if locale.thousands and _GROUPED.fullmatch(text):
        text = text.replace(",", "")
    if _SPACED.fullmatch(text):
        text = "".join(text.split())
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def split_trailing(text: str, locale: Locale) -> Amount:
    """Return the amount in figures at the end of a text: ``mleko 2 l``, ``jajka x10``.

    A number without a unit is not `in_figures`: ``B 12`` is a vitamin.
    """
    found = _TRAILING.search(text)
    if found is None:
        return Amount(None, None, text)
    unit = locale.unit(found["unit"] or "")
    number = read_number(found["number"], locale)
    if number is None or (found["unit"] and unit is None):
        return Amount(None, None, text)
    return Amount(number, unit, text[: found.start()].rstrip(_AROUND).removesuffix(" x"))


def split_leading(text: str, locale: Locale) -> Amount:
    """Return the amount at the start of a text; an article or ``some`` is no number."""
    count = _Count(locale)
    unit: str | None = None
    end = 0
    linked = False
    for token in _TOKEN.finditer(text):
        if token.lastgroup == "sign":
            if token[0] in _PASSED:
                continue
            break
        if unit is not None:
            if fold(token[0]) not in locale.of:
                break
            linked = True
        elif not count.take(token):
            unit = locale.unit(token[0])
            if unit is None:
                break
        end = token.end()
    rest = text[end:].strip(_AROUND)
    in_figures = count.in_figures and not text[end : end + 1].isalpha()
    return Amount(count.value, unit, rest, in_figures=in_figures, linked=linked)


class _Count:
    """A number that is being read, word by word."""

    __slots__ = ("_joined", "_locale", "_number", "_total", "in_figures")

    def __init__(self, locale: Locale) -> None:
        self._locale = locale
        self._total = 0.0
        self._number: float | None = None
        self._joined = False
        self.in_figures = False

    @property
    def value(self) -> float | None:
        """What was read so far."""
        if self._number is None:
            return self._total or None
        return self._total + self._number

    def take(self, token: re.Match[str]) -> bool:
        """Take one more token, if it continues the number."""
        word = fold(token[0])
        if word in self._locale.joins or word in self._locale.skipped:
            self._joined = True
            return True
        scale = self._locale.scales.get(word)
        if scale is not None and not (scale < 1 and self._joined and self._number):
            self._multiply(scale)
            return True
        value = self._value(token, word) if scale is None else scale
        if value is None or not self._fits(value):
            return False
        self._number = (self._number or 0) + value
        self._joined = False
        return True

    def _value(self, token: re.Match[str], word: str) -> float | None:
        match token.lastgroup:
            case "number":
                value = read_number(word, self._locale)
            case "fraction":
                value = _quotient(word.replace("\u2044", "/"))
            case "vulgar":
                value = unicodedata.numeric(word)
            case _:
                return self._locale.numbers.get(word)
        self.in_figures = value is not None
        return value

    def _fits(self, value: float) -> bool:
        """Whether a number may be added to the one before it, as in ``twenty`` ``four``."""
        number = self._number
        if number is None:
            return True
        if value < 1:
            return number == int(number)
        if number % _HUNDRED == 0:
            return 0 < value < _HUNDRED
        return number >= _TWENTY and number % _TEN == 0 and value < _TEN

    def _multiply(self, scale: float) -> None:
        number = 1 if self._number is None else self._number
        if scale >= _THOUSAND:
            self._total += number * scale
            self._number = None
        else:
            self._number = number * scale
        self._joined = False


def _quotient(text: str) -> float | None:
    above, _, below = text.replace(",", ".").partition("/")
    divisor = float(below)
    return float(above) / divisor if divisor else None
