"""Tests for `gateway.gemini_models`."""

from __future__ import annotations

import pytest

from gateway.gemini_models import PROFILES, profile_of


@pytest.mark.parametrize("model", PROFILES)
def test_a_model_has_the_same_profile_however_it_is_addressed(model: str) -> None:
    assert profile_of(f"models/{model}") is profile_of(model)
    assert profile_of(f"projects/p/locations/l/publishers/google/models/{model}") is PROFILES[model]


def test_a_model_that_nobody_knows_yet_is_taken_to_be_like_the_default() -> None:
    assert profile_of("gemini-9-live") is PROFILES["gemini-3.8-live"]


def test_the_default_model_gets_neither_thinking_nor_a_blocking_function() -> None:
    profile = profile_of("gemini-3.8-live")
    assert profile.thinking_level is None
    assert profile.non_blocking
    assert profile.scheduling
