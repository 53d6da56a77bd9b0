"""The emulator's faults on real sockets: rules about connections to come."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import aiohttp
import pytest

from emulator.actions import Close
from emulator.faults import HandleRefusal, Refusal, Rule
from emulator.script import Script
from tests.support.emulator_app import (
    DEVELOPER_PATH,
    KEY,
    SETUP,
    LiveClient,
    Message,
    RunningApp,
    running_app,
)
from tests.support.emulator_fakes import FakeEars

INTERNAL = (1011, "Internal error encountered.")
UNKNOWN_HANDLE = (1007, "Invalid session resumption handle.")


def is_tool_call(message: Message) -> bool:
    return "toolCall" in message


def has_handle(message: Message) -> bool:
    return bool(message.get("sessionResumptionUpdate", {}).get("newHandle"))


def is_update(message: Message) -> bool:
    return "sessionResumptionUpdate" in message


async def answer(client: LiveClient, messages: list[Message]) -> None:
    """Answer the calls of the last message, silently."""
    responses = [
        {"id": call["id"], "response": {"ok": True}, "scheduling": "SILENT"}
        for call in messages[-1]["toolCall"]["functionCalls"]
    ]
    await client.send({"toolResponse": {"functionResponses": responses}})


async def turn(client: LiveClient, text: str = "add milk") -> list[Message]:
    """Say a sentence with one call, answer it, and return what came up to the last update."""
    await client.send({"realtimeInput": {"text": text}})
    messages = await client.until(is_tool_call)
    await answer(client, messages)
    return messages + await client.until(is_update)


def resuming(handle: str) -> dict[str, Any]:
    return {"setup": {**SETUP["setup"], "sessionResumption": {"handle": handle}}}


async def a_handle(app: RunningApp) -> str:
    """Return a good handle, of a session whose connection is closed."""
    client = await app.open()
    handle: str = (await turn(client))[-1]["sessionResumptionUpdate"]["newHandle"]
    await client.socket.close()
    return handle


async def refused_with(app: RunningApp, setup: dict[str, Any] = SETUP) -> tuple[int | None, str]:
    client = await app.connect()
    await client.send(setup)
    return await client.closed()


async def test_an_upgrade_is_refused_with_googles_error_of_that_status() -> None:
    script = Script(faults=[Rule(connections=1, refuse=Refusal(503))])
    async with running_app(script=script) as app:
        with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
            await app.connect()
        assert caught.value.status == 503
        await app.open()
        record = await app.record()
        assert (record["state"], record["refused"]) == ("closed", 503)
        assert (await app.record("c2"))["refused"] is None


@pytest.mark.parametrize(
    ("refuse", "kind", "body"),
    [
        ({"status": 401}, "application/json", '"status":"UNAUTHENTICATED"'),
        ({"status": 403}, "application/json", '"status":"PERMISSION_DENIED"'),
        ({"status": 418}, "application/json", '"status":"FAILED_PRECONDITION"'),
        ({"status": 429}, "application/json", '"status":"RESOURCE_EXHAUSTED"'),
        ({"status": 502}, "application/json", '"status":"UNKNOWN"'),
        ({"status": 503, "body": "down"}, "text/plain", "down"),
    ],
)
async def test_a_refusal_has_googles_body_or_the_one_given(
    refuse: dict[str, Any], kind: str, body: str
) -> None:
    async with running_app() as app:
        await app.add_fault({"connections": {"next": 1}, "refuse": refuse})
        headers = {
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
            **KEY,
        }
        async with app.session.get(f"{app.url}{DEVELOPER_PATH}", headers=headers) as response:
            assert response.status == refuse["status"]
            assert response.content_type == kind
            assert body in await response.text()


async def test_rules_come_go_and_are_listed_over_the_control_endpoint() -> None:
    async with running_app() as app:
        assert await app.add_fault({"connections": "all", "abort_at_setup": True}) == {
            "status": 200,
            "ok": True,
            "id": "f1",
        }
        assert await refused_with(app) == (1006, "")
        listed = {"id": "f1", "met": 1, "connections": "all", "abort_at_setup": True}
        assert await app.get("/emulator/faults") == (200, {"faults": [listed]})
        async with app.session.delete(f"{app.url}/emulator/faults") as response:
            assert await response.json() == {"ok": True}
        await app.open()
        wrong = await app.add_fault({"connections": "all", "refuse": {"status": 200}})
        assert wrong["status"] == 400
        assert "refuse.status" in wrong["error"]


async def test_a_setup_is_answered_with_a_close() -> None:
    rule = Rule(connections=1, close_at_setup=Close(1008, "over quota"))
    async with running_app(script=Script(faults=[rule])) as app:
        assert await refused_with(app) == (1008, "over quota")
        await app.open()


async def test_a_setup_is_never_answered_but_the_client_can_leave() -> None:
    async with running_app() as app:
        await app.add_fault({"connections": 1, "setup_never": True})
        client = await app.connect()
        await client.send(SETUP)
        with pytest.raises(TimeoutError):
            await client.socket.receive(timeout=0.2)
        await client.socket.close()
        assert (await app.closed_record())["close"] == {"by": "client", "code": 1000, "reason": ""}


async def test_a_setup_is_answered_late_and_what_came_before_is_not_lost() -> None:
    async with running_app() as app:
        await app.add_fault({"connections": 1, "setup_delay": 0.2})
        client = await app.connect()
        began = time.monotonic()
        await client.send(SETUP)
        await client.send({"realtimeInput": {"text": "add milk"}})
        assert await client.receive() == {"setupComplete": {}}
        assert time.monotonic() - began > 0.19
        await client.until(is_tool_call)


async def test_another_message_comes_before_setup_complete() -> None:
    async with running_app() as app:
        await app.add_fault({"connections": 1, "first_message": {"goAway": {"timeLeft": "5s"}}})
        client = await app.connect()
        await client.send(SETUP)
        assert await client.receive() == {"goAway": {"timeLeft": "5s"}}
        assert await client.receive() == {"setupComplete": {}}


async def test_good_handles_are_refused_and_fresh_sessions_are_not() -> None:
    rules = [
        Rule(connections=2, handles="refuse"),
        Rule(connections=3, handles=HandleRefusal(Close(1008, "gone"))),
    ]
    async with running_app(script=Script(faults=rules)) as app:
        handle = await a_handle(app)
        assert await refused_with(app, resuming(handle)) == UNKNOWN_HANDLE
        assert await refused_with(app, resuming(handle)) == (1008, "gone")
        await app.open(resuming(handle))
        await app.add_fault({"connections": {"next": 2}, "handles": "refuse"})
        await app.open()


async def test_a_poisoned_session_transcribes_and_generates_nothing() -> None:
    async with running_app(ears=FakeEars()) as app:
        handle = await a_handle(app)
        await app.add_fault({"connections": "all", "only": "resumed", "handles": "poison"})
        client = await app.open(resuming(handle))
        await app.act("c2", {"say": {"text": "add bread"}})
        heard = await client.receive()
        assert heard["serverContent"]["inputTranscription"]["text"] == "add bread"
        with pytest.raises(TimeoutError):
            await client.socket.receive(timeout=0.1)
        assert (await app.record("c2"))["tool_calls"] == []
        fresh = await app.open()
        assert has_handle((await turn(fresh))[-1])


@pytest.mark.parametrize(
    ("fault", "handle_is_there"), [("not_resumable", False), ("handle_with_false", True)]
)
async def test_updates_say_that_the_session_cannot_be_resumed(
    fault: str, *, handle_is_there: bool
) -> None:
    async with running_app() as app:
        await app.add_fault({"connections": "all", fault: True})
        client = await app.open()
        update = (await turn(client))[-1]["sessionResumptionUpdate"]
        assert update["resumable"] is False
        assert bool(update["newHandle"]) is handle_is_there


async def test_a_session_cannot_be_resumed_while_its_connection_is_open() -> None:
    async with running_app() as app:
        client = await app.open()
        handle = (await turn(client))[-1]["sessionResumptionUpdate"]["newHandle"]
        assert await refused_with(app, resuming(handle)) == INTERNAL
        # The refused attempt leaves the session to the connection that has it.
        assert await refused_with(app, resuming(handle)) == INTERNAL
        await client.socket.close()
        await app.open(resuming(handle))


async def test_a_session_whose_resume_failed_can_be_resumed() -> None:
    async with running_app() as app:
        handle = await a_handle(app)
        await app.add_fault({"connections": {"next": 1}, "setup_never": True})
        client = await app.connect()
        await client.send(resuming(handle))
        await asyncio.sleep(0)
        assert (await app.act("c2", {"abort": True}))[0] == 200
        assert await client.closed() == (1006, "")
        await app.open(resuming(handle))


async def test_a_turn_may_come_as_one_message_with_its_calls_twice_and_taken_back() -> None:
    fault = {"bundle": True, "calls_twice": True, "cancel_calls": "before_answer"}
    async with running_app() as app:
        await app.add_fault({"connections": "all", "usage_often": True, **fault})
        client = await app.open()
        await app.act("c1", {"say": {"text": "add milk"}})
        message = await client.receive()
        (call,) = message["toolCall"]["functionCalls"]
        content = message["serverContent"]
        assert content["modelTurn"]["parts"] == [{"functionCall": call}]
        assert content["inputTranscription"]["text"] == "add milk"
        assert content["turnComplete"]
        assert message["toolCallCancellation"]["ids"] == [call["id"]]
        usage = message["usageMetadata"]
        detailed = sum(one["tokenCount"] for one in usage["promptTokensDetails"])
        assert usage["promptTokenCount"] > detailed
        assert has_handle(message)
        record = await app.record()
        assert (record["turns"], record["tool_calls"][0]["cancelled"]) == (1, True)


async def test_answers_take_ever_longer() -> None:
    async with running_app() as app:
        await app.add_fault({"connections": "all", "slower_by": 0.2})
        client = await app.open()
        for earlier in range(3):
            began = time.monotonic()
            await turn(client)
            assert time.monotonic() - began > 0.19 * earlier


async def test_calls_are_taken_back_once_they_were_answered() -> None:
    async with running_app() as app:
        await app.add_fault({"connections": "all", "cancel_calls": "after_answer"})
        client = await app.open()
        messages = await turn(client)
        (call_id,) = next(one for one in messages if "toolCallCancellation" in one)[
            "toolCallCancellation"
        ]["ids"]
        (call,) = (await app.record())["tool_calls"]
        assert (call["id"], call["cancelled"], call["answer"]) == (call_id, True, {"ok": True})


@pytest.mark.parametrize("only", [None, "fresh"])
async def test_connections_grow_old_by_rule(only: str | None) -> None:
    rule: dict[str, Any] = {"connections": 1, "go_away_after": 0.05, "notice": 0.3}
    async with running_app() as app:
        await app.add_fault({**rule, **({"only": only} if only else {})})
        client = await app.open()
        assert await client.receive() == {"goAway": {"timeLeft": "0.3s"}}
        assert await client.closed() == (1011, "Deadline expired before operation could complete.")
