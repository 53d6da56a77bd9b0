"""The minute of speech that phones play: when each sentence ends, and what it must give."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, TypeAlias

from bench.phone import pcm_of
from bench.service import ROOT

_NAME = "conversation-pl.wav"
Item: TypeAlias = tuple[str, str, float]
"""Action, name and quantity of a product."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence within a recording; times in milliseconds from the recording's start."""

    starts_ms: int
    ends_ms: int
    items: tuple[Item, ...]


def conversation() -> tuple[bytes, tuple[Sentence, ...]]:
    """Return PCM16 mono 16 kHz, and its sentences in order."""
    described = json.loads((ROOT / "samples" / "expected.json").read_text())["samples"]
    (conversation,) = (each for each in described if each["file"] == _NAME)
    sentences = tuple(
        Sentence(
            starts_ms=each["start_ms"],
            ends_ms=each["end_ms"],
            items=tuple(item_of(product) for product in each["products"]),
        )
        for each in conversation["sentences"]
    )
    return pcm_of(ROOT / "samples" / _NAME), sentences


def item_of(product: dict[str, Any]) -> Item:
    """Return what a product is about."""
    return product["action"], product["name"], product["quantity"] or 1
