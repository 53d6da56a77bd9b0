"""Tests for `actors.utterance`."""

from __future__ import annotations

from actors.utterance import MAX_UTTERANCE, Utterance
from schemas.server import Transcript


def so_far(text: str) -> Transcript:
    return Transcript(text=text, is_user=True, final=False)


def test_pieces_of_an_utterance_make_one_transcript_that_grows() -> None:
    utterance = Utterance(is_user=True)
    assert utterance.add(" Dodaj") == [so_far("Dodaj")]
    assert utterance.add(" mleko ") == [so_far("Dodaj mleko")]
    assert utterance.finish() == [Transcript(text="Dodaj mleko", is_user=True)]
    assert utterance.finish() == []


def test_what_is_said_next_is_another_utterance() -> None:
    utterance = Utterance(is_user=True)
    utterance.add("Dodaj mleko")
    utterance.finish()
    assert utterance.add(" i chleb") == [so_far("i chleb")]


def test_an_utterance_that_never_ends_is_sent_in_parts() -> None:
    utterance = Utterance(is_user=False)
    (growing,) = utterance.add("a" * (MAX_UTTERANCE - 1))
    assert not growing.final
    assert utterance.add("b") == [Transcript(text="a" * (MAX_UTTERANCE - 1) + "b", is_user=False)]
    assert utterance.finish() == []


def test_white_space_is_no_utterance() -> None:
    utterance = Utterance(is_user=True)
    assert utterance.add(" \n") == []
    assert utterance.finish() == []


def test_noise_is_none_of_the_shoppers_words() -> None:
    utterance = Utterance(is_user=True)
    assert utterance.add("<noise>") == []
    assert utterance.finish() == []
    assert utterance.add("<noise> dodaj") == [so_far("dodaj")]
    assert utterance.add(" <noise> ") == [so_far("dodaj")]
    assert utterance.add("<noise>mleko <noise>") == [so_far("dodaj mleko")]
    assert utterance.finish() == [Transcript(text="dodaj mleko", is_user=True)]
    assert utterance.add("< noise >") == [so_far("< noise >")]


def test_what_the_model_says_is_told_as_it_is() -> None:
    utterance = Utterance(is_user=False)
    utterance.add("<noise>")
    assert utterance.finish() == [Transcript(text="<noise>", is_user=False)]
