from __future__ import annotations

from typing import Any

import pytest

from bench.detect.careless import Took
from bench.detect.corpus import Careless, Case, Operation, careless, read_operations
from bench.detect.phone import operation_of
from bench.detect.score import Outcome, Tally, tallies
from bench.detect.table import BEGIN, END, chosen, exact_share, tables, written_into

PRODUCT: dict[str, Any] = {"name": "mleko", "action": "add", "quantity": 2, "unit": "l"}


def a_case(gives: str, *, kind: str = "plain") -> Case:
    return Case("pl-PL", kind, (), "Dodaj mleko.", read_operations(gives), spoken=True)


def told(gives: str, got: str, *, kind: str = "plain") -> Outcome:
    return Outcome(a_case(gives, kind=kind), "typed", read_operations(got))


def test_a_product_event_tells_an_operation() -> None:
    assert operation_of(PRODUCT) == Operation("+", "mleko", 2.0, "l")
    assert operation_of(PRODUCT | {"action": "update"}) == Operation("=", "mleko", 2.0, "l")
    assert operation_of(PRODUCT | {"action": "remove"}) == Operation("-", "mleko")


@pytest.mark.parametrize(
    ("got", "exact"),
    [
        ("- chleb, + mleko 2 l", True),
        ("+ mleko 2 l", False),
        ("+ mleko 2 l, - chleb, - chleb", False),
        ("+ mleko 2 szt, - chleb", False),
    ],
)
def test_a_sentence_is_exactly_right_without_anything_more_or_less(
    got: str, *, exact: bool
) -> None:
    assert told("+ mleko 2 l, - chleb", got).exact is exact


def test_a_sentence_with_trouble_is_not_right() -> None:
    assert not Outcome(a_case(""), "typed", (), "TimeoutError()").exact


def test_each_part_is_counted_for_itself() -> None:
    counted = tallies([told("+ mleko 2 l, - chleb", "+ mleko 2 szt, + chleb 1 szt")])
    assert counted["add"] == Tally(wanted=1, got=2, right=1)
    assert counted["remove"] == Tally(wanted=1, got=0, right=0)
    assert counted["name"] == Tally(wanted=2, got=2, right=2)
    assert counted["quantity"] == Tally(wanted=1, got=2, right=1)
    assert counted["unit"] == Tally(wanted=1, got=2, right=0)


def test_precision_and_recall_are_shares_of_what_was_told_and_of_what_should_be() -> None:
    tally = Tally(wanted=4, got=2, right=1)
    assert (tally.precision, tally.recall) == (0.5, 0.25)
    assert (Tally(0, 0, 0).precision, Tally(0, 0, 0).recall) == (1.0, 1.0)


def test_the_tables_show_what_was_wrong() -> None:
    right, wrong = told("+ mleko 1 l", "+ mleko 1 l"), told("+ mleko 1 l", "", kind="several")
    text = tables([right, wrong], [])
    assert "| pl | typed | 2 | 1 | 50.0% |" in text
    assert "| pl | typed | name | 2 | 1 | 1 | 100.0% | 50.0% |" in text
    assert "| several | 0 of 1 |" in text
    assert "| Dodaj mleko. | typed | + mleko 1 l | nothing |" in text
    assert exact_share(chosen([right, wrong], "pl", "typed")) == 0.5
    assert exact_share(chosen([right, wrong], "en", "typed")) == 1.0


def test_when_nothing_was_wrong_the_tables_say_so() -> None:
    assert "Every sentence was exactly right." in tables([told("", "")], [])


@pytest.mark.parametrize(
    ("as_said", "makes", "got", "wrong"),
    [
        (True, "+ mleko 1 l", "+ mleko 1 l", False),
        (True, "+ mleko 1 l", "+ mleko 1 l, + mleko 1 l", True),
        (False, "", "", False),
        (False, "", "+ mleko 1 l", True),
        (False, "+ mleko 5 l", "+ mleko 4 l", False),
    ],
)
def test_careless_calls_become_what_was_said_or_nothing_unless_they_say_something_else(
    *, as_said: bool, makes: str, got: str, wrong: bool
) -> None:
    calls = Careless(
        a_case("+ mleko 1 l"), ({"name": "mleko"},), read_operations(makes), as_said=as_said
    )
    took = Took(calls, read_operations(got))
    assert took.wrong is wrong
    assert ("(wrong)" in tables([], [took])) is wrong
    assert Took(calls, took.told, "TimeoutError()").wrong


def test_the_tables_go_between_the_marks_of_a_page() -> None:
    page = f"# Detection\n\n{BEGIN}\nold\n{END}\n\nthe end\n"
    written = written_into(page, "new")
    assert written == f"# Detection\n\n{BEGIN}\n\nnew\n\n{END}\n\nthe end\n"
    assert written_into(written, "new") == written
    with pytest.raises(ValueError, match="no place"):
        written_into("# Detection\n", "new")


def test_there_are_fewer_careless_turns_than_languages_of_their_own() -> None:
    # A language tag has room for three figures behind "phone".
    assert len(careless("pl")) + len(careless("en")) < 1000
