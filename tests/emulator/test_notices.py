from __future__ import annotations

import pytest

from emulator.notices import mention_in, without_notices
from tests.emulator.notation import noted

NOTICES = [
    ('[The shopper changed the list by hand: added "milk" (2 l).]', "en", "milk 2 l"),
    ('[The shopper changed the list by hand: added "milk" (2 l), removed "bread".]', "en", "bread"),
    ('[The shopper changed the list by hand: added "chleb" (2 szt).]', "en", "chleb 2 pcs"),
    ('[Osoba zmieniła listę ręcznie: dodano "chleb" (2 szt).]', "pl", "chleb 2 szt"),
    ('[Osoba zmieniła listę ręcznie: usunięto "masło".]', "pl", "masło"),
    ("[Osoba zmieniła listę ręcznie: dodano „Chleb”.]", "pl", "chleb"),
    ('dodano "ciasto z kruszonką" (3 blachy)', "pl", "ciasto z kruszonką 3 blachy"),
    ('added "Oat Milk" (1.5 l)', "en", "oat milk 1.5 l"),
    ('added "Grandma\'s milk"', "en", "Grandma's milk"),
    ('added "milk" (l)', "en", "milk l"),
    ('added "milk" (0)', "en", "milk"),
    ("the list holds bread and milk now", "en", "milk"),
    ('they said " "', "en", ""),
    ("good morning", "en", ""),
    ("", "pl", ""),
]


@pytest.mark.parametrize(("notice", "language", "product"), NOTICES)
def test_a_notice_is_about_the_product_that_it_names_last(
    notice: str, language: str, product: str
) -> None:
    mention = mention_in(notice, language)
    assert noted([mention] if mention else [])[2:] == product


def test_what_stands_in_square_brackets_is_not_said() -> None:
    assert without_notices('[added "milk".] add bread').strip() == "add bread"
