"""What careless models send, and what must become of it.

Each case is a language, the arguments, the status, the product (None for none) and words of the
problem's text. The action is add where a case names none. Of the product, a case gives name,
quantity and unit, and whatever else it is about.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Status: TypeAlias = Literal["accepted", "corrected", "rejected"]
Args: TypeAlias = dict[str, object]


@dataclass(frozen=True)
class Case:
    language: str
    args: Args
    status: Status
    product: Args | None
    problem: str = ""

    def __str__(self) -> str:
        return f"{self.language}-{self.args}"


def _kept(language: str, args: Args, **product: object) -> Case:
    return Case(language, args, "accepted", product)


def _corrected(language: str, args: Args, problem: str, **product: object) -> Case:
    return Case(language, args, "corrected", product, problem)


def _rejected(language: str, args: Args, problem: str) -> Case:
    return Case(language, args, "rejected", None, problem)


def _milk(quantity: object) -> Args:
    return {"name": "mleko", "quantity": quantity}


USED_AS_SENT = [
    _kept(
        "pl",
        {"name": "mleko", "quantity": 1, "unit": "l", "category": "Nabiał", "confidence": 0.95},
        name="mleko", quantity=1, unit="l", category="Nabiał", confidence=0.95,
    ),
    _kept(
        "pl", {"name": "mleko"},
        name="mleko", quantity=1, unit="l", category="Nabiał", confidence=0.9,
    ),
    _kept("pl", {"name": "MLEKO", "unit": "L", "category": "nabiał"}, name="mleko", unit="l"),
    _kept("pl", _milk(2.0), quantity=2),
    _kept("pl", _milk(1.2000000476837158), quantity=1.2),
    _kept("pl", _milk(None), quantity=1),
    _kept("pl", _milk(""), quantity=1),
    _kept("pl", {"name": "mleko", "unit": None, "category": None, "confidence": None}, unit="l"),
    _kept("pl", {"name": "mleko", "unit": "", "category": "", "confidence": ""}, unit="l"),
    _kept("pl", {"name": "mleko", "confidence": 0.8999999761581421}, confidence=0.9),
    _kept("pl", {"name": "mleko", "confidence": 1}, confidence=1.0),
    _kept("pl", {"name": "mleko", "action": "remove"}, action="remove", quantity=1),
    _kept("pl", {"name": "mleko", "action": "update", "quantity": 3}, action="update", quantity=3),
    _kept("pl", {"name": "wanna"}, name="wanna", unit="szt", category="Inne"),
    _kept("pl", {"name": "ptasie mleczko", "unit": "bombonierka"}, unit="bombonierka"),
    _kept("pl", {"name": "Nutella"}, name="Nutella", unit="szt"),
    _kept("pl", {"name": "Mleko Łaciate"}, name="mleko Łaciate", unit="l", category="Nabiał"),
    _kept("pl", {"name": "SOK MARCHWIOWY"}, name="sok marchwiowy", unit="karton"),
    _kept("pl", {"name": "AXE"}, name="AXE"),
    _kept("pl", {"name": "mleko 3,2%"}, name="mleko 3,2%", category="Nabiał"),
    _kept(
        "pl", {"name": "woda 1,5 l", "quantity": 6},
        name="woda 1,5 l", quantity=6, unit="butelka",
    ),
    _kept("pl", {"name": "mąka", "quantity": 2, "unit": "500 g"}, quantity=2, unit="500 g"),
    _kept("pl", {"name": "kostka rosołowa"}, name="kostka rosołowa"),
    _kept("en", {"name": "half and half"}, name="half and half", unit="carton", category="Dairy"),
    _kept("en", {"name": "two percent milk"}, name="two percent milk", quantity=1),
    _kept("en", {"name": "7up"}, name="7up", quantity=1),
    _kept("en", {"name": "bottle opener"}, name="bottle opener", unit="pcs", category="Other"),
    _kept(
        "de", {"name": "Vollmilch", "unit": "l", "category": "dairy"},
        name="Vollmilch", unit="l",
    ),
    _kept("de", {"name": "Butter", "confidence": 0.5}, name="Butter", unit="pcs", category="Other"),
]  # fmt: skip

NAMES = [
    _corrected("pl", {"name": "mleka"}, 'name: "mleka" was kept as "mleko"', name="mleko"),
    _corrected("pl", {"name": "jabłek"}, "jabłko", name="jabłko", category="Owoce"),
    _corrected("pl", {"name": "ziemniakow"}, "ziemniaki", name="ziemniaki", unit="kg"),
    _corrected("pl", {"name": "  chleb\ttostowy "}, "chleb tostowy", name="chleb tostowy"),
    _corrected("pl", {"name": "„masło”"}, "masło", name="masło", unit="kostka"),
    _corrected("pl", {"name": "sól\x00\u200b"}, "sól", name="sól"),
    _corrected(
        "pl", {"name": "2 litry mleka"},
        'quantity 2 and unit "l"', name="mleko", quantity=2, unit="l",
    ),
    _corrected(
        "pl", {"name": "2 litry mleka", "quantity": 2, "unit": "szt"},
        "name", quantity=2, unit="l",
    ),
    _corrected("pl", {"name": "2 litry mleka", "quantity": 1}, "name", quantity=2, unit="l"),
    _corrected("pl", {"name": "mleko 2 l"}, "name", name="mleko", quantity=2, unit="l"),
    _corrected("pl", {"name": "jajka x10"}, "name", name="jajka", quantity=10, unit="szt"),
    _corrected("pl", {"name": "butelka wody"}, "name", name="woda", quantity=1, unit="butelka"),
    _corrected("pl", {"name": "pięć bułek"}, "name", name="bułka", quantity=5),
    _corrected("pl", {"name": "pół kilo szynki"}, "name", name="szynka", quantity=0.5, unit="kg"),
    _corrected(
        "pl", {"name": "5 kiełbasek śląskich"},
        "name", name="kiełbasek śląskich", quantity=5,
    ),
    _corrected("pl", {"name": "trochę soli"}, "name", name="sól", quantity=1),
    _corrected("en", {"name": "apples"}, "name", name="apple", category="Fruit"),
    _corrected("en", {"name": "a bottle of water"}, "name", name="water", unit="bottle"),
    _corrected("en", {"name": "a tin of dog treats"}, "name", name="dog treats", unit="can"),
    _corrected("en", {"name": "a dozen eggs"}, "name", name="eggs", quantity=12, unit="pcs"),
    _corrected("en", {"name": "the milk"}, "name", name="milk", quantity=1),
    _corrected("de", {"name": "2 kg Äpfel"}, "name", name="Äpfel", quantity=2, unit="kg"),
    _corrected("pl", {"name": "bardzo " * 20}, "name", name=" ".join(["bardzo"] * 11)),
    _corrected("pl", {"name": "x" * 90}, "name", name="x" * 80),
    *(
        _rejected("pl", {"name": name}, "name:")
        for name in ("", "  ", "???", "123", None, 7, True, ["mleko"], {"pl": "mleko"})
    ),
    *(
        _rejected("pl", {"name": name}, "make no call")
        for name in ("produkt", "null", "Unknown", "2 produkty")
    ),
    _rejected("en", {}, "name: null"),
    *(
        _rejected("pl", {"name": name}, "call once for each product")
        for name in ("mleko, chleb", "mleka i chleba", "Mleko & masło", "mleko; chleb i masło")
    ),
    _rejected("en", {"name": "salt and pepper"}, "call once for each product"),
    _kept("en", {"name": "macaroni and cheese"}, name="macaroni and cheese"),
]  # fmt: skip

QUANTITIES = [
    _corrected("pl", _milk("2"), 'quantity: "2" was read as quantity 2', quantity=2),
    _corrected("pl", _milk(" 1,5 "), "quantity", quantity=1.5),
    _corrected("pl", _milk("dwa"), "quantity", quantity=2),
    _corrected("pl", _milk("pół"), "quantity", quantity=0.5),
    _corrected("pl", _milk("1/2"), "quantity", quantity=0.5),
    _corrected("pl", _milk("½"), "quantity", quantity=0.5),
    _corrected("pl", _milk("a dozen"), "quantity", quantity=12),
    _corrected("pl", _milk("2 butelki"), 'unit "butelka"', quantity=2, unit="butelka"),
    _corrected("pl", _milk("kilogram"), 'unit "kg"', quantity=1, unit="kg"),
    _corrected("pl", _milk("2 l") | {"unit": "karton"}, 'unit: "karton" was overruled', unit="l"),
    _corrected("pl", _milk("1 500") | {"unit": "ml"}, "quantity 1500", quantity=1500, unit="ml"),
    _corrected("pl", _milk("2 l") | {"unit": "l"}, "quantity", quantity=2, unit="l"),
    _corrected("pl", _milk(3.14159), "rounded to 3.142", quantity=3.142),
    _corrected("pl", _milk("kilka"), "is no number and was left out", quantity=1),
    _corrected("pl", _milk("litr wody"), "is no number and was left out", quantity=1, unit="l"),
    _corrected("pl", _milk("nan"), "is no number", quantity=1),
    _corrected("pl", _milk("Infinity"), "is no number", quantity=1),
    _corrected("pl", _milk("1/0"), "is no number", quantity=1),
    _corrected("pl", _milk(True), "quantity: true is no number", quantity=1),  # noqa: FBT003 (data)
    _corrected("pl", _milk([2]), "quantity: a list is no number", quantity=1),
    _corrected("pl", _milk({"value": 2}), "quantity: an object is no number", quantity=1),
    _corrected("pl", _milk("nan") | {"name": "2 l mleka"}, "quantity", quantity=2, unit="l"),
    _corrected(
        "en", {"name": "flour", "quantity": "1,000", "unit": "g"},
        "quantity", quantity=1000,
    ),
    *(
        _rejected("pl", _milk(quantity), "send a number from 0.001 to 10000")
        for quantity in (0, -1, -0.5, 10_001, 1e300, 10**30, 0.0001, "-2", "-2 l", "zero", "9" * 30)
    ),
    _corrected("pl", _milk(0) | {"action": "remove"}, "remove", action="remove", quantity=1),
    _corrected("pl", _milk(0) | {"action": "update"}, "remove", action="remove", quantity=1),
]  # fmt: skip

OTHER_FIELDS = [
    _corrected("pl", {"name": "mleko", "unit": "litry"}, 'unit: "litry" was read as "l"', unit="l"),
    _corrected("pl", {"name": "mleko", "unit": "Szt."}, "unit", unit="szt"),
    _corrected("pl", {"name": "mleko", "unit": "bottles"}, "unit", unit="butelka"),
    _corrected("en", {"name": "milk", "unit": "litr"}, "unit", unit="l"),
    _corrected("pl", {"name": "mleko", "unit": "500 g"}, "quantity 500", quantity=500, unit="g"),
    _corrected("pl", {"name": "mleko", "unit": "2 l", "quantity": 2}, "unit", quantity=2, unit="l"),
    _corrected("pl", {"name": "mleko", "unit": "none"}, "is no unit and was left out", unit="l"),
    _corrected("pl", {"name": "mleko", "unit": 2}, "is no unit and was left out", unit="l"),
    _corrected("pl", {"name": "mleko", "unit": "-"}, "is no unit", unit="l"),
    _corrected(
        "pl", {"name": "mleko", "unit": "bardzo duże opakowanie zbiorcze"},
        "unit", unit="bardzo duże opakowan",
    ),
    _corrected("pl", {"name": "mleko", "category": "dairy"}, 'read as "Nabiał"', category="Nabiał"),
    _corrected("pl", {"name": "mleko", "category": "Inne"}, "category", category="Nabiał"),
    _corrected("pl", {"name": "wanna", "category": "łazienka"}, "category", category="Inne"),
    _corrected("pl", {"name": "mleko", "category": 3}, "category: 3", category="Nabiał"),
    _corrected("en", {"name": "milk", "category": "nabiał"}, "category", category="Dairy"),
    _corrected("pl", {"name": "mleko", "confidence": 95}, "confidence: 95", confidence=0.95),
    _corrected("pl", {"name": "mleko", "confidence": "80%"}, "confidence", confidence=0.8),
    _corrected("pl", {"name": "mleko", "confidence": "0,7"}, "confidence", confidence=0.7),
    _corrected("pl", {"name": "mleko", "confidence": 1.01}, "confidence", confidence=1.0),
    _corrected("pl", {"name": "mleko", "confidence": 1000}, "confidence", confidence=1.0),
    _corrected("pl", {"name": "mleko", "confidence": -1}, "confidence", confidence=0.0),
    _corrected("pl", {"name": "mleko", "confidence": "high"}, "from 0 to 1", confidence=0.9),
    _corrected("pl", {"name": "mleko", "confidence": False}, "confidence", confidence=0.9),
    _corrected("pl", {"name": "mleko", "confidence": []}, "confidence", confidence=0.9),
    _corrected(
        "pl", {"name": "mleko", "action": "usuń"},
        'action: "usuń" was read as "remove"', action="remove",
    ),
    _corrected("en", {"name": "milk", "action": "set"}, "action", action="update"),
    _corrected("en", {"name": "milk", "action": "delete"}, "action", action="remove"),
    _kept("en", {"name": "milk", "action": "ADD"}, action="add"),
    _corrected("en", {"name": "milk", "action": None}, "add, remove or update", action="add"),
    _corrected("en", {"name": "milk", "action": ""}, "add, remove or update", action="add"),
    *(
        _rejected("pl", {"name": "mleko", "action": action}, "send add, remove or update")
        for action in ("jump", 1, ["add"])
    ),
    _corrected(
        "pl", {"product": "mleko", "qty": 2},
        'field: "qty" was read as "quantity"', name="mleko", quantity=2,
    ),
    _corrected("pl", {"Name": "mleko"}, 'field: "Name" was read as "name"', name="mleko"),
    _corrected(
        "pl", {"name": "mleko", "item": "chleb"},
        '"item" is unknown and was left out', name="mleko",
    ),
    _corrected(
        "pl", {"name": "mleko", "brand": "x", "aisle": 3},
        "left out (and 1 more)", name="mleko",
    ),
]  # fmt: skip

CASES = [*USED_AS_SENT, *NAMES, *QUANTITIES, *OTHER_FIELDS]
