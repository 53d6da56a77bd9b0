from __future__ import annotations

import pytest

from shopping import locale_for
from shopping.locale_file import read


@pytest.mark.parametrize(
    ("tag", "language", "shopper_language"),
    [
        ("pl-PL", "pl", "pl-PL"),
        ("PL", "pl", "PL"),
        ("pl_PL", "pl", "pl-PL"),
        ("en-US", "en", "en-US"),
        ("de-AT", "en", "de-AT"),
        (" fr ", "en", "fr"),
        ("plx", "en", "plx"),
        ("", "en", "en"),
        ("not a tag", "en", "en"),
        ("pl" + "-ignore" * 9, "pl", "pl"),
        ("de" + "-ignore" * 9, "en", "de"),
    ],
)
def test_a_tag_chooses_the_locale(tag: str, language: str, shopper_language: str) -> None:
    locale = locale_for(tag)
    assert (locale.language, locale.shopper_language) == (language, shopper_language)


def test_words_are_found_without_letter_case_and_without_diacritics() -> None:
    locale = locale_for("pl")
    assert locale.unit("SLOIKI") == "słoik"
    assert locale.unit("szt.") == "szt"
    assert locale.category("nabial") == "Nabiał"
    assert locale.action("USUN") == "remove"
    known = locale.product("Jabłek")
    assert known is not None
    assert (known.name, known.unit, known.category) == ("jabłko", "szt", "Owoce")
    assert locale.product("jablek") == known


def test_what_is_unknown_is_none() -> None:
    locale = locale_for("en")
    assert locale.unit("wanna") is None
    assert locale.category("wanna") is None
    assert locale.action("wanna") is None
    assert locale.product("wanna") is None


@pytest.mark.parametrize(
    ("language", "name", "kind"),
    [
        ("pl", "mleko łaciate 3,2%", "mleko"),
        ("pl", "masło orzechowe kremowe", "masło orzechowe"),
        ("en", "organic oat milk", "oat milk"),
        ("en", "milk 2%", "milk"),
    ],
)
def test_a_longer_name_is_a_kind_of_a_known_product(language: str, name: str, kind: str) -> None:
    known = locale_for(language).kind(name)
    assert known is not None
    assert known.name == kind


@pytest.mark.parametrize("name", ["wanna", "świeże mleko", "100 %", ""])
def test_other_names_are_no_kind_of_anything(name: str) -> None:
    assert locale_for("pl").kind(name) is None


def test_a_language_without_data_knows_no_product_by_name() -> None:
    locale = locale_for("de-DE")
    assert locale.product("butter") is None
    assert not locale.has_word("butter")
    assert locale.unit("liter") == "l"
    assert locale.category("Dairy") == "Dairy"


@pytest.mark.parametrize(
    ("language", "unit", "other", "ratio"),
    [
        ("pl", "l", "l", 1),
        ("pl", "wanna", "wanna", 1),
        ("pl", "kg", "dag", 100),
        ("pl", "g", "kg", 0.001),
        ("en", "oz", "lb", 0.0625),
        ("pl", "kg", "l", None),
        ("pl", "szt", "kg", None),
        ("pl", "kg", "szt", None),
    ],
)
def test_units_of_one_measure_have_a_ratio(
    language: str, unit: str, other: str, ratio: float | None
) -> None:
    assert locale_for(language).ratio(unit, other) == (
        None if ratio is None else pytest.approx(ratio)
    )


def test_pieces_are_counted_and_litres_measured() -> None:
    locale = locale_for("pl")
    assert locale.is_measure("ml")
    assert not locale.is_measure("szt")


@pytest.mark.parametrize("language", ["pl", "en"])
def test_every_form_of_every_product_leads_to_its_canonical_name(language: str) -> None:
    locale = locale_for(language)
    for category, entries in read(language).products.items():
        for name, entry in entries.items():
            for form in (name, *entry.forms):
                known = locale.product(form)
                assert known is not None
                assert (known.name, known.category) == (name, category), form
