"""What is remembered from one turn to the next, in a conversation and over its resumption."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from emulator.content import Content, Part
from emulator.conversation import Conversation
from emulator.events import Answered, ContentGiven, ConversationEvent, Heard, Typed
from emulator.memory import Memory
from emulator.messages import ClientContent, FunctionResponse
from emulator.mind import ShoppingMind
from emulator.turn_engine import Pace
from emulator.wire import ServerMessage
from tests.support.emulator_fakes import MODEL, FakeHandles, FakeVoice, setup_of

FUNCTIONS: list[dict[str, object]] = [
    {
        "name": "update_shopping_list",
        "behavior": "NON_BLOCKING",
        "parameters": {
            "type": "OBJECT",
            "properties": {
                "action": {"type": "STRING", "enum": ["add", "remove", "update"]},
                "item_name": {"type": "STRING"},
                "quantity": {"type": "NUMBER"},
                "unit": {"type": "STRING"},
            },
            "required": ["action", "item_name"],
        },
    },
    {"name": "undo_last_change", "behavior": "NON_BLOCKING"},
]
BY_HAND = '[The shopper changed the list by hand: removed "butter", added "saffron" (2 jar).]'
RECZNIE = '[Osoba zmieniła listę ręcznie: usunięto "masło", dodano "chleb" (2 szt).]'


class Shopper:
    """Talks to the emulator's own mind, answers its calls, and notes them in short."""

    def __init__(
        self,
        language: str = "en-US",
        *,
        memory: Memory | None = None,
        functions: Sequence[dict[str, object]] = tuple(FUNCTIONS),
    ) -> None:
        self.handles = FakeHandles()
        self.conversation = Conversation(
            setup_of(
                {"tools": [{"functionDeclarations": list(functions)}], "sessionResumption": {}}
            ),
            memory or Memory("session", "c1", MODEL, language),
            mind=ShoppingMind(),
            voice=FakeVoice(),
            handles=self.handles,
            pace=Pace(),
            call_prefix="call",
        )

    def types(self, text: str) -> str:
        return self._calls(Typed(text))

    def says(self, text: str) -> str:
        return self._calls(Heard(text, 1.0))

    def is_told(self, text: str, *, role: str = "user", complete: bool = False) -> str:
        content = Content(parts=(Part(text=text),), role=role)
        return self._calls(ContentGiven(ClientContent(turns=(content,), turn_complete=complete)))

    def _calls(self, event: ConversationEvent) -> str:
        calls = _calls_in(self.conversation.handle(event, 0.0))
        self.conversation.handle(
            Answered(
                tuple(FunctionResponse(id=str(call["id"]), scheduling="SILENT") for call in calls)
            ),
            0.0,
        )
        return ", ".join(map(_noted, calls))


def _calls_in(messages: Sequence[ServerMessage]) -> list[dict[str, object]]:
    calls: list[dict[str, object]] = []
    for message in messages:
        match message:
            case {"toolCall": {"functionCalls": list(found)}}:
                calls += found
            case _:
                pass
    return calls


def _noted(call: dict[str, object]) -> str:
    args = call["args"]
    assert isinstance(args, dict)
    return " ".join(map(str, args.values())) if args else str(call["name"])


def test_english_corrections_are_about_the_turn_before() -> None:
    shopper = Shopper()
    assert shopper.says("add two liters of milk") == "add milk 2 l"
    assert shopper.says("actually three") == "update milk 3"
    assert shopper.types("one more of those") == "add milk 1 l"
    assert shopper.says("not milk but cream") == "remove milk, add cream 4 l"
    assert shopper.says("good morning") == ""
    assert shopper.types("remove that") == "remove cream"
    assert shopper.says("undo that") == "undo_last_change"


def test_polish_corrections_are_about_the_turn_before() -> None:
    shopper = Shopper("pl-PL")
    assert shopper.says("dodaj dwa litry mleka") == "add mleko 2 l"
    assert shopper.says("nie jednak trzy") == "update mleko 3"
    assert shopper.types("jeszcze jedno") == "add mleko 1 l"
    assert shopper.says("nie mleko tylko śmietana") == "remove mleko, add śmietana 4 l"
    assert shopper.says("dzień dobry") == ""
    assert shopper.types("wyrzuć to") == "remove śmietana"
    assert shopper.says("cofnij") == "undo_last_change"


def test_a_new_session_remembers_nothing() -> None:
    shopper = Shopper()
    assert shopper.says("no, two") == ""
    assert shopper.says("one more") == ""


def test_what_no_function_carries_out_is_not_remembered() -> None:
    shopper = Shopper(functions=FUNCTIONS[1:])
    assert shopper.says("add milk") == ""
    assert shopper.conversation.memory.mentioned == ()


def test_a_conversation_that_generates_nothing_remembers_no_product() -> None:
    shopper = Shopper()
    shopper.conversation.generates = False
    shopper.says("add milk")
    assert shopper.conversation.memory.mentioned == ()


def test_nothing_is_called_to_undo_where_no_function_undoes() -> None:
    shopper = Shopper(functions=FUNCTIONS[:1])
    shopper.says("add milk")
    assert shopper.says("undo that") == ""
    assert shopper.says("one more") == "add milk 1"


@pytest.mark.parametrize(
    ("language", "notice", "sentence", "call"),
    [
        ("en-US", BY_HAND, "one more of those", "add saffron 1 jar"),
        ("en-US", BY_HAND, "no, three", "update saffron 3"),
        ("en-US", BY_HAND, "remove that", "remove saffron"),
        ("pl-PL", RECZNIE, "jeszcze jedno", "add chleb 1 szt"),
        ("pl-PL", RECZNIE, "nie, trzy", "update chleb 3"),
        ("pl-PL", RECZNIE, "wyrzuć to", "remove chleb"),
    ],
)
def test_what_was_changed_by_hand_is_what_the_next_sentence_is_about(
    language: str, notice: str, sentence: str, call: str
) -> None:
    shopper = Shopper(language)
    shopper.says("add milk")
    assert shopper.is_told(notice) == ""
    assert shopper.says(sentence) == call


def test_a_notice_buys_nothing_when_a_question_follows_it() -> None:
    shopper = Shopper("pl-PL")
    shopper.is_told(RECZNIE)
    assert shopper.is_told("dodaj mleko", complete=True) == "add mleko"


def test_what_the_model_is_told_to_have_said_itself_is_no_notice() -> None:
    shopper = Shopper()
    shopper.is_told(BY_HAND, role="model")
    assert shopper.says("one more") == ""


def test_a_session_resumed_goes_on_with_what_it_remembers() -> None:
    before = Shopper()
    before.says("add two liters of milk")
    first = before.handles.issued[-1]
    before.says("add bread")

    assert Shopper(memory=first).says("one more") == "add milk 1 l"
    assert Shopper(memory=before.handles.issued[-1]).says("no, two") == "update bread 2"


def test_a_notice_survives_a_resumption_once_a_turn_has_issued_a_handle() -> None:
    before = Shopper("pl-PL")
    before.is_told(RECZNIE)
    before.says("dzień dobry")

    after = Shopper("pl-PL", memory=before.handles.issued[-1])
    assert after.says("jeszcze jedno") == "add chleb 1 szt"
