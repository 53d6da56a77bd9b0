"""Tests for `actors.turn`."""

from __future__ import annotations

from actors.turn import MAX_UTTERANCE, REMEMBERED_CALLS, Calls, Usage, Utterance
from schemas.gemini import UsageMetadata
from schemas.server import Transcript
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
    answer, (announced,) = calls.carry_out(call("c1", "mleko"), POLISH, unix=UNIX)
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
    first, _ = calls.carry_out(call("c1"), POLISH, unix=UNIX)
    assert calls.carry_out(call("c1"), POLISH, unix=UNIX + 1) == (None, [])
    calls.link_lost()
    assert calls.carry_out(call("c1"), POLISH, unix=UNIX + 2) == (first, [])
    assert calls.products == 1


def test_a_call_that_names_no_product_is_rejected_and_announces_nothing() -> None:
    answer, products = Calls("s1").carry_out(call("c1", ""), POLISH, unix=UNIX)
    assert answer is not None
    assert (answer.response.status, products) == ("rejected", [])


def test_the_same_call_gives_the_same_product_and_no_other_call_does() -> None:
    def product_id(session: str, call_id: str) -> str:
        _, (announced,) = Calls(session).carry_out(call(call_id), POLISH, unix=UNIX)
        return announced.product.id

    assert product_id("s1", "c1") == product_id("s1", "c1")
    assert len({product_id("s1", "c1"), product_id("s1", "c2"), product_id("s2", "c1")}) == 3


def test_calls_without_an_id_are_each_carried_out() -> None:
    calls = Calls("s1")
    announced = [calls.carry_out(call(""), POLISH, unix=UNIX)[1][0].product.id for _ in range(3)]
    assert len(set(announced)) == 3


def test_only_so_many_calls_are_remembered() -> None:
    calls = Calls("s1")
    for number in range(REMEMBERED_CALLS + 1):
        calls.carry_out(call(f"c{number}"), POLISH, unix=UNIX)
    calls.link_lost()
    calls.turn_ended()
    _, remembered = calls.carry_out(call("c1"), POLISH, unix=UNIX)
    _, forgotten = calls.carry_out(call("c0"), POLISH, unix=UNIX)
    assert (len(remembered), len(forgotten)) == (0, 1)


def test_a_turns_growing_figures_count_once() -> None:
    """Summing every report would bill the shopper several times for one turn."""
    usage = Usage()
    usage.report(UsageMetadata(prompt_token_count=10, response_token_count=1))
    usage.report(UsageMetadata(prompt_token_count=12, response_token_count=5))
    assert (usage.prompt_tokens, usage.response_tokens) == (12, 5)
    usage.turn_ended()
    usage.report(UsageMetadata(prompt_token_count=20, response_token_count=2))
    assert (usage.prompt_tokens, usage.response_tokens) == (32, 7)
