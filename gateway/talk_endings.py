"""How talking ended, and why where it did not end well."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Final, assert_never

from gateway.client_retry import Loss, is_final
from gateway.client_state import SeqHole
from gateway.talk_socket import Refused, SocketClosed, Unreachable
from schemas.close_codes import CloseCode

_MEANINGS: Final[dict[int, str]] = {
    CloseCode.NORMAL: "the gateway ended the session",
    CloseCode.POLICY_VIOLATION: "the protocol was broken too often",
    CloseCode.TOO_BIG: "a frame was too large",
    CloseCode.INTERNAL_ERROR: "the gateway failed",
    CloseCode.SERVICE_RESTART: "the gateway is going away",
    CloseCode.TRY_AGAIN_LATER: "the gateway is overloaded, or Gemini cannot be reached",
    CloseCode.NOT_AUTHENTICATED: "the token has expired",
    CloseCode.FORBIDDEN: "the token is another user's",
    CloseCode.TOO_SLOW: "messages were taken, or sent, too slowly",
    CloseCode.REPLACED: "the same user connected elsewhere",
    CloseCode.ENDED_BY_ADMIN: "an admin ended the session",
    CloseCode.IDLE: "nothing was said for too long",
    CloseCode.TOO_OLD: "the session is too old",
    CloseCode.SPENT: "what may be used is used up",
    CloseCode.TOO_FAST: "more was sent than is taken",
}


class Outcome(enum.IntEnum):
    """How talking ended; the numbers are the command's exit codes."""

    WELL = 0
    NOT_AS_EXPECTED = 1
    REFUSED = 3
    UNREACHABLE = 4
    INTERRUPTED = 130


@dataclass(frozen=True, slots=True)
class Ending:
    """How talking ended, and why where it did not end well."""

    outcome: Outcome
    why: str = ""


def ending_of(loss: Loss) -> Ending:
    """Return what it means that a connection was lost and is not replaced."""
    return Ending(Outcome.REFUSED if is_final(loss) else Outcome.UNREACHABLE, _in_words(loss))


def _in_words(loss: Loss) -> str:
    match loss:
        case SocketClosed(code=code, reason=reason):
            return f"closed with {code}: " + (
                reason or _MEANINGS.get(code, "the connection was lost")
            )
        case Refused():
            return f"the gateway refused: {loss}"
        case Unreachable():
            return f"no gateway answers at {loss}"
        case SeqHole():
            return f"the gateway kept losing events: {loss}"
        case other:
            assert_never(other)
