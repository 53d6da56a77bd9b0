"""Tests for `actors.conversation`."""

from __future__ import annotations

import msgspec
import pytest

from actors.commands import Command, ConfirmSpeech, Inform, Keep, Note, SettleAnswers, Tell
from actors.conversation import Conversation
from schemas.client import Reply
from schemas.gemini import (
    Blob,
    GeminiMessage,
    ModelTurn,
    Part,
    ServerContent,
    ToolCall,
    ToolResponse,
    Transcription,
    UsageMetadata,
)
from schemas.server import Interrupted, SpokenAudio, Transcript
from schemas.shopping_list import ListEvent
from schemas.stored import StoredSession
from shopping import locale_for
from tests.support.gemini_says import (
    GO_AWAY,
    SPOKEN_REPLY,
    TURN_COMPLETE,
    call,
    calls,
    cancelled,
    heard,
    replied,
    usage,
)

POLISH = locale_for("pl-PL")
INTERRUPTED = GeminiMessage(server_content=ServerContent(interrupted=True))


def a_conversation(*, keeps_events: bool = False) -> Conversation:
    return Conversation("s1", keeps_events=keeps_events, suggest_below=0.5)


def take(conversation: Conversation, *messages: GeminiMessage) -> list[Command]:
    return [
        command
        for message in messages
        for command in conversation.take(message, POLISH, now=1.0, unix=1_700_000_000)
    ]


def told(commands: list[Command]) -> list[str]:
    """Return whole utterances as ``user: …`` and ``model: …``, products by name."""
    lines = []
    for command in commands:
        match command:
            case Tell(Transcript(text, is_user, True)):
                lines.append(f"{'user' if is_user else 'model'}: {text}")
            case Tell(ListEvent(product=product)):
                lines.append(product.name)
            case _:
                pass
    return lines


def confirmed(commands: list[Command]) -> list[ConfirmSpeech]:
    return [command for command in commands if isinstance(command, ConfirmSpeech)]


def test_the_shoppers_words_are_told_when_the_turn_is_complete() -> None:
    conversation = a_conversation()
    assert told(take(conversation, heard("Dodaj "), heard("mleko"))) == []
    assert told(take(conversation, TURN_COMPLETE)) == ["user: Dodaj mleko"]


def test_the_shoppers_words_come_before_the_product_they_led_to() -> None:
    commands = take(a_conversation(), heard("Dodaj mleko"), calls(call("c1")))
    assert told(commands) == ["user: Dodaj mleko", "mleko"]


def test_the_shoppers_words_come_before_the_models_reply() -> None:
    commands = take(
        a_conversation(), heard("Cześć"), replied("Dzień "), replied("dobry"), TURN_COMPLETE
    )
    assert told(commands) == ["user: Cześć", "model: Dzień dobry"]


def test_an_interruption_ends_what_both_were_saying() -> None:
    commands = take(a_conversation(), heard("Stop"), replied("Więc"), INTERRUPTED)
    assert told(commands) == ["user: Stop", "model: Więc"]


def test_generation_complete_ends_what_both_were_saying() -> None:
    complete = GeminiMessage(server_content=ServerContent(generation_complete=True))
    assert told(take(a_conversation(), replied("Dobrze"), complete)) == ["model: Dobrze"]


def test_an_endless_utterance_of_either_side_is_told_in_parts() -> None:
    commands = take(a_conversation(), heard("a" * 4_000), replied("b" * 4_000))
    assert told(commands) == ["user: " + "a" * 4_000, "model: " + "b" * 4_000]


def test_calls_are_answered_in_one_message_in_their_order() -> None:
    commands = take(a_conversation(), calls(call("c1"), call("c2", ""), call("c3", "chleb")))
    (informed,) = [command for command in commands if isinstance(command, Inform)]
    assert isinstance(informed.notice, ToolResponse)
    assert [(each.id, each.response.status) for each in informed.notice.function_responses] == [
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
    assert take(a_conversation(), GeminiMessage(tool_call=ToolCall())) == []


def test_all_the_fields_of_one_message_count() -> None:
    conversation = a_conversation()
    message = msgspec.structs.replace(
        calls(call("c1")),
        server_content=ServerContent(
            input_transcription=Transcription("Dodaj mleko"), turn_complete=True
        ),
        usage_metadata=UsageMetadata(prompt_token_count=7),
    )
    commands = take(conversation, message)
    assert told(commands) == ["user: Dodaj mleko", "mleko"]
    assert any(isinstance(command, Inform) for command in commands)
    assert conversation.usage.prompt_tokens == 7
    assert not conversation.turn_open


def test_speech_is_confirmed_when_the_turn_about_it_is_over() -> None:
    conversation = a_conversation()
    assert confirmed(take(conversation, heard("Dodaj"), calls(call("c1")))) == []
    assert take(conversation, SPOKEN_REPLY) == []
    assert take(conversation, TURN_COMPLETE) == [
        ConfirmSpeech(began_at=1.0, idle_since=0.0, transcribed=True, called=True, told_at=1.0),
        SettleAnswers(),
    ]
    assert take(conversation, TURN_COMPLETE) == [
        ConfirmSpeech(began_at=1.0, idle_since=1.0, transcribed=False, called=False),
        SettleAnswers(),
    ]


def test_a_turn_with_a_reply_only_is_about_what_was_confirmed_already() -> None:
    """Some models end one turn after the calls, and another after the reply."""
    conversation = a_conversation()
    take(conversation, heard("Dodaj"), calls(call("c1")), TURN_COMPLETE)
    assert take(conversation, SPOKEN_REPLY, TURN_COMPLETE) == [
        ConfirmSpeech(began_at=1.0, idle_since=1.0, transcribed=False, called=False),
        SettleAnswers(),
    ]


def test_a_turn_is_open_from_geminis_first_word_to_its_completion() -> None:
    for opening in (replied("dobrze"), SPOKEN_REPLY, calls(call("c1"))):
        conversation = a_conversation()
        take(conversation, opening)
        assert conversation.turn_open
        take(conversation, TURN_COMPLETE)
        assert not conversation.turn_open


def test_a_call_is_about_what_was_transcribed_before_it_whatever_was_acted_on_earlier() -> None:
    conversation = a_conversation()

    def at(now: float, message: GeminiMessage) -> list[Command]:
        return conversation.take(message, POLISH, now=now, unix=1_700_000_000)

    at(1.0, calls(call("stray", "masło")))
    at(5.0, heard("Dodaj"))
    at(6.0, calls(call("c1")))
    at(7.0, calls(call("c2")))
    assert at(8.0, TURN_COMPLETE) == [
        ConfirmSpeech(began_at=6.0, idle_since=0.0, transcribed=True, called=True, told_at=6.0),
        SettleAnswers(),
    ]


def test_figures_that_come_between_a_transcript_and_its_answer_are_the_new_turns() -> None:
    conversation = a_conversation()
    take(conversation, heard("Dodaj"), calls(call("c1")), usage(100, 1), TURN_COMPLETE)
    take(conversation, heard("Dodaj"), usage(20, 2))
    assert conversation.usage.prompt_tokens == 120


def test_a_transcript_opens_no_turn_since_it_may_come_late() -> None:
    conversation = a_conversation()
    take(conversation, heard("Dodaj"))
    assert (conversation.turn_open, conversation.listens(3.9)) == (False, True)
    assert not conversation.listens(4.0)
    take(conversation, TURN_COMPLETE)
    assert not conversation.listens(1.0)


def test_what_is_no_content_opens_no_turn() -> None:
    conversation = a_conversation()
    assert take(conversation, GO_AWAY, usage(3, 4)) == []
    assert not conversation.turn_open
    assert conversation.usage.response_tokens == 4


def test_what_was_understood_so_far_is_told_as_it_grows() -> None:
    commands = take(a_conversation(), heard("Dodaj"), heard(" mleko"), replied("Dobrze"))
    assert commands == [
        Tell(Transcript(text="Dodaj", is_user=True, final=False)),
        Tell(Transcript(text="Dodaj mleko", is_user=True, final=False)),
        Tell(Transcript(text="Dodaj mleko", is_user=True)),
        Tell(Transcript(text="Dobrze", is_user=False, final=False)),
    ]


def test_what_changes_the_list_is_stored_before_anybody_hears_of_it() -> None:
    for keeps_events in (False, True):
        conversation = a_conversation(keeps_events=keeps_events)
        commands = take(conversation, heard("Dodaj mleko"), calls(call("c1")))
        assert [type(command) for command in commands] == [Tell, Tell, Keep, Inform, Tell, Note]
        (kept,) = [command for command in commands if isinstance(command, Keep)]
        assert Tell(kept.step.events[0]) in commands


def test_a_call_that_changes_nothing_is_answered_and_stores_nothing() -> None:
    commands = take(a_conversation(), calls(call("c1", "")))
    assert [type(command) for command in commands] == [Inform, Note]


def test_what_gemini_takes_back_is_stored_before_the_phone_is_told() -> None:
    conversation = a_conversation()
    take(conversation, calls(call("c1"), call("c2", "")))
    note, kept, told_back = take(conversation, cancelled("c1", "c2"))
    assert note == Note("calls_cancelled", {"calls": 2, "products": 1})
    assert isinstance(kept, Keep)
    assert [Tell(event) for event in kept.step.events] == [told_back]
    assert take(conversation, cancelled("c1")) == [
        Note("calls_cancelled", {"calls": 1, "products": 0})
    ]


def test_spoken_replies_go_to_a_phone_that_plays_them() -> None:
    conversation = a_conversation(keeps_events=True)
    assert take(conversation, SPOKEN_REPLY) == []
    conversation.reply = "audio"
    assert take(conversation, SPOKEN_REPLY) == [Tell(SpokenAudio(bytes(3)))]


def test_a_part_that_is_no_sound_is_left_out() -> None:
    conversation = a_conversation(keeps_events=True)
    conversation.reply = "audio"
    parts = (
        Part(text="Dobrze"),
        Part(inline_data=Blob("image/png", "AAAA")),
        Part(inline_data=Blob("audio/pcm;rate=24000", "A")),
        Part(inline_data=Blob("audio/pcm;rate=24000", "ąę")),
        Part(inline_data=Blob("audio/pcm;rate=24000", "AQID")),
    )
    message = GeminiMessage(server_content=ServerContent(model_turn=ModelTurn(parts)))
    assert take(conversation, message) == [Tell(SpokenAudio(b"\1\2\3"))]


def test_a_phone_that_plays_replies_is_told_to_stop_when_the_shopper_speaks_into_one() -> None:
    conversation = a_conversation(keeps_events=True)
    assert take(conversation, INTERRUPTED) == []
    conversation.reply = "audio"
    take(conversation, replied("Więc"))
    assert take(conversation, INTERRUPTED) == [
        Tell(Transcript(text="Więc", is_user=False)),
        Tell(Interrupted()),
    ]


@pytest.mark.parametrize(("reply", "scheduling"), [("none", "SILENT"), ("audio", "WHEN_IDLE")])
def test_answers_are_silent_unless_the_model_is_heard(reply: Reply, scheduling: str) -> None:
    conversation = a_conversation(keeps_events=True)
    conversation.reply = reply
    commands = take(conversation, calls(call("c1")))
    (informed,) = [command for command in commands if isinstance(command, Inform)]
    assert isinstance(informed.notice, ToolResponse)
    assert [each.scheduling for each in informed.notice.function_responses] == [scheduling]


def refs(commands: list[Command]) -> list[str | None]:
    return [
        command.message.ref
        for command in commands
        if isinstance(command, Tell) and isinstance(command.message, ListEvent)
    ]


def test_what_follows_from_a_typed_sentence_carries_its_ref() -> None:
    conversation = a_conversation(keeps_events=True)
    conversation.typed.add("t1")
    commands = take(conversation, calls(call("c1")))
    assert refs(commands) == ["t1"]
    (kept,) = [command for command in commands if isinstance(command, Keep)]
    assert kept.step.refs == ("t1",)


def test_what_follows_a_transcript_is_about_speech_and_not_about_what_was_typed() -> None:
    conversation = a_conversation(keeps_events=True)
    conversation.typed.add("t1")
    assert refs(take(conversation, heard("Dodaj mleko"), calls(call("c1")))) == [None]
    (turn,) = confirmed(take(conversation, TURN_COMPLETE))
    assert (turn.transcribed, turn.called) == (True, True)


class Sent:
    """Something else is said once `over` is set."""

    sent_ms = 0
    asks = False
    over = False

    def says_again(self, *, began_at: float, idle_since: float) -> bool:
        assert began_at >= idle_since
        return not self.over


def test_what_is_called_for_again_is_new_once_something_else_is_said() -> None:
    sent = Sent()
    conversation = Conversation("s1", keeps_events=True, suggest_below=0.5, sending=sent)
    take(conversation, calls(call("c1", "mleko"), call("c2", "ser")))
    conversation.link_lost(1.0)
    assert told(take(conversation, calls(call("c3", "mleko")), TURN_COMPLETE)) == []
    sent.over = True
    assert told(take(conversation, calls(call("c4", "ser")), TURN_COMPLETE)) == ["ser"]


def test_where_nothing_is_sent_what_is_called_for_again_is_what_was_said() -> None:
    conversation = a_conversation()
    take(conversation, calls(call("c1", "mleko")))
    conversation.link_lost(1.0)
    assert told(take(conversation, calls(call("c2", "mleko")), TURN_COMPLETE)) == []


def test_a_conversation_goes_on_where_another_one_was_left() -> None:
    older = a_conversation(keeps_events=True)
    older.reply = "audio"
    take(older, heard("Dodaj"), calls(call("c1")), usage(7, 2), TURN_COMPLETE)
    conversation = a_conversation(keeps_events=True)
    conversation.restore(
        StoredSession(
            session_id="s1",
            user_id="ala",
            created_at=0.0,
            language="pl-PL",
            reply=older.reply,
            list=older.ledger.stored(),
            calls=older.calls.stored(),
            usage=older.usage.view(),
            products=older.ledger.products,
        )
    )
    assert (conversation.reply, conversation.ledger.products) == ("audio", 1)
    assert conversation.usage.view() == older.usage.view()
    assert conversation.ledger.list.items == older.ledger.list.items
    assert told(take(conversation, cancelled("c1"))) == ["mleko"]
    assert conversation.ledger.list.items == ()
