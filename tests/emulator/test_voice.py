from __future__ import annotations

import struct
from itertools import pairwise
from time import process_time

import pytest

from emulator.brain import Intent
from emulator.voice import SAMPLE_RATE, reply, speak

MILK = Intent("add", "mleko", 2.0, "l", "Nabiał")
BREAD = Intent("add", "chleb", None, None, "Pieczywo")
NO_BEER = Intent("remove", "piwo", None, None, "Napoje")
EGGS = Intent("update", "eggs", 12.0, None, "Dairy")

SENTENCE = "Dodaję: mleko 2 l, chleb. Usuwam: piwo."


def samples(pcm: bytes) -> tuple[int, ...]:
    return struct.unpack(f"<{len(pcm) // 2}h", pcm)


def seconds(pcm: bytes) -> float:
    return len(pcm) / 2 / SAMPLE_RATE


def test_speech_lasts_as_long_as_someone_would_take_to_say_it() -> None:
    assert 1.5 < seconds(speak(SENTENCE)) < 4
    assert seconds(speak(f"{SENTENCE} {SENTENCE}")) == pytest.approx(2 * seconds(speak(SENTENCE)))


def test_speech_is_the_same_every_time() -> None:
    assert speak(SENTENCE) == speak(SENTENCE)
    assert speak("mleko") != speak("chleb")


def test_speech_is_loud_enough_to_hear_and_never_clips() -> None:
    peak = max(map(abs, samples(speak(SENTENCE))))
    assert 0.2 * 32767 < peak < 0.5 * 32767


def test_speech_rises_and_falls_as_syllables_do() -> None:
    wave = samples(speak("mama"))
    window = SAMPLE_RATE // 50
    energies = [sum(map(abs, wave[at : at + window])) for at in range(0, len(wave), window)]
    loud = [energy > max(energies) / 2 for energy in energies]
    rises = sum(not before and after for before, after in pairwise(loud))
    assert rises == 2


def test_speech_has_no_clicks_between_its_sounds() -> None:
    wave = samples(speak("ba ba"))
    steps = [abs(after - before) for before, after in pairwise(wave)]
    assert max(steps) < 0.25 * 32767


@pytest.mark.parametrize("text", ["", "   ", "—"])
def test_nothing_to_say_makes_no_sound(text: str) -> None:
    assert speak(text) == b""


def test_speaking_costs_next_to_nothing() -> None:
    long = " ".join([SENTENCE] * 40)
    speak(long)
    started = process_time()
    spoken = seconds(speak(long))
    # 5 ms of processor time for a second of audio is the promise; a busy machine gets some slack.
    assert process_time() - started < 0.005 * spoken


@pytest.mark.parametrize(
    ("intents", "language", "text"),
    [
        ([MILK], "pl-PL", "Dodaję: mleko 2 l."),
        ([MILK, BREAD, NO_BEER], "pl", "Dodaję: mleko 2 l, chleb. Usuwam: piwo."),
        ([EGGS], "pl-PL", "Zmieniam: eggs 12."),
        ([EGGS, NO_BEER, MILK], "en-US", "Changed: eggs 12. Removed: piwo. Added: mleko 2 l."),
        ([], "pl-PL", "Przepraszam, nic do kupienia."),
        ([], "de-DE", "Sorry, nothing to buy in that."),
    ],
)
def test_the_reply_names_what_was_done(intents: list[Intent], language: str, text: str) -> None:
    assert reply(intents, language) == text
