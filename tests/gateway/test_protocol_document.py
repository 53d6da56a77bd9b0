"""docs/protocol.md against the code; tests/e2e/test_wscat.py types its errors into a gateway."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

from actors import session, states
from actors.endings import Why
from actors.policy import SessionPolicy
from gateway.talk_wire import encode
from schemas import client, server
from schemas.close_codes import CloseCode
from schemas.product import Product
from tests.support.markdown import rows

PROTOCOL = (Path(__file__).parents[2] / "docs/protocol.md").read_text()
THE_PHONES_OWN = {CloseCode.NORMAL}
THE_SERVERS_OWN = {1007}
"""Sent by the WebSocket library before a frame reaches us; a test over the process holds it."""


def test_every_status_is_documented_with_its_text() -> None:
    documented = {row[0]: row[1] for row in rows(PROTOCOL, "| `status` | `message` | meaning |")}
    assert set(documented) == set(get_args(server.StatusName))
    code = Path(states.__file__).read_text()
    for status, message in documented.items():
        assert f'"{status}": "{message}"' in code


def test_every_close_code_that_is_sent_is_documented() -> None:
    documented = {int(row[0]) for row in rows(PROTOCOL, "| code | when | reconnect? |")}
    assert documented == set(CloseCode) - THE_PHONES_OWN | THE_SERVERS_OWN


def test_every_message_of_both_directions_is_documented() -> None:
    for kind in (*get_args(client.ClientMessage), *get_args(server.ServerMessage)):
        assert f'"type":"{kind.__struct_config__.tag}"' in PROTOCOL


def test_every_field_of_a_product_is_documented() -> None:
    fields = [row[0] for row in rows(PROTOCOL, "| field | value |")]
    assert fields == list(Product.__struct_fields__)


def test_errors_that_name_no_field_are_documented() -> None:
    documented = {row[0] for row in rows(PROTOCOL, "| `message` | meaning |")}
    assert {session.EXHAUSTED_TEXT, *(why.value for why in Why)} <= documented


def test_bounds_are_documented() -> None:
    policy = SessionPolicy()
    assert f"{policy.uplink_ms // 1000} s of it are kept (`UPLINK_BUFFER_MS`)" in PROTOCOL
    tolerated = f"More than {policy.violations} such\nframes in {policy.violations_period_s:g} s"
    assert tolerated in PROTOCOL
    assert f"not taken for {policy.client_send_timeout_s:g} s" in PROTOCOL
    assert f"at most {client.MAX_TEXT_FRAME} are read" in PROTOCOL
    sizes = f"{client.MIN_AUDIO_BYTES} to {client.MAX_AUDIO_BYTES:_} bytes".replace("_", " ")
    assert sizes in PROTOCOL


def test_start_session_goes_out_as_documented() -> None:
    assert encode(client.StartSession()) == '{"type":"start_session"}'
    assert encode(client.StartSession("en-US")) == '{"type":"start_session","language":"en-US"}'
