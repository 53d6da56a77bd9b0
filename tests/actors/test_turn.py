"""Tests for `actors.turn`."""

from __future__ import annotations

import msgspec

from actors.ledger import MOST_CALLED, Ledger
from actors.turn import REMEMBERED_CALLS, Calls, Occasion
from schemas.gemini import FunctionCall, FunctionResponse
from schemas.shopping_list import ListEvent
from schemas.stored import StoredCalls
from shopping import UNDO_NAME, locale_for
from tests.support.gemini_says import call

POLISH = locale_for("pl-PL")
UNIX = 1_700_000_000.9


class Rig:
    """The calls of one session, and the list that they change."""

    def __init__(
        self, session: str = "s1", *, keeps_events: bool = False, suggest_below: float = 0.0
    ) -> None:
        self.ledger = Ledger(session, keeps_events=keeps_events)
        self.calls = Calls(self.ledger, suggest_below=suggest_below)

    def carry_out(
        self, call: FunctionCall, now: float = 1.0, unix: float = UNIX
    ) -> tuple[FunctionResponse | None, list[ListEvent]]:
        """Carry a call out; return its answer and the events that it led to."""
        answer = self.calls.carry_out(call, Occasion(locale=POLISH, now=now, unix=unix))
        return answer, self.events()

    def does(self, call: FunctionCall, now: float = 1.0) -> list[ListEvent]:
        """Carry a call out; return the events that it led to."""
        return self.carry_out(call, now)[1]

    def cancel(self, *ids: str) -> list[ListEvent]:
        """Take calls back; return the events that it led to."""
        self.calls.cancel(ids, unix=UNIX)
        return self.events()

    def events(self) -> list[ListEvent]:
        """Take the step; return its events."""
        step = self.ledger.take_step()
        return [] if step is None else list(step.events)

    @property
    def held(self) -> list[tuple[str, float]]:
        """What the list holds."""
        return [(item.name, item.quantity) for item in self.ledger.list.items]


def undo(call_id: str) -> FunctionCall:
    return FunctionCall(name=UNDO_NAME, id=call_id)


def told(events: list[ListEvent]) -> list[tuple[str, str, float]]:
    """Return events as (action, name, quantity); a retraction is a removal, as it is for v1."""
    return [
        (
            "remove" if each.kind == "retracted" else each.product.action,
            each.product.name,
            each.product.quantity,
        )
        for each in events
    ]


def test_a_call_is_answered_silently_and_announced_with_its_time() -> None:
    rig = Rig()
    answer, (announced,) = rig.carry_out(call("c1", "mleko"))
    assert answer is not None
    assert (answer.id, answer.name, answer.scheduling) == ("c1", "update_shopping_list", "SILENT")
    assert answer.response.status == "accepted"
    (item,) = answer.response.items
    assert (item.name, item.action) == ("mleko", "add")
    product = announced.product
    assert (product.name, product.unit, product.timestamp) == (item.name, item.unit, 1_700_000_000)
    assert rig.ledger.products == 1


def test_a_call_seen_twice_has_one_effect_and_the_same_answer() -> None:
    rig = Rig()
    first, _ = rig.carry_out(call("c1"))
    assert rig.carry_out(call("c1"), unix=UNIX + 1) == (None, [])
    rig.calls.link_lost()
    assert rig.carry_out(call("c1"), unix=UNIX + 2) == (first, [])
    assert rig.ledger.products == 1


def test_a_call_that_names_no_product_is_rejected_and_announces_nothing() -> None:
    answer, products = Rig().carry_out(call("c1", ""))
    assert answer is not None
    assert (answer.response.status, products) == ("rejected", [])


def test_the_same_call_gives_the_same_product_and_no_other_call_does() -> None:
    def ids(session: str, call_id: str) -> tuple[str, str]:
        (announced,) = Rig(session).does(call(call_id))
        return announced.key, announced.product.id

    assert ids("s1", "c1") == ids("s1", "c1")
    for others in zip(ids("s1", "c1"), ids("s1", "c2"), ids("s2", "c1"), strict=True):
        assert len(set(others)) == 3


def test_calls_without_an_id_are_each_carried_out() -> None:
    rig = Rig()
    announced = [rig.does(call("", name))[0].key for name in ("mleko", "chleb", "masło")]
    rig.calls.turn_ended()
    announced.append(rig.does(call(""))[0].key)
    assert len(set(announced)) == 4


def test_only_so_many_calls_are_remembered() -> None:
    rig = Rig()
    for number in range(REMEMBERED_CALLS + 1):
        rig.does(call(f"c{number}"))
        rig.calls.turn_ended()
    rig.calls.link_lost()
    rig.calls.turn_ended()
    assert (len(rig.does(call("c1"))), len(rig.does(call("c0")))) == (0, 1)


def test_a_call_that_gemini_cancels_is_taken_back() -> None:
    rig = Rig()
    (announced,) = rig.does(call("c1", "mleko", quantity=2))
    (taken_back,) = rig.cancel("c1")
    assert told([taken_back]) == [("remove", "mleko", 2)]
    assert (taken_back.kind, taken_back.reason) == ("retracted", "cancelled")
    assert taken_back.key != announced.key
    assert rig.held == []
    assert rig.ledger.products == 2


def test_what_there_was_before_is_there_again() -> None:
    rig = Rig()
    rig.does(call("c1", "mleko", quantity=2))
    rig.does(call("c2", "mleko", quantity=1))
    assert told(rig.cancel("c2")) == [("update", "mleko", 2)]


def test_a_cancellation_counts_once_and_for_unknown_calls_not_at_all() -> None:
    rig = Rig()
    rig.does(call("c1"))
    assert len(rig.cancel("c1", "c1", "c9")) == 1
    assert rig.cancel("c1") == []


def test_a_call_that_comes_after_its_cancellation_has_no_effect_and_no_answer() -> None:
    rig = Rig()
    rig.cancel("c1")
    assert rig.carry_out(call("c1")) == (None, [])


def test_a_cancelled_call_that_comes_again_stays_cancelled() -> None:
    rig = Rig()
    rig.does(call("c1"))
    rig.cancel("c1")
    rig.calls.link_lost()
    assert rig.carry_out(call("c1")) == (None, [])


def test_removing_what_was_never_there_leaves_nothing_to_take_back() -> None:
    rig = Rig()
    rig.does(call("c1", "mleko", action="remove"))
    assert rig.cancel("c1") == []


def test_what_was_taken_back_is_announced_when_it_is_said_again() -> None:
    rig = Rig()
    rig.does(call("c1"))
    rig.cancel("c1")
    rig.calls.link_lost()
    announced = rig.does(call("c2"))
    assert told(announced) == [("add", "mleko", 1)]


def test_so_it_is_when_the_link_was_lost_before_it_was_taken_back() -> None:
    rig = Rig()
    rig.does(call("c1"))
    rig.calls.link_lost()
    rig.cancel("c1")
    announced = rig.does(call("c2"))
    assert told(announced) == [("add", "mleko", 1)]


def test_a_repeated_product_belongs_to_the_call_that_repeats_it() -> None:
    """The old call is cancelled, the new one stands: the product stays."""
    rig = Rig()
    rig.does(call("c1"))
    rig.calls.link_lost()
    assert rig.does(call("c2"), now=2.0) == []
    assert rig.cancel("c1") == []
    assert told(rig.cancel("c2")) == [("remove", "mleko", 1)]


def test_a_product_that_is_repeated_twice_has_one_effect_to_take_back() -> None:
    rig = Rig()
    rig.does(call(""))
    rig.calls.link_lost()
    assert rig.does(call("c2"), now=2.0) == []
    assert rig.cancel("c2") == []


def test_what_was_answered_as_a_part_of_something_else_is_not_announced_twice() -> None:
    rig = Rig()
    for at, name in enumerate(("mleko", "chleb", "masło")):
        rig.does(call(f"c{at}", name), now=float(at))
        rig.calls.turn_ended()
    rig.calls.link_lost()
    rig.calls.said_again(1.0, 2)
    announced = [
        rig.does(call(f"d{at}", name), now=9.0)
        for at, name in enumerate(("mleko", "chleb", "masło", "chleb"))
    ]
    assert [len(products) for products in announced] == [1, 0, 0, 1]


def test_a_replay_of_several_sentences_may_take_as_many_turns() -> None:
    rig = Rig()
    rig.does(call("c1", "mleko"))
    rig.calls.turn_ended()
    rig.calls.link_lost()
    rig.calls.said_again(None, 2)
    rig.calls.said_again(0.5, 2)
    rig.calls.turn_ended()
    assert rig.does(call("c2", "mleko"), now=2.0) == []
    rig.calls.turn_ended()
    assert len(rig.does(call("c3", "mleko"), now=3.0)) == 1


def test_a_model_that_repeats_itself_within_a_turn_is_heard_once() -> None:
    """gemini-live-api-examples#46: the same product twice, under two ids."""
    rig = Rig()
    first, announced = rig.carry_out(call("c1"))
    again, repeated = rig.carry_out(call("c2"))
    assert (told(announced), repeated) == ([("add", "mleko", 1)], [])
    assert first is not None
    assert again is not None
    assert again.response == first.response
    assert rig.held == [("mleko", 1)]


def test_another_amount_in_the_same_turn_is_no_repetition() -> None:
    rig = Rig()
    rig.does(call("c1", quantity=1))
    rig.does(call("c2", quantity=2))
    assert rig.held == [("mleko", 3)]


def test_what_is_said_in_another_turn_is_no_repetition() -> None:
    rig = Rig()
    rig.does(call("c1"))
    rig.calls.turn_ended()
    assert told(rig.does(call("c2"))) == [("add", "mleko", 1)]
    assert rig.held == [("mleko", 2)]


def test_a_turn_that_may_be_about_two_sentences_may_bring_a_product_twice() -> None:
    """After a rewind Gemini may answer several sentences at once."""
    rig = Rig()
    rig.calls.said_again(None, 2)
    brought = [rig.does(call(f"c{at}")) for at in range(3)]
    assert [len(events) for events in brought] == [1, 1, 0]


def test_a_repetition_without_an_id_takes_nothing_over() -> None:
    rig = Rig()
    rig.does(call("c1"))
    rig.does(call(""))
    assert told(rig.cancel("c1")) == [("remove", "mleko", 1)]


def test_what_an_undo_took_back_can_be_said_again_in_the_same_turn() -> None:
    rig = Rig()
    rig.does(call("c1"))
    rig.does(undo("c2"))
    assert len(rig.does(call("c3"))) == 1
    assert len(rig.held) == 1
    assert len(rig.cancel("c3")) == 1
    assert rig.held == []


def test_what_was_removed_can_be_said_again_in_the_same_turn() -> None:
    rig = Rig()
    rig.does(call("c1"))
    rig.does(call("c2", action="remove"))
    assert len(rig.does(call("c3"))) == 1
    assert rig.does(call("c4")) == []
    assert len(rig.held) == 1


def test_nothing_is_taken_for_a_repetition_where_nothing_is_said_again() -> None:
    rig = Rig()
    rig.does(call("c1"))
    rig.calls.link_lost()
    rig.calls.said_again(None, 0)
    assert len(rig.does(call("c2"))) == 1


def test_a_call_of_several_products_is_taken_back_as_a_whole() -> None:
    rig = Rig()
    several = {"items": [{"action": "add", "name": name} for name in ("mleko", "chleb", "mleko")]}
    answer, announced = rig.carry_out(
        FunctionCall("update_shopping_list", "c1", msgspec.Raw(msgspec.json.encode(several)))
    )
    assert answer is not None
    assert answer.response.status == "corrected"
    assert len({event.key for event in announced}) == len(announced) == 2
    assert sorted(told(rig.cancel("c1"))) == [("remove", "chleb", 1), ("remove", "mleko", 1)]


def test_an_undo_takes_the_sentence_before_it_back() -> None:
    rig = Rig()
    for call_id, name in (("c1", "mleko"), ("c2", "chleb")):
        rig.does(call(call_id, name))
        rig.calls.turn_ended()
    answer, (event,) = rig.carry_out(undo("c3"))
    assert answer is not None
    assert (answer.name, answer.response.status) == (UNDO_NAME, "accepted")
    assert (event.kind, event.reason, event.by) == ("retracted", "undone", "model")
    assert rig.held == [("mleko", 1)]


def test_an_undo_that_comes_twice_in_a_turn_counts_once() -> None:
    rig = Rig()
    for call_id, name in (("c1", "mleko"), ("c2", "chleb")):
        rig.does(call(call_id, name))
        rig.calls.turn_ended()
    rig.does(undo("c3"))
    answer, events = rig.carry_out(undo("c4"))
    assert answer is not None
    assert (answer.response.status, events) == ("accepted", [])
    rig.calls.turn_ended()
    assert told(rig.does(undo("c5"))) == [("remove", "mleko", 1)]


def test_an_undo_of_nothing_is_rejected_and_says_why() -> None:
    answer, events = Rig().carry_out(undo("c1"))
    assert answer is not None
    assert (answer.response.status, events) == ("rejected", [])
    assert answer.response.problem


def test_what_is_not_heard_surely_is_put_to_the_shopper_and_the_model_is_told() -> None:
    rig = Rig(keeps_events=True, suggest_below=0.5)
    answer, (event,) = rig.carry_out(call("c1", "kefir", confidence=0.4))
    assert answer is not None
    assert answer.response.status == "corrected"
    assert answer.response.problem == '"kefir" waits for the shopper to confirm it'
    assert (event.kind, event.item, rig.held) == ("suggested", None, [])
    assert told(rig.does(call("c2", "chleb", confidence=0.5))) == [("add", "chleb", 1)]
    (retracted,) = rig.cancel("c1")
    assert (retracted.kind, retracted.product.id) == ("retracted", event.product.id)


def test_what_a_complete_list_does_not_hold_is_not_removed_and_the_model_is_told() -> None:
    rig = Rig(keeps_events=True)
    answer, events = rig.carry_out(call("c1", "mleko", action="remove"))
    assert answer is not None
    assert (answer.response.status, events) == ("rejected", [])
    assert answer.response.problem == 'name: there is no "mleko" on the list'


def restored(rig: Rig) -> Rig:
    """Return the same session on another connection."""
    rig.calls.link_lost()
    newer = Rig(keeps_events=True)
    newer.ledger.restore(rig.ledger.stored(), rig.ledger.products)
    newer.calls.restore(rig.calls.stored())
    return newer


def test_what_is_said_again_on_the_next_connection_is_not_announced_again() -> None:
    rig = Rig(keeps_events=True)
    first, _ = rig.carry_out(call("c1"))
    newer = restored(rig)
    assert newer.carry_out(call("c1")) == (first, [])
    assert newer.does(call("c2")) == []
    assert newer.held == [("mleko", 1)]
    newer.calls.turn_ended()
    assert told(newer.does(call("c3"))) == [("add", "mleko", 1)]


def test_a_step_has_what_was_called_for_since_the_one_before_whatever_came_of_it() -> None:
    rig = Rig(keeps_events=True)
    removed, added = (("remove", "ser", 1.0, "opak"), ("add", "mleko", 1.0, "l"))
    for each in (call("c1", "ser", action="remove"), call("c2"), call("c3")):
        rig.calls.carry_out(each, Occasion(locale=POLISH, now=1.0, unix=UNIX))
    step = rig.ledger.take_step()
    assert step is not None
    assert step.called == ((removed, 1), (added, 1))
    rig.calls.cancel(["c3"], unix=UNIX)
    taken_back = rig.ledger.take_step()
    assert taken_back is not None
    assert taken_back.called == ((added, -1),)
    newer = Rig(keeps_events=True)
    newer.calls.announced_since([step, taken_back])
    assert newer.calls.stored().said_again == ((removed, 1),)


def test_of_what_nothing_came_of_a_bounded_number_is_known() -> None:
    rig = Rig(keeps_events=True)
    for number in range(MOST_CALLED + 5):
        rig.does(call(f"c{number}", f"produkt{number}", action="remove"))
    rig.calls.carry_out(call("taken-back"), Occasion(locale=POLISH, now=1.0, unix=UNIX))
    rig.calls.cancel(["taken-back"], unix=UNIX)
    step = rig.ledger.take_step()
    assert step is not None
    names = [said[1] for said, _ in step.called]
    assert names == [f"produkt{number}" for number in range(6, MOST_CALLED + 5)]


def test_what_gemini_takes_back_on_the_next_connection_is_taken_back() -> None:
    rig = Rig(keeps_events=True)
    rig.does(call("c1"))
    rig.does(call("c2", "chleb"))
    rig.cancel("c2")
    newer = restored(rig)
    assert newer.cancel("c2") == []
    assert newer.carry_out(call("c2", "chleb")) == (None, [])
    assert told(newer.cancel("c1")) == [("remove", "mleko", 1)]


def test_only_what_gemini_may_still_cancel_goes_from_connection_to_connection() -> None:
    rig = Rig(keeps_events=True)
    assert rig.calls.stored() == StoredCalls(repeats=1)
    for number in range(20):
        rig.does(call(f"c{number}", f"produkt{number}"))
        rig.calls.turn_ended()
    rig.calls.link_lost()
    assert [each.id for each in rig.calls.stored().known] == [f"c{at}" for at in range(12, 20)]
