"""What the gateway reads in the calls of a careless model, for every sentence of the corpora."""

from __future__ import annotations

import pytest

from bench.detect.corpus import LANGUAGES, Careless, careless, noted, with_arguments
from tests.detection.gateway import answer, made_of

CARELESS = [*careless("pl"), *careless("en")]


@pytest.mark.parametrize("calls", CARELESS, ids=str)
def test_careless_calls_mean_what_was_said_or_nothing(calls: Careless) -> None:
    # A call that is made twice means the same both times.
    got = frozenset(made_of(calls.sent, calls.case.language))
    assert noted(tuple(got)) == noted(calls.makes)


@pytest.mark.parametrize("calls", [calls for calls in CARELESS if not calls.makes], ids=str)
def test_whoever_is_rejected_is_told_what_to_send(calls: Careless) -> None:
    for args in calls.sent:
        told = answer(args, calls.case.language)
        assert told.status == "rejected"
        assert "; " in told.problem


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_is_without_careless_calls(language: str) -> None:
    covered = {calls.case.say for calls in careless(language)}
    assert {case.say for case in with_arguments(language)} <= covered


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sentence_is_known_by_its_text_alone(language: str) -> None:
    said = [case.say for case in with_arguments(language)]
    assert len(said) == len(set(said))
