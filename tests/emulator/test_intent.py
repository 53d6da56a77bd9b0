from __future__ import annotations

from emulator.brain import understand
from emulator.intent import MENTIONS_LENGTH, Intent, remember
from tests.emulator.notation import noted


def remembered(*texts: str) -> str:
    """Returns what is remembered last after texts, each read with what was remembered before."""
    mentioned: tuple[Intent, ...] = ()
    for text in texts:
        mentioned = remember(mentioned, understand(text, "en", mentioned))
    return noted(mentioned[-1:])[2:]


def test_the_last_product_of_a_sentence_is_remembered_with_its_amount() -> None:
    assert remembered("add bread and two liters of milk") == "milk 2 l"


def test_a_changed_amount_keeps_the_unit_unless_another_one_is_said() -> None:
    assert remembered("add two liters of milk", "no, three") == "milk 3 l"
    assert remembered("add two liters of milk", "no, three bottles") == "milk 3 bottle"


def test_more_of_a_product_is_added_up() -> None:
    assert remembered("add two liters of milk", "one more") == "milk 3 l"
    assert remembered("add two liters of milk", "add a bottle of milk") == "milk 1 bottle"


def test_a_product_that_was_removed_is_remembered_as_it_was() -> None:
    assert remembered("add two liters of milk", "add bread", "remove milk") == "milk 2 l"
    assert remembered("remove milk", "one more") == "milk 1"


def test_a_product_that_was_removed_and_comes_back_starts_again() -> None:
    assert remembered("add two milks", "remove that", "one more") == "milk 1"


def test_an_undo_brings_back_what_was_mentioned_before() -> None:
    assert remembered("add two milks", "add bread", "undo") == "milk 2"
    assert remembered("add two milks", "no, three", "undo") == "milk 2"
    assert remembered("add milk", "undo") == "milk"


def test_only_the_last_mentions_are_kept() -> None:
    many = [Intent("add", str(at), None, None, None) for at in range(MENTIONS_LENGTH + 5)]
    assert len(remember((), many)) == MENTIONS_LENGTH
    assert remember((), many)[-1] == many[-1]
