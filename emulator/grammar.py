"""Writes the JSGF grammar of shopping sentences, and the dictionary of exactly its words.

The words are the lexicon's; the sentences are those people say to a shopping list: an order of
one or more items, a removal, a correction of an amount. Rules refer to each other on the right
only, so that any number of items costs one copy of the item's words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from emulator.lexicon import Lexicon, ProductEntry
from emulator.phrasings import PHRASINGS, Amounts

__all__ = ["PHRASINGS", "dictionary", "grammar_words", "shopping_grammar"]


def shopping_grammar(lexicon: Lexicon) -> str:
    """Return the JSGF text whose public rule is `<utterance>`.

    What may stand where is kept loose; the likelihoods, which a decoder raises to its language
    weight, do the work.
    """
    words = PHRASINGS[lexicon.language]
    said = [
        (product, form)
        for product in lexicon.products
        for form in product.forms
        if form not in words.unheard
    ]
    alone = [form for product, form in said if not _is_subject(product, form)]
    counted_off = [form for product, form in said if _may_be_counted(product, form)]
    of = f" {_any(words.of)}" if words.of else ""
    amounts = [f"<amount{number}>" for number, _ in enumerate(words.amounts)]
    rules = {
        "utterance": "/0.92/ <order> | /0.03/ <recall> | /0.05/ <counting>",
        # About something mentioned before.
        "recall": f"/0.5/ ({_any(words.corrections)}) <total> | /0.5/ <recalled>",
        "recalled": _any(words.recalls),
        # Somebody who only counts, or says a telephone number, buys nothing.
        "counting": f"<figure> {_maybe(0.7, '<counting>')}",
        "figure": _any(lexicon.numbers),
        "order": f"{_maybe(0.2, '<polite>')} {_maybe(0.97, '<verb>')} <items>",
        "items": f"<item> {_maybe(0.1, '<to> <total>')} {_maybe(0.3, '<list>')}"
        f" {_maybe(0.2, '<polite>')} {_maybe(0.4, '<more>')}",
        "more": f"/0.9/ <and> {_maybe(0.05, '<verb>')} <items> | /0.1/ <items>",
        "item": f"/0.45/ {_maybe(0.2, '<article>')} <product> | /0.55/ <amount> <counted>",
        "amount": " | ".join(amounts),
        "total": " | ".join(amount.replace("amount", "total") for amount in amounts),
        "verb": _any(words.verbs),
        "list": _any(words.lists),
        "polite": _any(words.courtesies),
        "and": _any(words.connectors),
        "article": _any(words.articles),
        "to": _any(words.to),
        "product": _any(alone),
        "counted": _any(counted_off),
    }
    for number, amount in enumerate(words.amounts):
        rules[f"amount{number}"] = _amount(amount, of)
        rules[f"total{number}"] = _amount(amount, "")
    lines = ["#JSGF V1.0 UTF-8 en;", "grammar shopping;"]
    for name, body in rules.items():
        public = "public " if name == "utterance" else ""
        lines.append(f"{public}<{name}> = {body};")
    return "\n".join(lines) + "\n"


def _amount(amount: Amounts, of: str) -> str:
    unit = f"({_any(amount.units)}){of}"
    counted = f"/{amount.number_said}/ ({_any(amount.numbers)}) {_maybe(amount.unit_said, unit)}"
    return (
        f"{counted} | /{1 - amount.number_said:.2f}/ {unit}" if amount.number_said < 1 else counted
    )


def _is_subject(product: ProductEntry, form: str) -> bool:
    """Say whether a form is a Polish nominative that no order uses: *cebula* beside *cebulę*."""
    return form.endswith("a") and form[:-1] + "ę" in product.forms


def _may_be_counted(product: ProductEntry, form: str) -> bool:
    """Say whether a form may follow an amount; in Polish no singular nominative or accusative.

    *dwa litry mleka*, never *dwa litry mleko*. English has one form for both, or a plural.
    """
    inflected = any(other.endswith(("ę", "u", "ów", "ek", "a")) for other in product.forms[1:])
    return not (
        _is_subject(product, form)
        or form.endswith("ę")
        or (inflected and form == product.name and form[-1] not in "aeiy")
    )


def _any(phrases: Iterable[str]) -> str:
    return " | ".join(phrases)


def _maybe(likelihood: float, part: str) -> str:
    if likelihood >= 1:
        return part
    return f"(/{likelihood}/ {part} | /{1 - likelihood:.2f}/ <NULL>)"


def grammar_words(jsgf: str) -> frozenset[str]:
    """Return every word that the rules of a grammar written here can produce."""
    words: set[str] = set()
    for line in jsgf.splitlines()[2:]:
        body = line.partition("=")[2].rstrip(";")
        words |= set(re.split(r"[\s()\[\]]+|<\w+>|/[\d.]+/", body))
    return frozenset(words - {"", "|"})


def dictionary(pronunciations: Mapping[str, tuple[str, ...]]) -> str:
    """Return a PocketSphinx dictionary, a word's variants numbered as it wants them."""
    lines = []
    for word, variants in sorted(pronunciations.items()):
        for number, phones in enumerate(variants, start=1):
            lines.append(f"{word}({number}) {phones}" if number > 1 else f"{word} {phones}")
    return "\n".join(lines) + "\n"
