"""Prints how well the ears hear: `python -m emulator.report`, exit code 1 if a target is missed.

Sixty shopping sentences per voice and forty recordings per language that buy nothing, all made
here from a seed with voices and talk that nothing was tuned on, go the whole way: endpointer,
ears, brain. Needs the Debian packages of `emulator.trial.voices`; takes some minutes.
"""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle, islice

from emulator.brain import understand
from emulator.ears import Ears, pocketsphinx_ears
from emulator.endpointer import Endpointer, SpeechEnded
from emulator.trial.sentences import Sentence, Wanted, phrases, shopping_sentences
from emulator.trial.voices import Voice, missing_packages, sound, speak, with_pink_noise

WORKERS = 2
SEED = 2026
SENTENCES = 60
NOTHINGS = 40
NOISY_SENTENCES = 20
NOISE_SNR_DB = 20.0


@dataclass(frozen=True, slots=True)
class Target:
    """What must be reached: the share of sentences exactly right, and of false products."""

    exact_at_least: float
    false_at_most: float


TARGETS = {"en": Target(0.85, 0.10), "pl": Target(0.70, 0.20)}
VOICES = {
    "en": (Voice("flite", "awb"), Voice("text2wave", "cmu_us_slt_arctic_hts")),
    "pl": (Voice("espeak", "pl+m1"), Voice("espeak-ng", "pl+klatt4")),
}
"""None of these was tuned on; `docs/emulator.md` names those that were."""

SOUNDS = {
    "tones": (
        "synth 3 sine 440",
        "synth 3 square 300 gain -12",
        "synth 4 sine 300-3000 gain -6",
        "synth 0.2 sine 880 repeat 9 gain -6",
    ),
    "noise": (
        "synth 4 pinknoise gain -12",
        "synth 4 whitenoise gain -20",
        "synth 4 brownnoise gain -6 tremolo 3 80",
        "synth 0.3 pinknoise fade 0 0.3 0.2 pad 0 0.4 repeat 4",
    ),
    "silence": ("trim 0 5", "synth 5 whitenoise gain -60"),
}
"""Kind to the sox effects that make a recording of it."""


@dataclass(frozen=True, slots=True)
class Recording:
    """A sound, what it is and what it should bring about."""

    kind: str
    sentence: Sentence
    pcm: bytes


@dataclass(frozen=True, slots=True)
class Heard:
    """What a recording brought about."""

    recording: Recording
    got: tuple[Wanted, ...]

    @property
    def exact(self) -> bool:
        """Say whether it is all that was wanted, and nothing else."""
        return Counter(self.got) == Counter(self.recording.sentence.wanted)

    @property
    def items_found(self) -> int:
        """Count the wanted products that came out exactly."""
        return (Counter(self.got) & Counter(self.recording.sentence.wanted)).total()


async def listen(ears: Ears, recordings: Sequence[Recording], language: str) -> list[Heard]:
    """Let the ears hear recordings, as many at once as there are workers."""
    free = asyncio.Semaphore(WORKERS)

    async def one(recording: Recording) -> Heard:
        async with free:
            return Heard(recording, await products(ears, recording.pcm, language))

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(recording), name="listen") for recording in recordings]
    return [task.result() for task in tasks]


async def products(ears: Ears, pcm: bytes, language: str) -> tuple[Wanted, ...]:
    """Take a recording through endpointer, ears and brain."""
    endpointer = Endpointer()
    got: list[Wanted] = []
    for event in (*endpointer.feed(pcm), *endpointer.flush()):
        if isinstance(event, SpeechEnded):
            text = await ears.hear(event.pcm, language)
            got += (
                Wanted(intent.action, intent.name, intent.quantity, intent.unit)
                for intent in understand(text, language)
            )
    return tuple(got)


def shopping(language: str, voice: Voice, count: int) -> Iterator[Recording]:
    """Record shopping sentences."""
    for sentence in shopping_sentences(language, count, SEED):
        yield Recording("shopping", sentence, speak(voice, sentence.text))


def nothing(language: str) -> Iterator[Recording]:
    """Record forty things that buy nothing, the voices taking turns."""
    talk = phrases(language)["talk"]
    voices = cycle(VOICES[language])
    for kind, texts in (("talk", talk["judged"]), ("numbers", talk["judged_numbers"])):
        for text in texts:
            yield Recording(kind, Sentence(text, ()), speak(next(voices), text))
    for kind, all_effects in SOUNDS.items():
        for effects in all_effects:
            yield Recording(kind, Sentence(effects, ()), sound(effects))


def share(part: int, whole: int) -> float:
    """Return a part of a whole; of nothing, nothing."""
    return part / whole if whole else 0.0


def shopping_row(label: str, language: str, heard: Sequence[Heard]) -> str:
    """Return the table's line about shopping sentences."""
    exact = share(sum(one.exact for one in heard), len(heard))
    wanted = sum(len(one.recording.sentence.wanted) for one in heard)
    items = share(sum(one.items_found for one in heard), wanted)
    return f"| {label} | {language} | {len(heard)} | {exact:.0%} | {items:.0%} |"


def nothing_rows(language: str, heard: Sequence[Heard]) -> Iterator[str]:
    """Yield the table's lines about recordings that buy nothing, by kind."""
    kinds = Counter(one.recording.kind for one in heard)
    false = Counter(one.recording.kind for one in heard if one.got)
    for kind, count in kinds.items():
        yield f"| {kind} | {language} | {count} | {share(false[kind], count):.0%} |"
    yield f"| all | {language} | {len(heard)} | {share(false.total(), len(heard)):.0%} |"


async def report(
    ears: Ears,
    languages: Iterable[str],
    say: Callable[[str], None],
    *,
    sentences: int = SENTENCES,
    nothings: int = NOTHINGS,
) -> list[str]:
    """Measure, say the tables line by line, and return the targets that were missed.

    Args:
        ears: what is measured.
        languages: two letters each, keys of `TARGETS`.
        say: takes the lines.
        sentences: per voice.
        nothings: recordings per language that buy nothing.
    """
    missed: list[str] = []
    rows: list[str] = []
    say("| voice | language | sentences | exactly right | items right |")
    say("|---|---|---|---|---|")
    for language in languages:
        target = TARGETS[language]
        all_heard: list[Heard] = []
        for voice in VOICES[language]:
            recordings = list(shopping(language, voice, sentences))
            heard = await listen(ears, recordings, language)
            all_heard += heard
            say(shopping_row(str(voice), language, heard))
            noisy = [
                Recording(one.kind, one.sentence, with_pink_noise(one.pcm, NOISE_SNR_DB))
                for one in recordings[:NOISY_SENTENCES]
            ]
            label = f"{voice}, pink noise {NOISE_SNR_DB:.0f} dB"
            say(shopping_row(label, language, await listen(ears, noisy, language)))
        exact = share(sum(one.exact for one in all_heard), len(all_heard))
        say(shopping_row("all, clean", language, all_heard))
        idle = await listen(ears, list(islice(nothing(language), nothings)), language)
        false = share(sum(bool(one.got) for one in idle), len(idle))
        rows += nothing_rows(language, idle)
        if exact < target.exact_at_least:
            missed.append(f"{language}: {exact:.0%} exactly right, not {target.exact_at_least:.0%}")
        if false > target.false_at_most:
            missed.append(f"{language}: {false:.0%} false, more than {target.false_at_most:.0%}")
    say("\n| buys nothing | language | recordings | gave a product |\n|---|---|---|---|")
    say("\n".join(rows))
    return missed


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


async def _measure() -> int:
    ears = pocketsphinx_ears(workers=WORKERS)
    try:
        missed = await report(ears, TARGETS, _print)
    finally:
        await ears.close()
    for line in missed:
        sys.stderr.write(f"target missed: {line}" + "\n")
    return 1 if missed else 0


def main() -> int:
    """Run the trial; 2 when a synthesiser is missing."""
    if missing := missing_packages():
        sys.stderr.write(f"the trial needs: apt-get install {' '.join(missing)}" + "\n")
        return 2
    return asyncio.run(_measure())


if __name__ == "__main__":
    sys.exit(main())
