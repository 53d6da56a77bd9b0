"""The corpora hold what docs/detection.md says, and the emulator's brain reads their sentences."""

from __future__ import annotations

from collections import Counter

import pytest

from bench.detect.corpus import KINDS, LANGUAGES, ORDINARY, SIGNS, Case, Operation, cases, noted
from bench.detect.corpus import read_operations as read
from bench.service import ROOT
from shopping import locale_for
from tests.detection.gateway import called, made_of

AT_LEAST = {"pl": 200, "en": 150}
SPOKEN = 60
EXACT = 0.98


@pytest.mark.parametrize("language", LANGUAGES)
def test_there_are_as_many_sentences_as_promised(language: str) -> None:
    corpus = cases(language)
    unusual = [case for case in corpus if case.kind not in ORDINARY]
    assert len(corpus) >= AT_LEAST[language]
    assert len([case for case in corpus if case.spoken]) >= SPOKEN
    assert len(unusual) >= len(corpus) / 3


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_stands_there_twice(language: str) -> None:
    seen = Counter((case.before, case.say) for case in cases(language))
    assert [said for said, times in seen.items() if times > 1] == []


@pytest.mark.parametrize("case", [*cases("pl"), *cases("en")], ids=str)
def test_a_sentence_gives_what_its_kind_promises(case: Case) -> None:
    signs = {operation.sign for operation in case.gives}
    match case.kind:
        case "nothing":
            assert not case.gives
        case "several":
            assert len(case.gives) > 1
        case "plain" | "amount" | "again":
            assert [operation.sign for operation in case.gives] == ["+"]
        case "repair":
            assert signs == {"+"}
        case "correction" | "change":
            assert signs in ({"="}, {"-", "+"})
        case "removal":
            assert signs in ({"-"}, {"="})
        case _:
            assert len(signs) == 1
    # Nothing can be corrected, removed or taken back that was not there before.
    assert case.before or signs <= {"+"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_names_and_units_are_those_of_the_list(language: str) -> None:
    locale = locale_for(language)
    for operation in (each for case in cases(language) for each in case.gives):
        known = locale.product(operation.name)
        assert known is None or known.name == operation.name
        assert operation.unit is None or operation.unit in locale.units


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_brain_reads_what_needs_no_memory(language: str) -> None:
    on_their_own = [case for case in cases(language) if not case.before]
    wrong = [
        f"{case}: {noted(got)}"
        for case in on_their_own
        if noted(got := heard(case)) != noted(case.gives)
    ]
    assert len(wrong) <= (1 - EXACT) * len(on_their_own), wrong


def heard(case: Case) -> tuple[Operation, ...]:
    """Return what becomes of an empty list: what is not on it cannot be taken off."""
    drafts = made_of(called(case.say, case.language), case.language)
    added = {draft.name for draft in drafts if draft.sign == "+"}
    return tuple(draft for draft in drafts if draft.sign != "-" or draft.name in added)


def test_the_notation_says_every_operation() -> None:
    text = "+ mleko bez laktozy 1.5 l, = jajka 10 szt, - chleb razowy, ~ masło"
    operations = read(text)
    assert [operation.sign for operation in operations] == list(SIGNS)
    assert operations[0] == Operation("+", "mleko bez laktozy", 1.5, "l")
    assert operations[2] == Operation("-", "chleb razowy")
    assert ", ".join(map(str, operations)) == text


def test_the_order_of_operations_means_nothing() -> None:
    assert noted(read("- chleb, + mleko 1 l")) == noted(read("+ mleko 1 l, - chleb"))


@pytest.mark.parametrize("text", ["mleko", "+ mleko", "+ mleko dwa l", "-", "+ 2 l"])
def test_what_is_no_operation_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"operation|could not convert"):
        read(text)


def test_the_document_counts_the_sentences_of_each_kind() -> None:
    page = (ROOT / "docs" / "detection.md").read_text(encoding="utf-8")
    counted = [Counter(case.kind for case in cases(language)) for language in LANGUAGES]
    for kind in KINDS:
        assert f"| `{kind}` | {counted[0][kind]} | {counted[1][kind]} |" in page
    spoken = [sum(case.spoken for case in cases(language)) for language in LANGUAGES]
    assert f"| all | {counted[0].total()} | {counted[1].total()} |" in page
    assert f"| of these spoken too | {spoken[0]} | {spoken[1]} |" in page
