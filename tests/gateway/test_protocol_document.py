"""docs/protocol.md against the code; tests/e2e/test_wscat.py types its errors into a gateway."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from actors import ledger, states, stopping
from actors.endings import Why
from actors.policy import SessionPolicy
from gateway import talk_wire
from schemas import client, errors, server
from schemas.close_codes import CloseCode
from schemas.product import Product
from schemas.shopping_list import By, RetractionReason
from shopping import shopping_list
from tests.support.markdown import rows

PROTOCOL = (Path(__file__).parents[2] / "docs/protocol.md").read_text()
V1, V2 = PROTOCOL.split("\n## Version 2\n")
V2 = V2.split("\n## Close codes\n")[0]
THE_PHONES_OWN = {CloseCode.NORMAL}
THE_SERVERS_OWN = {1002, 1007}
"""Sent by the WebSocket library before a frame reaches us; a test over the process holds it."""
MESSAGES = "| message | meaning |"
POLICY = SessionPolicy()
LIMITS = server.Limits(POLICY.resume_window_s, POLICY.uplink_ms, ledger.MOST_UNACKNOWLEDGED)


def tables(part: str) -> tuple[set[str], set[str]]:
    """Return the types of the messages that phones send, and of those that they receive."""
    sends, receives = re.split(r"\n##+ [^\n]*[Ww]hat a phone receives", part)
    return _types(sends), _types(receives)


def _types(part: str) -> set[str]:
    shown = [row[0] for row in rows(part, MESSAGES)]
    return {found[1] for each in shown if (found := re.match(r'\{"type":"(\w+)"', each))}


def tags(union: object) -> set[str]:
    return {kind.__struct_config__.tag for kind in get_args(union)}


def examples(kind: str) -> list[str]:
    """Return the messages of one type that are shown in blocks of version 2."""
    blocks = re.findall(r"```json\n(.*?)```", V2, re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    whole = json.dumps(msgspec.to_builtins(LIMITS))
    found = [line.replace("{…}", whole) for line in lines if f'{{"type":"{kind}"' in line]
    assert found
    return found


def test_every_status_is_documented_with_its_text() -> None:
    documented = {row[0]: row[1] for row in rows(PROTOCOL, "| `status` | `message` | meaning |")}
    assert set(documented) == set(get_args(server.StatusName))
    code = Path(states.__file__).read_text()
    for status, message in documented.items():
        assert f'"{status}": "{message}"' in code


def test_every_close_code_that_is_sent_is_documented() -> None:
    documented = {int(row[0]) for row in rows(PROTOCOL, "| code | when | reconnect? |")}
    assert documented == set(CloseCode) - THE_PHONES_OWN | THE_SERVERS_OWN


def test_every_message_of_version_1_is_documented_and_no_other() -> None:
    assert tables(V1) == (tags(client.ClientMessageV1), tags(server.ServerMessageV1))


def test_every_message_of_version_2_is_documented_in_one_part_or_the_other() -> None:
    sends, receives = (earlier | new for earlier, new in zip(tables(V1), tables(V2), strict=True))
    assert sends == tags(client.ClientMessageV2)
    assert receives == tags(server.ServerMessageV2)


def test_binary_frames_are_documented_both_ways_in_version_2_only() -> None:
    assert V2.count("\n| a binary frame |") == 2
    assert f"little-endian, mono, {server.REPLY_SAMPLE_RATE // 1000} kHz" in V2
    assert "a binary frame | `frame: binary, but protocol v1 has text frames only`" in V1


def test_every_field_of_a_product_is_documented() -> None:
    fields = [row[0] for row in rows(PROTOCOL, "| field | value |")]
    assert fields == list(Product.__struct_fields__)


def test_every_error_code_is_documented() -> None:
    documented = [row[0] for row in rows(V2, "| `code` | meaning |")]
    assert documented == list(get_args(errors.ErrorCode))


def test_what_may_be_tried_again_is_documented_with_its_time() -> None:
    sentence = re.search(r"Worth another try are ([^.]*)\.", V2)
    assert sentence is not None
    documented = re.findall(r"`(\w+)`\s\(after\s(\d+) s\)", sentence[1])
    assert {code: int(s) * 1_000 for code, s in documented} == errors.RETRY_AFTER_MS


def test_errors_that_name_no_field_are_documented() -> None:
    documented = {row[0] for row in rows(PROTOCOL, "| `message` | meaning |")}
    assert {stopping.EXHAUSTED_TEXT, *(why.value for why in Why)} <= documented


def test_every_limit_is_documented_with_what_it_usually_is() -> None:
    documented = {row[0]: row[1] for row in rows(V2, "| limit | usually | of |")}
    usual = msgspec.to_builtins(LIMITS)
    assert documented == {name: f"{value:g}" for name, value in usual.items()}


def test_start_session_is_shown_with_all_that_it_may_carry() -> None:
    (shown,) = examples("start_session")
    assert set(json.loads(shown)) - {"type"} == set(client.StartListSession.__struct_fields__)
    message = client.decode_v2(shown)
    assert isinstance(message, client.StartListSession)
    assert message.resume is not None
    (listed,) = message.list
    assert None not in msgspec.to_builtins(listed).values()


def test_the_session_message_is_shown_with_all_that_it_carries() -> None:
    (shown,) = examples("session")
    message = talk_wire.decode(shown)
    assert isinstance(message, server.SessionInfo)
    assert list(json.loads(shown)) == ["type", *server.SessionInfo.__struct_fields__]


@pytest.mark.parametrize("kind", ["product_detected", "product_suggested", "product_retracted"])
def test_events_are_shown_as_they_are_printed(kind: str) -> None:
    (shown,) = examples(kind)
    message = talk_wire.decode(shown)
    assert msgspec.json.encode(message).decode() == shown


def test_every_operation_of_an_edit_is_shown_with_its_fields() -> None:
    shown = rows(V2, "| operation | meaning |")
    edit = '{"type":"edit","operations":[' + ",".join(row[0] for row in shown) + "]}"
    message = client.decode_v2(edit.replace("…", "a1"))
    assert isinstance(message, client.Edit)
    assert {type(each) for each in message.operations} == set(get_args(client.EditOperation))
    for operation, row in zip(message.operations, shown, strict=True):
        for field in operation.__struct_fields__:
            assert f'"{field}"' in row[0] or f"`{field}`" in row[1]


def test_every_request_is_shown_and_taken() -> None:
    for row in rows(V2, MESSAGES):
        if row[0].startswith("{") and "[…]" not in row[0]:
            client.decode_v2(row[0].replace("…", "a1"))


@pytest.mark.parametrize("values", [server.GapReason, RetractionReason, By, client.Reply])
def test_every_value_of_a_word_is_documented(values: object) -> None:
    for value in get_args(values):
        assert re.search(rf'[`"]{value}[`"]', V2)


def test_bounds_are_documented() -> None:
    assert f"{POLICY.uplink_ms // 1000} s of it are kept (`UPLINK_BUFFER_MS`)" in PROTOCOL
    tolerated = f"More than {POLICY.violations} such\nframes in {POLICY.violations_period_s:g} s"
    assert tolerated in PROTOCOL
    assert f"not taken for {POLICY.client_send_timeout_s:g} s" in PROTOCOL
    assert f"at most {client.MAX_TEXT_FRAME} are read" in PROTOCOL
    sizes = f"{client.MIN_AUDIO_BYTES} to {client.MAX_AUDIO_BYTES:_} bytes".replace("_", " ")
    assert sizes in V1
    assert (
        f"{client.MIN_AUDIO_BYTES} to {client.MAX_AUDIO_BYTES:_} bytes of PCM".replace("_", " ")
        in V2
    )


def test_bounds_of_version_2_are_documented() -> None:
    words = " ".join(V2.split())
    assert f"{POLICY.resume_window_s / 60:g} minutes (`SESSION_RESUME_WINDOW`)" in words
    assert f"below `SUGGEST_BELOW`, {POLICY.suggest_below:g}" in words
    assert POLICY.phone_grace_s == 2
    assert "the session waits two seconds for it to come back" in words
    assert f"typed sentence of up to {client.MAX_TEXT:_} characters".replace("_", " ") in words
    assert f"1 to {client.MAX_OPERATIONS} operations" in words
    assert f"The list holds {client.MAX_ITEMS} items" in words
    assert f"those that were (the last {ledger.REMEMBERED_REFS})" in words
    assert f"the newest {ledger.MOST_UNACKNOWLEDGED} events" in words
    assert f"more than {shopping_list.MOST_SUGGESTIONS} suggestions waited" in words


def test_start_session_goes_out_as_documented() -> None:
    assert talk_wire.encode(client.StartSession()) == '{"type":"start_session"}'
    assert (
        talk_wire.encode(client.StartSession("en-US"))
        == '{"type":"start_session","language":"en-US"}'
    )
