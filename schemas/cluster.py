"""What instances say to each other: requests and replies, as JSON over Redis' pub/sub."""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from schemas.admin import EndedSession, SessionDetail, SessionSummary


class ClusterMessageInvalid(Exception):
    """The sender's doing: this is no message of ours; the text says what is wrong with it."""


# What one instance may ask of another.


class ListSessions(msgspec.Struct, frozen=True, tag="list"):
    """All its live sessions.

    Attributes:
        ended: those that have ended lately too.
    """

    ended: bool = False


class ShowSession(msgspec.Struct, frozen=True, tag="show"):
    """A user's session in depth."""

    user_id: str


class EndSession(msgspec.Struct, frozen=True, tag="end"):
    """End a user's session, as an admin wants it."""

    user_id: str


class DebugSession(msgspec.Struct, frozen=True, tag="debug"):
    """Let a user's session write a line for each of its events, or no more."""

    user_id: str
    on: bool


class LeaveInstance(msgspec.Struct, frozen=True, tag="leave"):
    """Drain, as an admin wants it: take no more sessions, and end once there are none."""


class LetGo(msgspec.Struct, frozen=True, tag="let_go"):
    """Park a session: its phone is here."""

    user_id: str
    session_id: str


class ReplaceConnection(msgspec.Struct, frozen=True, tag="replace"):
    """Close a connection: its user has a newer one here. There is no reply.

    Attributes:
        user_id: whose it is.
        connection: which of the user's connections.
    """

    user_id: str
    connection: str


# How the other replies.


class Listed(msgspec.Struct, frozen=True, tag="listed"):
    """A row each.

    Attributes:
        ended: those that have ended lately, if that was asked for; the oldest first.
    """

    sessions: tuple[SessionSummary, ...]
    ended: tuple[EndedSession, ...] = ()


class Shown(msgspec.Struct, frozen=True, tag="shown"):
    """The session in depth."""

    session: SessionDetail


class Ended(msgspec.Struct, frozen=True, tag="ended"):
    """It ends."""

    session_id: str


class Debugged(msgspec.Struct, frozen=True, tag="debugged"):
    """It does so from now on."""

    session_id: str


class Leaving(msgspec.Struct, frozen=True, tag="leaving"):
    """It drains."""


class Parked(msgspec.Struct, frozen=True, tag="parked"):
    """It is parked."""


class NotHere(msgspec.Struct, frozen=True, tag="not_here"):
    """There is no such session."""


Request: TypeAlias = (
    ListSessions
    | ShowSession
    | EndSession
    | DebugSession
    | LeaveInstance
    | LetGo
    | ReplaceConnection
)
Reply: TypeAlias = Listed | Shown | Ended | Debugged | Leaving | Parked | NotHere


class Ask(msgspec.Struct, frozen=True, tag="ask"):
    """A request.

    Attributes:
        id: comes back with the reply.
        sender: the instance that asks.
    """

    id: str
    sender: str
    request: Request


class Answer(msgspec.Struct, frozen=True, tag="answer"):
    """A reply.

    Attributes:
        id: that of the request.
        sender: the instance that replies.
    """

    id: str
    sender: str
    reply: Reply


ClusterMessage: TypeAlias = Ask | Answer
_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[ClusterMessage] = msgspec.json.Decoder(ClusterMessage)


def encode(message: ClusterMessage) -> bytes:
    """Print a message as JSON."""
    return _encoder.encode(message)


def decode(message: bytes) -> ClusterMessage:
    """Parse a message.

    Raises:
        ClusterMessageInvalid: it is none of ours.
    """
    try:
        return _decoder.decode(message)
    except (msgspec.DecodeError, UnicodeDecodeError) as exc:
        raise ClusterMessageInvalid(str(exc)) from exc
