"""Recorded sentences for tests of the whole emulator, and what it has to make of them."""

from __future__ import annotations

import hashlib
import json
import wave
from dataclasses import dataclass
from pathlib import Path

SAMPLES = Path(__file__).parents[2] / "samples"


@dataclass(frozen=True, slots=True)
class Spoken:
    """A recording, a sentence to type after it, and the first product of each."""

    language: str
    recording: str
    product: str
    typed: str
    typed_product: str

    def pcm(self) -> bytes:
        """Return PCM16 little-endian mono at 16 kHz, and half a second of silence after it."""
        with wave.open(str(SAMPLES / self.recording)) as file:
            assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (16000, 1, 2)
            return bytes(file.readframes(file.getnframes())) + bytes(16000)

    def sha256(self) -> str:
        """Return the hash that the emulator's record has to show."""
        return hashlib.sha256(self.pcm()).hexdigest()


SPOKEN = (
    Spoken("en-US", "en-01-milk.wav", "milk", "add three apples", "apple"),
    Spoken("pl-PL", "pl-01-mleko.wav", "mleko", "dodaj trzy jabłka", "jabłko"),
)


def write_pcm(spoken: Spoken, directory: Path) -> Path:
    """Write a recording's samples to a file without a header."""
    path = directory / "speech.pcm"
    path.write_bytes(spoken.pcm())
    return path


def check_turns(output: str, spoken: Spoken) -> None:
    """Check what a client says it received in a spoken and a typed turn."""
    spoken_turn, typed_turn = json.loads(output)
    assert spoken_turn["heard"]
    assert not typed_turn["heard"]
    for turn, product in ((spoken_turn, spoken.product), (typed_turn, spoken.typed_product)):
        assert [call["name"] for call in turn["calls"]] == ["update_shopping_list"]
        assert turn["calls"][0]["args"]["product"] == product
        assert turn["calls"][0]["args"]["action"] == "add"
        assert turn["calls"][0]["args"]["quantity"] in {2, 3}
        assert turn["said"]
        assert turn["audioBytes"] > 0
        assert turn["generationComplete"]
        assert turn["totalTokens"] > 0
