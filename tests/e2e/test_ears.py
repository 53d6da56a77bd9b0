"""The ears on real recordings: the samples, a language unknown, a worker that dies."""

import asyncio
import os
import signal
import wave
from collections.abc import AsyncIterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import islice
from multiprocessing import get_context
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio

from emulator import ears_worker
from emulator.ears import SHORTEST_BYTES, Ears, NoEars, WorkerEars, pocketsphinx_ears
from emulator.recogniser import Hypothesis
from emulator.rejection import Stretch
from emulator.report import listen, products, report, shopping
from emulator.trial.sentences import Wanted
from emulator.trial.voices import Voice, sound, with_pink_noise

SAMPLES = Path(__file__).parents[2] / "samples"


@dataclass(frozen=True, slots=True)
class Sample:
    file: str
    language: str
    products: tuple[Wanted, ...]


EXPECTED = msgspec.json.decode(
    (SAMPLES / "expected.json").read_bytes(), type=dict[str, tuple[Sample, ...]]
)["samples"]


def audio_of(sample: Sample) -> bytes:
    with wave.open(str(SAMPLES / sample.file), "rb") as recording:
        return recording.readframes(recording.getnframes())


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ears() -> AsyncIterator[Ears]:
    ears = pocketsphinx_ears(workers=2)
    yield ears
    await ears.close()


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("sample", EXPECTED, ids=[sample.file for sample in EXPECTED])
async def test_every_sample_gives_its_products(ears: Ears, sample: Sample) -> None:
    assert await products(ears, audio_of(sample), sample.language) == sample.products


@pytest.mark.asyncio(loop_scope="module")
async def test_an_unknown_language_is_heard_as_english(ears: Ears) -> None:
    sample = next(sample for sample in EXPECTED if sample.file == "en-01-milk.wav")

    assert await products(ears, audio_of(sample), "xx-XX") == (Wanted("add", "milk", 2.0, "l"),)


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("pcm", [b"", b"\0", bytes(3200), bytes(32_000)])
async def test_too_little_sound_is_nothing(ears: Ears, pcm: bytes) -> None:
    assert await ears.hear(pcm, "en") == ""


async def test_no_ears_hear_nothing() -> None:
    ears = NoEars()

    assert await ears.hear(bytes(32_000), "en") == ""
    await ears.close()


def die_once(pcm: bytes, language: str) -> Hypothesis:
    """Kill the process that decodes, the first time for a file of this name."""
    del language
    mark = Path(pcm.decode().strip())
    if not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return Hypothesis("milk", (Stretch("milk", ("M", "IH", "L", "K"), 0, 39, 0.0),))


def milk_phones(pcm: bytes, language: str) -> tuple[Stretch, ...]:
    del pcm, language
    return tuple(
        Stretch(label, (label,), at * 10, at * 10 + 9, 0.0)
        for at, label in enumerate(("M", "IH", "L", "K"))
    )


def start_pool() -> ProcessPoolExecutor:
    return ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=ears_worker.start)


async def test_a_segment_is_decoded_again_when_its_worker_dies(tmp_path: Path) -> None:
    ears = WorkerEars(start_pool, die_once, milk_phones)
    segment = str(tmp_path / "mark").encode().ljust(SHORTEST_BYTES)
    async with asyncio.timeout(30):
        heard = await ears.hear(segment, "en")
        again = await ears.hear(segment, "en")
        await ears.close()

    assert (heard, again) == ("milk", "milk")


@pytest.mark.asyncio(loop_scope="module")
async def test_a_voice_of_the_trial_is_heard(ears: Ears) -> None:
    recordings = list(islice(shopping("en", Voice("flite", "awb"), 2), 2))

    heard = await listen(ears, recordings, "en")

    assert [one.recording for one in heard] == recordings
    assert any(one.exact for one in heard)


def test_pink_noise_changes_a_recording_and_not_its_length() -> None:
    tone = sound("synth 0.5 sine 440 gain -12")

    assert len(with_pink_noise(tone, 20.0)) == len(tone)
    assert with_pink_noise(tone, 20.0) != tone
    assert with_pink_noise(tone, 20.0) == with_pink_noise(tone, 20.0)


async def test_ears_that_hear_nothing_miss_the_targets_of_the_trial() -> None:
    lines: list[str] = []

    missed = await report(NoEars(), ["pl"], lines.append, sentences=1, nothings=1)

    assert missed == ["pl: 0% exactly right, not 70%"]
    assert "| all, clean | pl | 2 | 0% | 0% |" in lines


async def test_ears_that_take_all_for_an_order_miss_the_targets_of_the_trial() -> None:
    missed = await report(Eager(), ["en"], lambda _line: None, sentences=1, nothings=2)

    assert "en: 100% false, more than 10%" in missed


class Eager(NoEars):
    async def hear(self, pcm: bytes, language: str) -> str:
        del pcm, language
        return "add milk"
