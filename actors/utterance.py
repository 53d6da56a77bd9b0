"""What one side says, put together from the pieces in which Gemini transcribes it. Pure."""

from __future__ import annotations

from typing import Final

from schemas.server import Transcript

MAX_UTTERANCE: Final = 4_000
"""Characters after which an utterance is sent even if it is not over."""


class Utterance:
    """What one side says, put together from pieces."""

    def __init__(self, *, is_user: bool) -> None:
        self._is_user = is_user
        self._text = ""

    def add(self, piece: str) -> list[Transcript]:
        """Add a piece; return the utterance so far, as over if it has grown too long to wait."""
        self._text += piece
        if len(self._text) >= MAX_UTTERANCE:
            return self.finish()
        text = self._text.strip()
        return [Transcript(text=text, is_user=self._is_user, final=False)] if text else []

    def finish(self) -> list[Transcript]:
        """Return what was said since the last time, if anything."""
        text, self._text = self._text.strip(), ""
        return [Transcript(text=text, is_user=self._is_user)] if text else []
