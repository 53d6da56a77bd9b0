"""Tests for `gateway.talk_expect`."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from gateway.talk_expect import BadExpectations, Expectation, ExpectedProduct, compare, read
from schemas.client import AddItem
from tests.support.fake_gateway import MILK

EGGS = msgspec.structs.replace(MILK, id="p2", name="jajka", quantity=10, unit="szt")


def test_products_that_fit_are_as_expected() -> None:
    expected = [
        ExpectedProduct("jajka", quantity=10),
        ExpectedProduct("mleko", "add", 1, "l", "Nabiał"),
    ]
    assert compare(expected, [MILK, EGGS]).as_expected


@pytest.mark.parametrize(
    "other",
    [
        ExpectedProduct("kefir"),
        ExpectedProduct("mleko", action="remove"),
        ExpectedProduct("mleko", quantity=2),
        ExpectedProduct("mleko", unit="ml"),
        ExpectedProduct("mleko", category="Napoje"),
    ],
)
def test_any_field_that_differs_is_a_miss_and_an_extra(other: ExpectedProduct) -> None:
    comparison = compare([other], [MILK])
    assert comparison.heard == ((MILK, False),)
    assert comparison.missed == (other,)
    assert not comparison.as_expected


def test_one_expectation_is_met_once() -> None:
    comparison = compare([ExpectedProduct("mleko")], [MILK, MILK])
    assert [expected for _, expected in comparison.heard] == [True, False]
    assert not comparison.as_expected


def test_silence_is_as_expected_where_nothing_is_bought() -> None:
    assert compare([], []).as_expected
    assert not compare([ExpectedProduct("mleko")], []).as_expected


def test_what_is_taken_off_or_corrected_is_supposed_to_be_there() -> None:
    expectation = Expectation(
        "a.wav",
        (
            ExpectedProduct("chleb", "add"),
            ExpectedProduct("masło", "remove"),
            ExpectedProduct("ser", "remove", 3, "kg", "Nabiał"),
            ExpectedProduct("jajka", "update", 10, "szt"),
            ExpectedProduct("kefir", "update", 1),
            ExpectedProduct("kefir", "remove"),
            ExpectedProduct("chleb", "remove"),
            ExpectedProduct("miód"),
        ),
    )
    assert expectation.supposed == (
        AddItem("masło"),
        AddItem("ser", 3, "kg", "Nabiał"),
        AddItem("jajka", 1, "szt"),
        AddItem("kefir", 2),
    )


def test_file_is_read_by_recording(tmp_path: Path) -> None:
    path = tmp_path / "expected.json"
    path.write_text(
        '{"samples": [{"file": "a.wav", "text": "Dodaj mleko", "language": "pl-PL",'
        ' "products": [{"name": "mleko", "unit": null}]}]}'
    )
    expectation = read(path)["a.wav"]
    assert expectation.language == "pl-PL"
    assert expectation.products == (ExpectedProduct("mleko"),)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[]", "Expected `object`"),
        ('{"samples": [{"file": "a.wav"}]}', "missing required field `products`"),
        ("{", "truncated"),
    ],
)
def test_file_of_another_shape_is_refused(tmp_path: Path, text: str, problem: str) -> None:
    path = tmp_path / "expected.json"
    path.write_text(text)
    with pytest.raises(BadExpectations, match=problem):
        read(path)


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadExpectations, match=r"none\.json: No such file"):
        read(tmp_path / "none.json")
