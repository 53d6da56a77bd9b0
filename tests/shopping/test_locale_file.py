from __future__ import annotations

import re
from pathlib import Path

import pytest

from shopping import LocaleDataInvalid, check_locales
from shopping.locale_file import languages, parse, read

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
aloud = "Speak."
[by_hand]
remark = "[By hand: {changes}.]"
added = "added {name} ({quantity} {unit})"
updated = "changed {name} to {quantity} {unit}"
removed = "removed {name}"
declined = "declined {name}"
[[measures]]
kg = 1
g = 0.001
[actions]
add = ["buy"]
[numbers]
"1" = ["one"]
[scales]
"12" = ["dozen"]
[units]
pc = ["piece"]
kg = ["kilo"]
g = []
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
        # What is no TOML.
        ('head = "last"', "head =", "5: Invalid value (column 7)"),
        ('head = "last"', 'head = "last', "5: Illegal character '\\n' (column 13)"),
        ("[units]", "[scales]", "29: Cannot declare ('scales',) twice (column 8)"),
        ("pear = {}", "pear = [", "39: Invalid value (at end of document)"),
        # What is of another type.
        ('language = "xx"', "", "1: language: missing key"),
        ('language = "xx"', 'language = "xx"\nlang = "x"', "3: lang: unknown key"),
        ('language = "xx"', 'language = "XX"', "2: language: Expected `str` matching regex"),
        ('head = "last"', 'head = "middle"', "5: head: Invalid enum value 'middle'"),
        ('head = "last"', "head = 2020-01-01", "5: head: Expected `str`, got `date`"),
        ('joins = ["and"]', 'joins = ["and",\n""]', "8: joins[1]: Expected `str` of length >= 1"),
        ('forms = ["apples"]', "forms = [1]", "37: products.Fruit.apple.forms[0]: Expected `str`"),
        (
            'unit = "kg"',
            "unit = 5",
            "37: products.Fruit.apple.unit: Expected `str | null`, got `int`",
        ),
        ('unit = "kg"', 'units = "kg"', "37: products.Fruit.apple.units: unknown key"),
        ("pear = {}", "pear = []", "38: products.Fruit.pear: Expected `object`, got `array`"),
        ("pear = {}", '"" = {}', "38: products.Fruit.: Expected `str` of length >= 1"),
        ("[products.Fruit]", "[products]\nFruit = 5\n[x]", "37: products.Fruit: Expected `object`"),
        ("[actions]", "[actions]\nbuy = []", "24: actions.buy: Invalid enum value 'buy'"),
        ('pc = ["piece"]', "pc = 5", "30: units.pc: Expected `array`, got `int`"),
        ("g = 0.001", "g = true", "22: measures[0].g: Expected `float`, got `bool`"),
        ("[[measures]]", "[measures]", "20: measures: Expected `array`, got `object`"),
        ('updated = "changed {name} to {quantity} {unit}"', "", "14: by_hand.updated: missing key"),
        # Sentences.
        ('"Listen."', '" "', "11: instruction: there is nothing in it"),
        ('"Speak."', '""', "13: aloud: there is nothing in it"),
        ('"There: {items}."', '"There."', "12: listed: {items} does not stand in it once"),
        (
            '"There: {items}."',
            '"{items} {items}"',
            "12: listed: {items} does not stand in it once",
        ),
        ("{changes}", "{change}", "15: by_hand.remark: {changes} does not stand in it once"),
        ("removed {name}", "removed", "18: by_hand.removed: {name} does not stand in it once"),
        (
            "changed {name} to {quantity} {unit}",
            "changed {name} to {amount}",
            "17: by_hand.updated: {amount} is none of {name}, {quantity}, {unit}",
        ),
        # What contradicts something else.
        ('default_unit = "pc"', 'default_unit = "pcs"', "3: default_unit: 'pcs' is not among the"),
        (
            'default_category = "Other"',
            'default_category = "X"',
            "4: default_category: 'X' is not among the categories",
        ),
        ("g = 0.001", "oz = 0.001", "22: measures[0].oz: not among the units"),
        ("g = 0.001", "g = 0", "22: measures[0].g: not a number above 0"),
        ("g = 0.001", "g = inf", "22: measures[0].g: not a number above 0"),
        ("g = 0.001", "[[measures]]\nkg = 1", "23: measures[1].kg: already in another measure"),
        ("[products.Fruit]", "[products.Fish]", "36: products.Fish: not among the categories"),
        (
            'unit = "kg"',
            'unit = "kgs"',
            "37: products.Fruit.apple.unit: 'kgs' is not among the units",
        ),
        ('"1" = ["one"]', '"one" = ["one"]', "26: numbers.one: not a number from 0 to 1000000"),
        ('"1" = ["one"]', '"nan" = ["one"]', "26: numbers.nan: not a number"),
        ('"12" = ["dozen"]', '"-12" = ["dozen"]', "28: scales.-12: not a number"),
        # Words that mean two things.
        (
            '"12" = ["dozen"]',
            '"12" = [\n"dozen",\n"One"]',
            "30: scales.12[1]: 'One' is already claimed by numbers.1 in line 26",
        ),
        ('["some"]', '["and"]', "8: skipped[0]: 'and' is already claimed by joins in line 7"),
        ('["one"]', '["some"]', "26: numbers.1[0]: 'some' is already claimed by skipped in line 8"),
        (
            '["piece"]',
            '["kilo"]',
            "31: units.kg[0]: 'kilo' is already claimed by units.pc in line 30",
        ),
        (
            '["fruits"]',
            '["other"]',
            "35: categories.Fruit[0]: 'other' is already claimed by categories.Other in line 34",
        ),
        (
            "pear = {}",
            'pear = { forms = [\n  "Apples",\n] }',
            "39: products.Fruit.pear.forms[0]: 'Apples' is already claimed by products.Fruit.apple",
        ),
        (
            "pear = {}",
            "Apple = {}",
            "38: products.Fruit.Apple: 'Apple' is already claimed by products.Fruit.apple",
        ),
        (
            'add = ["buy"]',
            'add = ["buy"]\nremove = ["buy"]',
            "25: actions.remove[0]: 'buy' is already claimed by actions.add in line 24",
        ),
    ],
)
def test_an_error_names_the_file_the_line_and_the_key(old: str, new: str, problem: str) -> None:
    assert old in SMALL
    with pytest.raises(LocaleDataInvalid, match=f"^xx.toml:{re.escape(problem)}"):
        parse("xx.toml", SMALL.replace(old, new))


def test_a_file_holds_the_language_that_it_is_named_after() -> None:
    with pytest.raises(LocaleDataInvalid) as caught:
        parse("yy.toml", SMALL)
    assert str(caught.value) == (
        "yy.toml:2: language: 'xx' is not the language that the file is named after"
    )


def test_a_file_adds_a_language(tmp_path: Path) -> None:
    assert languages(tmp_path) == frozenset()
    (tmp_path / "xx.toml").write_text(SMALL, encoding="utf-8")
    (tmp_path / ".yy.toml").touch()
    (tmp_path / "readme.txt").touch()
    assert languages(tmp_path) == {"xx"}
    assert read("xx", tmp_path) == parse("xx.toml", SMALL)


def test_a_file_in_another_encoding_is_refused_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "xx.toml").write_bytes(SMALL.replace("fruits", "owoc\u00f3w").encode("latin-1"))
    with pytest.raises(LocaleDataInvalid, match=r"^xx.toml:35: not UTF-8$"):
        read("xx", tmp_path)


def test_lines_are_counted_alike_whatever_ends_them(tmp_path: Path) -> None:
    wrong = SMALL.replace("pear = {}", "pear = 5").replace("\n", "\r\n")
    (tmp_path / "xx.toml").write_bytes(wrong.encode())
    with pytest.raises(LocaleDataInvalid, match=r"^xx.toml:38: products.Fruit.pear: "):
        read("xx", tmp_path)


def test_the_shipped_locales_pass_the_check_at_start() -> None:
    check_locales()
    assert languages() == {"pl", "en"}


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
