"""Tests for `gateway.sdk_intent`: google-genai is asked, and opens nothing."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator

import pytest
from google import genai
from google.genai import types

from gateway.sdk_intent import asking, intent_of


async def test_address_headers_and_setup_are_the_sdks_own() -> None:
    version = types.HttpOptions(api_version="v1beta")
    client = genai.Client(vertexai=False, api_key="sentinel", http_options=version)
    config = types.LiveConnectConfig(system_instruction="Listen.")
    intent = await intent_of(client, model="gemini-3.8-live", config=config)
    path = "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent"
    assert intent.uri == f"wss://generativelanguage.googleapis.com/{path}"
    assert intent.headers["x-goog-api-key"] == "sentinel"
    setup = json.loads(intent.setup)["setup"]
    assert setup["model"] == "models/gemini-3.8-live"
    assert setup["systemInstruction"]["parts"] == [{"text": "Listen."}]


async def _opens_in_another_way(**_kwargs: object) -> AsyncIterator[None]:
    yield


async def test_an_sdk_that_opens_in_another_way_is_noticed_when_the_gateway_starts() -> None:
    for connect in (_opens_in_another_way, contextlib.asynccontextmanager(_opens_in_another_way)):
        with pytest.raises(TypeError, match="no longer calls ws_connect"):
            asking(connect)
