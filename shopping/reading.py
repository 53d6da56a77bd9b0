"""How one field of a call is read: used as sent, corrected with a note, or unusable."""

from __future__ import annotations

from shopping.words import quoted


class Unusable(Exception):
    """A field without which no product can be told; the text says what to send instead.

    Attributes:
        field: its name.
        problem: what is wrong with it, for whoever is no model.
    """

    def __init__(self, field: str, sent: object, remedy: str) -> None:
        self.field = field
        self.problem = f"{quoted(sent)} cannot be used"
        super().__init__(f"{field}: {self.problem}; {remedy}")


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
