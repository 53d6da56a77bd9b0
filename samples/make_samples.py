"""Makes the recordings in this directory with espeak-ng and sox: `python samples/make_samples.py`.

The same bytes come out every time from the same versions of the two programs; the recordings in
the repository are from espeak-ng 1.51. `expected.json` says what each should bring about.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import wave
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
RATE = 16_000
LEAD_MS = 400
TAIL_MS = 900
CONVERSATION_MS = 60_000

Product = tuple[str, str, float | None, str | None]
"""Action, name, quantity, unit: what is not said is None."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence, what it orders, and the silence that follows it."""

    text: str
    products: tuple[Product, ...]
    pause_ms: int = TAIL_MS


@dataclass(frozen=True, slots=True)
class Sample:
    """One recording."""

    name: str
    language: str
    voice: str
    words_a_minute: int
    sentences: tuple[Sentence, ...]
    lasts_ms: int | None = None


def add(name: str, quantity: float | None = None, unit: str | None = None) -> Product:
    """An order."""
    return ("add", name, quantity, unit)


SAMPLES = (
    Sample("pl-01-mleko", "pl-PL", "pl+klatt2", 140, (
        Sentence("Dodaj dwa litry mleka.", (add("mleko", 2, "l"),)),
    )),
    Sample("pl-02-chleb-i-jajka", "pl-PL", "pl", 140, (
        Sentence("Kup bochenek chleba i dziesięć jajek.",
                 (add("chleb", 1, "bochenek"), add("jajka", 10))),
    )),
    Sample("pl-03-ziemniaki", "pl-PL", "pl+klatt2", 150, (
        Sentence("Potrzebuję trzy kilogramy ziemniaków.", (add("ziemniaki", 3, "kg"),)),
    )),
    Sample("pl-04-usun-maslo", "pl-PL", "pl+klatt2", 140, (
        Sentence("Usuń masło z listy.", (("remove", "masło", None, None),)),
    )),
    Sample("pl-05-trzy-zdania", "pl-PL", "pl+klatt2", 140, (
        Sentence("Dodaj pięć bananów.", (add("banan", 5),), 1500),
        Sentence("Kup papier toaletowy.", (add("papier toaletowy"),), 1500),
        Sentence("Kup cztery butelki wody mineralnej.", (add("woda mineralna", 4, "butelka"),)),
    )),
    Sample("pl-06-rozmowa", "pl-PL", "pl", 150, (
        Sentence("Wczoraj wieczorem długo padał deszcz.", ()),
    )),
    Sample("en-01-milk", "en-US", "en-us", 140, (
        Sentence("Please add two liters of milk.", (add("milk", 2, "l"),)),
    )),
    Sample("en-02-eggs-and-bread", "en-US", "en-us", 140, (
        Sentence("Buy a dozen eggs and a loaf of bread.",
                 (add("eggs", 12), add("bread", 1, "loaf"))),
    )),
    Sample("en-03-olive-oil", "en-US", "en-us+m3", 145, (
        Sentence("We need three bottles of olive oil.", (add("olive oil", 3, "bottle"),)),
    )),
    Sample("en-04-remove-butter", "en-US", "en-us", 140, (
        Sentence("Remove the butter from the list.", (("remove", "butter", None, None),)),
    )),
    Sample("en-05-two-sentences", "en-US", "en-us", 140, (
        Sentence("Add five bananas.", (add("banana", 5),), 1500),
        Sentence("Add toilet paper and four cans of tuna.",
                 (add("toilet paper"), add("tuna", 4, "can"))),
    )),
    Sample("en-06-small-talk", "en-US", "en-us", 150, (
        Sentence("The train to the city leaves at half past nine.", ()),
    )),
)  # fmt: skip

CONVERSATION = Sample("conversation-pl", "pl-PL", "pl+klatt2", 140, (
    Sentence("Dodaj dwa litry mleka.", (add("mleko", 2, "l"),), 3000),
    Sentence("Kup pięć bananów i masło.", (add("banan", 5), add("masło")), 3000),
    Sentence("Potrzebuję papier toaletowy.", (add("papier toaletowy"),), 3000),
    Sentence("Dodaj trzy kilogramy ziemniaków.", (add("ziemniaki", 3, "kg"),), 3000),
    Sentence("Kup cztery butelki wody mineralnej.", (add("woda mineralna", 4, "butelka"),), 3000),
    Sentence("Usuń masło z listy.", (("remove", "masło", None, None),), 3000),
    Sentence("Dodaj dziesięć jajek.", (add("jajka", 10),), 3000),
    Sentence("Poproszę sok pomarańczowy.", (add("sok pomarańczowy"),), 3000),
    Sentence("Dodaj dwie czekolady.", (add("czekolada", 2),), 3000),
    Sentence("Kup kilogram pomidorów.", (add("pomidor", 1, "kg"),), 3000),
), CONVERSATION_MS)  # fmt: skip
"""A minute at a natural pace, to measure by how soon each product arrives."""


def main() -> None:
    """Write every recording, and what it should bring about."""
    expected = [make(sample) for sample in (*SAMPLES, CONVERSATION)]
    text = json.dumps({"samples": expected}, ensure_ascii=False, indent=2)
    Path(HERE, "expected.json").write_text(f"{text}\n", encoding="utf-8")
    sys.stdout.write(f"{len(expected)} recordings in {HERE}\n")


def make(sample: Sample) -> dict[str, object]:
    """Write one recording and return its entry for `expected.json`."""
    audio = bytearray(silence(LEAD_MS))
    sentences: list[dict[str, object]] = []
    for sentence in sample.sentences:
        start_ms = milliseconds(audio)
        audio += speak(sample, sentence.text)
        sentences.append(
            {
                "text": sentence.text,
                "start_ms": start_ms,
                "end_ms": milliseconds(audio),
                "products": [product_fields(product) for product in sentence.products],
            }
        )
        audio += silence(sentence.pause_ms)
    if sample.lasts_ms is not None:
        audio += silence(max(0, sample.lasts_ms - milliseconds(audio)))
    file = f"{sample.name}.wav"
    with wave.open(str(Path(HERE, file)), "wb") as recording:
        recording.setnchannels(1)
        recording.setsampwidth(2)
        recording.setframerate(RATE)
        recording.writeframes(audio)
    products = [product for one in sample.sentences for product in one.products]
    return {
        "file": file,
        "language": sample.language,
        "voice": f"espeak-ng {sample.voice}, {sample.words_a_minute} words a minute",
        "text": " ".join(sentence.text for sentence in sample.sentences),
        "products": [product_fields(product) for product in products],
        "sentences": sentences,
    }


def speak(sample: Sample, text: str) -> bytes:
    """Return a sentence as PCM16 mono at 16 kHz, the silence around it cut off."""
    with tempfile.TemporaryDirectory(prefix="samples-") as directory:
        said = str(Path(directory, "said.wav"))
        pace = str(sample.words_a_minute)
        run(["espeak-ng", "-v", sample.voice, "-s", pace, "-w", said, text])
        raw = ("-t", "raw", "-r", str(RATE), "-c", "1", "-b", "16", "-e", "signed-integer")
        trim = ("silence", "1", "0.01", "0.3%", "reverse") * 2
        return run(["sox", "-R", "-V1", said, *raw, "-", "gain", "-n", "-4", *trim])


def silence(duration_ms: int) -> bytes:
    """Return digital silence."""
    return bytes(RATE * 2 * duration_ms // 1000)


def milliseconds(audio: bytes | bytearray) -> int:
    """Return how long audio lasts."""
    return len(audio) * 1000 // (RATE * 2)


def product_fields(product: Product) -> dict[str, object]:
    """Return a product as `expected.json` has it."""
    return dict(zip(("action", "name", "quantity", "unit"), product, strict=True))


def run(command: list[str]) -> bytes:
    """Run a program and return what it prints."""
    return subprocess.run(command, check=True, capture_output=True).stdout  # noqa: S603  constants


if __name__ == "__main__":
    main()
