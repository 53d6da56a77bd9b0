"""Notices for Gemini, which overtake speech: answers to calls, and remarks on the list. Pure."""

from __future__ import annotations

from typing import Final

from schemas.gemini import Remark
from schemas.messages import Notice

MOST_REMARKS: Final = 50
"""Remarks that may wait, or may not have arrived: a phone makes any number of them."""


class Doubtful:
    """Notices that were taken to be sent, and may not have arrived."""

    __slots__ = ("_handed_over", "_notices")

    def __init__(self) -> None:
        # A list: it is nearly always empty, and a deque takes 0.7 KiB even then.
        self._notices: list[Notice] = []
        self._handed_over = 0

    def add(self, notice: Notice) -> None:
        """Note that one was taken; of remarks, only the newest are kept."""
        self._notices.append(notice)
        dropped_at = drop_oldest_remark(self._notices)
        self._handed_over -= dropped_at is not None and dropped_at < self._handed_over

    def handed_over(self) -> None:
        """All that were taken have been handed to the link."""
        self._handed_over = len(self._notices)

    def settle(self) -> None:
        """Gemini has gone on: those that the link was handed by now have arrived."""
        del self._notices[: self._handed_over]
        self._handed_over = 0

    def take_all(self) -> list[Notice]:
        """Remove and return them, in their order: the link is lost."""
        notices, self._notices = self._notices, []
        self._handed_over = 0
        return notices


def drop_oldest_remark(notices: list[Notice]) -> int | None:
    """Remove the oldest remark if there are too many; return where it was."""
    places = [at for at, each in enumerate(notices) if isinstance(each, Remark)]
    if len(places) <= MOST_REMARKS:
        return None
    del notices[places[0]]
    return places[0]
