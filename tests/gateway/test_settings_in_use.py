"""What a service without a key has to be installed with."""

from __future__ import annotations

import pytest

from gateway.settings import WrongSettings
from gateway.settings_in_use import settings_in_use

ALL = {"emulator", "aiohttp", "cryptography", "pocketsphinx"}


def refusal(environment: dict[str, str], *missing: str) -> str:
    with pytest.raises(WrongSettings) as caught:
        settings_in_use(environment, installed=lambda name: name in ALL - set(missing))
    return str(caught.value)


def test_without_a_key_the_emulator_is_used_where_it_is_installed() -> None:
    assert not settings_in_use({}, installed=ALL.__contains__).has_upstream
    deaf = {"EMULATOR_EARS": "none"}
    assert settings_in_use(deaf, installed=lambda name: name != "pocketsphinx").ears == "none"


def test_with_a_key_nothing_is_looked_for() -> None:
    settings = settings_in_use({"GEMINI_API_KEY": "a-key"}, installed=lambda _: False)
    assert settings.has_upstream


def test_without_a_key_and_without_the_emulator_there_is_nothing_to_talk_to() -> None:
    assert refusal({}, "emulator", "aiohttp") == (
        "GEMINI_API_KEY is not set, and the emulator is not installed: "
        "set it to a key of the Gemini API"
    )


def test_a_folder_without_the_packages_that_it_needs_is_no_emulator() -> None:
    assert refusal({}, "aiohttp") == (
        "GEMINI_API_KEY is not set, and the emulator is not installed (aiohttp is "
        "missing): set it to a key of the Gemini API"
    )


def test_ears_that_are_not_installed_are_told_before_the_emulator_fails_of_them() -> None:
    assert "EMULATOR_EARS is pocketsphinx, which is not installed" in refusal(
        {"EMULATOR_EARS": "pocketsphinx"}, "pocketsphinx"
    )
