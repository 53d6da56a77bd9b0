from __future__ import annotations

import base64
import json
from collections.abc import Callable

import msgspec
import pytest

from emulator.messages import ClientMessage, RealtimeInput
from emulator.protojson import InvalidPayload, Parser

PARSER = Parser(ClientMessage)


def parse(message: object) -> ClientMessage:
    return PARSER.parse(json.dumps(message).encode())


def complaint(message: object) -> str:
    with pytest.raises(InvalidPayload) as caught:
        parse(message)
    return str(caught.value)


def test_keys_may_be_in_either_case_at_any_depth() -> None:
    camel = parse(
        {"setup": {"generationConfig": {"speechConfig": {"languageCode": "pl-PL"}, "topK": 1}}}
    )
    mixed = parse(
        {"setup": {"generation_config": {"speechConfig": {"language_code": "pl-PL"}, "top_k": 1}}}
    )
    assert camel == mixed


@pytest.mark.parametrize("padding", ["", "="])
@pytest.mark.parametrize("encode", [base64.standard_b64encode, base64.urlsafe_b64encode])
def test_bytes_may_be_in_either_alphabet_with_or_without_padding(
    encode: Callable[[bytes], bytes], padding: str
) -> None:
    data = bytes(range(248, 256))
    text = encode(data).decode().rstrip("=") + padding
    message = parse({"realtime_input": {"audio": {"data": text}}})
    assert message.realtime_input is not None
    assert message.realtime_input.audio is not None
    assert message.realtime_input.audio.data == data


@pytest.mark.parametrize("number", [100000, "100000", 100000.0, "1e5"])
def test_integers_may_be_numbers_or_strings(number: object) -> None:
    message = parse({"setup": {"contextWindowCompression": {"triggerTokens": number}}})
    assert msgspec.to_builtins(message) == {
        "setup": {"contextWindowCompression": {"triggerTokens": 100000}}
    }


def test_null_means_absent() -> None:
    assert parse({"realtimeInput": {"audio": None, "text": "hi"}}) == ClientMessage(
        realtime_input=RealtimeInput(text="hi")
    )


def test_a_field_may_not_be_there_in_both_spellings() -> None:
    assert complaint({"setup": {"generationConfig": {"topK": 1, "top_k": 2}}}) == (
        "Invalid JSON payload received. \"top_k\" at 'setup.generation_config' is there in both "
        "spellings."
    )
    assert "is there in both" in complaint({"realtimeInput": {}, "realtime_input": {}})


def test_schemas_may_nest() -> None:
    schema = {
        "type": "OBJECT",
        "properties": {"items": {"type": "ARRAY", "items": {"type": "STRING", "maxLength": "5"}}},
        "anyOf": [{"type": "NUMBER", "minimum": 0.5, "default": {"a": 1}}],
    }
    declared = {"functionDeclarations": [{"name": "f", "parameters": schema}]}
    message = parse({"setup": {"tools": [declared]}})
    shown = msgspec.to_builtins(message)["setup"]["tools"][0]["functionDeclarations"][0]
    schema["properties"]["items"]["items"]["maxLength"] = 5  # type: ignore[index]  # just above
    assert json.loads(json.dumps(shown["parameters"])) == schema


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (
            {"setup": {"generationConfig": {"foo": 1}}},
            (
                "Invalid JSON payload received. Unknown name \"foo\" at 'setup.generation_config': "
                "Cannot find field."
            ),
        ),
        ({"hello": {}}, 'Invalid JSON payload received. Unknown name "hello": Cannot find field.'),
        ({"setup": {"model": 3}}, "Invalid value at 'setup.model' (TYPE_STRING), 3"),
        ({"setup": []}, "Invalid value at 'setup' (Setup), []"),
        ([], "Invalid value at '' (ClientMessage), []"),
        (
            {"setup": {"tools": {}}},
            "Invalid value at 'setup.tools' (TYPE_LIST), {}",
        ),
        (
            {"setup": {"tools": [{"functionDeclarations": [{"behavior": "MAYBE"}]}]}},
            (
                "Invalid value at 'setup.tools[0].function_declarations[0].behavior' (TYPE_ENUM), "
                '"MAYBE"'
            ),
        ),
        (
            {"setup": {"generationConfig": {"temperature": "warm"}}},
            "Invalid value at 'setup.generation_config.temperature' (TYPE_FLOAT), \"warm\"",
        ),
        (
            {"setup": {"generationConfig": {"seed": 1.5}}},
            "Invalid value at 'setup.generation_config.seed' (TYPE_INT64), 1.5",
        ),
        (
            {"setup": {"generationConfig": {"seed": "Infinity"}}},
            "Invalid value at 'setup.generation_config.seed' (TYPE_INT64), \"Infinity\"",
        ),
        (
            {"setup": {"generationConfig": {"seed": True}}},
            "Invalid value at 'setup.generation_config.seed' (TYPE_INT64), true",
        ),
        (
            {"realtimeInput": {"audioStreamEnd": "yes"}},
            "Invalid value at 'realtime_input.audio_stream_end' (TYPE_BOOL), \"yes\"",
        ),
        (
            {"realtimeInput": {"audio": {"data": "AA*A"}}},
            "Invalid value at 'realtime_input.audio.data' (TYPE_BYTES), Base64 decoding failed",
        ),
        (
            {"realtimeInput": {"audio": {"data": "żółw"}}},
            "Invalid value at 'realtime_input.audio.data' (TYPE_BYTES), Base64 decoding failed",
        ),
        (
            {"realtimeInput": {"audio": {"data": 5}}},
            "Invalid value at 'realtime_input.audio.data' (TYPE_BYTES), 5",
        ),
        (
            {"toolResponse": {"functionResponses": [{"response": "ok"}]}},
            "Invalid value at 'tool_response.function_responses[0].response' (TYPE_STRUCT), \"ok\"",
        ),
        (
            {"setup": {"labels": {"team": 5}}},
            "Invalid value at 'setup.labels.team' (TYPE_STRING), 5",
        ),
    ],
)
def test_a_wrong_message_is_refused_with_its_path(message: object, expected: str) -> None:
    assert complaint(message) == expected


@pytest.mark.parametrize(
    "number", [10**400, -(10**400), "1" + "0" * 400, "9" * 9000, "nan", "Infinity", "1e999"]
)
def test_numbers_that_no_field_can_hold_are_refused(number: object) -> None:
    generation = complaint({"setup": {"generationConfig": {"temperature": number}}})
    assert generation.startswith("Invalid value at 'setup.generation_config.temperature'")
    seed = complaint({"setup": {"generationConfig": {"seed": number}}})
    assert seed.startswith("Invalid value at 'setup.generation_config.seed' (TYPE_INT64)")


def test_an_integer_has_64_bits() -> None:
    assert "TYPE_INT64" in complaint({"setup": {"generationConfig": {"seed": 2**63}}})
    parse({"setup": {"generationConfig": {"seed": -(2**63)}}})


def nested(levels: int) -> bytes:
    """Return a schema within a setup, this many levels deep in all."""
    before = b'{"setup":{"tools":[{"functionDeclarations":[{"parameters":'
    inner = levels - 6
    return before + b'{"items":' * inner + b"{}" + b"}" * inner + b"}]}]}}"


def test_messages_nest_up_to_a_hundred_levels() -> None:
    PARSER.parse(nested(99))
    with pytest.raises(InvalidPayload, match="too deep"):
        PARSER.parse(nested(101))


def test_many_brackets_are_not_many_levels() -> None:
    parse({"setup": {"tools": [{} for _ in range(200)]}})


@pytest.mark.parametrize("frame", [b"[" * 100_000, b'{"setup":' * 100_000])
def test_what_nests_without_end_is_refused(frame: bytes) -> None:
    with pytest.raises(InvalidPayload, match="Unexpected token"):
        PARSER.parse(frame)


@pytest.mark.parametrize("frame", [b"", b"{", b"\xff", b'{"setup":{}} x'])
def test_what_is_no_json_is_refused(frame: bytes) -> None:
    with pytest.raises(InvalidPayload, match="Unexpected token"):
        PARSER.parse(frame)
