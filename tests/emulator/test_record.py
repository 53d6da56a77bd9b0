from __future__ import annotations

import pytest

from emulator.messages import FunctionResponse
from emulator.record import ENTRIES_KEPT, ConnectionRecord
from emulator.wire import Closing, server_content, tool_call, tool_call_cancellation


@pytest.fixture
def record() -> ConnectionRecord:
    return ConnectionRecord(id="c1", number=1, path="/ws", auth="query-key", tls=True)


def test_a_call_is_shown_with_its_answer(record: ConnectionRecord) -> None:
    record.sending(tool_call([{"id": "a", "name": "f", "args": {"x": 1}}]))
    record.answered(
        [FunctionResponse(id="a", response={"ok": True}, scheduling="SILENT")],
        known=frozenset({"a"}),
    )
    (call,) = (one.view() for one in record.calls.values())
    assert (call["id"], call["args"], call["answer"], call["scheduling"]) == (
        *("a", {"x": 1}, {"ok": True}, "SILENT"),
    )
    assert record.calls["a"].answered_at is not None
    assert record.calls["a"].answered_at >= record.calls["a"].sent_at
    assert record.view()["tool_calls"] == [call]


def test_unknown_answers_and_cancellations_are_noted(record: ConnectionRecord) -> None:
    record.sending(tool_call([{"id": "a", "name": "f", "args": {}}]))
    record.sending(tool_call_cancellation(["a", "made before a resumption"]))
    record.answered([FunctionResponse(id="b"), FunctionResponse()], known=frozenset({"a"}))
    assert record.calls["a"].cancelled
    assert record.view()["unknown_answers"] == ["b", ""]


def test_an_answer_to_a_call_of_the_connection_before_is_noted(record: ConnectionRecord) -> None:
    record.answered([FunctionResponse(id="old", name="f")], known=frozenset({"old"}))
    assert record.calls["old"].name == "f"


def test_an_answer_to_a_call_sent_by_hand_is_noted_once(record: ConnectionRecord) -> None:
    record.sending({"toolCall": {"functionCalls": [{"id": "x", "name": "f"}, {"id": "y"}]}})
    record.sending(tool_call_cancellation(["y"]))
    for call_id in ("x", "x", "y"):
        record.answered([FunctionResponse(id=call_id)], known=frozenset())
    assert record.calls["x"].answered_at is not None
    assert record.view()["unknown_answers"] == ["x", "y"]


@pytest.mark.parametrize(
    "message",
    [
        {"toolCall": {"functionCalls": [{"name": "f"}, {"id": 5}, {"id": {}}, "f", None]}},
        {"toolCall": {"functionCalls": {}}},
        {"toolCall": []},
        {"toolCallCancellation": {"ids": [{}, [], 5, None]}},
        {"serverContent": 5},
    ],
)
def test_a_malformed_message_leaves_no_trace(
    record: ConnectionRecord, message: dict[str, object]
) -> None:
    record.sending(message)
    assert not record.calls
    assert record.view()["turns"] == 0


def test_a_call_without_a_proper_name_is_shown_by_its_id(record: ConnectionRecord) -> None:
    record.sending({"toolCall": {"functionCalls": [{"id": "x", "name": 5}]}})
    assert record.calls["x"].view()["name"] == ""


def test_turns_are_counted_and_other_messages_ignored(record: ConnectionRecord) -> None:
    record.sending(server_content(turnComplete=True))
    record.sending(server_content(generationComplete=True))
    assert record.view()["turns"] == 1


def test_the_first_end_told_is_the_one_that_counts(record: ConnectionRecord) -> None:
    assert record.view()["state"] == "open"
    record.ended(by="server", closing=Closing(1011, "x"))
    record.ended(by="client", closing=None)
    view = record.view()
    assert (view["state"], view["close"]) == (
        "closed",
        {"by": "server", "code": 1011, "reason": "x"},
    )


def test_only_the_newest_calls_are_kept(record: ConnectionRecord) -> None:
    for number in range(ENTRIES_KEPT + 3):
        record.sending(tool_call([{"id": str(number), "name": "f", "args": {}}]))
    assert len(record.calls) == ENTRIES_KEPT
    assert "0" not in record.calls


def test_a_message_with_several_fields_is_noted_whole(record: ConnectionRecord) -> None:
    call = tool_call([{"id": "a", "name": "f", "args": {}}])
    record.sending({**call, **server_content(turnComplete=True), **tool_call_cancellation(["a"])})
    assert record.turns == 1
    assert record.calls["a"].cancelled
