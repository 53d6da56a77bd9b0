from __future__ import annotations

import re

import pytest

from shopping.locale_file import LocaleDataInvalid, parse, read

SMALL = """
language = "xx"
default_unit = "pc"
default_category = "Other"
head = "last"
thousands = ""
joins = ["and"]
skipped = ["some"]
of = ["of"]
placeholders = []
instruction = "Listen."
listed = "There: {items}."
[actions]
add = ["buy"]
[numbers]
"1" = ["one"]
[scales]
"12" = ["dozen"]
[units]
pc = ["piece"]
kg = ["kilo"]
[categories]
Other = []
Fruit = ["fruits"]
[products.Fruit]
apple = { unit = "kg", forms = ["apples"] }
pear = {}
"""


def test_a_small_locale_is_read() -> None:
    found = parse("xx.toml", SMALL)
    assert found.products["Fruit"]["apple"].forms == ("apples",)
    assert found.products["Fruit"]["pear"].unit is None


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('head = "last"', "head =", "at line 5"),
        ('language = "xx"', "", "missing required field `language`"),
        ('language = "xx"', 'language = "xx"\nlang = "x"', "unknown field `lang`"),
        ('head = "last"', 'head = "middle"', "`$.head`"),
        ('forms = ["apples"]', "forms = [1]", "at `$.products[...][...].forms[0]`"),
        ("[actions]", "[actions]\nbuy = []", "`$.actions`"),
        ('default_unit = "pc"', 'default_unit = "pcs"', "default_unit: 'pcs' is not among"),
        (
            'default_category = "Other"',
            'default_category = "X"',
            "default_category: 'X' is not among the categories",
        ),
        ('"There: {items}."', '"There."', "listed: {items} does not stand in it once"),
        ("[products.Fruit]", "[products.Fish]", "products.Fish: not among the categories"),
        ('unit = "kg"', 'unit = "kgs"', "products.Fruit.apple.unit: 'kgs' is not among the units"),
        ('"1" = ["one"]', '"one" = ["one"]', "numbers.one: not a number"),
        ('"1" = ["one"]', '"nan" = ["one"]', "numbers.nan: not a number"),
        ('"12" = ["dozen"]', '"-12" = ["dozen"]', "scales.-12: not a number"),
        ('"12" = ["dozen"]', '"12" = ["One"]', "scales.12: 'One' is already claimed by numbers.1"),
        ('["some"]', '["and"]', "skipped: 'and' is already claimed by joins"),
        ('["piece"]', '["kilo"]', "units.kg: 'kilo' is already claimed by units.pc"),
        ('["fruits"]', '["other"]', "categories.Fruit: 'other' is already claimed by"),
        (
            "pear = {}",
            'pear = { forms = ["Apples"] }',
            "products.Fruit.pear: 'Apples' is already claimed by products.Fruit.apple",
        ),
        (
            'add = ["buy"]',
            'add = ["buy"]\nremove = ["buy"]',
            "actions.remove: 'buy' is already claimed by actions.add",
        ),
    ],
)
def test_an_error_names_the_file_and_the_key(old: str, new: str, problem: str) -> None:
    assert old in SMALL
    with pytest.raises(LocaleDataInvalid, match=re.escape(problem)) as caught:
        parse("xx.toml", SMALL.replace(old, new))
    assert str(caught.value).startswith("xx.toml: ")


@pytest.mark.parametrize("language", ["pl", "en"])
def test_the_shipped_locales_hold_at_least_120_products(language: str) -> None:
    found = read(language)
    assert found.language == language
    assert sum(len(entries) for entries in found.products.values()) >= 120
    assert set(found.products) == set(found.categories)
    assert set(found.actions) == {"add", "remove", "update"}


def test_a_language_without_a_file_is_not_found() -> None:
    with pytest.raises(FileNotFoundError):
        read("xx")
