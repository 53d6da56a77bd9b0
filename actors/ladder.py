"""Where the next Gemini link goes on: at the newest point, at an older one, or afresh. Pure."""

from __future__ import annotations

from typing import Final

from schemas.gemini import SessionResumptionUpdate

_KEPT: Final = 2
"""The newest handle, and the one before it."""
_TRIES: Final = 2
"""Times that Gemini may hang up on a resume before an older handle is tried."""


class ResumeLadder:
    """The handles of one Gemini session.

    Attributes:
        resumable: the session may be left now: what was said so far is behind the newest handle,
            or there has been nothing to resume.
    """

    __slots__ = ("_handles", "_hung_up", "resumable")

    def __init__(self) -> None:
        self._handles: tuple[str, ...] = ()
        self._hung_up = 0
        self.resumable = True

    @property
    def handle(self) -> str | None:
        """What the next link resumes with, `None` if it starts afresh."""
        return self._handles[-1] if self._handles else None

    @property
    def handles(self) -> tuple[str, ...]:
        """All that may be resumed with, oldest first."""
        return self._handles

    def restore(self, handles: tuple[str, ...]) -> None:
        """Go on where another connection was."""
        self.start_over()
        self._handles = handles[-_KEPT:]

    def update(self, update: SessionResumptionUpdate) -> None:
        """Take note of what Gemini says: one that names no point to resume from erases none."""
        self.resumable = update.resumable and bool(update.new_handle)
        if self.resumable:
            self._handles = (*self._handles, update.new_handle)[-_KEPT:]
            self._hung_up = 0

    def opened(self) -> None:
        """A link that resumes, or starts afresh, is open: it may be left until Gemini is busy."""
        self.resumable = True

    def proved(self) -> None:
        """The newest handle was taken, and the link that resumed with it worked for a while."""
        self._hung_up = 0

    def hung_up(self) -> None:
        """A resume failed, or died at once, without a word that the handle is at fault.

        Gemini hangs up while it takes the last connection to be open still (sip-to-ai#14), which
        passes, but not always.
        """
        self._hung_up += 1
        if self._hung_up >= _TRIES:
            self.not_taken()

    def not_taken(self) -> None:
        """The newest handle is no good: the one before it may be."""
        self._hung_up = 0
        self._handles = self._handles[:-1]

    def start_over(self) -> None:
        """Nothing of this session is worth resuming."""
        self._hung_up = 0
        self._handles = ()
        self.resumable = True
