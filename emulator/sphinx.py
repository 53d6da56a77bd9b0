"""Gives the untyped `pocketsphinx` package types, in the one place that imports it.

The package is an extra: it is imported when one of these functions is called, never before, so
that an emulator without ears runs without it.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Protocol, cast

SAMPLE_RATE = 16_000
VAD_FRAME_MS = 30


class Segment(Protocol):
    """One word of a hypothesis, with its frames (10 ms each, both ends included)."""

    word: str
    start_frame: int
    end_frame: int
    ascore: float
    """Acoustic likelihood of the frames, scaled by 2^-10 and raised from the log domain."""


class Hypothesis(Protocol):
    """The best path through an utterance."""

    hypstr: str


class Decoder(Protocol):
    """The part of `pocketsphinx.Decoder` that the ears use."""

    def reinit_feat(self) -> None:
        """Make the front end anew, without the noise statistics of earlier utterances."""

    def start_utt(self) -> None:
        """Begin an utterance."""

    def process_raw(self, data: bytes, *, full_utt: bool = False) -> int:
        """Take PCM16 in; `full_utt`: it is the whole utterance."""

    def end_utt(self) -> None:
        """End the utterance."""

    def hyp(self) -> Hypothesis | None:
        """Return the best path, None when none reaches the end of the grammar."""

    def seg(self) -> Iterable[Segment]:
        """Return the best path's words in order, silences and empty transitions included."""

    def lookup_word(self, word: str) -> str | None:
        """Return the phones of a dictionary entry."""

    def get_logmath(self) -> object:
        """Return the tables of the decoder's logarithms."""

    def read_fsg(self, path: str) -> object:
        """Read a compiled grammar, its probabilities raised to the language weight."""

    def add_fsg(self, name: str, grammar: object) -> None:
        """Make a grammar a search of the decoder."""

    def activate_search(self, name: str) -> None:
        """Choose the search of the utterances to come."""


class VoiceDetector(Protocol):
    """WebRTC's voice activity detection, one 30 ms frame at a time."""

    def is_speech(self, frame: bytes) -> bool:
        """Say whether a frame sounds like speech."""


class _CompiledGrammar(Protocol):
    def writefile(self, path: str) -> None: ...


class _Jsgf(Protocol):
    def get_rule(self, name: str) -> object: ...
    def build_fsg(
        self, rule: object, logmath: object, language_weight: float
    ) -> _CompiledGrammar: ...


def installed() -> bool:
    """Say whether the `emulator` extra's recogniser can be imported."""
    return importlib.util.find_spec("pocketsphinx") is not None


def voice_detector(strictness: int) -> VoiceDetector:
    """Make a detector for 30 ms frames; `strictness` runs from 0 (loose) to 3 (strict)."""
    make = cast(
        "Callable[[int, int, float], VoiceDetector]", importlib.import_module("pocketsphinx").Vad
    )
    return make(strictness, SAMPLE_RATE, VAD_FRAME_MS / 1000)


def model_path() -> str:
    """Return the directory of the US-English model that the wheel bundles."""
    module = importlib.import_module("pocketsphinx")
    return cast("Callable[[], str]", module.get_model_path)()


def decoder(options: Mapping[str, str | float | bool | None]) -> Decoder:
    """Load a decoder; `options` are PocketSphinx's own, the acoustic model and no log are given."""
    module = importlib.import_module("pocketsphinx")
    make_config = cast("Callable[..., object]", module.Config)
    make = cast("Callable[[object], Decoder]", module.Decoder)
    model = f"{model_path()}/en-us/en-us"
    return make(make_config(hmm=model, logfn="/dev/null", lm=None, **options))


def use_grammar(decoder: Decoder, *, jsgf: str, rule: str, directory: Path) -> None:
    """Compile a grammar and make it the decoder's search.

    PocketSphinx raises an n-gram model's probabilities to the language weight but takes a JSGF
    grammar's as they stand, which lets a few frames of sound outweigh any grammar. It does apply
    the weight (the decoder's `lw`) on reading a compiled grammar, hence the way through a file.

    Args:
        decoder: its dictionary must hold every word of the grammar.
        jsgf: the grammar's text.
        rule: the public rule, with the grammar's name before it.
        directory: where the compiled grammar may be written.
    """
    source, compiled = directory / "grammar.jsgf", directory / "grammar.fsg"
    source.write_text(jsgf, encoding="utf-8")
    module = importlib.import_module("pocketsphinx")
    parsed = cast("Callable[[str], _Jsgf]", module.Jsgf)(str(source))
    plain = parsed.build_fsg(parsed.get_rule(rule), decoder.get_logmath(), 1.0)
    plain.writefile(str(compiled))
    decoder.add_fsg(rule, decoder.read_fsg(str(compiled)))
    decoder.activate_search(rule)
