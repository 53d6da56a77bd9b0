from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.client import AddItem, ListedItem, RemoveItem, UpdateItem
from shopping import NotDone
from tests.shopping.followed_list import FollowedList, shown

MILK = ListedItem(id="m", name="mleko", quantity=2, unit="l")


def followed_with_milk() -> FollowedList:
    followed = FollowedList()
    followed.begin(MILK)
    return followed


@pytest.mark.parametrize(
    ("name", "fields", "told"),
    [
        ("sok", {"quantity": 2}, ("retracted", "remove", "sok", 2, "karton")),
        ("mleko", {"quantity": 1}, ("detected", "update", "mleko", 2, "l")),
        ("mleko", {"action": "remove"}, ("detected", "add", "mleko", 2, "l")),
        ("mleko", {"action": "update", "quantity": 9}, ("detected", "update", "mleko", 2, "l")),
        ("mleko", {"action": "update", "unit": "ml"}, ("detected", "update", "mleko", 2, "l")),
        ("sok", {"action": "update", "quantity": 9}, ("retracted", "remove", "sok", 9, "karton")),
        ("mleko", {"action": "update", "quantity": 2}, None),
    ],
)
def test_everything_that_is_said_can_be_undone(
    name: str, fields: dict[str, object], told: tuple[object, ...] | None
) -> None:
    followed = followed_with_milk()
    followed.say(name, **fields)
    followed.events()
    followed.undo()
    events = followed.events()
    assert [shown(event) for event in events] == ([] if told is None else [told])
    assert all(event.by == "shopper" for event in events)
    assert [event.reason for event in events if event.kind == "retracted"] == ["undone"] * (
        told is not None and told[0] == "retracted"
    )
    assert followed.amounts() == [("mleko", 2, "l")]
    assert followed.ids() == ["m"]


def test_a_sentence_is_undone_as_a_whole_and_then_the_one_before_it() -> None:
    followed = FollowedList()
    followed.say("chleb", followed.cause(group=1))
    followed.say("mleko", followed.cause(group=2))
    followed.say("mleko", followed.cause(group=2))
    followed.suggest("gin", followed.cause(group=2))
    followed.events()
    followed.undo()
    assert followed.amounts() == [("chleb", 1, "szt")]
    assert followed.list.record.suggestions == ()
    followed.undo()
    assert followed.amounts() == []
    with pytest.raises(NotDone, match="nothing to undo"):
        followed.undo()
    kinds = [event.kind for event in followed.events()]
    assert kinds == ["retracted", "detected", "retracted", "retracted"]


def test_an_edit_is_undone_as_a_whole() -> None:
    followed = followed_with_milk()
    followed.edit(
        UpdateItem(id="m", quantity=5),
        AddItem(name="chleb", id="b"),
        RemoveItem(id="m"),
        AddItem(name="chleb", quantity=2),
    )
    assert followed.amounts() == [("chleb", 3, "szt")]
    followed.undo()
    assert followed.amounts() == [("mleko", 2, "l")]
    followed.events()


def test_all_items_that_were_removed_together_come_back_together() -> None:
    followed = FollowedList()
    followed.begin(MILK, ListedItem(id="k", name="mleko", unit="karton"))
    followed.say("mleko", action="remove")
    followed.undo()
    assert sorted(followed.ids()) == ["k", "m"]
    followed.events()


def test_what_a_call_did_is_taken_back_when_gemini_cancels_it() -> None:
    followed = followed_with_milk()
    cause = followed.cause(call="c1")
    followed.say("chleb", cause)
    followed.suggest("gin", followed.cause(call="c1"))
    followed.say("sok", followed.cause(call="c2"))
    followed.events()
    followed.cancel("c1")
    events = followed.events()
    assert [(event.product.name, event.reason) for event in events] == [
        ("gin", "cancelled"),
        ("chleb", "cancelled"),
    ]
    assert [name for name, *_ in followed.amounts()] == ["mleko", "sok"]
    followed.cancel("c1")
    assert followed.list.take_step() is None


@pytest.mark.parametrize(
    ("fields", "later", "after"),
    [
        ({"quantity": 2}, {"quantity": 1}, [("mleko", 3, "l")]),
        ({"quantity": 2}, {"quantity": 500, "unit": "ml"}, [("mleko", 2.5, "l")]),
        ({"quantity": 2}, {"action": "update", "quantity": 7}, [("mleko", 7, "l")]),
        ({"quantity": 2}, {"action": "update", "quantity": 4}, [("mleko", 4, "l")]),
        ({"quantity": 2}, {"action": "update", "unit": "karton"}, [("mleko", 4, "karton")]),
        ({"action": "update", "quantity": 2}, {"quantity": 1}, [("mleko", 3, "l")]),
        ({"quantity": 2}, {"action": "remove"}, []),
        ({"action": "update", "quantity": 7}, {"action": "remove"}, []),
        (
            {"action": "remove"},
            {"quantity": 1},
            [("mleko", 1, "l"), ("mleko", 2, "l")],
        ),
    ],
)
def test_what_was_said_later_stands(
    fields: dict[str, object], later: dict[str, object], after: list[tuple[str, float, str]]
) -> None:
    followed = followed_with_milk()
    followed.say("mleko", followed.cause(call="c1"), **fields)
    followed.say("mleko", **later)
    followed.events()
    followed.cancel("c1")
    assert followed.amounts() == after
    followed.events()


def test_what_was_set_to_the_very_amount_since_stands() -> None:
    followed = FollowedList()
    followed.say("mleko", followed.cause(call="c1"), quantity=2)
    followed.say("mleko", quantity=1)
    followed.say("mleko", action="update", quantity=2)
    followed.cancel("c1")
    assert followed.amounts() == [("mleko", 2, "l")]


def test_an_amount_is_not_taken_from_one_that_is_counted_in_another_unit_meanwhile() -> None:
    followed = FollowedList()
    followed.say("mleko", followed.cause(call="c1"), quantity=2)
    followed.say("mleko", followed.cause(call="c2"), action="update", unit="karton")
    followed.say("mleko", quantity=1)
    followed.cancel("c2")
    followed.cancel("c1")
    assert followed.amounts() == [("mleko", 3, "karton")]


def test_what_was_forgotten_for_want_of_room_is_not_brought_back() -> None:
    followed = FollowedList(complete=False)
    followed.say("mleko", quantity=2)
    for number in range(499):
        followed.say(f"p{number}")
    followed.say("mleko", followed.cause(call="c1"), quantity=1)
    followed.say("chleb")
    followed.cancel("c1")
    assert "mleko" not in [name for name, *_ in followed.amounts()]


sentences = st.lists(
    st.tuples(
        st.sampled_from(["mleko", "Nutella", "nutella", "chleb"]),
        st.fixed_dictionaries(
            {"action": st.sampled_from(["add", "remove", "update"])},
            optional={
                "quantity": st.integers(1, 99) | st.sampled_from([0.5, 0.001, 1.25]),
                "unit": st.sampled_from(["l", "ml", "szt", "karton"]),
            },
        ),
    ),
    max_size=3,
)


def said(followed: FollowedList, sentence: list[tuple[str, dict[str, object]]]) -> None:
    group = followed.cause().group
    for name, fields in sentence:
        try:
            followed.say(name, followed.cause(group=group), **fields)
        except NotDone:
            continue


def by_id(followed: FollowedList) -> dict[str, object]:
    return {item.id: item for item in followed.list.items}


@settings(deadline=None)
@given(st.lists(sentences, max_size=5))
def test_undo_goes_back_through_everything_that_the_list_was(
    spoken: list[list[tuple[str, dict[str, object]]]],
) -> None:
    followed = FollowedList()
    states = [by_id(followed)]
    for sentence in spoken:
        logged = len(followed.list.record.log)
        said(followed, sentence)
        if len(followed.list.record.log) > logged:
            states.append(by_id(followed))
    followed.events()
    while states:
        assert by_id(followed) == states.pop()
        if states:
            followed.undo()
            followed.events()
    assert followed.list.record.log == ()


@given(st.lists(st.integers(1, 50), min_size=1, max_size=6), st.data())
def test_additions_may_be_taken_back_in_any_order(
    quantities: list[int], data: st.DataObject
) -> None:
    followed = FollowedList()
    for number, quantity in enumerate(quantities):
        followed.say("mleko", followed.cause(call=f"c{number}"), quantity=quantity)
    rest = sum(quantities)
    for number in data.draw(st.permutations(range(len(quantities)))):
        followed.cancel(f"c{number}")
        rest -= quantities[number]
        assert followed.amounts() == ([("mleko", rest, "l")] if rest else [])
    followed.events()
