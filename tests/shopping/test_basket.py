from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.product import Action, ProductDraft
from shopping import Basket
from shopping.basket import MOST_KEPT


def draft(
    name: str, quantity: float = 1, unit: str = "szt", *, action: Action = "add"
) -> ProductDraft:
    return ProductDraft(name, action, quantity, unit, "Inne", 0.9)


def basket_of(*drafts: ProductDraft) -> Basket:
    basket = Basket()
    for each in drafts:
        basket.apply(each)
    return basket


def amounts(basket: Basket) -> dict[str, tuple[float, str]]:
    return {item.name: (item.quantity, item.unit) for item in basket.items()}


def test_products_stand_in_the_order_of_their_first_mention() -> None:
    basket = basket_of(draft("mleko", 2, "l"), draft("chleb"), draft("mleko", 1, "l"))
    assert basket.items() == (draft("mleko", 3, "l"), draft("chleb"))


def test_a_product_mentioned_in_other_letters_is_the_same_product() -> None:
    assert amounts(basket_of(draft("Cola"), draft("cola", 2))) == {"cola": (3, "szt")}


def test_a_sum_is_rounded_and_a_whole_one_is_an_int() -> None:
    basket = basket_of(draft("ser", 0.1, "kg"), draft("ser", 0.2, "kg"))
    assert amounts(basket) == {"ser": (0.3, "kg")}
    basket.apply(draft("ser", 0.7, "kg"))
    assert repr(basket.items()[0].quantity) == "1"


def test_amounts_in_different_units_are_not_summed_and_the_newest_is_kept() -> None:
    assert amounts(basket_of(draft("mleko", 2, "l"), draft("mleko", 1, "karton"))) == {
        "mleko": (1, "karton")
    }


def test_remove_takes_the_product_away_and_update_sets_its_amount() -> None:
    basket = basket_of(
        draft("mleko", 2, "l"),
        draft("chleb", 2),
        draft("mleko", 1, "l", action="remove"),
        draft("chleb", 5, action="update"),
        draft("masło", 3, action="update"),
        draft("sok", action="remove"),
    )
    assert basket.items() == (draft("chleb", 5), draft("masło", 3))


def test_the_oldest_product_is_forgotten_rather_than_the_basket_growing() -> None:
    basket = basket_of(*(draft(f"p{number}") for number in range(MOST_KEPT + 1)))
    names = [item.name for item in basket.items()]
    assert (len(names), names[0], names[-1]) == (MOST_KEPT, "p1", f"p{MOST_KEPT}")


@pytest.mark.parametrize(
    ("event", "inverse"),
    [
        (draft("sok", 2, "l"), draft("sok", 2, "l", action="remove")),
        (draft("mleko", 1, "l"), draft("mleko", 2, "l", action="update")),
        (draft("mleko", 1, "karton"), draft("mleko", 2, "l", action="update")),
        (draft("mleko", action="remove"), draft("mleko", 2, "l")),
        (draft("sok", action="remove"), None),
        (draft("mleko", 9, "l", action="update"), draft("mleko", 2, "l", action="update")),
        (draft("sok", 9, action="update"), draft("sok", 9, action="remove")),
        (draft("mleko", 2, "l", action="update"), None),
    ],
)
def test_every_event_has_one_that_takes_it_back(
    event: ProductDraft, inverse: ProductDraft | None
) -> None:
    basket = basket_of(draft("mleko", 2, "l"))
    assert basket.take_back(basket.apply(event)) == inverse


@pytest.mark.parametrize(
    ("event", "later", "inverse"),
    [
        (draft("mleko", 2), draft("mleko", 1), draft("mleko", 1, action="update")),
        (draft("mleko", 2), draft("mleko", 2, action="update"), None),
        (draft("mleko", 2), draft("mleko", 1, action="update"), None),
        (draft("mleko", 2, action="update"), draft("mleko", 1), None),
        (draft("mleko", 2), draft("mleko", 1, "l"), None),
        (draft("mleko", 2), draft("mleko", action="remove"), None),
        (draft("mleko", action="remove"), draft("mleko", 1), None),
    ],
)
def test_what_was_said_later_stands(
    event: ProductDraft, later: ProductDraft, inverse: ProductDraft | None
) -> None:
    basket = Basket()
    change = basket.apply(event)
    basket.apply(later)
    assert basket.take_back(change) == inverse


drafts = st.builds(
    draft,
    st.sampled_from(["mleko", "Mleko", "chleb", "sok"]),
    st.integers(1, 9_999) | st.integers(1, 9_999).map(lambda thousandths: thousandths / 1000),
    st.sampled_from(["l", "szt"]),
    action=st.sampled_from(get_args(Action)),
)


@given(st.lists(drafts, max_size=8), st.lists(drafts, max_size=4))
def test_events_taken_back_the_newest_first_leave_what_was_there(
    earlier: list[ProductDraft], events: list[ProductDraft]
) -> None:
    """And whoever follows the drafts that say so has the same."""
    basket, follower = basket_of(*earlier), basket_of(*earlier)
    before = amounts(basket)
    changes = [basket.apply(event) for event in events]
    for event in events:
        follower.apply(event)
    for change in reversed(changes):
        told = basket.take_back(change)
        if told is not None:
            follower.apply(told)
    assert amounts(basket) == amounts(follower) == before


@given(st.lists(st.integers(1, 50), min_size=1, max_size=6), st.data())
def test_additions_may_be_taken_back_in_any_order(
    quantities: list[int], data: st.DataObject
) -> None:
    basket = Basket()
    changes = [basket.apply(draft("mleko", quantity)) for quantity in quantities]
    rest = sum(quantities)
    for change in data.draw(st.permutations(changes)):
        basket.take_back(change)
        rest -= int(change.draft.quantity)
        assert amounts(basket) == ({"mleko": (rest, "szt")} if rest else {})
