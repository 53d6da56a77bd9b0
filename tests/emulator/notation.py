"""Writes intents in one short line, so that a table of sentences can be read at a glance."""

from __future__ import annotations

from collections.abc import Sequence

from emulator.brain import Intent

SIGNS = {"add": "+", "remove": "-", "update": "="}
UNDO = "undo"


def noted(intents: Sequence[Intent]) -> str:
    return ", ".join(map(_note, intents))


def _note(intent: Intent) -> str:
    if intent.action == "undo":
        return UNDO
    quantity = None if intent.quantity is None else f"{intent.quantity:g}"
    words = [SIGNS[intent.action], intent.name, quantity, intent.unit]
    return " ".join(word for word in words if word is not None)
