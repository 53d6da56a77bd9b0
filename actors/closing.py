"""How a session is closed: what was said is told, what was spent is counted, it is parked. Pure."""

from __future__ import annotations

from typing import Final

from actors.commands import CloseClient, CloseLink, Command, Note, Spend
from actors.standing import Standing
from actors.states import State
from schemas.close_codes import CloseCode

RESTARTS: Final = (CloseCode.SERVICE_RESTART, "this server restarts")
"""Why a connection is closed that is left in time."""
_LEAVES_NOTHING: Final = (CloseCode.POLICY_VIOLATION, CloseCode.ENDED_BY_ADMIN, CloseCode.TOO_OLD)
"""Why a connection is closed when nobody may resume its session."""


class Closing:
    """Closes one session; nothing is handled after that."""

    __slots__ = ("_standing",)

    def __init__(self, standing: Standing) -> None:
        self._standing = standing

    def close(self, code: CloseCode, reason: str, now: float) -> list[Command]:
        """End it, and close the phone's socket."""
        note = Note("closing_client", {"code": int(code), "reason": reason})
        kept = code not in _LEAVES_NOTHING
        return self.end([note, CloseClient(code, reason)], now, kept=kept)

    def end(self, last: list[Command], now: float, *, kept: bool = True) -> list[Command]:
        """End it, with `last` as the last commands; unless it is `kept`, nobody may resume it."""
        standing = self._standing
        flushed = standing.conversation.flush()
        spent = self.settle(now)
        parting = standing.lasting.parting(kept=kept)
        standing.state = State.CLOSED
        standing.linking.stop(now)
        standing.finishing.over()
        return [CloseLink(), *flushed, *spent, *parting, *last]

    def settle(self, now: float) -> list[Command]:
        """Count what was billed, and what a turn has come to that the link's end cuts off.

        What was half said is said again on the next link, if there is one.
        """
        standing = self._standing
        standing.conversation.link_lost(now, asked=standing.linking.opened_at is not None)
        bill = standing.budget.take(standing.conversation.usage.view())
        return [Spend(bill)] if bill else []
