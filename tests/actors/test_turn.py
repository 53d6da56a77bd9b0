"""Tests for `actors.turn`."""

from __future__ import annotations

from actors.turn import MAX_UTTERANCE, REMEMBERED_CALLS, Calls, Utterance
from schemas.server import ProductDetected, Transcript
from shopping import locale_for
from tests.support.gemini_says import call

POLISH = locale_for("pl-PL")
UNIX = 1_700_000_000.9


def test_pieces_of_an_utterance_make_one_transcript() -> None:
    utterance = Utterance(is_user=True)
    assert utterance.add(" Dodaj") == []
    assert utterance.add(" mleko ") == []
    assert utterance.finish() == [Transcript(text="Dodaj mleko", is_user=True)]
    assert utterance.finish() == []


def test_an_utterance_that_never_ends_is_sent_in_parts() -> None:
    utterance = Utterance(is_user=False)
    assert utterance.add("a" * (MAX_UTTERANCE - 1)) == []
    assert utterance.add("b") == [Transcript(text="a" * (MAX_UTTERANCE - 1) + "b", is_user=False)]
    assert utterance.finish() == []


def test_white_space_is_no_utterance() -> None:
    utterance = Utterance(is_user=True)
    utterance.add(" \n")
    assert utterance.finish() == []


def test_a_call_is_answered_silently_and_announced_with_its_time() -> None:
    calls = Calls("s1")
    answer, (announced,) = calls.carry_out(call("c1", "mleko"), POLISH, now=1.0, unix=UNIX)
    assert answer is not None
    assert (answer.id, answer.name, answer.scheduling) == ("c1", "update_shopping_list", "SILENT")
    assert answer.response.status == "accepted"
    (item,) = answer.response.items
    assert (item.name, item.action) == ("mleko", "add")
    product = announced.product
    assert (product.name, product.unit, product.timestamp) == (item.name, item.unit, 1_700_000_000)
    assert calls.products == 1


def test_a_call_seen_twice_has_one_effect_and_the_same_answer() -> None:
    calls = Calls("s1")
    first, _ = calls.carry_out(call("c1"), POLISH, now=1.0, unix=UNIX)
    assert calls.carry_out(call("c1"), POLISH, now=1.0, unix=UNIX + 1) == (None, [])
    calls.link_lost()
    assert calls.carry_out(call("c1"), POLISH, now=1.0, unix=UNIX + 2) == (first, [])
    assert calls.products == 1


def test_a_call_that_names_no_product_is_rejected_and_announces_nothing() -> None:
    answer, products = Calls("s1").carry_out(call("c1", ""), POLISH, now=1.0, unix=UNIX)
    assert answer is not None
    assert (answer.response.status, products) == ("rejected", [])


def test_the_same_call_gives_the_same_product_and_no_other_call_does() -> None:
    def product_id(session: str, call_id: str) -> str:
        _, (announced,) = Calls(session).carry_out(call(call_id), POLISH, now=1.0, unix=UNIX)
        return announced.product.id

    assert product_id("s1", "c1") == product_id("s1", "c1")
    assert len({product_id("s1", "c1"), product_id("s1", "c2"), product_id("s2", "c1")}) == 3


def test_calls_without_an_id_are_each_carried_out() -> None:
    calls = Calls("s1")
    announced = [
        calls.carry_out(call(""), POLISH, now=1.0, unix=UNIX)[1][0].product.id for _ in range(3)
    ]
    assert len(set(announced)) == 3


def test_only_so_many_calls_are_remembered() -> None:
    calls = Calls("s1")
    for number in range(REMEMBERED_CALLS + 1):
        calls.carry_out(call(f"c{number}"), POLISH, now=1.0, unix=UNIX)
    calls.link_lost()
    calls.turn_ended()
    _, remembered = calls.carry_out(call("c1"), POLISH, now=1.0, unix=UNIX)
    _, forgotten = calls.carry_out(call("c0"), POLISH, now=1.0, unix=UNIX)
    assert (len(remembered), len(forgotten)) == (0, 1)


def told(products: list[ProductDetected]) -> list[tuple[str, str, float]]:
    return [(each.product.action, each.product.name, each.product.quantity) for each in products]


def test_a_call_that_gemini_cancels_is_taken_back() -> None:
    calls = Calls("s1")
    _, announced = calls.carry_out(call("c1", "mleko", quantity=2), POLISH, now=1.0, unix=UNIX)
    taken_back = calls.cancel(["c1"], unix=UNIX)
    assert told(taken_back) == [("remove", "mleko", 2)]
    assert taken_back[0].product.id != announced[0].product.id
    assert calls.basket.items() == ()
    assert calls.products == 2


def test_what_there_was_before_is_there_again() -> None:
    calls = Calls("s1")
    calls.carry_out(call("c1", "mleko", quantity=2), POLISH, now=1.0, unix=UNIX)
    calls.carry_out(call("c2", "mleko", quantity=1), POLISH, now=1.0, unix=UNIX)
    assert told(calls.cancel(["c2"], unix=UNIX)) == [("update", "mleko", 2)]


def test_a_cancellation_counts_once_and_for_unknown_calls_not_at_all() -> None:
    calls = Calls("s1")
    calls.carry_out(call("c1"), POLISH, now=1.0, unix=UNIX)
    assert len(calls.cancel(["c1", "c1", "c9"], unix=UNIX)) == 1
    assert calls.cancel(["c1"], unix=UNIX) == []


def test_a_call_that_comes_after_its_cancellation_has_no_effect_and_no_answer() -> None:
    calls = Calls("s1")
    calls.cancel(["c1"], unix=UNIX)
    assert calls.carry_out(call("c1"), POLISH, now=1.0, unix=UNIX) == (None, [])


def test_a_cancelled_call_that_comes_again_stays_cancelled() -> None:
    calls = Calls("s1")
    calls.carry_out(call("c1"), POLISH, now=1.0, unix=UNIX)
    calls.cancel(["c1"], unix=UNIX)
    calls.link_lost()
    assert calls.carry_out(call("c1"), POLISH, now=1.0, unix=UNIX) == (None, [])


def test_removing_what_was_never_there_leaves_nothing_to_take_back() -> None:
    calls = Calls("s1")
    calls.carry_out(call("c1", "mleko", action="remove"), POLISH, now=1.0, unix=UNIX)
    assert calls.cancel(["c1"], unix=UNIX) == []


def test_what_was_taken_back_is_announced_when_it_is_said_again() -> None:
    calls = Calls("s1")
    calls.carry_out(call("c1"), POLISH, now=1.0, unix=UNIX)
    calls.cancel(["c1"], unix=UNIX)
    calls.link_lost()
    _, announced = calls.carry_out(call("c2"), POLISH, now=1.0, unix=UNIX)
    assert told(announced) == [("add", "mleko", 1)]


def test_so_it_is_when_the_link_was_lost_before_it_was_taken_back() -> None:
    calls = Calls("s1")
    calls.carry_out(call("c1"), POLISH, now=1.0, unix=UNIX)
    calls.link_lost()
    calls.cancel(["c1"], unix=UNIX)
    _, announced = calls.carry_out(call("c2"), POLISH, now=1.0, unix=UNIX)
    assert told(announced) == [("add", "mleko", 1)]


def test_a_repeated_product_belongs_to_the_call_that_repeats_it() -> None:
    """The old call is cancelled, the new one stands: the product stays."""
    calls = Calls("s1")
    calls.carry_out(call("c1"), POLISH, now=1.0, unix=UNIX)
    calls.link_lost()
    assert calls.carry_out(call("c2"), POLISH, now=2.0, unix=UNIX)[1] == []
    assert calls.cancel(["c1"], unix=UNIX) == []
    assert told(calls.cancel(["c2"], unix=UNIX)) == [("remove", "mleko", 1)]


def test_a_product_that_is_repeated_twice_has_one_effect_to_take_back() -> None:
    calls = Calls("s1")
    calls.carry_out(call(""), POLISH, now=1.0, unix=UNIX)
    calls.link_lost()
    assert calls.carry_out(call("c2"), POLISH, now=2.0, unix=UNIX)[1] == []
    assert calls.cancel(["c2"], unix=UNIX) == []


def test_what_was_answered_as_a_part_of_something_else_is_not_announced_twice() -> None:
    calls = Calls("s1")
    for at, name in enumerate(("mleko", "chleb", "masło")):
        calls.carry_out(call(f"c{at}", name), POLISH, now=float(at), unix=UNIX)
        calls.turn_ended()
    calls.link_lost()
    calls.said_again(1.0, 2)
    announced = [
        calls.carry_out(call(f"d{at}", name), POLISH, now=9.0, unix=UNIX)[1]
        for at, name in enumerate(("mleko", "chleb", "masło", "chleb"))
    ]
    assert [len(products) for products in announced] == [1, 0, 0, 1]


def test_a_replay_of_several_sentences_may_take_as_many_turns() -> None:
    calls = Calls("s1")
    calls.carry_out(call("c1", "mleko"), POLISH, now=1.0, unix=UNIX)
    calls.turn_ended()
    calls.link_lost()
    calls.said_again(None, 2)
    calls.said_again(0.5, 2)
    calls.turn_ended()
    assert calls.carry_out(call("c2", "mleko"), POLISH, now=2.0, unix=UNIX)[1] == []
    calls.turn_ended()
    assert len(calls.carry_out(call("c3", "mleko"), POLISH, now=3.0, unix=UNIX)[1]) == 1
