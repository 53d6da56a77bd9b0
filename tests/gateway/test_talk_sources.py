"""Tests for `gateway.talk_sources`; what needs pipes and programs is in tests/e2e/test_talk.py."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from gateway.talk_sources import NoSound, Typed, from_file, from_pipe, from_sentence, typed
from gateway.talk_wav import Recording
from tests.support.wav import wav


class Parrot:
    """A synthesiser that remembers what it was asked."""

    def __init__(self, spoken: bytes) -> None:
        self.spoken = spoken
        self.asked: list[tuple[str, str]] = []

    async def say(self, sentence: str, language: str) -> bytes:
        self.asked.append((sentence, language))
        return self.spoken


async def test_file_is_an_utterance_of_its_name(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(wav(b"\1\2" * 8_000))
    utterance = from_file(path, language="en-US")
    assert (utterance.name, utterance.language, utterance.note) == ("a.wav", "en-US", "")
    assert utterance.seconds == 0.5
    assert [block async for block in utterance.blocks()] == [b"\1\2" * 8_000]


def test_conversion_is_noted(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(wav(b"\1\2" * 800, rate=8_000))
    assert from_file(path, language=None).note.startswith("8000 Hz mono 16-bit converted")


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"no sound", r"a\.wav: not a WAV file"),
        (wav(b"\1\2" * 159), r"a\.wav: holds less than 10 ms of sound"),
    ],
)
def test_file_that_cannot_be_streamed_is_named(tmp_path: Path, data: bytes, problem: str) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(data)
    with pytest.raises(NoSound, match=problem):
        from_file(path, language=None)


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(NoSound, match=r"none\.wav: No such file"):
        from_file(tmp_path / "none.wav", language=None)


@pytest.mark.parametrize(("language", "spoken_in"), [("en-US", "en-US"), (None, "pl-PL")])
async def test_sentence_is_said_in_its_language(language: str | None, spoken_in: str) -> None:
    parrot = Parrot(wav(b"\1\2" * 8_000))
    utterance = await from_sentence("Add milk", language=language, synthesiser=parrot)
    assert parrot.asked == [("Add milk", spoken_in)]
    assert utterance.language == language
    assert utterance.sound == Recording(b"\1\2" * 8_000)


@pytest.mark.parametrize("content", [wav(b"\1\2" * 8_000), b"\1\2" * 8_000])
async def test_file_as_standard_input_is_wav_or_raw(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "sound"
    path.write_bytes(content)
    with path.open("rb") as file:
        async with from_pipe(file, language="pl-PL") as utterance:
            assert utterance.sound == Recording(b"\1\2" * 8_000)
            assert utterance.name == "-"


async def test_empty_standard_input_has_no_sound(tmp_path: Path) -> None:
    path = tmp_path / "sound"
    path.touch()
    with path.open("rb") as file, pytest.raises(NoSound, match="-: holds less than 10 ms"):
        async with from_pipe(file, language=None):
            pass


async def test_typed_sentence_has_no_sound() -> None:
    utterance = typed("dodaj mleko", language="pl-PL")
    assert (utterance.name, utterance.sound) == ("dodaj mleko", Typed("dodaj mleko"))
    assert (utterance.seconds, utterance.note) == (None, "")
    assert [block async for block in utterance.blocks()] == []


@pytest.mark.parametrize("sentence", ["", " ", "x" * 2_001])
def test_sentence_that_cannot_be_typed_is_refused(sentence: str) -> None:
    with pytest.raises(NoSound, match="--typed takes 1 to 2000 characters"):
        typed(sentence, language=None)


async def test_terminal_is_not_read() -> None:
    class Terminal(io.BytesIO):
        def isatty(self) -> bool:
            return True

    with pytest.raises(NoSound, match="is a terminal"):
        async with from_pipe(Terminal(), language=None):
            pass
