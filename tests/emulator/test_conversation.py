from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import pytest

from emulator.content import Content, Part
from emulator.conversation import QUEUE_LENGTH, Conversation
from emulator.events import (
    Answered,
    ContentGiven,
    ContextChanged,
    ConversationEvent,
    Heard,
    SpeechBegan,
    Tick,
    Typed,
)
from emulator.faults import NO_FAULTS, Faults
from emulator.memory import LONGEST_TEXT, NO_TOKENS, PENDING_LENGTH, Memory, Tokens
from emulator.messages import ClientContent, ContextUpdate, ContextUpdateTools, FunctionResponse
from emulator.ports import Voice
from emulator.reply import BYTES_PER_SECOND
from emulator.setup_message import FunctionDeclaration, Tool
from emulator.turn_engine import Pace
from emulator.wire import Refused, ServerMessage
from tests.support.emulator_fakes import (
    FUNCTION,
    MODEL,
    FakeHandles,
    FakeMind,
    FakeVoice,
    setup_of,
)

SAYS_ALL: dict[str, object] = {
    "inputAudioTranscription": {},
    "outputAudioTranscription": {},
    "sessionResumption": {},
}
BLOCKING = {"tools": [{"functionDeclarations": [{**FUNCTION, "behavior": "BLOCKING"}]}]}
NON_BLOCKING = {"tools": [{"functionDeclarations": [{**FUNCTION, "behavior": "NON_BLOCKING"}]}]}
PATIENCE_S = 2.0

Scheduling = Literal["SILENT", "WHEN_IDLE", "INTERRUPT"] | None


class Talk:
    """A conversation, its clock, and everything it said."""

    def __init__(
        self,
        *setup: Mapping[str, object],
        memory: Memory | None = None,
        voice: Voice | None = None,
        faults: Faults = NO_FAULTS,
    ) -> None:
        fields: dict[str, object] = {key: one for part in setup for key, one in part.items()}
        self.handles = FakeHandles()
        self.now = 0.0
        self.conversation = Conversation(
            setup_of(fields),
            memory or Memory("session", "c1", MODEL, "en-US"),
            mind=FakeMind(),
            voice=voice or FakeVoice(),
            handles=self.handles,
            pace=Pace(patience_s=PATIENCE_S),
            call_prefix="call",
            faults=faults,
        )

    def on(self, event: ConversationEvent) -> list[str]:
        return [name(message) for message in self.messages(event)]

    def messages(self, event: ConversationEvent) -> list[ServerMessage]:
        return self.conversation.handle(event, self.now)

    def later(self) -> list[str]:
        """Let time pass to whatever is due next."""
        due = self.conversation.next_due()
        assert due is not None
        self.now = due
        return self.on(Tick())

    def until_idle(self) -> list[str]:
        """Let time pass until nothing is due, and return what came in the meantime."""
        said: list[str] = []
        while self.conversation.next_due() is not None:
            said += self.later()
        return said

    def answer(
        self, call_id: str, *, scheduling: Scheduling = None, will_continue: bool = False
    ) -> list[str]:
        response = FunctionResponse(
            id=call_id, scheduling=scheduling, will_continue=will_continue or None
        )
        return self.on(Answered((response,)))


def name(message: ServerMessage) -> str:  # noqa: PLR0911  # one line for each message
    match message:
        case {"serverContent": {"inputTranscription": {"text": text}}}:
            return f"heard:{text}"
        case {"serverContent": {"modelTurn": _}}:
            return "audio"
        case {"serverContent": {"turnComplete": True}, "usageMetadata": _}:
            return "turnComplete"
        case {"serverContent": fields} if isinstance(fields, dict):
            return "+".join(fields)
        case {"toolCall": {"functionCalls": list(calls)}}:
            return "call:" + ",".join(call["id"] for call in calls)
        case {"toolCallCancellation": {"ids": ids}}:
            return "cancel:" + ",".join(ids)
        case {"sessionResumptionUpdate": {"newHandle": handle, "resumable": resumable}}:
            assert resumable is bool(handle)
            return handle or "unresumable"
        case _:
            return str(message)


def content(*turns: tuple[str | None, str], complete: bool = True) -> ContentGiven:
    return ContentGiven(
        ClientContent(
            turns=tuple(Content(parts=(Part(text=text),), role=role) for role, text in turns),
            turn_complete=complete,
        )
    )


def once(messages: Sequence[str]) -> list[str]:
    """Return messages with runs of the same one merged."""
    return [one for at, one in enumerate(messages) if at == 0 or messages[at - 1] != one]


def test_a_silent_answer_ends_a_turn_in_the_documented_order() -> None:
    talk = Talk(SAYS_ALL, NON_BLOCKING)
    assert talk.on(Heard("add milk and some bread", 2.0)) == [
        "heard:add milk and",
        "heard: some bread",
        "unresumable",
        "call:call-1,call-2,call-3,call-4",
    ]
    for call in ("call-1", "call-2", "call-3"):
        assert talk.answer(call, scheduling="SILENT") == []
    assert talk.answer("call-4", scheduling="SILENT") == [
        "generationComplete",
        "turnComplete",
        "handle-1",
    ]
    assert talk.conversation.next_due() is None


@pytest.mark.parametrize("scheduling", ["WHEN_IDLE", "INTERRUPT", None])
def test_any_other_answer_is_spoken_about_before_the_turn_ends(scheduling: Scheduling) -> None:
    talk = Talk(SAYS_ALL, NON_BLOCKING)
    talk.on(Heard("add milk", 1.0))
    first = talk.answer("call-1", scheduling=scheduling)
    assert once(first) == ["audio"]
    assert once(talk.until_idle()) == ["audio", "generationComplete", "turnComplete", "handle-1"]


def test_a_reply_is_one_second_of_audio_in_bursts_with_its_transcription() -> None:
    talk = Talk(SAYS_ALL)
    messages = talk.messages(Typed("hello you there"))[1:]
    while talk.conversation.next_due() is not None:
        talk.now = talk.conversation.next_due() or 0
        messages += talk.messages(Tick())
    audio, transcript = b"", ""
    for message in messages:
        match message:
            case {"serverContent": {"modelTurn": {"parts": [{"inlineData": data}]}, **rest}}:
                assert data["mimeType"] == "audio/pcm;rate=24000"
                audio += data["data"]
                transcript += str(rest.get("outputTranscription", ""))
            case _:
                pass
    assert len(audio) == 48_000
    assert transcript == "{'text': 'You said: hello'}{'text': ' you there'}"


def test_turn_complete_waits_until_the_reply_has_been_played() -> None:
    talk = Talk(SAYS_ALL)
    talk.on(Typed("hello"))
    while "generationComplete" not in talk.later():
        pass
    assert talk.now < 0.5
    assert talk.later() == ["turnComplete", "handle-1"]
    assert talk.now == 1.0


def test_without_transcriptions_and_resumption_only_the_turn_is_told() -> None:
    talk = Talk(NON_BLOCKING)
    assert talk.on(Heard("add milk", 1.0)) == ["call:call-1"]
    assert talk.answer("call-1", scheduling="SILENT") == ["generationComplete", "turnComplete"]


def test_a_blocking_call_holds_the_turn_until_it_is_answered() -> None:
    talk = Talk(BLOCKING)
    assert talk.on(Typed("add milk")) == ["call:call-1"]
    assert talk.conversation.next_due() is None
    assert once(talk.answer("call-1", scheduling="SILENT")) == ["audio"]


def test_a_turn_with_non_blocking_calls_ends_when_no_answer_comes_in_time() -> None:
    talk = Talk(NON_BLOCKING)
    talk.on(Typed("add milk"))
    assert talk.later() == ["generationComplete", "turnComplete"]
    assert talk.now == PATIENCE_S


def test_a_late_silent_answer_changes_nothing() -> None:
    talk = Talk(NON_BLOCKING)
    talk.on(Typed("add milk"))
    talk.later()
    assert talk.answer("call-1", scheduling="SILENT") == []
    assert talk.conversation.memory.pending == ()


def test_a_late_answer_is_spoken_about_when_the_model_is_idle() -> None:
    talk = Talk(NON_BLOCKING)
    talk.on(Typed("add milk"))
    talk.later()
    assert once(talk.answer("call-1", scheduling="WHEN_IDLE")) == ["audio"]


def test_a_late_answer_waits_for_the_reply_under_way() -> None:
    talk = Talk(NON_BLOCKING)
    talk.on(Typed("add milk"))
    talk.later()
    talk.on(ContextChanged(ContextUpdate(tools=ContextUpdateTools())))
    talk.on(Typed("hello"))
    assert talk.answer("call-1", scheduling="WHEN_IDLE") == []
    assert once(talk.until_idle()) == [
        *("audio", "generationComplete", "turnComplete"),
        *("audio", "generationComplete", "turnComplete"),
    ]


def test_a_late_answer_that_interrupts_does_so() -> None:
    talk = Talk(NON_BLOCKING)
    talk.on(Typed("add milk"))
    talk.later()
    talk.on(ContextChanged(ContextUpdate(tools=ContextUpdateTools())))
    talk.on(Typed("hello"))
    said = talk.answer("call-1", scheduling="INTERRUPT")
    assert once(said) == ["interrupted", "turnComplete", "audio"]


def test_an_answer_is_spoken_about_though_another_call_stays_unanswered() -> None:
    talk = Talk(NON_BLOCKING)
    talk.on(Typed("add milk bread"))
    assert talk.answer("call-1", scheduling="WHEN_IDLE") == []
    assert once(talk.until_idle()) == ["audio", "generationComplete", "turnComplete"]
    assert once(talk.answer("call-2", scheduling="WHEN_IDLE")) == ["audio"]


def test_an_answer_that_comes_while_its_turn_speaks_waits_for_the_end() -> None:
    talk = Talk(NON_BLOCKING)
    talk.on(Typed("add milk bread"))
    talk.answer("call-1", scheduling="WHEN_IDLE")
    assert once(talk.later()) == ["audio"]
    assert talk.answer("call-2", scheduling="WHEN_IDLE") == []
    assert talk.until_idle().count("turnComplete") == 2


def test_what_a_turn_had_to_say_comes_after_the_sentence_that_ended_it() -> None:
    talk = Talk(NON_BLOCKING)
    talk.on(Typed("add milk bread"))
    talk.answer("call-1", scheduling="WHEN_IDLE")
    assert talk.on(Typed("add tea")) == ["generationComplete", "turnComplete", "call:call-3"]
    said = talk.answer("call-3", scheduling="SILENT")
    assert once(said) == ["generationComplete", "turnComplete", "audio"]


def test_a_late_answer_that_interrupts_does_not_wait_for_another_turns_answers() -> None:
    talk = Talk(NON_BLOCKING)
    talk.on(Typed("add milk"))
    talk.later()
    talk.on(Typed("add bread tea"))
    talk.answer("call-2", scheduling="WHEN_IDLE")
    said = talk.answer("call-1", scheduling="INTERRUPT")
    assert once(said) == ["generationComplete", "turnComplete", "audio"]
    assert talk.until_idle().count("turnComplete") == 2
    assert once(talk.answer("call-3", scheduling="WHEN_IDLE")) == ["audio"]


def test_a_late_answer_that_interrupts_withdraws_no_blocking_call() -> None:
    talk = Talk(NON_BLOCKING)
    talk.on(Typed("add milk"))
    talk.later()
    tool = Tool(function_declarations=(FunctionDeclaration(name="b", behavior="BLOCKING"),))
    talk.on(ContextChanged(ContextUpdate(tools=ContextUpdateTools(tools=(tool,)))))
    talk.on(Typed("add bread"))
    assert talk.answer("call-1", scheduling="INTERRUPT") == []
    assert once(talk.answer("call-2")) == ["audio"]
    assert talk.until_idle().count("turnComplete") == 2


def test_an_answer_that_will_continue_leaves_its_call_open() -> None:
    talk = Talk(NON_BLOCKING)
    talk.on(Typed("add milk"))
    talk.answer("call-1", scheduling="SILENT", will_continue=True)
    assert [call.id for call in talk.conversation.memory.pending] == ["call-1"]
    talk.answer("call-1", scheduling="SILENT")
    assert talk.conversation.memory.pending == ()


def test_an_answer_to_an_unknown_call_is_ignored() -> None:
    talk = Talk(NON_BLOCKING)
    talk.on(Typed("add milk"))
    assert talk.answer("call-99", scheduling="INTERRUPT") == []


def test_speech_interrupts_a_reply_without_generation_complete() -> None:
    talk = Talk(SAYS_ALL)
    talk.on(Typed("hello"))
    assert talk.on(SpeechBegan()) == ["interrupted", "turnComplete", "handle-1"]
    assert talk.conversation.next_due() is None


def test_speech_withdraws_unanswered_blocking_calls() -> None:
    talk = Talk(BLOCKING)
    talk.on(Typed("add milk bread"))
    talk.answer("call-2")
    assert talk.on(SpeechBegan()) == ["cancel:call-1", "interrupted", "turnComplete"]
    assert talk.answer("call-1") == []


def test_speech_leaves_non_blocking_calls_alone() -> None:
    talk = Talk(NON_BLOCKING)
    talk.on(Typed("add milk"))
    assert talk.on(SpeechBegan()) == []
    assert talk.answer("call-1", scheduling="SILENT") == ["generationComplete", "turnComplete"]


def test_speech_does_not_interrupt_where_the_setup_forbids_it() -> None:
    talk = Talk({"realtimeInputConfig": {"activityHandling": "NO_INTERRUPTION"}})
    talk.on(Typed("hello"))
    assert talk.on(SpeechBegan()) == []
    assert talk.on(Heard("hello again", 1.0)) == []
    assert talk.until_idle().count("turnComplete") == 2


def test_speech_when_nothing_goes_on_means_nothing() -> None:
    assert Talk(SAYS_ALL).on(SpeechBegan()) == []


def test_a_sentence_that_was_heard_late_interrupts_the_reply_before_it() -> None:
    talk = Talk()
    talk.on(Typed("hello"))
    assert once(talk.on(Heard("hello again", 1.0))) == ["interrupted", "turnComplete", "audio"]


def test_the_next_sentence_ends_a_turn_that_only_waits_for_non_blocking_answers() -> None:
    talk = Talk(NON_BLOCKING)
    talk.on(Typed("add milk"))
    assert talk.on(Typed("add bread")) == ["generationComplete", "turnComplete", "call:call-2"]
    assert talk.answer("call-1", scheduling="SILENT") == []
    assert talk.answer("call-2", scheduling="SILENT") == ["generationComplete", "turnComplete"]


def test_the_next_sentence_waits_for_blocking_answers() -> None:
    talk = Talk(BLOCKING)
    talk.on(Typed("add milk"))
    assert talk.on(Typed("add bread")) == []
    talk.answer("call-1")
    assert "call:call-2" in talk.until_idle()


def test_sentences_beyond_the_bound_are_not_kept() -> None:
    talk = Talk(BLOCKING)
    for _ in range(QUEUE_LENGTH + 10):
        talk.on(Typed("add milk"))
    answered = 0
    while talk.conversation.memory.pending:
        answered += 1
        talk.answer(talk.conversation.memory.pending[0].id)
        talk.until_idle()
    assert answered == QUEUE_LENGTH + 1
    assert talk.conversation.dropped == 9


def test_only_the_newest_open_calls_are_kept_beside_those_of_the_last_sentence() -> None:
    talk = Talk(NON_BLOCKING)
    for _ in range(PENDING_LENGTH + 2):
        talk.on(Typed("add milk bread"))
        talk.until_idle()
    pending = [call.id for call in talk.conversation.memory.pending]
    assert len(pending) == PENDING_LENGTH + 2
    assert pending[-1] == f"call-{2 * (PENDING_LENGTH + 2)}"
    assert talk.answer("call-1", scheduling="INTERRUPT") == []


def test_of_a_long_text_the_beginning_is_looked_at_and_all_is_billed() -> None:
    talk = Talk(NON_BLOCKING)
    (calls,) = talk.on(Typed("add " + "x " * LONGEST_TEXT))
    assert len(calls.split(",")) == (LONGEST_TEXT - 4) // 2
    (said,) = talk.conversation.memory.history
    assert len(said.text) == LONGEST_TEXT
    assert talk.conversation.memory.context.text == (4 + 2 * LONGEST_TEXT) // 4


def test_content_without_end_is_kept_to_its_beginning_and_billed() -> None:
    talk = Talk()
    for _ in range(5):
        talk.on(content(("user", "x" * LONGEST_TEXT), complete=False))
    talk.on(content())
    (said, _) = talk.conversation.memory.history
    assert len(said.text) == LONGEST_TEXT
    assert talk.conversation.memory.context.text >= 5 * LONGEST_TEXT // 4


def test_a_reply_is_cut_after_thirty_seconds() -> None:
    class Talkative:
        def speak(self, text: str) -> bytes:
            return bytes(3600 * BYTES_PER_SECOND * len(text[:1]))

    talk = Talk(voice=Talkative())
    talk.on(Typed("hello"))
    talk.until_idle()
    assert talk.now == 30


def test_noise_gives_an_empty_turn() -> None:
    talk = Talk(SAYS_ALL, NON_BLOCKING)
    assert talk.on(Heard("", 1.0)) == [
        "heard:<noise>",
        "unresumable",
        "generationComplete",
        "turnComplete",
        "handle-1",
    ]


def test_noise_gives_no_turn_when_the_model_may_stay_silent() -> None:
    talk = Talk(SAYS_ALL, {"proactivity": {"proactiveAudio": True}})
    assert talk.on(Heard("", 1.0)) == ["heard:<noise>"]
    assert talk.conversation.memory.turns == 0


def test_a_model_with_a_function_keeps_quiet_about_small_talk() -> None:
    assert Talk(NON_BLOCKING).on(Typed("hello")) == ["generationComplete", "turnComplete"]


def test_blank_text_gives_an_empty_turn() -> None:
    assert Talk().on(Typed(" ")) == ["generationComplete", "turnComplete"]


def test_content_is_answered_without_an_input_transcription() -> None:
    talk = Talk(SAYS_ALL, NON_BLOCKING)
    assert talk.on(content(("user", "add"), (None, "milk"))) == ["unresumable", "call:call-1"]


def test_content_without_turn_complete_is_remembered_and_answered_later() -> None:
    talk = Talk(NON_BLOCKING)
    assert (
        talk.on(content(("model", "What shall it be?"), ("user", "add milk"), complete=False)) == []
    )
    assert talk.on(content()) == ["call:call-1"]
    assert [one.text for one in talk.conversation.memory.history] == [
        "What shall it be?",
        "add milk",
    ]


def test_an_empty_content_after_the_models_words_asks_nothing() -> None:
    talk = Talk()
    talk.on(content(("model", "Hello."), complete=False))
    assert talk.on(content()) == ["generationComplete", "turnComplete"]


def test_content_interrupts_the_reply_under_way() -> None:
    talk = Talk()
    talk.on(Typed("hello"))
    assert once(talk.on(content(("user", "stop")))) == ["interrupted", "turnComplete", "audio"]


def test_only_what_follows_the_models_last_words_is_answered() -> None:
    talk = Talk(NON_BLOCKING)
    assert talk.on(content(("user", "add milk"), ("model", "Done."), ("user", "add bread"))) == [
        "call:call-1"
    ]
    assert [one.text for one in talk.conversation.memory.history] == [
        "add milk",
        "Done.",
        "add bread",
    ]


def test_an_initial_history_is_not_answered() -> None:
    talk = Talk(NON_BLOCKING, {"historyConfig": {"initialHistoryInClientContent": True}})
    assert talk.on(content(("user", "add bread"), complete=False)) == []
    assert talk.on(content(("user", "add milk"))) == []
    assert talk.on(content(("user", "add milk"))) == ["call:call-1"]


def test_content_of_an_unknown_role_is_refused() -> None:
    with pytest.raises(Refused, match="valid role"):
        Talk().on(content(("system", "be brief")))


def test_tools_can_be_replaced_within_a_session() -> None:
    talk = Talk()
    tool = Tool(function_declarations=(FunctionDeclaration(name="other"),))
    talk.on(ContextChanged(ContextUpdate(tools=ContextUpdateTools(tools=(tool,)))))
    talk.on(ContextChanged(ContextUpdate(system_instruction=Content())))
    (message,) = talk.messages(Typed("add milk"))
    assert message == {
        "toolCall": {
            "functionCalls": [
                {"id": "call-1", "name": "other", "args": {"name": "milk", "language": "en-US"}}
            ]
        }
    }


def test_usage_bills_the_whole_context_each_turn_and_audio_by_the_second() -> None:
    talk = Talk(memory=Memory("s", "c1", MODEL, "en-US", context=Tokens(text=100)))
    talk.on(Heard("hello", 2.0))
    prompts: list[object] = []
    for event in (SpeechBegan(), Heard("again", 4.0), SpeechBegan()):
        prompts += [one["usageMetadata"] for one in talk.messages(event) if "usageMetadata" in one]
    assert prompts == [
        {
            "promptTokenCount": 150,
            "responseTokenCount": 25,
            "totalTokenCount": 175,
            "promptTokensDetails": [
                {"modality": "TEXT", "tokenCount": 100},
                {"modality": "AUDIO", "tokenCount": 50},
            ],
            "responseTokensDetails": [{"modality": "AUDIO", "tokenCount": 25}],
        },
        {
            "promptTokenCount": 275,
            "responseTokenCount": 25,
            "totalTokenCount": 300,
            "promptTokensDetails": [
                {"modality": "TEXT", "tokenCount": 100},
                {"modality": "AUDIO", "tokenCount": 175},
            ],
            "responseTokensDetails": [{"modality": "AUDIO", "tokenCount": 25}],
        },
    ]


def test_a_resumed_conversation_goes_on_where_its_handle_was_issued() -> None:
    before = Talk(NON_BLOCKING, SAYS_ALL)
    before.on(Typed("add milk"))
    before.later()
    after = Talk(NON_BLOCKING, SAYS_ALL, memory=before.handles.issued[-1])
    assert after.answer("call-1", scheduling="WHEN_IDLE")[0] == "unresumable"
    assert after.conversation.memory.history[0].text == "add milk"
    assert after.conversation.memory.turns == 2
    assert after.conversation.memory.context != NO_TOKENS


def test_models_of_2_5_end_the_turn_at_the_tool_call_and_part_transcription_from_audio() -> None:
    memory = Memory("s", "c1", MODEL, "en-US")
    talk = Talk(
        {"model": "models/gemini-2.5-flash-native-audio-preview-12-2025"},
        SAYS_ALL,
        BLOCKING,
        memory=memory,
    )
    assert talk.on(Typed("add milk"))[1:] == [
        "call:call-1",
        "generationComplete",
        "turnComplete",
        "handle-1",
    ]
    assert talk.answer("call-1")[1:5] == ["audio", "outputTranscription"] * 2


def test_extended_thinking_tells_by_interaction_status_whether_it_is_done() -> None:
    talk = Talk(
        {
            "model": "models/gemini-3.8-live-extended-thinking",
            "generationConfig": {"thinkingConfig": {"thinkingLevel": "LOW"}},
        },
        NON_BLOCKING,
    )
    talk.on(Typed("add milk"))
    talk.now = PATIENCE_S
    assert talk.messages(Tick())[-1]["serverContent"] == {
        "turnComplete": True,
        "interactionStatus": "IN_PROGRESS",
    }
    talk.answer("call-1")
    *_, last = [message for message in _until_idle(talk) if "usageMetadata" in message]
    assert last["serverContent"] == {"turnComplete": True, "interactionStatus": "IDLE"}


def _until_idle(talk: Talk) -> list[ServerMessage]:
    messages: list[ServerMessage] = []
    while (due := talk.conversation.next_due()) is not None:
        talk.now = due
        messages += talk.messages(Tick())
    return messages


def test_extended_thinking_refuses_scheduling() -> None:
    talk = Talk(
        {
            "model": "models/gemini-3.8-live-extended-thinking",
            "generationConfig": {"thinkingConfig": {"thinkingLevel": "LOW"}},
        },
        NON_BLOCKING,
    )
    talk.on(Typed("add milk"))
    with pytest.raises(Refused, match="scheduling"):
        talk.answer("call-1", scheduling="SILENT")


@pytest.mark.parametrize("behaviour", [BLOCKING, NON_BLOCKING])
def test_calls_may_be_taken_back_before_their_answers(behaviour: Mapping[str, object]) -> None:
    talk = Talk(behaviour, faults=Faults(cancel_calls="before_answer"))
    assert talk.on(Typed("add milk bread")) == [
        "call:call-1,call-2",
        "cancel:call-1,call-2",
        "generationComplete",
        "turnComplete",
    ]
    assert talk.conversation.memory.pending == ()
    assert talk.answer("call-1", scheduling="INTERRUPT") == []


def test_calls_may_be_taken_back_after_their_last_answers() -> None:
    talk = Talk(NON_BLOCKING, faults=Faults(cancel_calls="after_answer"))
    talk.on(Typed("add milk"))
    assert talk.answer("call-1", will_continue=True, scheduling="SILENT")[:1] != ["cancel:call-1"]
    assert talk.answer("call-1", scheduling="SILENT")[:1] == ["cancel:call-1"]
    assert talk.answer("call-1", scheduling="SILENT") == []


def counts(messages: Sequence[ServerMessage]) -> list[tuple[int, int, int]]:
    """Return what each usage counts: prompt, response, and all that has a modality."""
    found = []
    for message in messages:
        match message:
            case {
                "usageMetadata": {
                    "promptTokenCount": int(prompt),
                    "responseTokenCount": int(response),
                    "totalTokenCount": int(total),
                    "promptTokensDetails": list(prompts),
                    "responseTokensDetails": list(responses),
                }
            }:
                assert total == prompt + response
                detailed = sum(one["tokenCount"] for one in (*prompts, *responses))
                found.append((prompt, response, detailed))
            case _:
                pass
    return found


def test_usage_may_come_often_and_grow_and_have_tokens_without_modality() -> None:
    talk = Talk(NON_BLOCKING, faults=Faults(usage_often=True))
    messages = talk.messages(Typed("add milk"))
    response = FunctionResponse(id="call-1", scheduling="WHEN_IDLE")
    messages += talk.messages(Answered((response,)))
    while (due := talk.conversation.next_due()) is not None:
        talk.now = due
        messages += talk.messages(Tick())
    assert [name(message) for message in messages][-1] == "turnComplete"
    found = counts(messages)
    assert len(found) == 1 + 25 + 2
    responses = [response for _, response, _ in found]
    assert responses == sorted(responses)
    assert responses[-1] - responses[0] == 25
    assert {prompt + response - detailed for prompt, response, detailed in found} == {25}


def test_usage_comes_once_a_turn_and_adds_up_otherwise() -> None:
    talk = Talk()
    messages = talk.messages(Typed("hello"))
    while (due := talk.conversation.next_due()) is not None:
        talk.now = due
        messages += talk.messages(Tick())
    ((prompt, response, detailed),) = counts(messages)
    assert prompt + response == detailed


def test_a_conversation_that_generates_nothing_hears_and_remembers() -> None:
    talk = Talk(SAYS_ALL, NON_BLOCKING)
    talk.conversation.generates = False
    assert talk.on(Heard("add milk", 1.0)) == ["heard:add milk"]
    assert talk.on(Typed("add bread")) == []
    assert [said.text for said in talk.conversation.memory.history] == ["add milk", "add bread"]
    talk.conversation.generates = True
    assert "call:call-1" in talk.on(Typed("add milk"))
