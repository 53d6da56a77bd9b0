"""The words and phrases that the ears listen for, beside the lexicon's products."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


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
    corrections: tuple[str, ...]
    """What comes before the right amount of something mentioned before."""
    recalls: tuple[str, ...]
    """Whole sentences about something mentioned before."""
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
        corrections=("no", "actually", "sorry", "make that"),
        recalls=(
            "one more", "one more of those", "two more", "two more of those", "another one",
            "remove that", "delete it", "take that off",
            "undo", "undo that", "take that back", "scratch that",
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
        corrections=("nie", "jednak", "nie jednak", "właściwie"),
        recalls=(
            "jeszcze jeden", "jeszcze jedno", "jeszcze jedną", "jeszcze dwa", "jeszcze dwie",
            "jeszcze dwa takie", "jeszcze trzy",
            "wyrzuć to", "usuń to", "cofnij", "cofnij to", "cofnij ostatnie", "anuluj to",
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
