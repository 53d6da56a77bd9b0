from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.brain import Intent, understand
from emulator.lexicon import lexicon_for
from tests.emulator.notation import noted


def test_a_product_of_the_lexicon_brings_its_category() -> None:
    assert understand("dodaj dwa litry mleka", "pl-PL") == (
        Intent("add", "mleko", 2.0, "l", "Nabiał"),
    )


def test_a_product_with_an_unknown_word_keeps_the_category_and_an_unknown_one_has_none() -> None:
    (coconut, saffron) = understand("add coconut milk and saffron", "en")
    assert (coconut.name, coconut.category) == ("coconut milk", "Dairy")
    assert (saffron.name, saffron.category) == ("saffron", None)


def test_an_unknown_language_is_read_as_english() -> None:
    assert noted(understand("add milk", "de-DE")) == "+ milk"


def test_letters_typed_apart_from_their_accents_are_read() -> None:
    typed = unicodedata.normalize("NFD", "dodaj pół kilo sera żółtego")
    assert noted(understand(typed, "pl")) == "+ ser żółty 0.5 kg"


@pytest.mark.parametrize("language", ["pl", "en"])
def test_every_form_of_every_product_is_understood_on_its_own(language: str) -> None:
    for product in lexicon_for(language).products:
        for form in product.forms:
            assert noted(understand(form, language)) == f"+ {product.name}"


@pytest.mark.parametrize("language", ["pl", "en"])
def test_every_verb_acts_on_a_product_and_its_quantity(language: str) -> None:
    lexicon = lexicon_for(language)
    number, product = lexicon.numbers, lexicon.products[0]
    two = next(word for word, value in number.items() if value == 2)
    for action, verbs in lexicon.verbs.items():
        for verb in verbs:
            (intent,) = understand(f"{verb} {two} {product.name}", language)
            assert (intent.action, intent.name, intent.quantity) == (action, product.name, 2)


TELLING = (
    "dodaj usuń zmień nie zamiast na mleko chleb dwa pół i , . ? 2 1,5 kg litry z listy quinoa "
    "add remove change no instead of to milk bread two half and a actually"
)
WORDS = st.sampled_from(TELLING.split())


@settings(deadline=None)
@given(st.lists(WORDS, max_size=12).map(" ".join) | st.text(), st.sampled_from(["pl", "en"]))
def test_no_text_is_too_strange_to_read(text: str, language: str) -> None:
    for intent in understand(text, language):
        assert intent.name
        assert intent.quantity is None or intent.quantity > 0
        assert intent.action != "update" or intent.quantity is not None
