"""What words are equal, and how a text from a model is cleaned and quoted."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

LONGEST_READ: Final = 200
"""Characters of a text that are looked at; what follows cannot be part of a product's name."""
_QUOTED: Final = 40
_STROKES: Final = (("ł", "l"), ("ø", "o"), ("đ", "d"))
_COMBINING: Final = re.compile("[\u0300-\u036f]+")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_MARKS: Final = " \t.,;:!?\"'`´‘’‚“”„«»‹›<>*_~|/\\-–—"  # noqa: RUF001 (quotes of several languages)


def fold(text: str) -> str:
    """Return the form in which words are compared: letter case does not matter."""
    return text.casefold()


def plain(word: str) -> str:
    """Return a folded word without diacritics, as a careless model writes it."""
    if word.isascii():
        return word
    for letter, without_stroke in _STROKES:
        word = word.replace(letter, without_stroke)
    return _COMBINING.sub("", unicodedata.normalize("NFKD", word))


def clean(text: str) -> str:
    """Return a text composed, on one line, with single spaces and without marks around it.

    Control characters separate words; characters that cannot be seen (joiners, direction marks,
    surrogates) are left out.
    """
    text = text[:LONGEST_READ]
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    if not text.isprintable():
        text = "".join(
            letter for letter in _CONTROL.sub(" ", text) if letter.isprintable() or letter.isspace()
        )
    return " ".join(text.split()).strip(_MARKS)


def quoted(value: object) -> str:
    """Return a short, one-line rendering of what a model sent, to name it in a problem."""
    match value:
        case str():
            text = value[:_QUOTED]
            if not text.isprintable():
                text = "".join(letter if letter.isprintable() else "�" for letter in text)
            return f'"{text}"' if len(value) <= _QUOTED else f'"{text}…"'
        case dict():
            return "an object"
        case list():
            return "a list"
        case None | bool():
            return {None: "null", True: "true", False: "false"}[value]
        case float():
            return f"{value:g}"
        case _:
            text = str(value)
            return text if len(text) <= _QUOTED else f"{text[:_QUOTED]}…"
