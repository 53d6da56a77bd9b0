from __future__ import annotations

import pytest

from shopping.amounts import Amount, read_number, split_leading, split_trailing
from shopping.locales import locale_for


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("2", 2),
        ("1,5", 1.5),
        ("1.5", 1.5),
        ("-2", -2),
        ("1,000", 1000),
        ("12,345,678", 12_345_678),
        ("1,50", 1.5),
        ("1,2,3", None),
        ("two", None),
        ("nan", None),
        ("inf", None),
        ("9" * 400, None),
        ("", None),
    ],
)
def test_a_number_in_english_figures_is_read(text: str, number: float | None) -> None:
    assert read_number(text, locale_for("en")) == number


def test_the_polish_comma_is_a_decimal_comma_only() -> None:
    assert read_number("1,000", locale_for("pl")) == 1


@pytest.mark.parametrize(
    ("language", "text", "quantity", "unit", "rest"),
    [
        ("pl", "2 l", 2, "l", ""),
        ("pl", "2l mleka", 2, "l", "mleka"),
        ("pl", "pół kilo", 0.5, "kg", ""),
        ("pl", "dwa i pół", 2.5, None, ""),
        ("pl", "półtora litra", 1.5, "l", ""),
        ("pl", "trzy czwarte", 0.75, None, ""),
        ("pl", "ćwierć", 0.25, None, ""),
        ("pl", "pół tuzina jajek", 6, None, "jajek"),
        ("pl", "dwadzieścia cztery", 24, None, ""),
        ("pl", "sto dwadzieścia pięć", 125, None, ""),
        ("pl", "dwa tysiące", 2000, None, ""),
        ("pl", "tysiąc dwieście", 1200, None, ""),
        ("pl", "trochę soli", None, None, "soli"),
        ("pl", "butelka wody", None, "butelka", "wody"),
        ("pl", "5 szt. bułek", 5, "szt", "bułek"),
        ("en", "two and a half", 2.5, None, ""),
        ("en", "half a dozen eggs", 6, None, "eggs"),
        ("en", "a dozen", 12, None, ""),
        ("en", "three quarters", 0.75, None, ""),
        ("en", "one and a quarter", 1.25, None, ""),
        ("en", "one thousand two hundred and six", 1206, None, ""),
        ("en", "a couple of apples", 2, None, "apples"),
        ("en", "half a kilo of flour", 0.5, "kg", "flour"),
        ("en", "½", 0.5, None, ""),
        ("en", "2½ lbs", 2.5, "lb", ""),
        ("en", "1 1/2 cups", 1.5, "cup", ""),
        ("en", "1\u20442", 0.5, None, ""),
        ("en", "1/0", None, None, "1/0"),
        ("en", "twenty-four", 24, None, ""),
        ("en", "3 x apples", 3, None, "apples"),
        ("en", "2 3", 2, None, "3"),
        ("en", "ten two", 10, None, "two"),
        ("en", "twenty zero", 20, None, ""),
        ("en", "0.5 ½", 0.5, None, "½"),
        ("en", "2 % milk", 2, None, "% milk"),
        ("en", "milk", None, None, "milk"),
        ("en", "", None, None, ""),
    ],
)
def test_a_leading_amount_is_split_off(
    language: str, text: str, quantity: float | None, unit: str | None, rest: str
) -> None:
    amount = split_leading(text, locale_for(language))
    assert (amount.quantity, amount.unit, amount.rest) == (quantity, unit, rest)


def test_unit_and_name_joined_by_of_are_linked() -> None:
    locale = locale_for("en")
    assert split_leading("bottle of water", locale).linked
    assert not split_leading("bottle opener", locale).linked


@pytest.mark.parametrize(
    ("text", "in_figures"),
    [("7 days", True), ("7up", False), ("seven days", False), ("½ pizza", True)],
)
def test_figures_that_stand_by_themselves_are_told_from_those_in_a_word(
    text: str, *, in_figures: bool
) -> None:
    assert split_leading(text, locale_for("en")).in_figures is in_figures


@pytest.mark.parametrize(
    ("text", "quantity", "unit", "rest"),
    [
        ("mleko 2 l", 2, "l", "mleko"),
        ("mleko (2l)", 2, "l", "mleko"),
        ("jajka x10", 10, None, "jajka"),
        ("jajka x 10", 10, None, "jajka"),
        ("woda 1,5 l", 1.5, "l", "woda"),
        ("mleko, 2 szt.", 2, "szt", "mleko"),
        ("mleko 3,2%", None, None, "mleko 3,2%"),
        ("model 2 wanna", None, None, "model 2 wanna"),
        ("data 1.2.2026", None, None, "data 1.2.2026"),
        ("omega3", None, None, "omega3"),
        ("mleko", None, None, "mleko"),
    ],
)
def test_a_trailing_amount_in_figures_is_split_off(
    text: str, quantity: float | None, unit: str | None, rest: str
) -> None:
    assert split_trailing(text, locale_for("pl")) == Amount(quantity, unit, rest)


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (Amount(2.0, "l", ""), 'quantity 2 and unit "l"'),
        (Amount(0.5, None, ""), "quantity 0.5"),
        (Amount(None, "l", ""), 'unit "l"'),
        (Amount(None, None, ""), ""),
    ],
)
def test_an_amount_is_put_into_words(amount: Amount, text: str) -> None:
    assert amount.text() == text
