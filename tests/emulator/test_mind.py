from __future__ import annotations

from emulator.mind import ShoppingMind, ToneVoice
from emulator.protojson import Parser
from emulator.reply import duration_s
from emulator.setup_message import FunctionDeclaration, Setup

DECLARED = Parser(Setup).convert(
    {
        "tools": [
            {
                "function_declarations": [
                    {
                        "name": "note_product",
                        "parameters": {
                            "type": "OBJECT",
                            "properties": {
                                "product_name": {"type": "STRING"},
                                "amount": {"type": "NUMBER"},
                            },
                            "required": ["product_name"],
                        },
                    }
                ]
            }
        ]
    }
)
OTHER = (FunctionDeclaration(name="turn_on_the_lights"),)


def test_a_purchase_becomes_a_call_of_the_function_declared() -> None:
    thought = ShoppingMind().think(
        "add two litres of milk", "en-US", DECLARED.tools[0].function_declarations
    )
    (call,) = thought.calls
    assert call.name == "note_product"
    assert call.args["product_name"] == "milk"
    assert thought.capable
    assert thought.reply


def test_small_talk_calls_nothing_though_something_could_be_called() -> None:
    thought = ShoppingMind().think("good morning", "en-US", DECLARED.tools[0].function_declarations)
    assert thought.calls == ()
    assert thought.capable


def test_a_function_for_something_else_is_not_called() -> None:
    thought = ShoppingMind().think("add milk", "en-US", OTHER)
    assert thought.calls == ()
    assert not thought.capable


def test_replies_can_be_heard() -> None:
    assert duration_s(ToneVoice().speak("I have added milk to the list.")) > 0.5
