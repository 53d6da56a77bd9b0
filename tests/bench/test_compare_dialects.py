from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from bench.compare import frames, wire
from bench.compare.dialects import DIALECTS, Dialect
from bench.compare.stamps import Stamp, rest_of, written

STAMP = written(Stamp(1, 2, 3, 20, speech=True))
SOUND = STAMP + rest_of(20, speech=True)


def sent(dialect: Dialect) -> tuple[int, bytes]:
    around = dialect.around(20, speech=True)
    stamp = base64.b64encode(STAMP) if around.base64 else STAMP
    ((found), rest) = frames.split(around.before + stamp + around.after)
    assert rest == b""
    return found[0]


@pytest.mark.parametrize("key", DIALECTS)
def test_sound_is_a_whole_frame_in_every_dialect(key: str) -> None:
    opcode, payload = sent(DIALECTS[key])
    assert (opcode == frames.BINARY) == (payload == SOUND)


def test_v1_has_sound_in_json() -> None:
    message = json.loads(sent(DIALECTS["v1"])[1])
    assert message["type"] == "audio_chunk"
    assert base64.b64decode(message["audio_data"]) == SOUND


def test_through_a_tunnel_the_phone_speaks_geminis_wire() -> None:
    audio = json.loads(sent(DIALECTS["gemini"])[1])["realtimeInput"]["audio"]
    assert audio["mimeType"] == "audio/pcm;rate=16000"
    assert base64.b64decode(audio["data"]) == SOUND


def product(**fields: Any) -> dict[str, Any]:  # noqa: ANN401 - any field
    return {"type": "product_detected", "product": {"quantity": 5}, **fields}


def test_a_product_of_v2_is_acknowledged() -> None:
    found = DIALECTS["v2"].product(product(seq=9))
    assert found is not None
    assert found[0] == 5
    assert frames.split(found[1])[0] == [(frames.TEXT, b'{"type":"ack","seq":9}')]


def test_a_product_of_v1_is_not() -> None:
    assert DIALECTS["v1"].product(product()) == (5, b"")


def test_other_messages_hold_no_product() -> None:
    for key in ("v1", "v2", "example"):
        assert DIALECTS[key].product({"type": "transcript"}) is None
    assert DIALECTS["gemini"].product({"serverContent": {}}) is None


def test_a_call_of_the_examples_is_a_product() -> None:
    message = {"type": "tool_call", "args": {"quantity": 3.0}}
    assert DIALECTS["example"].product(message) == (3, b"")


def test_a_call_through_a_tunnel_is_answered_by_the_phone() -> None:
    made = frames.split(wire.called(1, 4, 20))[0]
    messages = [json.loads(payload) for _, payload in made]
    found = DIALECTS["gemini"].product(messages[-1])
    assert found is not None
    assert found[0] == 4
    answer = json.loads(frames.split(found[1])[0][0][1])
    assert wire.answered(answer) == [wire.call_id(1, 4)]


def test_answers_are_read_in_either_case() -> None:
    for outer, inner in (
        ("toolResponse", "functionResponses"),
        ("tool_response", "functionResponses"),
        ("tool_response", "function_responses"),
    ):
        assert wire.answered({outer: {inner: [{"id": "a"}]}}) == ["a"]
    assert wire.answered({"setup": {}}) == []


def test_a_session_can_be_spoken_to_once_that_is_told() -> None:
    assert DIALECTS["v1"].ready({"type": "status", "status": "listening"})
    assert not DIALECTS["v2"].ready({"type": "status", "status": "connecting"})
    assert DIALECTS["gemini"].ready({"setupComplete": {}})


def test_a_phone_may_have_a_list_already() -> None:
    opening = json.loads(frames.split(DIALECTS["v2-long-list"].opening)[0][0][1])
    names = [item["name"] for item in opening["list"]]
    assert len(names) == len({*names}) == 400


def test_everybody_connects_where_it_is_served() -> None:
    assert DIALECTS["v2"].path("anna") == "/ws/anna"
    assert DIALECTS["example"].path("anna") == "/ws"
    assert DIALECTS["gemini"].path("anna").endswith("GenerativeService.BidiGenerateContent")


def test_a_turn_ends_with_a_handle() -> None:
    messages = [json.loads(payload) for _, payload in frames.split(wire.completed(1, 2))[0]]
    assert messages[0]["serverContent"] == {"turnComplete": True}
    assert messages[1]["sessionResumptionUpdate"]["resumable"] is True
