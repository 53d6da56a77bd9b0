"""Writes the JSGF grammar of shopping sentences, and the dictionary of exactly its words.

The words are the lexicon's; the sentences are those people say to a shopping list: an order of
one or more items, a removal, a correction of an amount. Rules refer to each other on the right
only, so that any number of items costs one copy of the item's words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from emulator.lexicon import Lexicon, ProductEntry


@dataclass(frozen=True, slots=True)
class Amounts:
    """Numbers, and the forms that units take after them."""

    numbers: tuple[str, ...]
    units: tuple[str, ...]
    number_said: float = 1.0
    """How likely the number is said and not only the unit ("butelkę wody")."""
    unit_said: float = 0.6


@dataclass(frozen=True, slots=True)
class Phrasing:
    """What a language's sentences are made of, beside products.

    The lexicon lists all that the brain can read. These are the common ones: each word more that
    the ears may hear makes all others harder to tell apart.
    """

    verbs: tuple[str, ...]
    lists: tuple[str, ...]
    courtesies: tuple[str, ...]
    connectors: tuple[str, ...]
    articles: tuple[str, ...]
    of: tuple[str, ...]
    to: tuple[str, ...]
    amounts: tuple[Amounts, ...]
    unheard: frozenset[str]
    """Forms of products that the brain reads and hardly anyone says."""


PHRASINGS: Mapping[str, Phrasing] = {
    "en": Phrasing(
        verbs=(
            "add", "buy", "get", "i need", "we need", "put", "pick up", "order", "grab",
            "i want", "i'd like", "we're out of",
            "remove", "delete", "cross off", "take off", "we don't need", "i don't need",
            "change", "update", "set",
        ),
        lists=(
            "to the list", "to my list", "on the list", "to the shopping list", "from the list",
            "from my list", "off the list", "from the shopping list",
        ),
        courtesies=("please", "thanks"),
        connectors=("and",),
        articles=("the", "some"),
        of=("of",),
        to=("to",),
        amounts=(
            Amounts(
                ("a", "an", "one", "half a"),
                (
                    "liter", "kilo", "kilogram", "pound", "pint", "gallon", "pack", "packet",
                    "bottle", "carton", "can", "tin", "jar", "bag", "box", "loaf", "bunch", "head",
                    "bar", "stick", "roll", "tube", "tub", "cup", "slice", "clove",
                ),
            ),
            Amounts(
                (
                    "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
                    "eleven", "twelve", "fifteen", "twenty", "a dozen", "half a dozen",
                    "a couple of", "a hundred", "two hundred", "five hundred",
                ),
                (
                    "liters", "kilos", "kilograms", "grams", "pounds", "ounces", "pints",
                    "gallons", "packs", "packets", "bottles", "cartons", "cans", "tins", "jars",
                    "bags", "boxes", "loaves", "bunches", "heads", "bars", "sticks", "rolls",
                    "tubes", "tubs", "cups", "slices", "cloves", "pieces",
                ),
            ),
        ),
        unheard=frozenset(
            ("yoghurt", "yoghurts", "aluminium foil", "mangos", "milks", "breads", "creams",
             "cheeses", "teas", "coffees", "waters", "juices", "jams", "soaps", "chickens",
             "wines", "chocolates", "ice", "mince", "cod", "nuts")
        ),
    ),
    "pl": Phrasing(
        verbs=(
            "dodaj", "kup", "dopisz", "wpisz", "potrzebuję", "potrzebujemy", "dorzuć",
            "trzeba kupić", "muszę kupić", "weź", "poproszę",
            "usuń", "wykreśl", "skreśl", "wyrzuć", "nie kupuj", "nie potrzebuję",
            "zmień", "popraw", "ustaw",
        ),
        lists=(
            "do listy", "na listę", "do listy zakupów", "na listę zakupów", "z listy",
            "z listy zakupów",
        ),
        courtesies=("proszę",),
        connectors=("i", "oraz"),
        articles=("jeszcze",),
        of=(),
        to=("na",),
        amounts=(
            Amounts(
                ("jeden", "jedną", "jedno"),
                (
                    "litr", "kilo", "kilogram", "sztukę", "opakowanie", "paczkę", "pudełko",
                    "butelkę", "karton", "puszkę", "słoik", "torebkę", "worek", "kostkę",
                    "bochenek", "pęczek", "główkę", "tabliczkę", "zgrzewkę", "rolkę", "tubkę",
                    "kubek", "plaster", "ząbek",
                ),
                number_said=0.3,
            ),
            Amounts(
                ("dwa", "dwie", "trzy", "cztery"),
                (
                    "litry", "kilo", "kilogramy", "sztuki", "opakowania", "paczki", "pudełka",
                    "butelki", "kartony", "puszki", "słoiki", "torebki", "worki", "kostki",
                    "bochenki", "pęczki", "główki", "tabliczki", "zgrzewki", "rolki", "tubki",
                    "kubki", "plastry", "ząbki",
                ),
            ),
            Amounts(
                (
                    "pięć", "sześć", "siedem", "osiem", "dziewięć", "dziesięć", "jedenaście",
                    "dwanaście", "piętnaście", "dwadzieścia", "trzydzieści", "pięćdziesiąt",
                    "sto", "dwieście", "pięćset",
                ),
                (
                    "litrów", "kilo", "kilogramów", "deko", "gramów", "sztuk", "opakowań",
                    "paczek", "pudełek", "butelek", "kartonów", "puszek", "słoików", "torebek",
                    "worków", "kostek", "bochenków", "pęczków", "główek", "tabliczek",
                    "zgrzewek", "rolek", "tubek", "kubków", "plastrów", "ząbków",
                ),
            ),
            Amounts(
                ("pół", "półtora"),
                ("litra", "kilo", "kilograma", "bochenka", "kostki", "główki", "opakowania"),
                unit_said=1.0,
            ),
        ),
        unheard=frozenset(
            ("wód", "kaw", "herbat", "mąk", "kasz", "win", "ryże", "cukry", "octu", "jaj", "jaja",
             "indyki", "octu", "sałat", "kapust", "śmietan", "kasze", "oleje", "maseł", "pyry",
             "fasole", "żelek", "pora", "czosnki", "koperki", "szczypiorki", "pietruszek",
             "majonezy", "ketchupy", "miody", "orzech", "migdał", "kabanosa", "boczki", "kwiatki",
             "cole", "piw", "coca colę", "coca coli", "rodzynków", "mozzarelle")
        ),
    ),
}  # fmt: skip


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
        "utterance": "/0.95/ <order> | /0.05/ <counting>",
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
