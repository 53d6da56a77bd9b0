"""Tests for `gateway.gemini_setup`."""

from __future__ import annotations

import pytest
from google.genai import types

from actors.ports import LinkRequest
from gateway.gemini_models import profile_of
from gateway.gemini_setup import live_config
from schemas.shopping_list import Item
from shopping import UNDO_NAME, locale_for, system_instruction
from shopping.tool import FUNCTION_NAME

MILK = Item("i1", "mleko", 2, "l", "Nabiał")


def config_of(
    model: str, *, language: str = "pl-PL", handle: str | None = None
) -> dict[str, object]:
    config = live_config(LinkRequest(language=language, handle=handle), profile_of(model))
    return config.model_dump(exclude_none=True)


def functions_of(model: str) -> list[types.FunctionDeclaration]:
    config = live_config(LinkRequest(language="pl-PL"), profile_of(model))
    assert config.tools is not None
    tool = config.tools[0]
    assert isinstance(tool, types.Tool)
    assert tool.function_declarations is not None
    return tool.function_declarations


@pytest.mark.parametrize("language", ["pl-PL", "en-GB", "de-DE"])
def test_the_shoppers_language_is_asked_for_in_both_transcriptions(language: str) -> None:
    config = config_of("gemini-3.8-live", language=language)
    assert config["input_audio_transcription"] == {"language_codes": [language]}
    assert config["output_audio_transcription"] == {"language_codes": [language]}


def test_resumption_is_asked_for_with_and_without_a_handle() -> None:
    assert config_of("gemini-3.8-live")["session_resumption"] == {}
    assert config_of("gemini-3.8-live", handle="h")["session_resumption"] == {"handle": "h"}


def test_the_default_model_is_sent_nothing_that_it_has_retired() -> None:
    config = config_of("gemini-3.8-live")
    assert {"thinking_config", "proactivity", "enable_affective_dialog"}.isdisjoint(config)
    assert config["response_modalities"] == [types.Modality.AUDIO]
    behaviors = {function.behavior for function in functions_of("gemini-3.8-live")}
    assert behaviors == {types.Behavior.NON_BLOCKING}


def test_a_model_with_synchronous_functions_only_is_declared_no_behavior() -> None:
    functions = functions_of("gemini-3.1-flash-live-preview")
    assert [function.behavior for function in functions] == [None, None]


@pytest.mark.parametrize(
    ("model", "level"),
    [
        ("gemini-3.8-live-extended-thinking", types.ThinkingLevel.LOW),
        ("gemini-3.1-flash-live-preview", types.ThinkingLevel.MINIMAL),
    ],
)
def test_a_model_that_thinks_is_told_how_little(model: str, level: types.ThinkingLevel) -> None:
    assert config_of(model)["thinking_config"] == {"thinking_level": level}


def test_a_function_for_products_and_one_for_an_undo_are_declared() -> None:
    product, undo = functions_of("gemini-3.8-live")
    assert (product.name, undo.name) == (FUNCTION_NAME, UNDO_NAME)
    assert product.parameters is not None
    assert undo.parameters is None


def test_replies_are_asked_for_where_they_are_played() -> None:
    def told(*, aloud: bool) -> object:
        request = LinkRequest(language="pl-PL", shopping_list=(MILK,), aloud=aloud)
        return live_config(request, profile_of("gemini-3.8-live")).system_instruction

    polish = locale_for("pl-PL")
    for aloud in (True, False):
        assert told(aloud=aloud) == system_instruction(polish, (MILK,), aloud=aloud)
    assert told(aloud=True) != told(aloud=False)
