"""What English sentences come to that are about something said before.

Each follows what the second column says to be remembered, as `test_brain_english` writes it.
"""

from __future__ import annotations

import pytest

from emulator.brain import understand
from emulator.intent import remember
from tests.emulator.notation import noted

SENTENCES = [
    # corrections of the amount
    ("Actually three", "add two milks", "= milk 3"),
    ("no, two", "add milk", "= milk 2"),
    ("no two", "add milk", "= milk 2"),
    ("make that three", "add two milks", "= milk 3"),
    ("make it three", "add two milks", "= milk 3"),
    ("sorry, two litres", "add milk", "= milk 2 l"),
    ("sorry, I meant three", "add two milks", "= milk 3"),
    ("no wait, three please", "add two milks", "= milk 3"),
    ("not two, three", "add two milks", "= milk 3"),
    ("not two but three", "add two milks", "= milk 3"),
    ("three, not two", "add two milks", "= milk 3"),
    ("three instead of two", "add two milks", "= milk 3"),
    ("only one", "add two milks", "= milk 1"),
    ("scratch that, three", "add two milks", "= milk 3"),
    ("no, bottles", "add two milks", "= milk 2 bottle"),
    ("rather a dozen", "add eggs", "= eggs 12"),
    ("change it to three", "add two milks", "= milk 3"),
    ("change that from two to three", "add two milks", "= milk 3"),
    ("set it to 3 bottles", "add two milks", "= milk 3 bottle"),
    ("it should be three", "add two milks", "= milk 3"),
    ("no, two", "add bread and milk", "= milk 2"),
    ("no, two", "add saffron", "= saffron 2"),
    ("no, two, and add bread", "add milk", "= milk 2, + bread"),
    ("no, two milks", "add bread", "= milk 2"),
    ("milk, actually two liters", "add milk and bread", "= milk 2 l"),
    ("three bottles", "add milk", "= milk 3 bottle"),
    ("three bottles", "add two milks", ""),
    # another product
    ("not milk, cream", "add two liters of milk", "- milk, + cream 2 l"),
    ("not milk but cream", "add milk", "- milk, + cream"),
    ("not milk, but three creams", "add two milks", "- milk, + cream 3"),
    ("not milk, cream", "add two milks and bread", "- milk, + cream 2"),
    ("no, not milk, cream", "add two milks", "- milk, + cream 2"),
    ("no, actually cream", "add two milks", "- milk, + cream 2"),
    ("cream, not milk", "add two milks", "- milk, + cream 2"),
    ("cream, not bread", "add milk", "+ cream"),
    ("not saffron, salt", "add saffron", "- saffron, + salt"),
    ("not saffron, salt", "add milk", ""),
    ("no, cream", "add milk", "- milk, + cream"),
    ("I mean cream", "add milk", "- milk, + cream"),
    ("sorry, cream", "add two milks", "- milk, + cream 2"),
    ("change it to cream", "add two milks", "- milk, + cream 2"),
    ("no, milk", "add milk", ""),
    # more of it
    ("one more", "add two liters of milk", "+ milk 1 l"),
    ("one more of those", "add milk", "+ milk 1"),
    ("two more of those", "add two cans of tuna", "+ tuna 2 can"),
    ("another one", "add milk", "+ milk 1"),
    ("another", "add milk", "+ milk 1"),
    ("another two bottles please", "add milk", "+ milk 2 bottle"),
    ("two of those", "add milk", "+ milk 2"),
    ("add two more", "add milk", "+ milk 2"),
    ("I need one more of those", "add milk", "+ milk 1"),
    ("can you add another one?", "add milk", "+ milk 1"),
    ("yes, one more", "add milk", "+ milk 1"),
    ("one more", "remove milk", "+ milk 1"),
    # remove it
    ("remove that", "add milk", "- milk"),
    ("take that off", "add milk", "- milk"),
    ("take it off the list", "add milk", "- milk"),
    ("delete it", "add milk and bread", "- bread"),
    ("please remove the last one", "add milk", "- milk"),
    ("get rid of it", "add milk", "- milk"),
    ("could you remove that?", "add milk", "- milk"),
    ("remove one of those", "add two milks", "- milk 1"),
    ("remove that and add bread", "add milk", "- milk, + bread"),
    ("bread, take it off the list", "add milk", "- bread"),
    # undo
    ("undo", "add milk", "undo"),
    ("Undo that.", "add milk", "undo"),
    ("take that back", "add milk", "undo"),
    ("scratch that", "add milk", "undo"),
    ("actually, scratch that", "add milk", "undo"),
    ("can you undo that?", "add milk", "undo"),
    ("cancel that", "add milk", "undo"),
    ("undo the last change", "add milk", "undo"),
    ("I'd like to undo that", "add milk", "undo"),
    ("undo", "", "undo"),
    ("undo that and add bread", "add milk", "undo, + bread"),
    ("Undo. Undo.", "add milk", "undo, undo"),
    ("take that back to the shop", "add milk", ""),
    ("undo your seat belt", "add milk", ""),
    # within one text
    ("Add milk. Scratch that.", "", ""),
    ("Add saffron and undo that", "", ""),
    ("Add bread. One more.", "add milk", "+ bread, + bread 1"),
    ("Add two breads. No, three.", "add milk", "+ bread 3"),
    ("add two milks, scratch that, three", "add bread", "+ milk 3"),
    ("add saffron, make it two", "add bread", "+ saffron 2"),
    ("remove it and add two more", "add bread", "- bread, + bread 2"),
    ("add one more and one more of those", "add bread", ""),
    ("change it to", "add bread", ""),
    ("no, another milk", "add bread", ""),
    ("no, milk too", "add bread", ""),
    ("not two", "add two breads", ""),
    ("take two of those off", "add milk", "- milk 2"),
    ("more", "add bread", ""),
    ("remove", "add bread", ""),
    # talk
    ("no", "add milk", ""),
    ("yes", "add milk", ""),
    ("three", "add milk", ""),
    ("one more time", "add milk", ""),
    ("two more times", "add milk", ""),
    ("actually I'm tired", "add milk", ""),
    ("no, thanks", "add milk", ""),
    ("two days ago", "add milk", ""),
    ("no, two days ago", "add milk", ""),
    ("one more thing", "add milk", ""),
    ("one more?", "add milk", ""),
    ("should I remove that?", "add milk", ""),
    ("he told me to remove it", "add milk", ""),
    ("I want to go home and delete it", "add milk", ""),
    ("set the alarm to seven", "add milk", ""),
    ("increase it by two", "add milk", ""),
    ("that's it", "add milk", ""),
    ("one two three", "add milk", ""),
    ("skip it", "add milk", ""),
    ("not that", "add milk", ""),
    ("delete all of them", "add milk", ""),
    ("sorry", "add milk", ""),
]


@pytest.mark.parametrize(("sentence", "before", "products"), SENTENCES)
def test_an_english_sentence_may_be_about_what_was_said_before(
    sentence: str, before: str, products: str
) -> None:
    mentioned = remember((), understand(before, "en-US"))
    assert noted(understand(sentence, "en-US", mentioned)) == products


@pytest.mark.parametrize(
    "sentence",
    [
        "Actually three", "no, two", "make that three", "sorry, two litres", "not milk, cream",
        "one more", "another one", "two more of those", "remove that", "take that off",
        "delete it", "change it to cream", "no, cream",
    ],
)  # fmt: skip
def test_with_nothing_remembered_such_an_english_sentence_buys_nothing(sentence: str) -> None:
    assert understand(sentence, "en-US") == ()
