"""Decodes one stretch of speech, once against the shopping grammar and once against free phones.

Everything here runs in a worker process and blocks it; nothing else imports it. The two passes
need nothing of each other, so that two processes can make them at once.
"""

from __future__ import annotations

import random
import tempfile
from array import array
from dataclasses import dataclass
from functools import cache
from itertools import cycle
from operator import add
from pathlib import Path

from emulator import grammar, phones_en, phones_pl, sphinx
from emulator.lexicon import Lexicon, lexicon_for
from emulator.rejection import Stretch, log_score

_NOISE_AMPLITUDES = {"en": 30, "pl": 120}
"""Steps of 16 bits, best of 4, 30, 120 and 300: the model knows no digital silence."""
_NOISE_SAMPLES = 5 * sphinx.SAMPLE_RATE
_LOUDEST = 32767

_COMPARABLE: dict[str, str | float | bool | None] = {
    # Scores are relative to the best sound of a frame; comparable only if all are computed.
    "compallsen": True,
    "topn": 2,
}
GRAMMAR_SEARCH: dict[str, str | float | bool | None] = {
    **_COMPARABLE,
    "bestpath": False,
    "lw": 6.5,
    "wip": 0.2,
    "pip": 0.5,
    "beam": 1e-50,
    "wbeam": 1e-35,
    "pbeam": 1e-50,
}
PHONE_SEARCH: dict[str, str | float | bool | None] = {
    **_COMPARABLE,
    "lw": 2.0,
    "beam": 1e-10,
    "pbeam": 1e-10,
}


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """The shopping sentence nearest to a stretch of speech, its silences left out."""

    text: str
    words: tuple[Stretch, ...]


class GrammarPass:
    """A decoder of shopping sentences in one language: loaded once, in about 0.5 s."""

    def __init__(self, language: str) -> None:
        self._language = language
        self._decoder = grammar_decoder(lexicon_for(language))

    def decode(self, pcm: bytes) -> Hypothesis:
        """Return the nearest shopping sentence to a segment of PCM16 mono at 16 kHz."""
        decode(self._decoder, with_noise(pcm, self._language))
        best = self._decoder.hyp()
        words = (
            tuple(
                Stretch(
                    segment.word,
                    tuple((self._decoder.lookup_word(segment.word) or "").split()),
                    segment.start_frame,
                    segment.end_frame,
                    log_score(segment.ascore),
                )
                for segment in self._decoder.seg()
                if segment.word[0] not in "<[("
            )
            if best is not None
            else ()
        )
        return Hypothesis(best.hypstr if best is not None else "", words)


class PhonePass:
    """A decoder of phones in any order, the same for every language."""

    def __init__(self) -> None:
        model = f"{sphinx.model_path()}/en-us/en-us-phone.lm.bin"
        self._decoder = sphinx.decoder({**PHONE_SEARCH, "allphone": model})

    def decode(self, pcm: bytes, language: str) -> tuple[Stretch, ...]:
        """Return the phones of a segment, silences included.

        The language says what the grammar's pass hears, so that both hear the same.
        """
        decode(self._decoder, with_noise(pcm, language))
        if self._decoder.hyp() is None:
            return ()
        return tuple(
            Stretch(
                segment.word,
                (segment.word,),
                segment.start_frame,
                segment.end_frame,
                log_score(segment.ascore),
            )
            for segment in self._decoder.seg()
        )


def decode(decoder: sphinx.Decoder, pcm: bytes) -> None:
    """Run a segment through a decoder as one whole utterance.

    It gets its own cepstral mean so. The front end would subtract the noise that it learned from
    whatever came before, which may have been another speaker: it is made anew.
    """
    decoder.reinit_feat()
    decoder.start_utt()
    try:
        decoder.process_raw(pcm, full_utt=True)
    finally:
        # An utterance left open would refuse all that come after it.
        decoder.end_utt()


def grammar_decoder(lexicon: Lexicon) -> sphinx.Decoder:
    """Load a decoder with a lexicon's grammar, and a dictionary of only its words."""
    jsgf = grammar.shopping_grammar(lexicon)
    words = grammar.grammar_words(jsgf)
    with tempfile.TemporaryDirectory(prefix="ears-") as directory:
        dictionary = Path(directory, "words.dict")
        dictionary.write_text(
            grammar.dictionary(pronunciations(words, lexicon.language)), encoding="utf-8"
        )
        decoder = sphinx.decoder({**GRAMMAR_SEARCH, "dict": str(dictionary)})
        sphinx.use_grammar(decoder, jsgf=jsgf, rule="shopping.utterance", directory=Path(directory))
    return decoder


def pronunciations(words: frozenset[str], language: str) -> dict[str, tuple[str, ...]]:
    """Return how each word sounds, as ARPAbet phones."""
    if language == "pl":
        return {word: phones_pl.pronunciations(word) for word in words}
    return phones_en.pronunciations(words)


def with_noise(pcm: bytes, language: str) -> bytes:
    """Lay a little noise under a segment, the same for the same segment."""
    samples = array("h", pcm[: len(pcm) // 2 * 2])
    noise = _noise(_NOISE_AMPLITUDES[language])
    try:
        return array("h", map(add, samples, cycle(noise))).tobytes()
    except OverflowError:
        held = (max(-_LOUDEST, min(_LOUDEST, loud)) for loud in map(add, samples, cycle(noise)))
        return array("h", held).tobytes()


@cache
def _noise(amplitude: int) -> array[int]:
    source = random.Random(_NOISE_SAMPLES)  # noqa: S311  noise, no secret
    span = range(-amplitude, amplitude + 1)
    return array("h", source.choices(span, k=_NOISE_SAMPLES))
