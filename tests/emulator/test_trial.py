import pytest

from emulator.brain import understand
from emulator.report import (
    Heard,
    Recording,
    nothing_rows,
    share,
    shopping_row,
)
from emulator.trial.sentences import Sentence, Wanted, product_name, shopping_sentences
from emulator.trial.voices import Voice

MILK = Wanted("add", "milk", 2.0, "l")
BREAD = Wanted("add", "bread", None, None)


def heard(*got: Wanted, wanted: tuple[Wanted, ...] = (), kind: str = "talk") -> Heard:
    return Heard(Recording(kind, Sentence("…", wanted), b""), got)


@pytest.mark.parametrize("language", ["en", "pl"])
def test_the_same_seed_gives_the_same_sentences(language: str) -> None:
    assert shopping_sentences(language, 60, 1) == shopping_sentences(language, 60, 1)
    assert shopping_sentences(language, 60, 1) != shopping_sentences(language, 60, 2)


@pytest.mark.parametrize("language", ["en", "pl"])
def test_the_brain_reads_every_sentence_of_the_trial_as_meant(language: str) -> None:
    for sentence in shopping_sentences(language, 200, 3):
        read = [
            Wanted(intent.action, intent.name, intent.quantity, intent.unit)
            for intent in understand(sentence.text, language)
        ]
        assert read == list(sentence.wanted), sentence.text


def test_a_product_that_the_lexicon_lacks_is_a_mistake() -> None:
    with pytest.raises(LookupError, match="spaceships"):
        product_name("en", "spaceships")


def test_a_sentence_is_exact_only_without_anything_more_or_less() -> None:
    assert heard(MILK, BREAD, wanted=(BREAD, MILK)).exact
    assert not heard(MILK, wanted=(BREAD, MILK)).exact
    assert not heard(MILK, MILK, wanted=(MILK,)).exact
    assert heard(MILK, MILK, wanted=(MILK, BREAD)).items_found == 1


def test_the_row_of_a_voice_gives_both_shares() -> None:
    rows = [heard(MILK, wanted=(MILK,)), heard(MILK, wanted=(MILK, BREAD))]

    assert shopping_row("flite", "en", rows) == "| flite | en | 2 | 50% | 67% |"


def test_false_products_are_counted_by_kind_and_in_all() -> None:
    rows = list(nothing_rows("pl", [heard(), heard(MILK), heard(kind="noise")]))

    assert rows == ["| talk | pl | 2 | 50% |", "| noise | pl | 1 | 0% |", "| all | pl | 3 | 33% |"]


def test_a_share_of_nothing_is_nothing() -> None:
    assert share(0, 0) == 0.0


def test_a_voice_is_named_as_its_program_names_it() -> None:
    assert str(Voice("espeak-ng", "pl", 140, 40)) == "espeak-ng pl 140/40"
    assert str(Voice("flite", "slt")) == "flite slt"
