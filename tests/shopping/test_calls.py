from __future__ import annotations

import math

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.gemini import CallOutcome, FunctionCall
from schemas.product import ProductDraft
from shopping import interpret, locale_for
from shopping.calls import MOST_PRODUCTS
from shopping.tool import UpdateShoppingList
from tests.shopping.careless_calls import CASES, Case
from tests.shopping.support import call, outcome, outcome_of

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
WORDS = st.lists(
    st.sampled_from(["2", "0", "-1", "1,5", "1/2", "½", "10", "999999999", "x", "(", ")", "%"])
    | st.sampled_from(["dwa", "pół", "half", "tuzin", "dozen", "tysiąc", "i", "of", "some"])
    | st.sampled_from(["kg", "szt.", "bottle", "mleka", "wody", "Eggs", "Łaciate", "produkt"])
).map(" ".join)
FIELDS = st.fixed_dictionaries(
    {},
    optional={
        name: JSON | WORDS | st.sampled_from(["mleko", "add", "litr", 1, 0.5])
        for name in (*UpdateShoppingList.__struct_fields__, "items", "product")
    },
)
TAGS = st.sampled_from(["pl-PL", "en-US", "de-DE"])


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_careless_call_becomes_what_the_shopper_meant(case: Case) -> None:
    became = outcome(case.language, **case.args)
    assert became.status == case.status, became
    assert case.problem in became.problem
    if case.product is None:
        assert became.items == ()
    else:
        (item,) = became.items
        assert {key: getattr(item, key) for key in case.product} == case.product


def test_only_accepted_calls_have_no_problem() -> None:
    for case in CASES:
        became = outcome(case.language, **case.args)
        assert (became.problem == "") is (became.status == "accepted"), case


def test_the_table_holds_enough_cases_of_each_status() -> None:
    statuses = [case.status for case in CASES]
    assert len(statuses) >= 60
    assert all(statuses.count(status) >= 20 for status in ("accepted", "corrected", "rejected"))


def test_an_accepted_call_gives_the_whole_product() -> None:
    assert outcome("pl", name="mleko", quantity=2) == CallOutcome(
        status="accepted",
        items=(
            ProductDraft(
                name="mleko",
                action="add",
                quantity=2,
                unit="l",
                category="Nabiał",
                confidence=0.9,
            ),
        ),
    )


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"name": "mleko"}, (False, False)),
        ({"name": "mleko", "quantity": 1}, (True, False)),
        ({"name": "mleko", "unit": "l"}, (False, True)),
        ({"name": "mleko", "quantity": "2 l"}, (True, True)),
        ({"name": "2 litry mleka"}, (True, True)),
        ({"name": "mleko", "unit": "2 l"}, (True, True)),
        ({"name": "mleko", "unit": "none", "quantity": "kilka"}, (False, False)),
    ],
)
def test_what_was_said_is_told_from_what_was_filled_in(
    fields: dict[str, object], said: tuple[bool, bool]
) -> None:
    (heard,) = interpret(call(fields), locale_for("pl")).heard
    assert (heard.quantity_said, heard.unit_said) == said


@pytest.mark.parametrize("quantity", [2, 2.0, "2"])
def test_a_whole_quantity_is_an_int_whatever_was_sent(quantity: object) -> None:
    (item,) = outcome("pl", name="mleko", quantity=quantity).items
    assert type(item.quantity) is int


def test_an_unknown_function_is_rejected_with_the_name_of_the_one_that_exists() -> None:
    became = outcome_of(call({"name": "mleko"}, name="buy\nmilk"), "pl")
    assert became == CallOutcome(
        "rejected", problem='function: there is no "buy�milk"; call update_shopping_list'
    )


@pytest.mark.parametrize(
    "raw",
    [b"", b"{", b"nul", b"\xff", b'{"name":"\\ud800"}', b'{"name":1e999}', b"[" * 100_000],
)
def test_arguments_that_are_no_json_are_rejected(raw: bytes) -> None:
    broken = FunctionCall(name="update_shopping_list", args=msgspec.Raw(raw))
    became = outcome_of(broken, "pl")
    assert (became.status, became.items) == ("rejected", ())
    assert became.problem.startswith("arguments: no valid JSON")


@pytest.mark.parametrize("args", [None, [], "mleko", 1, True])
def test_arguments_that_are_no_object_are_rejected(args: object) -> None:
    became = outcome_of(call(args), "pl")
    assert became.status == "rejected"
    assert became.problem.startswith("arguments: ")


def test_several_products_in_one_call_are_all_taken() -> None:
    became = outcome("pl", items=[{"name": "mleko", "action": "remove"}, "chleb", {"name": ""}])
    assert [(item.action, item.name) for item in became.items] == [
        ("remove", "mleko"),
        ("add", "chleb"),
    ]
    assert became.status == "corrected"
    assert became.problem.startswith("call once for each product; name: ")


def test_a_list_without_a_product_is_rejected() -> None:
    assert outcome("pl", products=[]).status == "rejected"


def test_no_more_products_are_taken_from_one_call_than_anyone_says() -> None:
    became = outcome("pl", products=["mleko"] * (MOST_PRODUCTS + 1))
    assert len(became.items) == MOST_PRODUCTS
    assert f"after the first {MOST_PRODUCTS} were left out" in became.problem


@settings(deadline=None)
@given(tag=TAGS, args=FIELDS | JSON)
def test_any_json_gives_an_outcome_that_the_list_can_hold(tag: str, args: object) -> None:
    became = outcome_of(call(args), tag)
    assert (became.status == "rejected") == (not became.items)
    assert (became.status == "accepted") == (not became.problem)
    assert msgspec.json.decode(msgspec.json.encode(became), type=CallOutcome) == became
    for item in became.items:
        assert item.action in {"add", "remove", "update"}
        assert 1 <= len(item.name) <= 80
        assert item.name.isprintable()
        assert 0.001 <= item.quantity <= 10_000
        assert math.isclose(item.quantity, round(item.quantity, 3))
        assert 1 <= len(item.unit) <= 20
        assert item.category in locale_for(tag).categories
        assert 0 <= item.confidence <= 1


@pytest.mark.parametrize("case", [case for case in CASES if case.product], ids=str)
def test_what_was_made_of_a_call_is_accepted_when_it_is_sent_back(case: Case) -> None:
    """The model may repeat what the answer told it, and changes nothing by it."""
    (item,) = outcome(case.language, **case.args).items
    again = outcome(case.language, **msgspec.structs.asdict(item))
    assert again == CallOutcome("accepted", (item,))
