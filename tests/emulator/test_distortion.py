from __future__ import annotations

import pytest

from emulator.distortion import distort
from emulator.faults import NO_FAULTS, Faults
from emulator.wire import (
    ServerMessage,
    input_transcription,
    resumption_update,
    server_content,
    tool_call,
    tool_call_cancellation,
)

DONE = server_content(turnComplete=True)


@pytest.mark.parametrize(
    ("faults", "update"),
    [
        (NO_FAULTS, {"newHandle": "h", "resumable": True}),
        (Faults(not_resumable=True), {"newHandle": "", "resumable": False}),
        (Faults(handle_with_false=True), {"newHandle": "h", "resumable": False}),
    ],
)
def test_updates_of_the_handle_are_spoilt_where_that_was_asked_for(
    faults: Faults, update: ServerMessage
) -> None:
    messages = distort([DONE, resumption_update("h")], faults)
    assert messages == [DONE, {"sessionResumptionUpdate": update}]


CALL = {"id": "a", "name": "f", "args": {}}


def test_calls_come_in_both_places() -> None:
    messages = distort([tool_call([CALL]), DONE], Faults(calls_twice=True))
    part = {"functionCall": CALL}
    assert messages == [server_content(modelTurn={"parts": [part]}), tool_call([CALL]), DONE]


def test_messages_of_a_moment_come_as_one() -> None:
    messages = distort(
        [
            input_transcription("add"),
            input_transcription(" milk"),
            resumption_update(""),
            {**tool_call([CALL]), "usageMetadata": {"totalTokenCount": 1}},
            tool_call_cancellation(["a"]),
            server_content(generationComplete=True),
            {**DONE, "usageMetadata": {"totalTokenCount": 2}},
            resumption_update("h"),
        ],
        Faults(bundle=True, calls_twice=True),
    )
    assert messages == [
        {
            "serverContent": {
                "inputTranscription": {"text": "add milk"},
                "modelTurn": {"parts": [{"functionCall": CALL}]},
                "generationComplete": True,
                "turnComplete": True,
            },
            "sessionResumptionUpdate": {"newHandle": "h", "resumable": True},
            "toolCall": {"functionCalls": [CALL]},
            "usageMetadata": {"totalTokenCount": 2},
            "toolCallCancellation": {"ids": ["a"]},
        }
    ]


def test_two_turns_are_not_bundled() -> None:
    second = input_transcription("next")
    messages = distort([DONE, resumption_update("h"), second, DONE], Faults(bundle=True))
    assert messages == [
        {**DONE, **resumption_update("h")},
        server_content(inputTranscription={"text": "next"}, turnComplete=True),
    ]
    assert distort([], Faults(bundle=True)) == []
