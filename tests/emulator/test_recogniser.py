"""The two passes in this very process, as a worker makes them."""

import wave
from array import array
from pathlib import Path

import pytest

from emulator import ears_worker
from emulator.lexicon import LANGUAGES
from emulator.recogniser import with_noise
from emulator.rejection import RULES, weigh

SAMPLES = Path(__file__).parents[2] / "samples"


def sample(name: str) -> bytes:
    with wave.open(str(SAMPLES / name), "rb") as recording:
        return recording.readframes(recording.getnframes())


@pytest.mark.parametrize(
    ("name", "language", "text"),
    [
        ("pl-03-ziemniaki.wav", "pl", "potrzebuję trzy kilogramy ziemniaków"),
        ("en-01-milk.wav", "en", "please add two liters of milk"),
    ],
)
def test_an_order_is_heard_and_believed(name: str, language: str, text: str) -> None:
    ears_worker.warm_up(LANGUAGES)
    pcm = sample(name)

    hypothesis = ears_worker.nearest_sentence(pcm, language)
    evidence = weigh(hypothesis.words, ears_worker.free_phones(pcm, language))

    assert hypothesis.text == text
    assert evidence is not None
    assert RULES[language].accepts(evidence)


def test_talk_has_a_nearest_sentence_that_is_not_believed() -> None:
    pcm = sample("en-06-small-talk.wav")

    hypothesis = ears_worker.nearest_sentence(pcm, "en")
    evidence = weigh(hypothesis.words, ears_worker.free_phones(pcm, "en"))

    assert evidence is None or not RULES["en"].accepts(evidence)


def test_a_segment_decodes_the_same_whatever_came_before() -> None:
    milk = sample("en-01-milk.wav")
    sentence = ears_worker.nearest_sentence(milk, "en")
    phones = ears_worker.free_phones(milk, "en")
    noisy = sample("pl-06-rozmowa.wav")
    ears_worker.nearest_sentence(noisy, "en")
    ears_worker.free_phones(noisy, "en")

    assert ears_worker.nearest_sentence(milk, "en") == sentence
    assert ears_worker.free_phones(milk, "en") == phones


def test_a_refused_segment_does_not_spoil_the_next() -> None:
    with pytest.raises((IndexError, RuntimeError)):
        ears_worker.nearest_sentence(b"", "en")

    assert ears_worker.nearest_sentence(sample("en-01-milk.wav"), "en").text


def test_noise_is_the_same_every_time_and_full_scale_stays_within_16_bits() -> None:
    loud = array("h", [32767, -32768] * 400).tobytes()

    assert len(with_noise(loud, "pl")) == len(loud)
    assert with_noise(loud, "pl") == with_noise(loud, "pl")
    assert with_noise(bytes(100), "pl") != with_noise(bytes(100), "en")
    assert len(with_noise(bytes(101), "en")) == 100
