from __future__ import annotations

from collections.abc import Callable

import pytest

from schemas.client import (
    MAX_ITEMS,
    AddItem,
    EditOperation,
    ListedItem,
    RemoveItem,
    UpdateItem,
)
from schemas.shopping_list import Item
from shopping import EditRefused, ShoppingList, locale_for
from shopping.record import MOST_LOGGED
from shopping.shopping_list import MOST_SUGGESTIONS
from tests.shopping.followed_list import FollowedList, shown

MILK = ListedItem(id="m", name="mleko", quantity=2, unit="l")
WATER = ListedItem(id="w", name="woda 1,5 l", quantity=6, unit="butelka")


def followed_with(*listed: ListedItem) -> FollowedList:
    followed = FollowedList()
    followed.begin(*listed)
    return followed


def full() -> FollowedList:
    return followed_with(
        *(ListedItem(id=f"i{number}", name=f"p{number}") for number in range(MAX_ITEMS))
    )


# Suggestions.


def test_a_suggestion_is_not_on_the_list_until_it_is_confirmed() -> None:
    followed = FollowedList()
    suggested = followed.suggest("gin", quantity=2, unit="butelka")
    (event,) = followed.events()
    assert shown(event) == ("suggested", "add", "gin", 2, "butelka")
    assert (event.product.id, followed.amounts()) == (suggested, [])
    followed.confirm(suggested)
    (event,) = followed.events()
    assert shown(event) == ("detected", "add", "gin", 2, "butelka")
    assert (event.suggestion, event.by) == (suggested, "shopper")
    assert followed.ids() == [suggested]
    assert followed.list.record.suggestions == ()


def test_a_confirmed_suggestion_counts_what_is_there() -> None:
    followed = followed_with(ListedItem(id="k", name="mleko", quantity=1, unit="karton"))
    followed.confirm(followed.suggest("mleko", quantity=2))
    assert followed.amounts() == [("mleko", 3, "karton")]
    followed.events()


def test_what_was_confirmed_is_undone_by_itself() -> None:
    followed = FollowedList()
    followed.say("mleko")
    followed.confirm(followed.suggest("gin"))
    followed.undo()
    assert followed.amounts() == [("mleko", 1, "l")]
    followed.undo()
    assert followed.amounts() == []
    followed.events()


def test_a_rejected_suggestion_is_gone_and_is_not_undone() -> None:
    followed = FollowedList()
    followed.say("mleko")
    followed.reject(followed.suggest("gin"))
    events = followed.events()
    assert shown(events[-1]) == ("retracted", "add", "gin", 1, "szt")
    assert (events[-1].reason, events[-1].by) == ("rejected", "shopper")
    followed.undo()
    assert followed.amounts() == []


def test_a_suggestion_whose_item_has_gone_expires_when_it_is_confirmed() -> None:
    followed = followed_with(MILK)
    suggested = followed.suggest("mleko", action="remove")
    followed.edit(RemoveItem(id="m"))
    followed.events()
    followed.confirm(suggested)
    (event,) = followed.events()
    assert (event.kind, event.reason, event.product.id) == ("retracted", "expired", suggested)
    followed.undo()
    assert followed.amounts() == [("mleko", 2, "l")]


def test_a_suggestion_to_remove_several_items_is_settled_by_each() -> None:
    followed = followed_with(MILK, ListedItem(id="k", name="mleko", unit="karton"))
    suggested = followed.suggest("mleko", action="remove")
    followed.confirm(suggested)
    _, *events = followed.events()
    assert [event.suggestion for event in events] == [suggested, suggested]


def test_a_suggestion_that_finds_the_list_full_stays() -> None:
    followed = full()
    followed.say("p1")
    suggested = followed.suggest("gin")
    with pytest.raises(EditRefused, match=r"^id: the list is full") as caught:
        followed.confirm(suggested)
    assert caught.value.code == "list_full"
    assert [event.kind for event in followed.events()] == ["detected", "suggested"]
    followed.edit(RemoveItem(id="i5"))
    followed.confirm(suggested)
    followed.events()


def test_a_suggestion_of_too_much_stays_and_can_be_rejected() -> None:
    followed = followed_with(MILK)
    suggested = followed.suggest("mleko", quantity=9_999)
    with pytest.raises(EditRefused) as caught:
        followed.confirm(suggested)
    assert str(caught.value) == "id: no more than 10000 of anything fits on the list"
    assert caught.value.code == "invalid_field"
    followed.reject(suggested)
    assert [event.kind for event in followed.events()] == ["suggested", "retracted"]


def test_when_too_many_suggestions_wait_the_oldest_expires_and_is_not_undone_then() -> None:
    followed = FollowedList()
    followed.say("mleko")
    oldest = followed.suggest("gin")
    for number in range(MOST_SUGGESTIONS):
        followed.suggest(f"p{number}")
    last = followed.events()[-1]
    assert (last.kind, last.reason, last.product.id) == ("retracted", "expired", oldest)
    assert len(followed.list.record.suggestions) == MOST_SUGGESTIONS
    for _ in range(MOST_SUGGESTIONS + 1):
        followed.undo()
    assert followed.amounts() == []
    assert followed.list.record.log == ()
    followed.events()


@pytest.mark.parametrize("settle", [FollowedList.confirm, FollowedList.reject])
def test_there_must_be_a_suggestion_to_settle(
    settle: Callable[[FollowedList, str], None],
) -> None:
    followed = followed_with(MILK)
    with pytest.raises(EditRefused, match=r"^id: there is no such suggestion$") as caught:
        settle(followed, "m")
    assert caught.value.code == "unknown_item"
    assert followed.list.take_step() is None


# Edits.


def test_an_edit_adds_changes_and_removes_by_hand() -> None:
    followed = followed_with(MILK)
    followed.edit(
        AddItem(name="Chleba", quantity=2, id="b1"),
        UpdateItem(id="m", name="kefir", quantity=0.5),
        UpdateItem(id="b1", unit="bochenki", category="bakery"),
        AddItem(name="chleb", unit="bochenek"),
        AddItem(name="ptasie mleczko", unit="bombonierka", category="Słodycze i przekąski"),
        RemoveItem(id="m"),
    )
    assert followed.list.items[0] == Item("b1", "chleb", 3, "bochenek", "Pieczywo")
    assert followed.amounts()[1] == ("ptasie mleczko", 1, "bombonierka")
    events = followed.events()
    assert [shown(event)[1:] for event in events] == [
        ("add", "chleb", 2, "szt"),
        ("update", "kefir", 0.5, "l"),
        ("update", "chleb", 2, "bochenek"),
        ("add", "chleb", 1, "bochenek"),
        ("add", "ptasie mleczko", 1, "bombonierka"),
        ("remove", "kefir", 0.5, "l"),
    ]
    assert {(event.by, event.product.confidence) for event in events} == {("shopper", 1.0)}


@pytest.mark.parametrize(
    ("given", "after"),
    [
        (UpdateItem(id="w", quantity=1), Item("w", "woda 1,5 l", 1, "butelka", "Napoje")),
        (UpdateItem(id="w", quantity=0.12345), Item("w", "woda 1,5 l", 0.123, "butelka", "Napoje")),
        (UpdateItem(id="w", unit="zgrzewki"), Item("w", "woda 1,5 l", 6, "zgrzewka", "Napoje")),
        (UpdateItem(id="w", unit="500 ml"), Item("w", "woda 1,5 l", 6, "500 ml", "Napoje")),
        (
            UpdateItem(id="w", unit="500 ml", quantity=1),
            Item("w", "woda 1,5 l", 500, "ml", "Napoje"),
        ),
        (UpdateItem(id="w", unit="none"), Item("w", "woda 1,5 l", 6, "butelka", "Napoje")),
        (UpdateItem(id="w", category="nabial"), Item("w", "woda 1,5 l", 6, "butelka", "Nabiał")),
        (UpdateItem(id="w", category="Inne"), Item("w", "woda 1,5 l", 6, "butelka", "Napoje")),
        (UpdateItem(id="w", name="Kropla"), Item("w", "Kropla", 6, "butelka", "Napoje")),
        (
            UpdateItem(id="w", name="3 litry mleka", quantity=1),
            Item("w", "mleko", 3, "butelka", "Napoje"),
        ),
        (UpdateItem(id="w"), Item("w", "woda 1,5 l", 6, "butelka", "Napoje")),
    ],
)
def test_an_update_changes_what_is_given_and_nothing_else(given: UpdateItem, after: Item) -> None:
    followed = followed_with(WATER, MILK)
    followed.edit(given)
    assert followed.list.items[0] == after
    (event,) = followed.events()
    assert (event.product.action, event.item) == ("update", after)


def test_an_item_with_a_size_in_its_name_is_listed_in_its_own_unit() -> None:
    followed = FollowedList()
    followed.edit(AddItem(name="woda 1,5 l", unit="butelka"), AddItem(name="mleko 2 l"))
    assert followed.amounts() == [("woda 1,5 l", 1, "butelka"), ("mleko", 2, "l")]


@pytest.mark.parametrize(
    ("wrong", "problem", "code"),
    [
        (
            AddItem(name="chleb", id="m"),
            "operations[1].id: an item or a suggestion has it already",
            "invalid_field",
        ),
        (
            AddItem(name="chleb", id="00000000-0000-0000-0000-000000000001"),
            "operations[1].id: an item or a suggestion has it already",
            "invalid_field",
        ),
        (AddItem(name="???"), 'operations[1].name: "???" cannot be used', "invalid_field"),
        (
            AddItem(name="mleko", quantity=10_000),
            "operations[1].quantity: no more than 10000 of anything fits on the list",
            "invalid_field",
        ),
        (
            UpdateItem(id="x", quantity=1),
            "operations[1].id: there is no such item on the list",
            "unknown_item",
        ),
        (UpdateItem(id="m", name="!"), 'operations[1].name: "!" cannot be used', "invalid_field"),
        (
            UpdateItem(id="m", unit="0 l", quantity=1),
            "operations[1].quantity: 0 cannot be used",
            "invalid_field",
        ),
        (
            RemoveItem(id="x"),
            "operations[1].id: there is no such item on the list",
            "unknown_item",
        ),
    ],
)
def test_an_edit_that_is_wrong_anywhere_is_not_carried_out_anywhere(
    wrong: EditOperation, problem: str, code: str
) -> None:
    followed = followed_with(MILK)
    followed.suggest("gin")
    followed.say("sok")
    before = followed.list.record.mark()
    with pytest.raises(EditRefused) as caught:
        followed.edit(AddItem(name="ser"), wrong)
    assert (str(caught.value), caught.value.code) == (problem, code)
    assert str(caught.value) == f"{caught.value.field}: {caught.value.problem}"
    assert followed.list.record.mark() == before
    assert len(followed.events()) == 2
    assert followed.list.take_step() is None


def test_an_edit_that_finds_the_list_full_is_refused() -> None:
    followed = full()
    with pytest.raises(EditRefused) as caught:
        followed.edit(AddItem(name="p1", quantity=3), AddItem(name="mleko"))
    assert str(caught.value) == f"operations[1]: the list is full: it holds {MAX_ITEMS} items"
    assert caught.value.code == "list_full"
    followed.edit(RemoveItem(id="i3"), AddItem(name="mleko"))
    followed.events()


def test_an_id_is_free_again_when_its_item_has_gone() -> None:
    followed = followed_with(MILK, WATER)
    followed.edit(RemoveItem(id="m"), AddItem(name="chleb", id="m"))
    assert followed.ids() == ["w", "m"]
    followed.events()
    followed.undo()
    assert sorted(followed.amounts()) == [("mleko", 2, "l"), ("woda 1,5 l", 6, "butelka")]
    followed.events()


# What a list begins with, and calls that are said again.


def test_a_list_begins_with_what_the_phone_shows_in_its_own_words() -> None:
    followed = followed_with(
        ListedItem(id="a", name="Mleka", quantity=2),
        ListedItem(id="b", name="wanna", category="łazienka"),
    )
    assert followed.list.items == (
        Item("a", "mleko", 2, "l", "Nabiał"),
        Item("b", "wanna", 1, "szt", "Inne"),
    )
    assert followed.list.take_step() is None
    followed.say("mleko")
    assert followed.ids() == ["a", "b"]
    followed.events()


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        (ListedItem(id="m", name="chleb"), "list[1].id: another item has it already"),
        (ListedItem(id="x", name="-1"), 'list[1].name: "-1" cannot be used'),
        (ListedItem(id="x", name="sok", unit="0 l"), "list[1].quantity: 0 cannot be used"),
    ],
)
def test_a_list_that_cannot_be_understood_is_refused(wrong: ListedItem, problem: str) -> None:
    shopping_list = ShoppingList(complete=True)
    with pytest.raises(EditRefused) as caught:
        shopping_list.begin_with((MILK, wrong), locale_for("pl"))
    assert str(caught.value) == problem
    assert shopping_list.items == ()


def test_what_a_call_did_can_be_made_another_calls_and_keeps_its_place() -> None:
    followed = FollowedList()
    followed.say("mleko", followed.cause(call="c1"), quantity=2)
    followed.say("mleko", followed.cause(call="c2"), action="update", quantity=5)
    followed.events()
    followed.list.hand_over(followed.list.record.log[0], "c3")
    assert followed.events() == ()
    assert [each.call for each in followed.list.record.log] == ["c3", "c2"]
    followed.cancel("c3")
    assert followed.amounts() == [("mleko", 5, "l")]


def test_no_more_can_be_undone_than_the_log_holds() -> None:
    followed = FollowedList()
    for _ in range(MOST_LOGGED + 5):
        followed.say("mleko")
    followed.events()
    for _ in range(MOST_LOGGED):
        followed.undo()
    assert followed.amounts() == [("mleko", 5, "l")]
    assert followed.list.record.log == ()
    followed.events()
