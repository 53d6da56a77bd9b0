from __future__ import annotations

import pytest

from shopping import locale_for, system_instruction


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("pl-PL", ["Nigdy nie mówisz", "cisza", "update_shopping_list", "Nigdy nie zgaduj"]),
        ("en-GB", ["You never speak", "silence", "update_shopping_list", "Never guess"]),
    ],
)
def test_the_instruction_asks_for_calls_and_silence_in_the_shoppers_language(
    language: str, words: list[str]
) -> None:
    instruction = system_instruction(locale_for(language))
    assert all(word in instruction for word in words)
    assert all(f'"{action}"' in instruction for action in ("add", "remove", "update"))
    assert "BCP 47" not in instruction


def test_another_language_is_named_and_its_names_are_not_translated() -> None:
    instruction = system_instruction(locale_for("de-AT"))
    assert instruction.startswith(system_instruction(locale_for("en")))
    assert '"de-AT"' in instruction
    assert "never translate" in instruction
