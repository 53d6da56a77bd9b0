"""The emulator's wire, on real sockets, with a mind and a voice that are not the real ones."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import json
import random
from typing import Any

import aiohttp
import pytest

from emulator.actions import Action, Close, Say
from emulator.app import LARGEST_FRAME
from emulator.faculties import Behaviour
from emulator.script import Script, ScriptedConnection, Step
from tests.support.emulator_app import (
    DEVELOPER_PATH,
    KEY,
    SETUP,
    VERTEX_PATH,
    LiveClient,
    Message,
    running_app,
)
from tests.support.emulator_fakes import MODEL, FakeEars

MANUAL: dict[str, Any] = {
    "setup": {
        **SETUP["setup"],
        "realtimeInputConfig": {"automaticActivityDetection": {"disabled": True}},
    }
}


def is_turn_complete(message: Message) -> bool:
    return bool(message.get("serverContent", {}).get("turnComplete"))


def is_tool_call(message: Message) -> bool:
    return "toolCall" in message


def new_handle(message: Message) -> str | None:
    handle: str | None = message.get("sessionResumptionUpdate", {}).get("newHandle")
    return handle


def audio(pcm: bytes, rate: int = 16000) -> Message:
    data = base64.urlsafe_b64encode(pcm).decode()
    return {"realtime_input": {"audio": {"data": data, "mime_type": f"audio/pcm;rate={rate}"}}}


async def complete_turn(client: LiveClient, text: str = "add milk") -> list[Message]:
    """Say a sentence with one call, answer silently, and return everything up to the handle."""
    await client.send({"realtimeInput": {"text": text}})
    messages = await client.until(is_tool_call)
    call_id = messages[-1]["toolCall"]["functionCalls"][0]["id"]
    response = {"id": call_id, "response": {"ok": True}, "scheduling": "SILENT"}
    await client.send({"toolResponse": {"functionResponses": [response]}})
    return messages + await client.until(lambda message: bool(new_handle(message)))


@pytest.mark.parametrize(
    ("path", "headers", "auth"),
    [
        (DEVELOPER_PATH, KEY, "x-goog-api-key"),
        (f"/{DEVELOPER_PATH}?key=any", {}, "query-key"),
        (
            f"{DEVELOPER_PATH.replace('v1beta', 'v1alpha')}Constrained?access_token=t",
            {},
            "query-access_token",
        ),
        (
            DEVELOPER_PATH.replace("v1beta", "v1"),
            {"Authorization": "Token t"},
            "authorization-token",
        ),
    ],
)
async def test_every_developer_path_and_credential_opens_a_session(
    path: str, headers: dict[str, str], auth: str
) -> None:
    async with running_app() as app:
        client = await app.connect(path, headers)
        await client.send(SETUP)
        assert await client.receive() == {"setupComplete": {}}
        record = await app.record()
        assert (record["auth"], record["path"]) == (auth, path.split("?", maxsplit=1)[0])
        assert "any" not in json.dumps({**record, "setup": None})


async def test_vertex_takes_its_own_model_names_and_gives_a_session_id() -> None:
    async with running_app() as app:
        client = await app.connect(VERTEX_PATH, {"Authorization": "Bearer ya29"})
        model = "projects/p/locations/global/publishers/google/models/gemini-3.8-live"
        await client.send({"setup": {"model": model}})
        session_id = (await client.receive())["setupComplete"]["sessionId"]
        assert (await app.record())["session_id"] == session_id


async def test_any_path_is_vertex_only_where_that_was_asked_for() -> None:
    async with running_app(behaviour=Behaviour(any_path=True)) as app:
        # With a custom base URL, google-genai shows no credential: the proxy is to add one.
        client = await app.connect("/my/proxy", headers={})
        await client.send({"setup": {"model": "publishers/google/models/gemini-3.8-live"}})
        assert "sessionId" in (await client.receive())["setupComplete"]
        assert (await app.record())["auth"] == "none"
        assert (await app.get("/my/proxy"))[0] == 404
        with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
            await app.connect(headers={})
        assert caught.value.status == 403
    async with running_app() as app:
        with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
            await app.connect("/my/proxy")
        assert caught.value.status == 404


async def test_without_credentials_the_upgrade_is_refused_with_403() -> None:
    async with running_app() as app:
        with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
            await app.connect(headers={})
        assert caught.value.status == 403


async def test_a_bad_key_is_refused_with_1007_once_the_setup_came() -> None:
    async with running_app(behaviour=Behaviour(refused_keys=frozenset({"revoked"}))) as app:
        for key in ("bad-key", "revoked"):
            client = await app.connect(headers={"x-goog-api-key": key})
            await client.send(SETUP)
            assert await client.closed() == (
                1007,
                "API key not valid. Please pass a valid API key.",
            )


async def test_frames_are_binary_indented_json_and_both_kinds_of_frames_are_taken() -> None:
    async with running_app() as app:
        client = await app.connect()
        await client.socket.send_bytes(json.dumps(SETUP).encode())
        frame = await client.socket.receive()
        assert frame.data == b'{\n  "setupComplete": {}\n}\n'
    async with running_app(behaviour=Behaviour(pretty=False, binary=False)) as app:
        client = await app.connect()
        await client.send(SETUP)
        frame = await client.socket.receive()
        assert frame.data == '{"setupComplete":{}}\n'


async def test_compression_is_not_agreed_to() -> None:
    async with running_app() as app:
        socket = await app.session.ws_connect(
            f"{app.url}{DEVELOPER_PATH}", headers=KEY, compress=15
        )
        assert socket.compress == 0
        await socket.close()


@pytest.mark.parametrize(
    ("first", "code", "reason"),
    [
        (
            {"setup": {"model": MODEL}, "realtimeInput": {}},
            1007,
            "Invalid JSON payload received. A message has exactly one field, not 2.",
        ),
        ({"realtimeInput": {"text": "hi"}}, 1007, "setup must be the first message"),
        ({"setup": {"model": "models/gemini-9"}}, 1008, "models/gemini-9 is not found for API"),
        ({"setup": {"modle": MODEL}}, 1007, "Invalid JSON payload received. Unknown name"),
        ({"setup": {"model": 7}}, 1007, "Invalid value at 'setup.model' (TYPE_STRING), 7"),
        (
            {"setup": {"model": MODEL, "generationConfig": {"responseModalities": ["TEXT"]}}},
            1007,
            (
                "The requested combination of response modalities (TEXT) is not supported by the "
                "model. models/gemini-3.8-live"
            ),
        ),
        (
            {"setup": {"model": MODEL, "sessionResumption": {"handle": "made up"}}},
            1007,
            "Invalid session resumption handle.",
        ),
    ],
)
async def test_a_wrong_first_message_closes_the_connection(
    first: Message, code: int, reason: str
) -> None:
    async with running_app() as app:
        client = await app.connect()
        await client.send(first)
        closed_code, closed_reason = await client.closed()
        assert closed_code == code
        assert closed_reason.startswith(reason)
        assert len(closed_reason.encode()) <= 123
        record = await app.record()
        assert record["state"] == "closed"
        assert record["close"]["code"] == code


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (SETUP, "setup must be the first message and only the first."),
        (
            {"realtimeInput": {"mediaChunks": [{"data": "", "mimeType": "audio/pcm"}]}},
            "realtime_input.media_chunks is deprecated. Use audio, video, or text instead.",
        ),
        (
            {"realtimeInput": {"audio": {"data": "", "mimeType": "audio/ogg"}}},
            "Cannot extract voices from a non-audio request.",
        ),
        (
            {"clientContent": {"turns": [{"role": "system", "parts": []}]}},
            "Request contains an invalid argument. Please use a valid role: user, model.",
        ),
        ({}, "Invalid JSON payload received. A message has exactly one field, not 0."),
        (
            {"realtimeInput": {"text": "hi"}, "clientContent": {}},
            "Invalid JSON payload received. A message has exactly one field, not 2.",
        ),
        ({"hello": 1}, 'Invalid JSON payload received. Unknown name "hello": Cannot find field.'),
    ],
)
async def test_a_wrong_message_later_closes_the_connection_with_1007(
    message: Message, reason: str
) -> None:
    async with running_app() as app:
        client = await app.open()
        await client.send(message)
        assert await client.closed() == (1007, reason)


async def test_a_client_that_leaves_before_its_setup_is_on_record() -> None:
    async with running_app() as app:
        client = await app.connect()
        await client.socket.close(code=1001, message=b"bye")
        record = await app.closed_record()
        assert record["close"] == {"by": "client", "code": 1001, "reason": "bye"}


async def test_a_typed_turn_calls_a_function_and_ends_with_a_handle() -> None:
    async with running_app() as app:
        client = await app.open()
        messages = await complete_turn(client)
        kinds = [next(iter(message)) for message in messages]
        assert kinds == [
            "sessionResumptionUpdate",
            "toolCall",
            "serverContent",
            "serverContent",
            "sessionResumptionUpdate",
        ]
        assert messages[2]["serverContent"] == {"generationComplete": True}
        assert messages[3]["usageMetadata"]["promptTokenCount"] > 0
        record = await app.record()
        assert record["setup"] == SETUP["setup"]
        assert (record["turns"], record["dropped"]) == (1, 0)
        (call,) = record["tool_calls"]
        assert call["args"] == {"name": "milk", "language": "en-US"}
        assert call["answer"] == {"ok": True}
        assert call["answered_at_unix_ms"] >= call["sent_at_unix_ms"]


async def test_a_session_goes_on_where_its_handle_was_issued() -> None:
    async with running_app() as app:
        client = await app.open()
        before = await complete_turn(client)
        await client.socket.close()
        resumption = {"sessionResumption": {"handle": new_handle(before[-1])}}
        again = await app.open({"setup": {**SETUP["setup"], **resumption}})
        after = await complete_turn(again, "add bread")
        assert (
            after[-2]["usageMetadata"]["promptTokenCount"]
            > before[-2]["usageMetadata"]["promptTokenCount"]
        )
        record = await app.record("c2")
        assert record["resumed_from"] == "c1"
        assert record["session_id"] == (await app.record("c1"))["session_id"]
        assert [one["text"] for one in record["history"]] == ["add milk", "add bread"]
        other = await app.connect()
        model = {"model": "models/gemini-3.1-flash-live-preview"}
        await other.send({"setup": {**model, **resumption}})
        assert (await other.closed())[0] == 1007


async def test_audio_is_hashed_as_received_whatever_the_chunks() -> None:
    pcm = random.Random(5).randbytes(64_001)  # noqa: S311  # any bytes will do
    async with running_app() as app:
        client = await app.open()
        for at in range(0, len(pcm), 3201):
            await client.send(audio(pcm[at : at + 3201]))
        await client.send({"realtimeInput": {"video": {"data": "", "mimeType": "image/jpeg"}}})
        await complete_turn(client)
        record = await app.record()
        assert record["audio"] == {
            "seconds": 2.0,
            "bytes": 64_001,
            "sha256": hashlib.sha256(pcm).hexdigest(),
        }
        assert record["video_frames"] == 1


async def test_older_models_still_take_media_chunks() -> None:
    setup = {"setup": {"model": "models/gemini-2.5-flash-native-audio-preview-12-2025"}}
    async with running_app() as app:
        client = await app.open(setup)
        chunks = [
            {"data": "AAAA", "mimeType": "audio/pcm"},
            {"data": "", "mimeType": "image/png"},
        ]
        await client.send({"realtimeInput": {"mediaChunks": chunks}})
        await client.send({"contextUpdate": {"tools": {"tools": []}}})
        await client.send({"clientContent": {"turnComplete": True}})
        await client.until(is_turn_complete)
        record = await app.record()
        assert (record["audio"]["bytes"], record["video_frames"]) == (3, 1)


async def test_marked_speech_is_heard_and_transcribed_before_its_call() -> None:
    ears = FakeEars("add some milk")
    async with running_app(ears=ears) as app:
        client = await app.open(MANUAL)
        await client.send({"realtimeInput": {"activityStart": {}}})
        await client.send(audio(b"\x01\x00" * 8000))
        await client.send({"realtimeInput": {"activityEnd": {}}})
        messages = await client.until(is_tool_call)
        assert messages[0] == {"serverContent": {"inputTranscription": {"text": "add some milk"}}}
        assert ears.heard == [(b"\x01\x00" * 8000, "en-US")]
        (heard,) = (await app.record())["heard"]
        assert (heard["text"], heard["start_ms"], heard["end_ms"]) == ("add some milk", 0, 500)


@pytest.mark.parametrize("ears", [FakeEars(), None])
async def test_speaking_interrupts_a_reply(ears: FakeEars | None) -> None:
    async with running_app(ears=ears) as app:
        client = await app.open({"setup": {**MANUAL["setup"], "tools": []}})
        await client.send({"realtimeInput": {"text": "hello"}})
        await client.until(lambda message: "modelTurn" in message.get("serverContent", {}))
        await client.send({"realtimeInput": {"activityStart": {}}})
        messages = await client.until(is_turn_complete)
        assert {"serverContent": {"interrupted": True}} in messages
        assert {"serverContent": {"generationComplete": True}} not in messages


async def test_a_pause_flushes_what_was_said() -> None:
    ears = FakeEars("add milk")
    async with running_app(ears=ears) as app:
        client = await app.open(MANUAL)
        await client.send({"realtimeInput": {"activityStart": {}}})
        await client.send(audio(bytes(3200), rate=48000))
        await client.send({"realtimeInput": {"audioStreamEnd": True}})
        await client.until(is_tool_call)
        assert 1000 < len(ears.heard[0][0]) < 1100


async def test_the_control_endpoint_speaks_for_the_user() -> None:
    async with running_app() as app:
        client = await app.open()
        assert await app.act("c1", {"say": {"text": "add milk"}}) == (200, {"ok": True})
        messages = await client.until(is_tool_call)
        assert messages[0]["serverContent"]["inputTranscription"]["text"] == "add milk"
        assert (await app.record())["heard"][0]["text"] == "add milk"


async def test_the_control_endpoint_closes_with_any_code_and_a_reason_cut_to_size() -> None:
    async with running_app() as app:
        client = await app.open()
        await app.act("c1", {"close": {"code": 1011, "reason": "ż" * 100}})
        assert await client.closed() == (1011, "ż" * 61)
        assert (await app.record())["close"]["by"] == "server"


async def test_the_control_endpoint_aborts_without_a_close_frame() -> None:
    async with running_app() as app:
        client = await app.open()
        assert await app.act("c1", {"abort": True}) == (200, {"ok": True})
        assert await client.closed() == (1006, "")
        record = await app.record()
        assert record["close"] == {"by": "server", "code": None, "reason": None}
        assert (await app.act("c1", {"abort": True}))[0] == 409


async def test_go_away_is_followed_by_the_end() -> None:
    async with running_app() as app:
        client = await app.open()
        await app.act("c1", {"go_away": "0.05s"})
        assert await client.receive() == {"goAway": {"timeLeft": "0.05s"}}
        assert await client.closed() == (
            1011,
            "Deadline expired before operation could complete.",
        )


async def test_connections_grow_old_where_that_was_asked_for() -> None:
    async with running_app(behaviour=Behaviour(go_away_after_s=0.05, notice_s=0.05)) as app:
        client = await app.open()
        assert await client.receive() == {"goAway": {"timeLeft": "0.05s"}}
        assert (await client.closed())[0] == 1011


async def test_the_control_endpoint_refuses_what_it_does_not_understand() -> None:
    async with running_app() as app:
        await app.open()
        status, body = await app.act("c1", {"close": {"code": "soon"}})
        assert status == 400
        assert "close.code" in body["error"]
        assert (await app.act("c9", {"abort": True}))[0] == 404
        assert (await app.get("/emulator/connections/c9"))[0] == 404


async def test_before_its_setup_a_connection_cannot_speak() -> None:
    async with running_app() as app:
        client = await app.connect()
        status, body = await app.act("c1", {"say": {"text": "hi"}})
        assert (status, body["error"]) == (409, "connection 'c1' has no setup yet")
        await client.socket.close()


async def test_all_connections_are_listed() -> None:
    async with running_app() as app:
        first = await app.open()
        await app.open()
        await app.act("c1", {"close": {"code": 1000}})
        await first.closed()
        _, listed = await app.get("/emulator/connections")
        states = [(one["id"], one["state"]) for one in listed["connections"]]
        assert sorted(states) == [("c1", "closed"), ("c2", "open")]


async def test_models_are_listed() -> None:
    async with running_app() as app:
        status, body = await app.get("/v1beta/models")
        assert status == 200
        assert MODEL in [model["name"] for model in body["models"]]


async def test_a_script_acts_on_its_connections_in_its_time() -> None:
    script = Script(
        connections=[
            ScriptedConnection(
                connection=1,
                steps=[
                    Step(do=Action(say=Say("add milk")), on="setup"),
                    Step(do=Action(send={"serverContent": {"new": 1}}), on="turn"),
                    Step(do=Action(say=Say("hello")), after_audio_ms=100),
                    Step(do=Action(close=Close(1008, "enough")), after_ms=10),
                ],
            )
        ]
    )
    async with running_app(script=script) as app:
        client = await app.open()
        call = (await client.until(is_tool_call))[-1]["toolCall"]["functionCalls"][0]
        response = {"id": call["id"], "scheduling": "SILENT"}
        await client.send({"toolResponse": {"functionResponses": [response]}})
        await client.until(lambda message: message == {"serverContent": {"new": 1}})
        await client.send(audio(bytes(3200)))
        await client.until(is_turn_complete)
        assert await client.closed() == (1008, "enough")
        other = await app.open()
        await complete_turn(other)


async def test_a_frame_beyond_the_limit_closes_with_1009() -> None:
    async with running_app() as app:
        client = await app.open()
        with contextlib.suppress(ConnectionError):  # the server does not read it to its end
            await client.socket.send_bytes(bytes(LARGEST_FRAME + 1))
        assert (await app.closed_record())["close"]["code"] == 1009


async def test_a_client_that_is_gone_ends_its_session_quietly() -> None:
    async with running_app() as app:
        client = await app.open({"setup": {**SETUP["setup"], "tools": []}})
        await client.send({"realtimeInput": {"text": "hello"}})
        await client.until(lambda message: "modelTurn" in message.get("serverContent", {}))
        client.break_off()
        assert (await app.closed_record())["close"]["code"] is None


async def test_a_mistake_of_the_emulators_own_is_an_internal_error(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Deaf(FakeEars):
        async def hear(self, pcm: bytes, language: str) -> str:
            raise RuntimeError(f"{len(pcm)} {language}")

    async with running_app(ears=Deaf()) as app:
        client = await app.open(MANUAL)
        await client.send({"realtimeInput": {"activityStart": {}}})
        await client.send({"realtimeInput": {"activityEnd": {}}})
        assert await client.closed() == (1011, "Internal error encountered.")
    assert "connection c1 broke" in caplog.text


async def test_shutting_down_ends_all_sessions() -> None:
    async with running_app() as app:
        client = await app.open()
        async with asyncio.TaskGroup() as group:
            ending = group.create_task(app.app.end_all(5))
            assert (await client.closed())[0] == 1001
        assert ending.done()
        assert (await app.record())["close"]["by"] == "server"
