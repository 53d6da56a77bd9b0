"""Joins the reader of shopping sentences to the functions that the client declared."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from emulator import voice
from emulator.brain import Intent, understand
from emulator.calls import fill
from emulator.ports import Call, Thought
from emulator.setup_message import FunctionDeclaration

_PROBE = (Intent(action="add", name="milk", quantity=1.0, unit="l", category="Dairy"),)
"""A purchase that any shopping function takes, to see whether there is one."""


class ShoppingMind:
    """Understands shopping, in Polish and English."""

    def think(
        self, text: str, language: str, declarations: Sequence[FunctionDeclaration]
    ) -> Thought:
        """Fill whatever compatible function was declared with what the sentence asks for."""
        offered = [msgspec.to_builtins(declaration) for declaration in declarations]
        intents = understand(text, language)
        drafts = fill(offered, intents) if intents else []
        return Thought(
            calls=tuple(Call(draft.name, draft.args) for draft in drafts),
            reply=voice.reply(intents, language),
            capable=bool(drafts) or bool(fill(offered, _PROBE)),
        )


class ToneVoice:
    """Speaks in tones paced like syllables."""

    def speak(self, text: str) -> bytes:
        """Return PCM16 little-endian mono at 24 kHz."""
        return voice.speak(text)
