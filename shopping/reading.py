"""How one field of a call is read: used as sent, corrected with a note, or unusable."""

from __future__ import annotations

from shopping.words import quoted


class Unusable(Exception):
    """A call without which no product can be told; the text says what to send instead."""

    def __init__(self, field: str, sent: object, remedy: str) -> None:
        super().__init__(f"{field}: {quoted(sent)} cannot be used; {remedy}")


class Notes:
    """What was corrected in one call, in the order of the fields."""

    __slots__ = ("_notes",)

    def __init__(self) -> None:
        self._notes: list[str] = []

    def add(self, field: str, sent: object, done: str) -> None:
        """Note that a field was not used as sent."""
        self._notes.append(f"{field}: {quoted(sent)} {done}")

    def text(self) -> str:
        """Return all notes in one line; empty if everything was used as sent."""
        return "; ".join(self._notes)
