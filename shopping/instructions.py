"""The system instruction: what the model is told to do with what it hears."""

from __future__ import annotations

from typing import Final

from shopping.locales import Locale

_OTHER_LANGUAGE: Final = """

The shopper speaks the language with the BCP 47 tag "{tag}". Give every product's name in that \
language, exactly as it was said, and never translate it; units and categories stay as declared."""


def system_instruction(locale: Locale) -> str:
    """Return the instruction in the locale's language.

    It asks for function calls and silence: a spoken reply would be billed, and nobody plays it.
    """
    if locale.shopper_language.partition("-")[0].lower() == locale.language:
        return locale.instruction
    return locale.instruction + _OTHER_LANGUAGE.format(tag=locale.shopper_language)
