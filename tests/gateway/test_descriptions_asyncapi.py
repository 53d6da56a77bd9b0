"""`/asyncapi.json` against the schemas; tests/e2e/test_descriptions.py has it read by a parser."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest

from gateway.descriptions import codes, examples
from gateway.descriptions.asyncapi import USER_ID_PATTERN, document
from schemas import client, server
from schemas.close_codes import CloseCode
from schemas.errors import ErrorCode
from tests.support.an_app import App
from tests.support.asgi import connected
from tests.support.markdown import rows

PROTOCOL = (Path(__file__).parents[2] / "docs/protocol.md").read_text()
DOCUMENT = msgspec.json.decode(msgspec.json.encode(document()))
UNIONS = {
    "receiveV1": client.ClientMessageV1,
    "sendV1": server.ServerMessageV1,
    "receiveV2": client.ClientMessageV2,
    "sendV2": server.ServerMessageV2,
}


def followed(reference: str) -> Any:  # noqa: ANN401 - JSON is anything
    found = DOCUMENT
    for name in reference.removeprefix("#/").split("/"):
        found = found[name]
    return followed(found["$ref"]) if "$ref" in found else found


def messages(operation: str) -> list[dict[str, Any]]:
    return [followed(one["$ref"]) for one in DOCUMENT["operations"][operation]["messages"]]


def text_messages(operation: str) -> list[dict[str, Any]]:
    found = messages(operation)
    return [one for one in found if one["contentType"] == "application/json"]


@pytest.mark.parametrize("operation", UNIONS)
def test_every_message_of_each_version_and_direction_is_there(operation: str) -> None:
    kinds = get_args(UNIONS[operation])
    assert [one["payload"]["$ref"] for one in text_messages(operation)] == [
        f"#/components/schemas/{kind.__name__}" for kind in kinds
    ]
    assert [one["name"] for one in text_messages(operation)] == [
        kind.__struct_config__.tag for kind in kinds
    ]


@pytest.mark.parametrize(
    ("operation", "sizes"),
    [("receiveV1", []), ("sendV1", []), ("receiveV2", [(320, 64_000)]), ("sendV2", [(2, None)])],
)
def test_binary_frames_belong_to_version_2(
    operation: str, sizes: list[tuple[int, int | None]]
) -> None:
    binary = [one["payload"] for one in messages(operation) if one not in text_messages(operation)]
    assert [(one["minLength"], one.get("maxLength")) for one in binary] == sizes


@pytest.mark.parametrize("operation", UNIONS)
def test_every_message_has_examples_that_are_such_messages(operation: str) -> None:
    for message in text_messages(operation):
        assert message["examples"]
        for example in message["examples"]:
            text = msgspec.json.encode(example["payload"])
            parsed = msgspec.json.decode(text, type=UNIONS[operation])
            assert type(parsed).__name__ == message["payload"]["$ref"].rpartition("/")[2]


def test_what_phones_send_in_the_examples_is_taken() -> None:
    for operation, decode in (("receiveV1", client.decode_v1), ("receiveV2", client.decode_v2)):
        for message in text_messages(operation):
            for example in message["examples"]:
                assert decode(msgspec.json.encode(example["payload"]).decode()) in (
                    examples.FROM_PHONES
                )


def test_subprotocol_of_each_version_is_part_of_its_handshake() -> None:
    bindings = {key: one["bindings"]["ws"] for key, one in DOCUMENT["channels"].items()}
    assert "headers" not in bindings["phoneV1"]
    offered = bindings["phoneV2"]["headers"]["properties"]["Sec-WebSocket-Protocol"]
    assert offered == {"type": "string", "const": "shopping.v2"}


def test_every_field_is_described() -> None:
    for name, schema in DOCUMENT["components"]["schemas"].items():
        assert schema["description"], name
        for field, part in schema["properties"].items():
            assert part.get("description") or "const" in part, f"{name}.{field}"


def test_close_codes_are_those_of_the_protocols_document() -> None:
    documented = rows(PROTOCOL, "| code | when | reconnect? |")
    told = [[str(one.code), one.when, one.reconnect] for one in codes.CLOSINGS]
    assert told == documented
    for channel in DOCUMENT["channels"].values():
        assert [list(one.values()) for one in channel["x-close-codes"]] == [
            [int(code), *rest] for code, *rest in documented
        ]
    assert set(CloseCode) - {CloseCode.NORMAL} <= {one.code for one in codes.CLOSINGS}
    assert rows(DOCUMENT["info"]["description"], "| code | when | reconnect? |") == documented


def test_error_codes_are_those_of_the_protocols_document() -> None:
    documented = dict(rows(PROTOCOL, "| `code` | meaning |"))
    field = DOCUMENT["components"]["schemas"]["ErrorV2"]["properties"]["code"]
    assert field["x-enumDescriptions"] == documented
    assert set(field["enum"]) == set(documented) == set(get_args(ErrorCode))


def test_statuses_are_those_of_the_protocols_document() -> None:
    documented = [tuple(row) for row in rows(PROTOCOL, "| `status` | `message` | meaning |")]
    assert list(codes.STATUSES) == documented
    field = DOCUMENT["components"]["schemas"]["Status"]["properties"]["status"]
    assert set(field["x-enumDescriptions"]) == set(field["enum"])


def test_refused_handshakes_are_those_of_the_protocols_document() -> None:
    documented = rows(PROTOCOL, "| status | `error` |")
    assert [[str(one.status), one.error] for one in codes.REFUSALS] == documented
    assert rows(DOCUMENT["info"]["description"], "| status | `error` |") == documented


def test_what_each_value_means_is_told_of_values_that_there_are() -> None:
    for name in ("AudioGap.reason", "ProductRetracted.reason"):
        kind, field = name.split(".")
        part = DOCUMENT["components"]["schemas"][kind]["properties"][field]
        assert set(part["x-enumDescriptions"]) == set(part["enum"])


def test_bounds_of_base64_are_those_of_the_sound_in_it() -> None:
    field = DOCUMENT["components"]["schemas"]["AudioChunk"]["properties"]["audio_data"]
    assert [field["minLength"], field["maxLength"]] == [
        len(base64.b64encode(bytes(size)))
        for size in (client.MIN_AUDIO_BYTES, client.MAX_AUDIO_BYTES)
    ]


@pytest.mark.parametrize(
    "user_id", ["anna", "a" * 128, "A-z.0_9~@-", "a" * 129, "", "a b", "a/b", "ż", "a\n", "a:b"]
)
async def test_users_names_that_are_described_are_those_that_are_taken(user_id: str) -> None:
    quoted = user_id.replace(" ", "%20").replace("\n", "%0A").replace("ż", "%C5%BC")
    async with connected(App().asgi, f"/ws/{quoted}") as phone:
        assert phone.accepted == bool(re.search(USER_ID_PATTERN.replace("$", r"\Z"), user_id))
