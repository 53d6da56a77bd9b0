from __future__ import annotations

import pytest

from schemas.client import MAX_ITEMS, AddItem, ListedItem
from shopping import NotDone
from tests.shopping.followed_list import FollowedList, shown


def followed_with(*listed: tuple[str, float, str], language: str = "pl") -> FollowedList:
    followed = FollowedList(language=language)
    followed.begin(
        *(
            ListedItem(id=f"i{number}", name=name, quantity=quantity, unit=unit)
            for number, (name, quantity, unit) in enumerate(listed, 1)
        )
    )
    return followed


# Adding.


def test_items_stand_in_the_order_of_their_first_mention() -> None:
    followed = FollowedList()
    followed.say("mleko", quantity=2)
    followed.say("chleb")
    followed.say("mleko", quantity=1)
    assert followed.amounts() == [("mleko", 3, "l"), ("chleb", 1, "szt")]
    assert [shown(event) for event in followed.events()] == [
        ("detected", "add", "mleko", 2, "l"),
        ("detected", "add", "chleb", 1, "szt"),
        ("detected", "add", "mleko", 1, "l"),
    ]


def test_a_product_named_in_other_letters_is_the_same_item() -> None:
    followed = followed_with(("Nutella", 1, "słoik"))
    followed.say("nutella", quantity=2)
    assert followed.amounts() == [("Nutella", 3, "słoik")]


@pytest.mark.parametrize(
    ("there", "fields", "after"),
    [
        (("mleko", 2, "l"), {"quantity": 1}, [("mleko", 3, "l")]),
        (("mleko", 2, "l"), {"quantity": 500, "unit": "ml"}, [("mleko", 2.5, "l")]),
        (("mąka", 500, "g"), {"quantity": 1, "unit": "kg"}, [("mąka", 1500, "g")]),
        (("mąka", 0.1, "kg"), {"quantity": 20, "unit": "dag"}, [("mąka", 0.3, "kg")]),
        (("mleko", 2, "karton"), {"quantity": 1}, [("mleko", 3, "karton")]),
        (
            ("mleko", 2, "karton"),
            {"quantity": 1, "unit": "l"},
            [("mleko", 2, "karton"), ("mleko", 1, "l")],
        ),
        (("mleko", 500, "ml"), {}, [("mleko", 500, "ml"), ("mleko", 1, "l")]),
        (
            ("jabłko", 1, "kg"),
            {"quantity": 3},
            [("jabłko", 1, "kg"), ("jabłko", 3, "szt")],
        ),
        (("mleko", 10_000, "ml"), {"quantity": 1, "unit": "l"}, None),
    ],
)
def test_what_is_there_in_the_same_unit_or_measure_grows(
    there: tuple[str, float, str],
    fields: dict[str, object],
    after: list[tuple[str, float, str]] | None,
) -> None:
    followed = followed_with(there)
    if after is None:
        with pytest.raises(NotDone, match=r"^quantity: no more than 10000 of anything fits"):
            followed.say(there[0], **fields)
        assert followed.list.take_step() is None
        return
    followed.say(there[0], **fields)
    assert followed.amounts() == after
    followed.events()


def test_what_counts_what_is_there_is_answered_in_its_unit() -> None:
    followed = followed_with(("mleko", 2, "karton"))
    done = followed.say("mleko")
    assert (done.quantity, done.unit) == (1, "karton")


def test_without_a_unit_nothing_is_added_to_one_of_two() -> None:
    followed = followed_with(("mleko", 2, "karton"), ("mleko", 1, "butelka"))
    followed.say("mleko")
    assert followed.amounts()[2] == ("mleko", 1, "l")


def test_a_list_that_is_complete_takes_no_more_items_than_it_holds() -> None:
    followed = followed_with(*((f"p{number}", 1, "szt") for number in range(MAX_ITEMS)))
    followed.say("p7")
    with pytest.raises(NotDone, match=f"the list is full: it holds {MAX_ITEMS} items"):
        followed.say("mleko")
    with pytest.raises(NotDone, match="full"):
        followed.say("mleko", action="update", quantity=2)
    assert len(followed.events()) == 1


def test_a_list_that_is_not_forgets_the_oldest_rather_than_grow() -> None:
    followed = FollowedList(complete=False)
    for number in range(MAX_ITEMS + 1):
        followed.say(f"p{number}")
    names = [name for name, *_ in followed.amounts()]
    assert (len(names), names[0], names[-1]) == (MAX_ITEMS, "p1", f"p{MAX_ITEMS}")


# Correcting.


@pytest.mark.parametrize(
    ("fields", "after"),
    [
        ({"quantity": 5}, ("mleko", 5, "karton")),
        ({"unit": "butelka"}, ("mleko", 2, "butelka")),
        ({"quantity": 5, "unit": "butelka"}, ("mleko", 5, "butelka")),
    ],
)
def test_update_sets_what_was_said_and_leaves_the_rest(
    fields: dict[str, object], after: tuple[str, float, str]
) -> None:
    followed = followed_with(("mleko", 2, "karton"), ("chleb", 1, "szt"))
    done = followed.say("mleko", action="update", **fields)
    assert followed.amounts() == [after, ("chleb", 1, "szt")]
    assert (done.name, done.quantity, done.unit) == after
    (event,) = followed.events()
    assert shown(event) == ("detected", "update", *after)


def test_an_update_that_says_nothing_new_is_not_done() -> None:
    followed = followed_with(("mleko", 2, "l"))
    with pytest.raises(NotDone, match=r'^update: say what changes of "mleko": its quantity or'):
        followed.say("mleko", action="update")
    assert followed.list.take_step() is None


def test_an_update_to_what_is_there_already_is_told() -> None:
    followed = followed_with(("mleko", 2, "l"))
    followed.say("mleko", action="update", quantity=2)
    (event,) = followed.events()
    assert shown(event) == ("detected", "update", "mleko", 2, "l")


def test_an_update_of_what_is_not_there_adds_it() -> None:
    followed = FollowedList()
    followed.say("masło", action="update", quantity=3)
    assert followed.amounts() == [("masło", 3, "kostka")]
    (event,) = followed.events()
    assert event.item is not None
    assert shown(event) == ("detected", "update", "masło", 3, "kostka")


def test_an_update_means_the_item_in_the_unit_or_the_measure_that_was_said() -> None:
    followed = followed_with(("mleko", 2, "l"), ("mleko", 1, "karton"))
    followed.say("mleko", action="update", quantity=7, unit="l")
    followed.say("mleko", action="update", quantity=500, unit="ml")
    assert followed.amounts() == [("mleko", 500, "ml"), ("mleko", 1, "karton")]


def test_an_update_without_a_unit_means_the_item_that_changed_last() -> None:
    followed = followed_with(("mleko", 2, "l"), ("mleko", 1, "karton"), ("chleb", 1, "szt"))
    followed.say("mleko", action="update", quantity=5)
    assert followed.amounts()[1] == ("mleko", 5, "karton")
    followed.say("mleko", quantity=1, unit="l")
    followed.say("chleb", action="remove")
    followed.say("mleko", action="update", quantity=9)
    assert followed.amounts()[0] == ("mleko", 9, "l")


# Removing.


def test_remove_takes_the_product_away_in_all_units() -> None:
    followed = followed_with(("mąka", 2, "kg"), ("chleb", 1, "szt"), ("mąka", 3, "szt"))
    followed.say("mąka", action="remove")
    assert followed.amounts() == [("chleb", 1, "szt")]
    events = followed.events()
    assert [shown(event) for event in events] == [
        ("detected", "remove", "mąka", 2, "kg"),
        ("detected", "remove", "mąka", 3, "szt"),
    ]
    assert [(event.product.id, event.item) for event in events] == [("i1", None), ("i3", None)]


def test_remove_takes_the_product_away_in_the_unit_that_was_said() -> None:
    followed = followed_with(("mąka", 2, "kg"), ("mąka", 3, "szt"))
    followed.say("mąka", action="remove", unit="kg")
    assert followed.amounts() == [("mąka", 3, "szt")]


@pytest.mark.parametrize(
    ("fields", "rest"),
    [
        ({"quantity": 2}, 3),
        ({"quantity": 0.5, "unit": "kg"}, 4.5),
        ({"quantity": 500, "unit": "g"}, 4.5),
        ({"quantity": 1}, None),
        ({"quantity": 5}, None),
        ({"quantity": 9}, None),
        ({"quantity": 2, "unit": "worek"}, None),
    ],
)
def test_remove_with_an_amount_takes_that_amount(
    fields: dict[str, object], rest: float | None
) -> None:
    followed = followed_with(("mąka", 5, "kg"))
    done = followed.say("mąka", action="remove", **fields)
    assert followed.amounts() == ([] if rest is None else [("mąka", rest, "kg")])
    assert done.action == ("remove" if rest is None else "update")
    followed.events()


def test_an_amount_in_one_measure_is_taken_from_nothing_that_is_counted() -> None:
    followed = followed_with(("mąka", 3, "szt"), ("mąka", 2, "kg"))
    followed.say("mąka", action="remove", quantity=500, unit="g")
    assert followed.amounts() == [("mąka", 3, "szt"), ("mąka", 1.5, "kg")]


def test_what_is_not_on_a_complete_list_cannot_be_removed() -> None:
    followed = FollowedList()
    with pytest.raises(NotDone, match=r'^name: there is no "sok" on the list$'):
        followed.say("sok", action="remove")
    assert followed.list.take_step() is None


def test_what_is_not_on_another_list_may_be_on_the_phones() -> None:
    followed = FollowedList(complete=False)
    followed.say("sok", action="remove")
    (event,) = followed.events()
    assert shown(event) == ("detected", "remove", "sok", 1, "karton")
    assert event.product.id == event.key
    assert followed.list.record.log == ()


# Finding.


@pytest.mark.parametrize("action", ["remove", "update"])
def test_a_name_means_the_only_kind_of_it(action: str) -> None:
    followed = followed_with(("chleb żytni", 1, "szt"), ("mleko łaciate", 1, "l"))
    done = followed.say("chleb", action=action, quantity=2)
    assert done.name == "chleb żytni"
    (event,) = followed.events()
    assert event.product.id == "i1"


def test_a_name_means_neither_of_two_kinds() -> None:
    followed = followed_with(("chleb żytni", 1, "szt"), ("chleb pszenny", 1, "szt"))
    with pytest.raises(NotDone, match="there is no"):
        followed.say("chleb", action="remove")


def test_a_name_does_not_mean_another_kind_of_the_same() -> None:
    followed = followed_with(("chleb żytni", 1, "szt"))
    with pytest.raises(NotDone, match="there is no"):
        followed.say("chleb pszenny", action="remove")


def test_what_the_locale_does_not_know_means_itself_only() -> None:
    followed = followed_with(("Butter", 1, "pcs"), language="de-DE")
    with pytest.raises(NotDone, match="there is no"):
        followed.say("Butt", action="remove")
    followed.say("butter", action="remove")
    assert followed.amounts() == []


def test_what_is_added_does_not_count_a_kind_of_it() -> None:
    followed = followed_with(("chleb żytni", 1, "szt"))
    followed.edit(AddItem(name="chleb"))
    assert followed.amounts() == [("chleb żytni", 1, "szt"), ("chleb", 1, "szt")]


# A list that its phone knows nothing of: whatever is refused there, the phone never hears of.


def test_more_than_fits_is_as_much_as_fits_for_a_phone_that_would_not_hear_of_it() -> None:
    followed = FollowedList(complete=False)
    followed.say("mleko", quantity=9_000)
    followed.say("mleko", quantity=9_000)
    assert followed.amounts() == [("mleko", 10_000, "l")]


def test_an_update_that_says_nothing_is_told_to_a_phone_that_would_not_hear_of_it() -> None:
    followed = FollowedList(complete=False)
    followed.say("mleko", quantity=2)
    followed.say("mleko", action="update")
    assert followed.amounts() == [("mleko", 2, "l")]
    assert [shown(event)[1] for event in followed.events()] == ["add", "update"]
