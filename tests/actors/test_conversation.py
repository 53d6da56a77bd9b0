"""Tests for `actors.conversation`."""

from __future__ import annotations

import msgspec

from actors.commands import Answer, Command, ConfirmSpeech, Note, SettleAnswers, Tell
from actors.conversation import Conversation
from schemas.gemini import GeminiMessage, ServerContent, ToolCall, Transcription, UsageMetadata
from schemas.server import ProductDetected, Transcript
from shopping import locale_for
from tests.support.gemini_says import (
    GO_AWAY,
    SPOKEN_REPLY,
    TURN_COMPLETE,
    call,
    calls,
    heard,
    replied,
    usage,
)

POLISH = locale_for("pl-PL")


def take(conversation: Conversation, *messages: GeminiMessage) -> list[Command]:
    return [
        command
        for message in messages
        for command in conversation.take(message, POLISH, now=1.0, unix=1_700_000_000)
    ]


def told(commands: list[Command]) -> list[str]:
    """Return transcripts as ``user: …`` and ``model: …``, products by name."""
    lines = []
    for command in commands:
        match command:
            case Tell(Transcript(text, is_user)):
                lines.append(f"{'user' if is_user else 'model'}: {text}")
            case Tell(ProductDetected(product)):
                lines.append(product.name)
            case _:
                pass
    return lines


def test_the_shoppers_words_are_told_when_the_turn_is_complete() -> None:
    conversation = Conversation("s1")
    assert told(take(conversation, heard("Dodaj "), heard("mleko"))) == []
    assert told(take(conversation, TURN_COMPLETE)) == ["user: Dodaj mleko"]


def test_the_shoppers_words_come_before_the_product_they_led_to() -> None:
    commands = take(Conversation("s1"), heard("Dodaj mleko"), calls(call("c1")))
    assert told(commands) == ["user: Dodaj mleko", "mleko"]


def test_the_shoppers_words_come_before_the_models_reply() -> None:
    commands = take(
        Conversation("s1"), heard("Cześć"), replied("Dzień "), replied("dobry"), TURN_COMPLETE
    )
    assert told(commands) == ["user: Cześć", "model: Dzień dobry"]


def test_an_interruption_ends_what_both_were_saying() -> None:
    interrupted = GeminiMessage(server_content=ServerContent(interrupted=True))
    commands = take(Conversation("s1"), heard("Stop"), replied("Więc"), interrupted)
    assert told(commands) == ["user: Stop", "model: Więc"]


def test_generation_complete_ends_what_both_were_saying() -> None:
    complete = GeminiMessage(server_content=ServerContent(generation_complete=True))
    assert told(take(Conversation("s1"), replied("Dobrze"), complete)) == ["model: Dobrze"]


def test_an_endless_utterance_of_either_side_is_told_in_parts() -> None:
    commands = take(Conversation("s1"), heard("a" * 4_000), replied("b" * 4_000))
    assert told(commands) == ["user: " + "a" * 4_000, "model: " + "b" * 4_000]


def test_calls_are_answered_in_one_message_in_their_order() -> None:
    commands = take(Conversation("s1"), calls(call("c1"), call("c2", ""), call("c3", "chleb")))
    (answer,) = [command for command in commands if isinstance(command, Answer)]
    assert [(each.id, each.response.status) for each in answer.response.function_responses] == [
        ("c1", "accepted"),
        ("c2", "rejected"),
        ("c3", "accepted"),
    ]
    assert told(commands) == ["mleko", "chleb"]
    assert [command.facts for command in commands if isinstance(command, Note)] == [
        {"status": "accepted", "products": 1},
        {"status": "rejected", "products": 0},
        {"status": "accepted", "products": 1},
    ]


def test_an_empty_tool_call_is_not_answered() -> None:
    assert take(Conversation("s1"), GeminiMessage(tool_call=ToolCall())) == []


def test_all_the_fields_of_one_message_count() -> None:
    conversation = Conversation("s1")
    message = msgspec.structs.replace(
        calls(call("c1")),
        server_content=ServerContent(
            input_transcription=Transcription("Dodaj mleko"), turn_complete=True
        ),
        usage_metadata=UsageMetadata(prompt_token_count=7),
    )
    commands = take(conversation, message)
    assert told(commands) == ["user: Dodaj mleko", "mleko"]
    assert any(isinstance(command, Answer) for command in commands)
    assert conversation.usage.prompt_tokens == 7
    assert not conversation.turn_open


def test_speech_is_confirmed_when_the_turn_about_it_is_over() -> None:
    conversation = Conversation("s1")
    assert take(conversation, heard("Dodaj")) == []
    acted = take(conversation, calls(call("c1")))
    assert isinstance(acted[-1], Answer)
    assert take(conversation, SPOKEN_REPLY) == []
    assert take(conversation, TURN_COMPLETE) == [ConfirmSpeech(1.0, 0.0), SettleAnswers()]
    assert take(conversation, TURN_COMPLETE) == [SettleAnswers()]


def test_a_turn_with_a_reply_only_is_about_what_was_confirmed_already() -> None:
    """Some models end one turn after the calls, and another after the reply."""
    conversation = Conversation("s1")
    take(conversation, heard("Dodaj"), calls(call("c1")), TURN_COMPLETE)
    assert take(conversation, SPOKEN_REPLY, TURN_COMPLETE) == [SettleAnswers()]


def test_a_turn_is_open_from_geminis_first_word_to_its_completion() -> None:
    for opening in (replied("dobrze"), SPOKEN_REPLY, calls(call("c1"))):
        conversation = Conversation("s1")
        take(conversation, opening)
        assert conversation.turn_open
        take(conversation, TURN_COMPLETE)
        assert not conversation.turn_open


def test_a_call_is_about_what_was_transcribed_before_it_whatever_was_acted_on_earlier() -> None:
    conversation = Conversation("s1")

    def at(now: float, message: GeminiMessage) -> list[Command]:
        return conversation.take(message, POLISH, now=now, unix=1_700_000_000)

    at(1.0, calls(call("stray")))
    at(5.0, heard("Dodaj"))
    at(6.0, calls(call("c1")))
    at(7.0, calls(call("c2")))
    assert at(8.0, TURN_COMPLETE) == [ConfirmSpeech(6.0, 0.0), SettleAnswers()]


def test_figures_that_come_between_a_transcript_and_its_answer_are_the_new_turns() -> None:
    conversation = Conversation("s1")
    take(conversation, heard("Dodaj"), calls(call("c1")), usage(100, 1), TURN_COMPLETE)
    take(conversation, heard("Dodaj"), usage(20, 2))
    assert conversation.usage.prompt_tokens == 120


def test_a_transcript_opens_no_turn_since_it_may_come_late() -> None:
    conversation = Conversation("s1")
    take(conversation, heard("Dodaj"))
    assert (conversation.turn_open, conversation.listens(3.9)) == (False, True)
    assert not conversation.listens(4.0)
    take(conversation, TURN_COMPLETE)
    assert not conversation.listens(1.0)


def test_what_is_no_content_opens_no_turn() -> None:
    conversation = Conversation("s1")
    assert take(conversation, GO_AWAY, usage(3, 4)) == []
    assert not conversation.turn_open
    assert conversation.usage.response_tokens == 4
