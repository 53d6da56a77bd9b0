"""Tests for `schemas.gemini`."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.gemini import (
    AudioStreamEnd,
    Blob,
    CallOutcome,
    FunctionResponse,
    GeminiMessageInvalid,
    GoAway,
    Remark,
    ToolResponse,
    TypedText,
    decode,
    encode_audio,
    encode_control,
)
from schemas.product import ProductDraft

MILK = ProductDraft(
    name="mleko", action="add", quantity=1, unit="l", category="Nabiał", confidence=0.9
)


def test_an_empty_setup_complete_is_told_from_none() -> None:
    """`{"setupComplete":{}}` is an acceptance, though an empty object is false in Python."""
    assert decode(b'{"setupComplete":{}}').setup_complete is not None
    assert decode(b"{}").setup_complete is None


def test_vertex_names_the_session() -> None:
    setup = decode(b'{"setupComplete":{"sessionId":"s1"}}').setup_complete
    assert setup is not None
    assert setup.session_id == "s1"


def test_every_field_of_one_message_is_read() -> None:
    message = decode(
        b"""{
          "serverContent": {
            "modelTurn": {"role": "model", "parts": [
              {"text": "a"},
              {"inlineData": {"mimeType": "audio/pcm;rate=24000", "data": "AAA="}},
              {"functionCall": {"name": "f", "id": "p"}}]},
            "inputTranscription": {"text": " mleko", "languageCode": "pl"},
            "outputTranscription": {"text": "dobrze"},
            "generationComplete": true, "turnComplete": true, "interrupted": true,
            "groundingMetadata": {}},
          "toolCall": {"functionCalls": [{"name": "f", "id": "c1", "args": {"a": [1, 2.0]}}]},
          "toolCallCancellation": {"ids": ["c0"]},
          "sessionResumptionUpdate": {"newHandle": "h", "resumable": true},
          "goAway": {"timeLeft": "50s"},
          "usageMetadata": {"promptTokenCount": 3, "responseTokenCount": 4, "totalTokenCount": 9,
            "thoughtsTokenCount": 2, "toolUsePromptTokenCount": 1, "cachedContentTokenCount": 3,
            "promptTokensDetails": [{"modality": "AUDIO", "tokenCount": 3}],
            "responseTokensDetails": [{"modality": "TEXT", "tokenCount": 4}]},
          "somethingNew": {"x": 1}
        }"""
    )
    content, calls = message.server_content, message.tool_call
    assert content is not None
    assert content.model_turn is not None
    text, audio, call = content.model_turn.parts
    assert text.text == "a"
    assert audio.inline_data == Blob("audio/pcm;rate=24000", "AAA=")
    assert call.function_call is not None
    assert call.function_call.id == "p"
    assert content.input_transcription is not None
    assert content.input_transcription.text == " mleko"
    assert content.output_transcription is not None
    assert content.output_transcription.text == "dobrze"
    assert (content.generation_complete, content.turn_complete, content.interrupted) == (True,) * 3
    assert calls is not None
    assert json.loads(bytes(calls.function_calls[0].args)) == {"a": [1, 2.0]}
    assert message.tool_call_cancellation is not None
    assert message.tool_call_cancellation.ids == ("c0",)
    assert message.session_resumption_update is not None
    assert message.session_resumption_update.new_handle == "h"
    assert message.go_away is not None
    assert message.go_away.time_left == "50s"
    assert message.usage_metadata is not None
    assert message.usage_metadata.total_token_count == 9
    assert message.usage_metadata.thoughts_token_count == 2
    assert message.usage_metadata.tool_use_prompt_token_count == 1
    assert message.usage_metadata.cached_content_token_count == 3
    assert message.usage_metadata.prompt_tokens_details[0].modality == "AUDIO"


@pytest.mark.parametrize(
    "frame",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe",
        b'{"goAway":{"timeLeft":7}}',
        b'{"serverContent":{"turnComplete":"yes"}}',
        b'{"serverContent":{"inputTranscription":{"text":"\xff"}}}',
        b'{"x":' + b"[" * 50_000,
    ],
)
def test_what_is_not_geminis_wire_is_one_error(frame: bytes) -> None:
    with pytest.raises(GeminiMessageInvalid):
        decode(frame)


def test_an_invalid_message_is_described_without_its_values() -> None:
    """The text is logged, and what shoppers say must not be."""
    with pytest.raises(GeminiMessageInvalid) as caught:
        decode(b'{"serverContent":{"inputTranscription":"kup mleko"}}')
    assert "inputTranscription" in str(caught.value)
    assert "mleko" not in str(caught.value)


@given(st.binary(min_size=2, max_size=5_000))
def test_audio_is_sent_in_base64_with_its_rate(pcm: bytes) -> None:
    assert json.loads(encode_audio(pcm)) == {
        "realtimeInput": {
            "audio": {
                "mimeType": "audio/pcm;rate=16000",
                "data": base64.b64encode(pcm).decode(),
            }
        }
    }


def test_the_end_of_audio_is_its_own_message() -> None:
    assert json.loads(encode_control(AudioStreamEnd())) == {
        "realtimeInput": {"audioStreamEnd": True}
    }


def test_answers_keep_their_order_and_name_their_calls() -> None:
    accepted = FunctionResponse(
        id="c1",
        name="update_shopping_list",
        response=CallOutcome(status="accepted", items=(MILK,)),
        scheduling="SILENT",
    )
    rejected = FunctionResponse(
        id="c2",
        name="update_shopping_list",
        response=CallOutcome(status="rejected", problem="items: missing"),
    )
    assert json.loads(encode_control(ToolResponse((accepted, rejected)))) == {
        "toolResponse": {
            "functionResponses": [
                {
                    "id": "c1",
                    "name": "update_shopping_list",
                    "response": {
                        "status": "accepted",
                        "items": [
                            {
                                "name": "mleko",
                                "action": "add",
                                "quantity": 1,
                                "unit": "l",
                                "category": "Nabiał",
                                "confidence": 0.9,
                            }
                        ],
                    },
                    "scheduling": "SILENT",
                },
                {
                    "id": "c2",
                    "name": "update_shopping_list",
                    "response": {"status": "rejected", "problem": "items: missing"},
                },
            ]
        }
    }


def test_a_notice_that_cannot_be_read_is_none() -> None:
    assert GoAway("7.5s").seconds == 7.5
    assert [GoAway(text).seconds for text in ("soon", "nans", "-1s", "1e9s", "")] == [0.0] * 5


def test_a_typed_sentence_goes_where_speech_goes() -> None:
    assert json.loads(encode_control(TypedText('dodaj "mleko"'))) == {
        "realtimeInput": {"text": 'dodaj "mleko"'}
    }


def test_a_remark_is_a_turn_that_is_not_to_be_answered() -> None:
    assert json.loads(encode_control(Remark('[dodano "mleko"]'))) == {
        "clientContent": {
            "turns": [{"role": "user", "parts": [{"text": '[dodano "mleko"]'}]}],
            "turnComplete": False,
        }
    }
