"""WebSocket close codes that this service sends to phones (docs/protocol.md lists them)."""

from __future__ import annotations

import enum


class CloseCode(enum.IntEnum):
    """Why a phone's socket was closed by us."""

    NORMAL = 1000
    """The client stopped."""
    POLICY_VIOLATION = 1008
    """The client kept breaking the protocol."""
    TOO_BIG = 1009
    """One frame was larger than the server reads."""
    INTERNAL_ERROR = 1011
    """A bug of ours."""
    SERVICE_RESTART = 1012
    """This instance is going away: reconnect at once."""
    TRY_AGAIN_LATER = 1013
    """Overloaded, or Gemini cannot be reached: reconnect later."""
    NOT_AUTHENTICATED = 4001
    """What let the client in has expired: reconnect with a new token."""
    FORBIDDEN = 4003
    """The client showed another user's token."""
    TOO_SLOW = 4008
    """The client took its messages too slowly, or did not send the rest of one."""
    REPLACED = 4009
    """The same user connected elsewhere: the newest connection wins."""
    ENDED_BY_ADMIN = 4010
    """An admin ended the session."""
    IDLE = 4011
    """Nothing was said for too long."""
    TOO_OLD = 4012
    """The session has gone on for too long."""
    SPENT = 4013
    """What the session, its user or everybody may spend is spent."""
    TOO_FAST = 4029
    """The client sent more than it may."""
