"""Joins the reader of shopping sentences to the functions that the client declared."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from emulator import voice
from emulator.brain import Intent, understand
from emulator.calls import fill
from emulator.intent import remember
from emulator.notices import mention_in, without_notices
from emulator.ports import Call, Thought
from emulator.setup_message import FunctionDeclaration

_PROBE = (
    Intent(action="add", name="milk", quantity=1.0, unit="l", category="Dairy"),
    Intent(action="undo", name="milk", quantity=None, unit=None, category=None),
)
"""A purchase that any shopping function takes, and its undoing, to see whether there is one."""


class ShoppingMind:
    """Understands shopping, in Polish and English."""

    def think(
        self,
        text: str,
        language: str,
        declarations: Sequence[FunctionDeclaration],
        mentioned: Sequence[Intent] = (),
    ) -> Thought:
        """Fill whatever compatible function was declared with what the sentence asks for."""
        offered = [msgspec.to_builtins(declaration) for declaration in declarations]
        intents = understand(without_notices(text), language, mentioned)
        drafts = fill(offered, intents) if intents else []
        return Thought(
            calls=tuple(Call(draft.name, draft.args) for draft in drafts),
            reply=voice.reply(intents, language),
            capable=bool(drafts) or bool(fill(offered, _PROBE)),
            mentioned=remember(mentioned, intents),
        )

    def note(self, text: str, language: str, mentioned: Sequence[Intent]) -> tuple[Intent, ...]:
        """Remember the product that a notice names last."""
        mention = mention_in(text, language)
        return remember(mentioned, [mention] if mention else [])


class ToneVoice:
    """Speaks in tones paced like syllables."""

    def speak(self, text: str) -> bytes:
        """Return PCM16 little-endian mono at 24 kHz."""
        return voice.speak(text)
