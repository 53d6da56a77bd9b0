"""What follows from what turns cost: it is counted, warned of, and ends what is spent. Pure."""

from __future__ import annotations

from typing import Final

from actors.caps import Level, Scope
from actors.closing import Closing
from actors.commands import Command, Note, Spend, Tell
from actors.ports import Fact
from actors.standing import Standing
from schemas.bill import Bill
from schemas.close_codes import CloseCode
from schemas.messages import SpendingTold
from schemas.server import Error

_BUDGETS: Final[dict[Scope, str]] = {
    "session": "this session may use",
    "user": "this user may use today",
    "day": "all users together may use today",
}


class Accounting:
    """Holds one session to its budgets, and to those that it shares with others."""

    __slots__ = ("_budget", "_closing", "_standing")

    def __init__(self, standing: Standing, closing: Closing) -> None:
        self._standing = standing
        self._budget = standing.budget
        self._closing = closing

    def count(self, now: float) -> list[Command]:
        """Count what was billed, once no turn is open."""
        bill = self._budget.take(self._standing.conversation.usage.view())
        return [Spend(bill), *self._judge("session", self._budget.billed, now)] if bill else []

    def spending_told(self, told: SpendingTold, now: float) -> list[Command]:
        """Look at what others have spent too; that matters to a session which runs."""
        standing = self._standing
        if not standing.state.running:
            return []
        commands = [] if told.user is None else self._judge("user", told.user, now)
        return (
            commands if standing.closed else [*commands, *self._judge("day", told.everybody, now)]
        )

    def judge_session(self, now: float) -> list[Command]:
        """Look at what the session has come to by itself, over all its connections."""
        return self._judge("session", self._standing.bill, now)

    def _judge(self, scope: Scope, bill: Bill, now: float) -> list[Command]:
        """Warn of a budget that is nearly spent; end with one that is."""
        level: Level | None = self._budget.news(scope, bill)
        if level is None:
            return []
        caps = self._budget.budgets.caps(scope)
        facts: dict[str, Fact] = {
            "scope": scope,
            "tokens": bill.tokens,
            "nanos": bill.nanos,
            "cap_tokens": caps.tokens.at(level),
            "cap_nanos": caps.nanos.at(level),
        }
        what = _BUDGETS[scope]
        if level == "low":
            low = Note("budget_low", facts, trouble=True)
            return [Tell(Error(f"budget: what {what} is nearly used up", "budget_low")), low]
        told = Tell(Error(f"budget: what {what} is used up", "budget_spent"))
        spent = Note("budget_spent", facts, trouble=True)
        return [told, spent, *self._closing.close(CloseCode.SPENT, f"what {what} is used up", now)]
