"""The session's current Gemini link, if there is one, and a place to wait for the next."""

from __future__ import annotations

from actors.ports import GeminiLink
from actors.signal import Signal


class LinkSlot:
    """Filled and emptied by the Gemini reader, which owns the link; read by the audio pump."""

    __slots__ = ("_filled", "_link")

    def __init__(self) -> None:
        self._link: GeminiLink | None = None
        self._filled = Signal()

    @property
    def link(self) -> GeminiLink | None:
        """The current link, if there is one."""
        return self._link

    def fill(self, link: GeminiLink) -> None:
        """Make `link` the current one."""
        self._link = link
        self._filled.set()

    def empty(self, link: GeminiLink) -> None:
        """Take `link` out, unless a newer one has taken its place."""
        if self._link is link:
            self._link = None
            self._filled.clear()

    def clear(self) -> None:
        """Take out whichever link is in: its reader has been told to close it."""
        self._link = None
        self._filled.clear()

    async def wait_filled(self) -> GeminiLink:
        """Return the current link, waiting for the next one if there is none."""
        while self._link is None:
            await self._filled.wait()
        return self._link
