"""What speech costs, and what of that has come to a cap. Pure.

Gemini says after a turn what it has billed, so a cap is looked at when a turn is over, and what is
beyond it is the turn's that was under way. A turn that is cut off before that is estimated.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from actors.caps import NO_BUDGETS, Budgets, Level, Scope
from schemas.admin import TokensView, UsageView
from schemas.bill import NOTHING, Bill


@dataclass(frozen=True, slots=True)
class Price:
    """What a model's tokens cost, in nanodollars each, by modality in lower case.

    Tokens of a modality that is not listed cost as much as the dearest that is.
    """

    prompt: Mapping[str, int]
    response: Mapping[str, int]

    def of(self, usage: UsageView) -> int:
        """Return what was billed or estimated, in nanodollars; cached tokens count fully."""
        estimated = usage.estimated
        answers = _cost(usage.response, self.response) + _cost(estimated.response, self.response)
        asked = _cost(usage.prompt, self.prompt) + _cost(estimated.prompt, self.prompt)
        thoughts = usage.thoughts * _text(self.response)
        return answers + asked + thoughts + usage.tool_use * _text(self.prompt)


def _cost(tokens: TokensView, prices: Mapping[str, int]) -> int:
    dearest = max(prices.values())
    named = sum(n * prices.get(name, dearest) for name, n in tokens.by_modality.items())
    return named + max(0, tokens.unattributed) * dearest


def _text(prices: Mapping[str, int]) -> int:
    return prices.get("text", max(prices.values()))


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
        tokens += usage.estimated.total
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
        level = self.budgets.caps(scope).level(bill.tokens, bill.nanos)
        if level == "low":
            level = None if scope in self._warned else level
            self._warned.add(scope)
        return level
