"""What a session, its user and everybody may spend.

The settings are read before the port answers, so nothing is imported here that takes time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

Scope: TypeAlias = Literal["session", "user", "day"]
Level: TypeAlias = Literal["low", "spent"]
NANOS: Final = 1_000_000_000
"""Of a dollar: costs are counted in whole billionths."""


@dataclass(frozen=True, slots=True)
class Cap:
    """How much may be spent: beyond `soft` there is a warning, beyond `hard` an end."""

    soft: int | None = None
    hard: int | None = None

    def level(self, spent: int) -> Level | None:
        """Return what `spent` has reached."""
        if self.hard is not None and spent >= self.hard:
            return "spent"
        return "low" if self.soft is not None and spent >= self.soft else None

    def at(self, level: Level) -> int | None:
        """Return where that level begins; `None`: nowhere."""
        return self.hard if level == "spent" else self.soft


NO_CAP: Final = Cap()


@dataclass(frozen=True, slots=True)
class Caps:
    """The caps of one scope, in tokens and in nanodollars."""

    tokens: Cap = NO_CAP
    nanos: Cap = NO_CAP

    def level(self, tokens: int, nanos: int) -> Level | None:
        """Return what so much has reached."""
        levels = (self.tokens.level(tokens), self.nanos.level(nanos))
        if "spent" in levels:
            return "spent"
        return "low" if "low" in levels else None


NO_CAPS: Final = Caps()


@dataclass(frozen=True, slots=True)
class Budgets:
    """What may be spent in a session, by a user a day, and by everybody a day."""

    session: Caps = NO_CAPS
    user: Caps = NO_CAPS
    day: Caps = NO_CAPS

    @property
    def shared(self) -> bool:
        """Whether it matters what others have spent."""
        return not self.user == self.day == NO_CAPS

    def caps(self, scope: Scope) -> Caps:
        """Return the caps of one scope."""
        return {"session": self.session, "user": self.user, "day": self.day}[scope]


NO_BUDGETS: Final = Budgets()
