"""What Polish sentences come to that are about something said before.

Each follows what the second column says to be remembered, as `test_brain_polish` writes it.
"""

from __future__ import annotations

import pytest

from emulator.brain import understand
from emulator.intent import remember
from tests.emulator.notation import noted

SENTENCES = [
    # corrections of the amount
    ("nie, dwa", "dodaj mleko", "= mleko 2"),
    ("nie dwa", "dodaj mleko", "= mleko 2"),
    ("Nie, jednak trzy.", "dodaj dwa litry mleka", "= mleko 3"),
    ("jednak dwa litry", "dodaj mleko", "= mleko 2 l"),
    ("właściwie trzy", "dodaj dwa mleka", "= mleko 3"),
    ("wlasciwie trzy", "dodaj dwa mleka", "= mleko 3"),
    ("a właściwie to trzy", "dodaj dwa mleka", "= mleko 3"),
    ("przepraszam, cztery kartony", "dodaj dwa mleka", "= mleko 4 karton"),
    ("nie, litr", "dodaj mleko", "= mleko 1 l"),
    ("nie, kartony", "dodaj dwa mleka", "= mleko 2 karton"),
    ("nie dwa, tylko trzy", "dodaj dwa mleka", "= mleko 3"),
    ("nie dwa tylko trzy", "dodaj dwa mleka", "= mleko 3"),
    ("trzy, nie dwa", "dodaj dwa mleka", "= mleko 3"),
    ("trzy, a nie dwa", "dodaj dwa mleka", "= mleko 3"),
    ("trzy zamiast dwóch", "dodaj dwa mleka", "= mleko 3"),
    ("tylko jedno", "dodaj dwa mleka", "= mleko 1"),
    ("weź jednak trzy", "dodaj dwa mleka", "= mleko 3"),
    ("pomyłka, trzy", "dodaj mleko", "= mleko 3"),
    ("miały być trzy", "dodaj mleko", "= mleko 3"),
    ("nie, półtora litra", "dodaj mleko", "= mleko 1.5 l"),
    ("zmień na trzy", "dodaj dwa mleka", "= mleko 3"),
    ("zmień to na trzy litry", "dodaj dwa mleka", "= mleko 3 l"),
    ("zmień z dwóch na trzy", "dodaj dwa mleka", "= mleko 3"),
    ("niech będą trzy", "dodaj dwa mleka", "= mleko 3"),
    ("nie, dwa", "dodaj chleb i mleko", "= mleko 2"),
    ("nie, dwa", "dodaj quinoa", "= quinoa 2"),
    ("nie, dwa, i dodaj chleb", "dodaj mleko", "= mleko 2, + chleb"),
    ("nie, dwa mleka", "dodaj chleb", "= mleko 2"),
    ("mleka jednak dwa litry", "dodaj mleko i chleb", "= mleko 2 l"),
    ("mleko, a właściwie dwa litry", "dodaj mleko i chleb", "= mleko 2 l"),
    ("sera jednak dwa kilo", "dodaj mleko", "+ ser 2 kg"),
    ("dziesięć sztuk", "dodaj jajka", "= jajka 10 szt"),
    ("dziesięć sztuk", "dodaj pięć jajek", ""),
    ("dziesięć sztuk", "usuń jajka", ""),
    ("albo lepiej sześć", "dodaj dwie wody", "= woda 6"),
    ("gruszek zostaw tylko dwie", "dodaj cztery gruszki", "= gruszka 2"),
    # another product
    ("nie mleko, tylko śmietana", "dodaj dwa litry mleka", "- mleko, + śmietana 2 l"),
    ("nie mleko tylko śmietana", "dodaj mleko", "- mleko, + śmietana"),
    ("nie mleko, tylko trzy śmietany", "dodaj mleko", "- mleko, + śmietana 3"),
    ("nie mleko, a śmietana", "dodaj mleko", "- mleko, + śmietana"),
    ("nie mleko tylko śmietana", "dodaj dwa mleka i chleb", "- mleko, + śmietana 2"),
    ("nie jajka, tylko śmietana", "dodaj mleko", "- jajka, + śmietana"),
    ("nie, nie mleko, tylko śmietana", "dodaj mleko", "- mleko, + śmietana"),
    ("śmietana, nie mleko", "dodaj mleko", "- mleko, + śmietana"),
    ("śmietana, a nie chleb", "dodaj mleko", "+ śmietana"),
    ("nie quinoa, tylko ryż", "dodaj dwa opakowania quinoa", "- quinoa, + ryż 2 opak"),
    ("nie, śmietana", "dodaj dwa mleka", "- mleko, + śmietana 2"),
    ("jednak śmietana", "dodaj mleko", "- mleko, + śmietana"),
    ("zamień to na śmietanę", "dodaj dwa mleka", "- mleko, + śmietana 2"),
    # more of it
    ("jeszcze jedno", "dodaj dwa litry mleka", "+ mleko 1 l"),
    ("jeszcze dwa takie", "dodaj dwa litry mleka", "+ mleko 2 l"),
    ("i jeszcze jedno", "dodaj mleko", "+ mleko 1"),
    ("jeszcze dwa", "dodaj mleko", "+ mleko 2"),
    ("jeszcze dwa kartony", "dodaj dwa litry mleka", "+ mleko 2 karton"),
    ("jeszcze litr", "dodaj mleko", "+ mleko 1 l"),
    ("dodaj jeszcze jedno", "dodaj mleko", "+ mleko 1"),
    ("proszę jeszcze dwa", "dodaj mleko", "+ mleko 2"),
    ("potrzebuję jeszcze dwóch takich", "dodaj mleko", "+ mleko 2"),
    ("jeszcze jedno dodaj", "dodaj mleko", "+ mleko 1"),
    ("kolejny", "dodaj chleb", "+ chleb 1"),
    ("kolejne dwa", "dodaj chleb", "+ chleb 2"),
    ("nie, jeszcze jedno", "dodaj mleko", "+ mleko 1"),
    ("jeszcze jedną", "usuń cukinię", "+ cukinia 1"),
    # remove it
    ("wyrzuć to", "dodaj mleko", "- mleko"),
    ("usuń to", "dodaj mleko i chleb", "- chleb"),
    ("usun to z listy", "dodaj mleko", "- mleko"),
    ("nie, usuń to", "dodaj mleko", "- mleko"),
    ("czy możesz to usunąć?", "dodaj mleko", "- mleko"),
    ("usuń ostatnią pozycję", "dodaj mleko", "- mleko"),
    ("usuń jedno", "dodaj dwa mleka", "- mleko 1"),
    ("usuń to i dodaj chleb", "dodaj mleko", "- mleko, + chleb"),
    ("mleko, usuń je", "dodaj chleb", "- mleko"),
    # undo
    ("cofnij", "dodaj mleko", "undo"),
    ("Cofnij to!", "dodaj mleko", "undo"),
    ("cofnij ostatnie", "dodaj mleko", "undo"),
    ("cofnij ostatnia zmiane", "dodaj mleko", "undo"),
    ("anuluj to", "dodaj mleko", "undo"),
    ("nie, cofnij", "dodaj mleko", "undo"),
    ("czy możesz to cofnąć?", "dodaj mleko", "undo"),
    ("cofnij", "", "undo"),
    ("cofnij to i dodaj chleb", "dodaj mleko", "undo, + chleb"),
    ("anuluj to mleko", "dodaj chleb", "- mleko"),
    ("cofnij mleko", "dodaj mleko", ""),
    ("cofnij auto", "dodaj mleko", ""),
    # within one text
    ("Dodaj mleko. Cofnij.", "", ""),
    ("Dodaj chleb. Jeszcze dwa.", "dodaj mleko", "+ chleb, + chleb 2"),
    ("dodaj dwa chleby, nie, trzy", "dodaj mleko", "+ chleb 3"),
    ("Dodaj dwa chleby. Nie, trzy.", "dodaj mleko", "+ chleb 3"),
    # talk
    ("nie", "dodaj mleko", ""),
    ("tak", "dodaj mleko", ""),
    ("dwa", "dodaj mleko", ""),
    ("dwa dni temu", "dodaj mleko", ""),
    ("nie, dwa dni temu", "dodaj mleko", ""),
    ("jeszcze raz", "dodaj mleko", ""),
    ("jeszcze dwa razy", "dodaj mleko", ""),
    ("zwiększ o dwa", "dodaj mleko", ""),
    ("nie, dziękuję", "dodaj mleko", ""),
    ("właściwie jestem zmęczony", "dodaj mleko", ""),
    ("jeszcze jedno pytanie", "dodaj mleko", ""),
    ("jeszcze jedno?", "dodaj mleko", ""),
    ("to jest to", "dodaj mleko", ""),
    ("mama mówiła wyrzuć to", "dodaj mleko", ""),
    ("wyrzuć to bo śmierdzi", "dodaj mleko", ""),
    ("nie mleko, tylko żartuję", "dodaj mleko", ""),
    ("tylko mleko", "dodaj chleb", ""),
    ("jeden dwa trzy cztery", "dodaj mleko", ""),
    ("nie dwa, trzy, cztery", "dodaj mleko", ""),
    ("nie to", "dodaj mleko", ""),
    ("usuń to wszystko", "dodaj mleko", ""),
    ("nie, jeszcze mleko", "dodaj chleb", ""),
    ("nie, też mleko", "dodaj chleb", ""),
    ("cofnij się", "dodaj mleko", ""),
]


@pytest.mark.parametrize(("sentence", "before", "products"), SENTENCES)
def test_a_polish_sentence_may_be_about_what_was_said_before(
    sentence: str, before: str, products: str
) -> None:
    mentioned = remember((), understand(before, "pl-PL"))
    assert noted(understand(sentence, "pl-PL", mentioned)) == products


@pytest.mark.parametrize(
    "sentence",
    [
        "nie, dwa", "jednak dwa litry", "właściwie trzy", "nie mleko, tylko śmietana",
        "jeszcze jedno", "jeszcze dwa takie", "wyrzuć to", "usuń to", "zmień to na trzy",
        "nie, śmietana", "kolejny",
    ],
)  # fmt: skip
def test_with_nothing_remembered_such_a_polish_sentence_buys_nothing(sentence: str) -> None:
    assert understand(sentence, "pl-PL") == ()
