from __future__ import annotations

from emulator.memory import HISTORY_LENGTH, NO_TOKENS, Memory, audio_tokens, text_tokens


def test_only_the_newest_history_is_kept() -> None:
    memory = Memory("s", "c1", "m", "en-US")
    for number in range(HISTORY_LENGTH + 5):
        memory = memory.said("user", str(number), NO_TOKENS)
    assert len(memory.history) == HISTORY_LENGTH
    assert memory.history[-1].text == str(HISTORY_LENGTH + 4)


def test_audio_is_25_tokens_a_second_and_text_a_token_for_4_characters() -> None:
    assert audio_tokens(2.0).audio == 50
    assert text_tokens("five!").text == 2
    assert text_tokens("") == NO_TOKENS
