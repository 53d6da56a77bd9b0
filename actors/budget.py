"""What speech costs, and what a session, its user and everybody may spend. Pure.

Gemini says after a turn what it has billed, so a cap is looked at when a turn is over, and what is
beyond it is the turn's that was under way.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from schemas.admin import TokensView, UsageView
from schemas.bill import NOTHING, Bill

Scope: TypeAlias = Literal["session", "user", "day"]
Level: TypeAlias = Literal["low", "spent"]


@dataclass(frozen=True, slots=True)
class Price:
    """What a model's tokens cost, in nanodollars each, by modality in lower case.

    Tokens of a modality that is not listed cost as much as the dearest that is.
    """

    prompt: Mapping[str, int]
    response: Mapping[str, int]

    def of(self, usage: UsageView) -> int:
        """Return what was billed, in nanodollars. Cached tokens cost what others do."""
        answers = _cost(usage.response, self.response)
        asked = _cost(usage.prompt, self.prompt)
        thoughts = usage.thoughts * _text(self.response)
        return answers + asked + thoughts + usage.tool_use * _text(self.prompt)


def _cost(tokens: TokensView, prices: Mapping[str, int]) -> int:
    dearest = max(prices.values())
    named = sum(n * prices.get(name, dearest) for name, n in tokens.by_modality.items())
    return named + max(0, tokens.unattributed) * dearest


def _text(prices: Mapping[str, int]) -> int:
    return prices.get("text", max(prices.values()))


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


NO_CAP: Final = Cap()


@dataclass(frozen=True, slots=True)
class Caps:
    """The caps of one scope, in tokens and in nanodollars."""

    tokens: Cap = NO_CAP
    nanos: Cap = NO_CAP

    def level(self, bill: Bill) -> Level | None:
        """Return what the bill has reached."""
        levels = (self.tokens.level(bill.tokens), self.nanos.level(bill.nanos))
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


@dataclass(slots=True)
class Budget:
    """One session's bill, and what is left of what it may spend."""

    budgets: Budgets = NO_BUDGETS
    price: Price | None = None
    billed: Bill = NOTHING
    """In all, as of the last `take`."""
    _warned: set[Scope] = field(default_factory=set)

    def bill(self, usage: UsageView) -> Bill:
        """Return what `usage` comes to; as long as there is no price, tokens only."""
        tokens = usage.prompt.total + usage.response.total + usage.thoughts + usage.tool_use
        return Bill(tokens, 0 if self.price is None else self.price.of(usage))

    def restore(self, usage: UsageView) -> None:
        """Go on from what was billed, and reported, on another connection."""
        self.billed = self.bill(usage)

    def take(self, usage: UsageView) -> Bill:
        """Return what has been billed since the last call."""
        bill = self.bill(usage)
        more = bill - self.billed
        self.billed += more
        return more

    def news(self, scope: Scope, bill: Bill) -> Level | None:
        """Return what the bill of a scope has reached: `low` only once, `spent` each time."""
        level = self.budgets.caps(scope).level(bill)
        if level == "low":
            level = None if scope in self._warned else level
            self._warned.add(scope)
        return level
