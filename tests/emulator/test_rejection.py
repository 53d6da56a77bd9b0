import math

import pytest

from emulator.rejection import RULES, Evidence, Stretch, edits, log_score, weigh


def phone(label: str, first: int, last: int, score: float) -> Stretch:
    return Stretch(label, (label,), first, last, score)


LOOP = (
    phone("SIL", 0, 9, -10.0),
    phone("M", 10, 19, -100.0),
    phone("IH", 20, 29, -100.0),
    phone("L", 30, 39, -100.0),
    phone("K", 40, 49, -100.0),
)


def test_words_that_are_what_was_said_score_as_the_free_phones_do() -> None:
    word = Stretch("milk", ("M", "IH", "L", "K"), 10, 49, -400.0)

    assert weigh([word], LOOP) == Evidence(deficit=0.0, worst_deficit=0.0, disagreement=0.0)


def test_the_worst_word_is_found_and_short_words_are_not_judged() -> None:
    words = [
        Stretch("a", ("AH",), 10, 19, -900.0),
        Stretch("tin", ("T", "IH", "N"), 20, 49, -600.0),
    ]

    evidence = weigh(words, LOOP)

    assert evidence is not None
    assert evidence.worst_deficit == pytest.approx(-10.0)
    assert evidence.deficit == pytest.approx(-27.5)
    assert evidence.disagreement == pytest.approx(4 / 4)


@pytest.mark.parametrize("words", [(), (Stretch("a", ("AH",), 0, 9, -10.0),)])
def test_nothing_can_be_weighed_without_words_or_without_sound(words: tuple[Stretch, ...]) -> None:
    assert weigh(words, LOOP[:1]) is None


def test_a_frame_that_the_loop_left_out_counts_as_no_better() -> None:
    word = Stretch("milk", ("M", "IH", "L", "K"), 0, 9, 0.0)

    evidence = weigh([word], (phone("K", 5, 9, -50.0),))

    assert evidence is not None
    assert evidence.deficit == pytest.approx(5.0)


@pytest.mark.parametrize(
    ("ours", "theirs", "distance"),
    [("", "", 0), ("abc", "abc", 0), ("abc", "axc", 1), ("", "ab", 2)],
)
def test_edits_are_counted(ours: str, theirs: str, distance: int) -> None:
    assert edits(ours, theirs) == distance


def test_a_score_comes_back_from_its_likelihood() -> None:
    assert log_score(math.exp(-0.05)) == pytest.approx(-500)
    assert log_score(0.0) == -1e6


@pytest.mark.parametrize("language", RULES)
def test_the_rule_believes_what_fits_and_not_what_does_not(language: str) -> None:
    rule = RULES[language]

    assert rule.accepts(Evidence(deficit=-10, worst_deficit=-15, disagreement=0.3))
    assert not rule.accepts(Evidence(deficit=-60, worst_deficit=-90, disagreement=0.95))
