"""What one side says, put together from the pieces in which Gemini transcribes it. Pure."""

from __future__ import annotations

import re
from typing import Final

from schemas.server import Transcript

MAX_UTTERANCE: Final = 4_000
"""Characters after which an utterance is sent even if it is not over."""
_NOISE: Final = "<noise>"
"""What Gemini transcribes a sound as that it does not take for words."""
_AROUND_NOISE: Final = re.compile(rf"\s*(?:{_NOISE}\s*)+")


class Utterance:
    """What one side says, put together from pieces; sounds that are no words are left out."""

    def __init__(self, *, is_user: bool) -> None:
        self._is_user = is_user
        self._text = ""

    def add(self, piece: str) -> list[Transcript]:
        """Add a piece; return the utterance so far, as over if it has grown too long to wait."""
        self._text += piece
        if len(self._text) >= MAX_UTTERANCE:
            return self.finish()
        text = self._words()
        return [Transcript(text=text, is_user=self._is_user, final=False)] if text else []

    def finish(self) -> list[Transcript]:
        """Return what was said since the last time, if anything."""
        text, self._text = self._words(), ""
        return [Transcript(text=text, is_user=self._is_user)] if text else []

    def _words(self) -> str:
        marked = self._is_user and _NOISE in self._text
        return (_AROUND_NOISE.sub(" ", self._text) if marked else self._text).strip()
