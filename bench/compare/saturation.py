"""The search for the most sessions that a core holds. Pure: it says what to try next."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

_STEP: Final = 1.4
_CLOSE: Final = 1.08
"""Ratio of too many to enough at which it is not worth going on."""


@dataclass(slots=True)
class Search:
    """Tries fewer after too many and more after enough, then halves what lies between.

    Attributes:
        first: what is tried first.
        most: never more than this.
        enough: the most that went well; 0 if nothing did.
        too_many: the fewest that did not, `None` if all went well.
    """

    first: int
    most: int
    enough: int = 0
    too_many: int | None = None
    tried: list[int] = field(default_factory=list)

    def next(self) -> int | None:
        """Return what to try, `None` when that is known well enough."""
        if not self.tried:
            found = min(self.first, self.most)
        elif self.too_many is None:
            if self.enough >= self.most:
                return None
            found = min(self.most, round(self.enough * _STEP))
        elif self.enough == 0:
            found = round(self.too_many / _STEP)
        elif self.too_many <= self.enough * _CLOSE:
            return None
        else:
            found = round((self.enough * self.too_many) ** 0.5)
        return None if found in self.tried or found < 1 else found

    def note(self, phones: int, *, well: bool) -> None:
        """Say how that went. A core that holds many holds fewer, whatever was seen of those."""
        self.tried.append(phones)
        if well:
            self.enough = max(self.enough, phones)
        elif self.too_many is None or phones < self.too_many:
            self.too_many = phones
        if self.too_many is not None and self.enough >= self.too_many:
            self.too_many = (
                None if self.enough >= self.most else self.enough + max(1, self.enough // 5)
            )
