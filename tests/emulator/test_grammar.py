import pytest

from emulator import phones_en, phones_pl
from emulator.brain import understand
from emulator.grammar import PHRASINGS, dictionary, grammar_words, shopping_grammar
from emulator.intent import Intent
from emulator.lexicon import lexicon_for

LANGUAGES = ("en", "pl")


@pytest.mark.parametrize("language", LANGUAGES)
def test_nearly_every_product_of_the_lexicon_can_be_heard(language: str) -> None:
    lexicon = lexicon_for(language)
    heard = [
        product for product in lexicon.products if set(product.forms) - PHRASINGS[language].unheard
    ]

    assert len(heard) >= 110
    assert len(heard) >= 0.95 * len(lexicon.products)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_rule_that_is_used_is_written(language: str) -> None:
    jsgf = shopping_grammar(lexicon_for(language))
    rules = [line.removeprefix("public ") for line in jsgf.splitlines() if "<" in line]
    written = {rule.partition(" = ")[0] for rule in rules}
    used = {
        f"<{part.partition('>')[0]}>"
        for rule in rules
        for part in rule.partition(" = ")[2].split("<")[1:]
    }

    assert used - {"<NULL>"} <= written
    assert written - used == {"<utterance>"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_of_the_grammar_has_a_pronunciation(language: str) -> None:
    words = grammar_words(shopping_grammar(lexicon_for(language)))

    sounds = (
        phones_en.pronunciations(words)
        if language == "en"
        else {word: phones_pl.pronunciations(word) for word in words}
    )

    assert sounds.keys() == words
    assert all(sounds.values())


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_verbs_of_the_grammar_are_the_brain_s(language: str) -> None:
    lexicon = lexicon_for(language)
    read = {verb for verbs in lexicon.verbs.values() for verb in verbs} | set(lexicon.courtesies)

    assert set(PHRASINGS[language].verbs) <= read


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_units_of_the_grammar_are_the_brain_s(language: str) -> None:
    read = {form for unit in lexicon_for(language).units for form in unit.forms}

    assert {unit for amount in PHRASINGS[language].amounts for unit in amount.units} <= read


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_that_is_heard_about_something_mentioned_before_is_understood(language: str) -> None:
    words = PHRASINGS[language]
    mentioned = (Intent("add", "saffron", 2.0, None, None),)
    three = next(word for word, value in lexicon_for(language).numbers.items() if value == 3)

    corrected = {understand(f"{word} {three}", language, mentioned) for word in words.corrections}

    assert corrected == {(Intent("update", "saffron", 3.0, None, None),)}
    assert all(understand(sentence, language, mentioned) for sentence in words.recalls)


def test_a_polish_nominative_is_not_listened_for_where_an_accusative_is_said() -> None:
    jsgf = shopping_grammar(lexicon_for("pl"))
    alone = next(line for line in jsgf.splitlines() if line.startswith("<product>"))

    assert " cebulę " in alone
    assert " cebula " not in alone


def test_a_dictionary_numbers_the_variants_of_a_word() -> None:
    assert dictionary({"ser": ("S EH R", "S AE R"), "a": ("AH",)}) == (
        "a AH\nser S EH R\nser(2) S AE R\n"
    )
