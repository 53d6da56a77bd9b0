from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest

from bench.asked import Asked
from bench.cut_report import Ending, report
from bench.cut_shopper import CutShopper, Spoken
from bench.plans import ADDED, BY_HAND, TYPED, Act, Plan
from bench.recording import Item
from bench.shopper import language_of
from bench.story import Story, amounts_after
from emulator.brain import understand


def acts(*, may_undo: bool) -> Iterator[Act]:
    """Yield acts of a plan whose phone is told of everything at once."""
    plan = Plan("1")
    for _ in range(600):
        yield plan.next({name: f"id of {name}" for name in BY_HAND}, may_undo=may_undo)


ACTS = [*acts(may_undo=True)]


def test_the_emulator_understands_every_act_as_it_is_meant() -> None:
    for act in ACTS:
        if act.text:
            intents = understand(act.text, language_of(3))
            assert [(one.action, one.name, one.quantity) for one in intents] == list(act.items)


def test_nothing_is_asked_for_twice() -> None:
    asked = Counter(item for act in ACTS if act.kind != "undo" for item in act.items)
    assert set(asked.values()) == {1}
    assert {act.kind for act in ACTS} == {"speak", "type", "edit", "undo"}


def test_each_way_of_changing_has_products_of_its_own() -> None:
    for act in ACTS:
        names = {name for _, name, _ in act.items}
        ways = {
            "speak": ADDED,
            "type": ADDED + TYPED,
            "edit": BY_HAND,
            "undo": TYPED + ADDED + BY_HAND,
        }
        assert names <= set(ways[act.kind])


def test_only_what_was_typed_or_edited_just_before_is_undone() -> None:
    for before, act in pairwise(ACTS):
        if act.kind == "undo":
            assert before.kind in ("type", "edit")
            assert act.items == before.items


def test_what_is_changed_or_removed_is_on_the_list_in_the_amount_that_is_said() -> None:
    amounts: dict[str, float] = {}
    for act in acts(may_undo=False):
        assert act.kind != "undo"
        for action, name, amount in act.items:
            if action == "remove":
                assert amounts[name] == amount
            elif name not in ADDED:
                assert (name in amounts) is (action == "update")
            amounts = amounts_after(
                [*(("add", *one) for one in amounts.items()), (action, name, amount)]
            )


MILK: Item = ("add", "mleko", 2)
MORE: Item = ("add", "mleko", 3)
BREAD: Item = ("add", "chleb", 2)
FEWER: Item = ("update", "chleb", 1)
NONE_LEFT: Item = ("remove", "mleko", 5)


def a_story(**parts: Any) -> Story:  # noqa: ANN401 - any field
    nothing: dict[str, Any] = {
        "asked": {}, "by_hand": [], "undone": [], "announced": [], "carried_out": [],
    }  # fmt: skip
    return Story(**nothing | parts)


def test_lost_is_what_was_asked_for_and_doubled_what_was_not_or_only_once() -> None:
    story = a_story(
        asked={MILK: 1.0, MORE: 2.0},
        by_hand=[(1.5, BREAD)],
        announced=[MILK, MILK],
        carried_out=[FEWER],
    )
    assert story.lost() == [MORE, BREAD]
    assert story.doubled() == [MILK, FEWER]


def test_the_list_is_what_all_wishes_in_order_leave() -> None:
    story = a_story(
        asked={MILK: 1.0, MORE: 2.0, NONE_LEFT: 4.0}, by_hand=[(1.5, BREAD), (2.5, FEWER)]
    )
    assert story.amounts() == {"chleb": 1}
    assert a_story(asked=story.asked, undone=[NONE_LEFT]).amounts() == {"mleko": 5}
    assert story.differences({"mleko": 1}) == [
        "chleb: 1 asked for, None on the list",
        "mleko: None asked for, 1 on the list",
    ]


def call(call_id: str, at_ms: int, item: Item | None) -> dict[str, Any]:
    args = None if item is None else dict(zip(("action", "name", "quantity"), item, strict=True))
    return {"id": call_id, "sent_at_unix_ms": at_ms, "args": args}


def a_record(record_id: str, *calls: dict[str, Any]) -> dict[str, Any]:
    return {"id": record_id, "setup": {"language": language_of(0)}, "tool_calls": calls}


def test_what_is_said_again_after_a_lost_link_was_asked_for_once() -> None:
    asked = Asked()
    asked.note([a_record("c1", call("1", 2000, MORE), call("2", 1000, MILK))])
    asked.note([a_record("c1", call("1", 2000, MORE), call("2", 1000, MILK))])
    asked.note([a_record("c2", call("1", 9000, None), call("7", 3000, MORE))])
    assert asked.of(language_of(0)) == {MILK: 1.0, MORE: 2.0}
    assert [*asked.of(language_of(0))] == [MILK, MORE]
    assert not asked.of(language_of(1))
    assert asked.repeated == 1


def detected(seq: int, item: Item, amount: float) -> dict[str, Any]:
    action, name, quantity = item
    return {
        "type": "product_detected",
        "seq": seq,
        "product": {"id": name, "name": name, "action": action, "quantity": quantity},
        "item": {"id": name, "name": name, "quantity": amount},
        "by": "model",
    }


def an_ending(*events: dict[str, Any], listed: float = 5, **parts: Any) -> Ending:  # noqa: ANN401 - any attribute
    shopper = CutShopper(0, 1, seed=1)
    shopper.phone.resumed = 1
    for event in events:
        shopper.phone.notebook.take(event)
    for name, value in parts.items():
        setattr(shopper, name, value)
    items = [{"id": "mleko", "name": "mleko", "quantity": listed}]
    return Ending(shopper, shopper.story({MILK: 1.0, MORE: 2.0}), items)


FIRST, SECOND = detected(1, MILK, 2), detected(2, MORE, 5)


@pytest.mark.parametrize(
    ("ending", "result"),
    [
        (an_ending(FIRST, SECOND), 0),
        (an_ending(FIRST, SECOND, SECOND), 0),
        (an_ending(FIRST, SECOND, took_s=[0.2], spoken=[Spoken((BREAD,), 0.0)]), 0),
        (an_ending(FIRST, detected(2, MILK, 5)), 1),
        (an_ending(FIRST), 1),
        (an_ending(FIRST, detected(3, MORE, 5)), 1),
        (an_ending(FIRST, detected(2, MORE, 6)), 1),
        (an_ending(FIRST, SECOND, listed=6), 1),
        (an_ending(FIRST, SECOND, typed=[BREAD]), 1),
        (an_ending(FIRST, SECOND, spoken=[Spoken((BREAD,), 0.0, whole=True)]), 1),
        (an_ending(FIRST, SECOND, trouble="no answer"), 1),
        (an_ending(FIRST, SECOND, without_ref=["r7"]), 1),
        (an_ending(FIRST, SECOND, closed_by_service=[1011]), 1),
    ],
)
def test_cuts_are_survived_if_nothing_is_lost_doubled_or_unequal(
    ending: Ending, result: int
) -> None:
    assert report([ending], Counter(reset=1), Asked(), []) == result


def test_cuts_that_were_none_and_exceptions_are_no_success() -> None:
    ending = an_ending(FIRST, SECOND)
    assert report([ending], Counter(), Asked(), []) == 1
    assert report([ending], Counter(reset=1), Asked(), ["KeyError: 1"]) == 1
    ending.shopper.phone.fresh = 1
    assert report([ending], Counter(reset=1), Asked(), []) == 1
