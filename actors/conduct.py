"""What follows from what a phone does wrong, and from the tokens that it shows. Pure."""

from __future__ import annotations

from typing import Final

from actors.closing import Closing
from actors.commands import Command, Note, Renew, Tell
from actors.standing import Standing
from actors.window import SlidingWindow
from schemas.close_codes import CloseCode
from schemas.errors import ErrorCode
from schemas.messages import ClientErred, TokenChecked, TokenOffered, TokenTaken
from schemas.server import Error, Received

_NO_VIOLATION: Final[tuple[ErrorCode, ...]] = ("too_many_texts", "cannot_authenticate")
"""Errors that are not the app's fault."""
_TOO_MUCH: Final[dict[str, str]] = {
    "messages": "too many messages",
    "bytes": "too many bytes",
    "audio": "too much sound",
}


class Conduct:
    """Answers a phone's mistakes, and closes the session of one that goes on making them."""

    __slots__ = ("_checking", "_closing", "_standing", "_violations")

    def __init__(self, standing: Standing, closing: Closing) -> None:
        self._standing = standing
        self._closing = closing
        self._checking = False
        """A token is being checked."""
        policy = standing.policy
        self._violations = SlidingWindow(
            intensity=policy.violations, period_s=policy.violations_period_s
        )

    def erred(self, event: ClientErred, now: float) -> list[Command]:
        """Answer a mistake; one too many ends the session."""
        told = Tell(Error(f"{event.field}: {event.problem}", event.code, event.ref))
        if event.code in _NO_VIOLATION:
            return [told]
        if self._violations.exceeded_by_one_more(now):
            reason = "kept breaking the protocol"
            return [told, *self._closing.close(CloseCode.POLICY_VIOLATION, reason, now)]
        return [told, Note("client_erred", {"field": event.field})]

    def passed(self, limit: str, now: float) -> list[Command]:
        """End the session: the phone, or its time, has passed a limit."""
        if limit == "idle":
            return self._closing.close(CloseCode.IDLE, "nothing was said for too long", now)
        if limit == "age":
            return self._closing.close(CloseCode.TOO_OLD, "the session is too old", now)
        told = Tell(Error(f"frame: {_TOO_MUCH[limit]} in too short a time", "too_fast"))
        return [told, *self._closing.close(CloseCode.TOO_FAST, _TOO_MUCH[limit], now)]

    def on_token(self, event: TokenOffered | TokenChecked, now: float) -> list[Command]:
        """One token is checked at a time: that may take a look at its issuer's keys."""
        if isinstance(event, TokenOffered):
            if self._checking:
                busy = ClientErred("token", "one is being checked", "not_authenticated", event.ref)
                return self.erred(busy, now)
            self._checking = True
            return [Renew(event.token, event.ref)]
        self._checking = False
        if isinstance(event, TokenTaken):
            return [*([Tell(Received(event.ref))] if event.ref else []), Note("token_taken", {})]
        note = Note("token_refused", {"reason": event.reason}, trouble=True)
        erred = ClientErred("token", event.problem, event.code, event.ref)
        told = self.erred(erred, now)
        if event.forbidden and not self._standing.closed:
            told += self._closing.close(CloseCode.FORBIDDEN, "another user's token", now)
        return [note, *told]
