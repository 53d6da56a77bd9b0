"""Decodes one stretch of speech against the shopping grammar of one language.

Everything here runs in a worker process and blocks it; nothing else imports it.
"""

from __future__ import annotations

import random
import tempfile
from array import array
from functools import cache
from itertools import cycle
from operator import add
from pathlib import Path

from emulator import grammar, phones_en, phones_pl, sphinx
from emulator.lexicon import Lexicon, lexicon_for

_NOISE_AMPLITUDE = 30
"""Steps of 16 bits. The model knows no digital silence: zeros upset it."""
_NOISE_SAMPLES = 5 * sphinx.SAMPLE_RATE
_LOUDEST = 32767


GRAMMAR_SEARCH: dict[str, str | float | bool | None] = {
    "bestpath": False,
    "lw": 6.5,
    "wip": 0.2,
    "pip": 0.5,
    "beam": 1e-60,
    "wbeam": 1e-40,
    "pbeam": 1e-60,
}


class Recogniser:
    """A decoder for one language, loaded once (about 0.3 s) and used for many segments."""

    def __init__(self, language: str) -> None:
        self._decoder = grammar_decoder(lexicon_for(language))

    def hear(self, pcm: bytes) -> str:
        """Return the shopping sentence in a segment, PCM16 mono at 16 kHz, or ""."""
        decoder = self._decoder
        decoder.start_utt()
        # One whole utterance: its own cepstral mean, nothing kept from the one before.
        decoder.process_raw(with_noise(pcm), full_utt=True)
        decoder.end_utt()
        best = decoder.hyp()
        return best.hypstr if best is not None else ""


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


def with_noise(pcm: bytes) -> bytes:
    """Lay a little noise under a segment, the same for the same segment."""
    samples = array("h", pcm)
    noise = cycle(_noise())
    try:
        return array("h", map(add, samples, noise)).tobytes()
    except OverflowError:
        held = (max(-_LOUDEST, min(_LOUDEST, loud)) for loud in map(add, samples, noise))
        return array("h", held).tobytes()


@cache
def _noise() -> array[int]:
    source = random.Random(_NOISE_SAMPLES)  # noqa: S311  noise, no secret
    span = range(-_NOISE_AMPLITUDE, _NOISE_AMPLITUDE + 1)
    return array("h", source.choices(span, k=_NOISE_SAMPLES))
