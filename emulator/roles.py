"""Guesses from names what the parts of a declared function are for, as a model would."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from enum import Enum, auto

from emulator.phrases import ACTIONS, Action, fold

_CAMEL_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


class Role(Enum):
    """What an argument says about a product."""

    NAME = auto()
    QUANTITY = auto()
    UNIT = auto()
    ACTION = auto()
    CATEGORY = auto()
    CONFIDENCE = auto()
    OTHER = auto()


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# In this order: "item_count" counts, "quantity_unit" is a unit, "product_category" a category.
_ROLE_WORDS: Mapping[Role, frozenset[str]] = {
    Role.OTHER: _words(
        "id uuid user session price cost cena brand marka note notes notatka reason date list "
        "lista language locale url image description opis timestamp store shop priority"
    ),
    Role.CONFIDENCE: _words("confidence certainty probability score pewnosc"),
    Role.CATEGORY: _words("category categories kategoria department aisle shelf section dzial"),
    Role.UNIT: _words("unit units uom measure measurement jednostka miara"),
    Role.ACTION: _words("action operation op intent command akcja operacja"),
    Role.QUANTITY: _words("quantity qty amount count number how ilosc liczba sztuk pieces"),
}
_TYPE_WORDS = _words("type kind typ rodzaj")
_NAME_WORDS = _words(
    "name product products item items grocery groceries article articles entry entries title "
    "nazwa produkt produkty artykul artykuly pozycja pozycje ingredient"
)

ACTION_WORDS: Mapping[Action, frozenset[str]] = {
    "add": _words(
        "add adds added adding insert create append put buy new dodaj dodanie dodac kup wstaw"
    ),
    "remove": _words(
        "remove removes removed removing delete deleted drop erase discard usun usuniecie usunac "
        "skresl wykresl"
    ),
    "update": _words(
        "update updates updated updating change changed modify edit set correct adjust zmien "
        "zmiana zmienic popraw aktualizuj"
    ),
    "undo": _words(
        "undo undoes undoing revert reverts reverting rollback cofnij cofa cofnac cofniecie wycofaj"
    ),
}
_DENIALS = _words("no not never without cannot nie bez")
_WIPING = _words("clear clears reset empty wipe wyczysc")

_SHOPPING_WORDS = _words(
    "shopping product products grocery groceries item items list cart basket zakupy zakupow "
    "zakupowa zakupowej produkt produkty produktu produktow lista liste listy koszyk"
)


def words_of(name: str) -> list[str]:
    """Returns the words of a camelCase or snake_case name or of a text, folded."""
    return [fold(word) for word in re.split(r"[^\w]|_", _CAMEL_HUMP.sub(" ", name)) if word]


def role_of(name: str, choices: Sequence[object] = ()) -> Role:
    """Returns what a property is for.

    Args:
        name: The property's.
        choices: The values allowed, which tell "type" of change from "type" of product.
    """
    words = set(words_of(name))
    for role, known in _ROLE_WORDS.items():
        if words & known:
            return role
    if words & _TYPE_WORDS:
        acts = any(actions_in(str(choice)) for choice in choices)
        return Role.ACTION if acts else Role.CATEGORY
    return Role.NAME if words & _NAME_WORDS else Role.OTHER


def actions_in(name: str) -> list[Action]:
    """Returns the actions that a name speaks of: `["add"]` for "add_item"."""
    words = set(words_of(name))
    return [action for action in ACTIONS if words & ACTION_WORDS[action]]


def names_undo(name: str) -> bool:
    """Tells whether a name or a choice says that something is undone."""
    return bool(ACTION_WORDS["undo"] & set(words_of(name)))


def describes_undo(name: str, about: str) -> bool:
    """Tells by its description whether a function undoes, and by its name that nothing else."""
    if actions_in(name) or _WIPING & set(words_of(name)):
        return False
    sentences = (set(words_of(sentence)) for sentence in re.split(r"[.;!?\n]", about))
    return any(ACTION_WORDS["undo"] & words and not _DENIALS & words for words in sentences)


def is_about_shopping(*texts: str) -> bool:
    """Tells whether names or descriptions speak of products or of a list of them."""
    return any(_SHOPPING_WORDS & set(words_of(text)) for text in texts)
