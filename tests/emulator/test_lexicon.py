from __future__ import annotations

from dataclasses import fields

import pytest

from emulator.lexicon import LexiconError, Words, lexicon_for, parse

SMALL = (
    'language = "xx"\n'
    + "".join(f"{field.name} = []\n" for field in fields(Words))
    + """
[verbs]
add = ["add"]
wish = ["need"]
remove = ["remove"]
decline = ["skip"]
update = ["change"]
[numbers]
two = 2
[scales]
dozen = 12
[units.l]
forms = ["liter"]
aliases = []
[products.Dairy]
milk = ["milks"]
"""
)


@pytest.mark.parametrize("language", ["pl", "en"])
def test_each_language_knows_the_everyday_groceries(language: str) -> None:
    lexicon = lexicon_for(language)
    assert lexicon.language == language
    assert len(lexicon.products) >= 110
    assert all(product.forms[0] == product.name for product in lexicon.products)
    assert len({product.category for product in lexicon.products}) == 14


@pytest.mark.parametrize(
    ("code", "language"),
    [("pl-PL", "pl"), ("PL", "pl"), ("pl_PL", "pl"), ("en-GB", "en"), ("de", "en"), ("", "en")],
)
def test_a_language_code_finds_its_lexicon_and_an_unknown_one_the_english(
    code: str, language: str
) -> None:
    assert lexicon_for(code).language == language


def test_polish_products_come_in_the_cases_people_say() -> None:
    forms = {product.name: product.forms for product in lexicon_for("pl").products}
    assert forms["jabłko"] == ("jabłko", "jabłka", "jabłek")
    assert "sera żółtego" in forms["ser żółty"]


def test_a_small_lexicon_is_read_whole() -> None:
    lexicon = parse(SMALL, "xx.toml")
    assert lexicon.verbs["add"] == ("add", "need")
    assert lexicon.verbs["remove"] == ("remove", "skip")
    assert lexicon.wishes == {"need", "skip"}
    assert lexicon.connectors == lexicon.courtesies == ()
    assert (lexicon.numbers["two"], lexicon.scales["dozen"]) == (2, 12)


def test_words_may_also_be_about_what_was_mentioned_before() -> None:
    lexicon = parse(SMALL + '[references]\nundo = ["skip"]\n', "xx.toml")
    assert lexicon.references == {"undo": ("skip",)}
    assert parse(SMALL, "xx.toml").references == {}


@pytest.mark.parametrize(
    ("right", "wrong", "complaint"),
    [
        ('language = "xx"', "language = 5", "language must be a word, not 5"),
        ('language = "xx"', 'language = ""', "language must be a word, not ''"),
        ("fillers = []", 'fillers = "uh"', "fillers must be a list of words, not 'uh'"),
        ("fillers = []", 'fillers = ["Uh"]', "fillers must hold lower-case words: ['Uh']"),
        ("fillers = []", 'fillers = [""]', "fillers must hold lower-case words: ['']"),
        ("fillers = []", "fillers = [1]", "fillers must hold lower-case words: [1]"),
        ('add = ["add"]', "", "verbs.add must be a list of words, not None"),
        ('milk = ["milks"]', "milk = 1", "products.Dairy.milk must be a list of words, not 1"),
        ('forms = ["liter"]', "", "units.l.forms must be a list of words, not None"),
        ("two = 2", "two = 0", "numbers.two must be above 0, not 0"),
        ("two = 2", "two = true", "numbers.two must be above 0, not True"),
        ("two = 2", 'two = "2"', "numbers.two must be above 0, not '2'"),
        ("[scales]", "[scale]", "scales must be a table, not None"),
        ("[units.l]", "[units]\nl = 1\n[rest]", "units.l must be a table, not 1"),
        ("[products.Dairy]", "[[products]]", "products must be a table, not [{'milk': ['milks']}]"),
        ('forms = ["liter"]', 'forms = ["two"]', "'two' stands both in the unit 'l' and in the "),
        ('milk = ["milks"]', 'milk = ["add"]', "'add' stands both in the product 'milk' and in "),
        ("fillers = []", 'fillers = ["two"]', "'two' stands both in the numbers and in fillers"),
        ('language = "xx"', "language =", "Invalid value (at line 1, column 11)"),
    ],
)
def test_wrong_word_data_are_refused_with_file_and_entry(
    right: str, wrong: str, complaint: str
) -> None:
    assert right in SMALL
    with pytest.raises(LexiconError) as refusal:
        parse(SMALL.replace(right, wrong), "xx.toml")
    assert str(refusal.value).startswith(f"xx.toml: {complaint}")
