from __future__ import annotations

import pytest

from bench.faults.sentences import (
    BANANAS,
    CHOCOLATE,
    EGGS,
    JUICE,
    MILK,
    PAPER,
    POTATOES,
    TOMATOES,
    WATER,
    said,
)


@pytest.mark.parametrize(
    "word", [MILK, BANANAS, PAPER, POTATOES, WATER, EGGS, JUICE, CHOCOLATE, TOMATOES]
)
def test_each_sentence_is_found_by_a_word_of_it(word: str) -> None:
    assert word in said(word).text
    assert said(word).items


def test_a_sentence_is_whole_and_has_the_silence_that_ends_it() -> None:
    milk = said(MILK)
    assert milk.items == (("add", "mleko", 2.0),)
    assert len(milk.pcm) / 32 - milk.ends_ms >= 1_000
    assert milk.begins_ms < milk.ends_ms


def test_a_word_that_no_sentence_has_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="not enough values"):
        said("kawa")
