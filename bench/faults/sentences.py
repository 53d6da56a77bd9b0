"""What shoppers say here: the samples' sentences, each as sound, as text, and as its products."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import Final

from bench.phone import BYTES_PER_MS, pcm_of
from bench.recording import Item, item_of
from bench.service import ROOT

_NAME: Final = "conversation-pl.wav"
_LEAD_MS: Final = 200
_TAIL_MS: Final = 1_000
"""Silence after a sentence: longer than the 500 ms that end it."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence.

    Attributes:
        text: as it is typed.
        pcm: as it is spoken: PCM16 mono 16 kHz with silence around it.
        begins_ms: where in `pcm` the voice begins.
        ends_ms: where in `pcm` the voice ends.
        items: what it buys.
    """

    text: str
    pcm: bytes
    begins_ms: int
    ends_ms: int
    items: tuple[Item, ...]


@cache
def sentences() -> tuple[Sentence, ...]:
    """Return the ten sentences of the longest sample, each cut out of it."""
    described = json.loads((ROOT / "samples" / "expected.json").read_text())["samples"]
    (conversation,) = (each for each in described if each["file"] == _NAME)
    pcm = pcm_of(ROOT / "samples" / _NAME)
    cut = []
    for each in conversation["sentences"]:
        start, end = each["start_ms"], each["end_ms"]
        piece = pcm[(start - _LEAD_MS) * BYTES_PER_MS : (end + _TAIL_MS) * BYTES_PER_MS]
        items = tuple(item_of(product) for product in each["products"])
        cut.append(Sentence(each["text"], piece, _LEAD_MS, _LEAD_MS + end - start, items))
    return tuple(cut)


def said(word: str) -> Sentence:
    """Return the one sentence whose text contains `word`."""
    (found,) = (one for one in sentences() if word in one.text)
    return found


MILK: Final = "mleka"
BANANAS: Final = "bananów"
PAPER: Final = "papier"
POTATOES: Final = "ziemniaków"
WATER: Final = "wody"
EGGS: Final = "jajek"
JUICE: Final = "sok"
CHOCOLATE: Final = "czekolady"
TOMATOES: Final = "pomidorów"
