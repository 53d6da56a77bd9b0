"""Tests for `actors.typed`."""

from __future__ import annotations

from actors.typed import Typed


def typed(*refs: str | None) -> Typed:
    sentences = Typed()
    for ref in refs:
        sentences.add(ref)
    return sentences


def test_sentences_are_answered_in_the_order_in_which_they_were_typed() -> None:
    sentences = typed("t1", None, "t2")
    seen = []
    for _ in range(4):
        seen.append(sentences.ref)
        sentences.answered()
    assert seen == ["t1", None, "t2", None]


def test_all_that_wait_are_known_for_the_next_connection() -> None:
    sentences = typed("t1", None, "t2")
    assert list(sentences.refs) == ["t1", None, "t2"]
    sentences.answered()
    assert list(sentences.refs) == [None, "t2"]


def test_what_nobody_will_answer_is_forgotten_and_named() -> None:
    sentences = typed("t1", None)
    assert sentences.forget(later_too=True) == ("t1", None)
    assert (sentences.ref, sentences.refs) == (None, ())


def test_what_was_typed_after_the_end_is_kept_for_what_comes_after_it() -> None:
    sentences = typed("t1", "t2")
    sentences.end()
    sentences.add("t3")
    sentences.answered()
    assert sentences.forget(later_too=False) == ("t2",)
    assert sentences.refs == ("t3",)
    assert sentences.forget(later_too=False) == ()


def test_an_end_that_everything_before_was_answered_of_forgets_nothing() -> None:
    sentences = typed("t1")
    sentences.end()
    sentences.answered()
    sentences.add("t2")
    sentences.answered()
    sentences.answered()
    sentences.add("t3")
    assert sentences.forget(later_too=False) == ()
    assert sentences.refs == ("t3",)
