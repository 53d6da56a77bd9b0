"""Messages that the actors of one session exchange over its bounded queues.

`Uplink` travels to the audio pump, `Event` to the supervisor's inbox.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

from schemas.bill import Bill
from schemas.client import Confirm, Edit, ListedItem, Reject, Reply, Resume, Undo
from schemas.errors import ErrorCode
from schemas.gemini import GeminiMessage, Remark, ToolResponse, TypedText

ClosedBy: TypeAlias = Literal["peer", "us", "nobody"]
"""Who ended a link: Gemini with a close frame or an HTTP status, we, or the network."""
ListRequest: TypeAlias = Edit | Undo | Confirm | Reject
"""What a shopper does to the list by hand."""


# To the audio pump.


class EndOfAudio(msgspec.Struct, frozen=True):
    """The microphone is closed: what came before is all there is to hear."""


class EndOfUtterance(msgspec.Struct, frozen=True):
    """The microphone is closed for now: what came before is to be answered, more may come."""


Notice: TypeAlias = ToolResponse | Remark
"""What overtakes speech, and must not be lost: answers, and what the model is to know."""
Uplink: TypeAlias = bytes | EndOfUtterance | EndOfAudio | TypedText | Notice
"""PCM16 mono 16 kHz as it came from the phone, its ends, what was typed, or notices."""


# To the supervisor's inbox, from the client reader.


class StartRequested(msgspec.Struct, frozen=True):
    """The phone asked for the session to start, in `language` or in the service's default.

    Attributes:
        reply: whether answers are to be heard, ``None`` for as before.
        listed: what the app shows already.
        resume: the session to go on with.
    """

    language: str | None
    reply: Reply | None = None
    listed: tuple[ListedItem, ...] = ()
    resume: Resume | None = None


class SpeechArrived(msgspec.Struct, frozen=True):
    """Audio came while no session was running; it waits in the uplink."""


class SpeechLost(msgspec.Struct, frozen=True):
    """`ms` milliseconds were dropped: the oldest, for want of room, or all, for want of a link."""

    ms: int


class StopRequested(msgspec.Struct, frozen=True):
    """The phone asked to finish what was said and to close the link."""


class PingReceived(msgspec.Struct, frozen=True):
    """The phone asked for a pong."""


class TextTyped(msgspec.Struct, frozen=True):
    """The phone sent a typed sentence."""

    text: str
    ref: str | None = None


class ListRequested(msgspec.Struct, frozen=True):
    """The shopper did something to the list by hand."""

    request: ListRequest


class Acknowledged(msgspec.Struct, frozen=True):
    """Every event up to `seq` has reached the app's own storage."""

    seq: int


class TokenOffered(msgspec.Struct, frozen=True):
    """The phone sent a newer token than the one it was let in with."""

    token: str
    ref: str | None = None

    def __repr__(self) -> str:
        return "TokenOffered(token=…)"


class ClientErred(msgspec.Struct, frozen=True):
    """The phone sent a frame that the protocol does not allow."""

    field: str
    problem: str
    code: ErrorCode = "invalid_field"
    ref: str | None = None


class ClientLeft(msgspec.Struct, frozen=True):
    """The phone's socket is gone. The client reader's last message."""

    code: int


class LimitPassed(msgspec.Struct, frozen=True):
    """The phone has sent more than it may, or nothing for too long, or the session is too old.

    After one of the first three the client reader reads no more.
    """

    limit: Literal["messages", "bytes", "audio", "idle", "age"]


class ClientStalled(msgspec.Struct, frozen=True):
    """The phone took nothing for too long, or let too much pile up."""


# To the supervisor's inbox, from the Gemini reader. Links are numbered, so that what an old one
# had still to say is told apart from the new one's.


class LinkOpened(msgspec.Struct, frozen=True):
    """Gemini accepted the setup of link number `link`."""

    link: int


class GeminiSaid(msgspec.Struct, frozen=True):
    """One message from Gemini."""

    link: int
    message: GeminiMessage


class LinkEnded(msgspec.Struct, frozen=True):
    """The link is lost or was not granted. The Gemini reader's last message."""

    link: int
    code: int
    reason: str
    closed_by: ClosedBy


# To the supervisor's inbox, about the uplink: when it was asked for, and from the audio pump once
# all speech up to `EndOfAudio` has gone to Gemini.


class SpeechReport(msgspec.Struct, frozen=True):
    """What Gemini has not answered; times in monotonic seconds.

    Attributes:
        unheard: there is something that sounds like speech and was not answered.
        unsent_ms: milliseconds of it that still wait for a link.
        unanswered_since: since when an answer to something said is due.
        last_sent_at: when any sound was sent last.
        openable: as far as is known, another link would be granted.
    """

    unheard: bool
    unsent_ms: int = 0
    unanswered_since: float | None = None
    last_sent_at: float | None = None
    openable: bool = True


class SpeechAnswered(msgspec.Struct, frozen=True):
    """Gemini began to answer something said `after_s` seconds after its end.

    Its first product, if it called for any, was told `product_after_s` seconds after.
    """

    after_s: float
    product_after_s: float | None = None


class TextAnswered(msgspec.Struct, frozen=True):
    """A turn is over that was about the oldest typed sentence."""


class SpeechRewound(msgspec.Struct, frozen=True):
    """What was sent and not confirmed is said again, and what waited behind it is said.

    Attributes:
        since: when the oldest of it had been sent whole, in monotonic seconds: Gemini may have
            answered it as a part of something else; `None` if none of it has been.
        utterances: how many they are together: Gemini may answer several in one turn.
    """

    since: float | None
    utterances: int


# To the supervisor's inbox, about the newer token that the phone sent.


class TokenTaken(msgspec.Struct, frozen=True):
    """The connection may go on for as long as it is good."""

    ref: str | None = None


class TokenRefused(msgspec.Struct, frozen=True):
    """It is not good, or there is no telling; the one before stays what it is.

    Attributes:
        reason: one word.
        problem: for people.
        code: for the phone.
        forbidden: it is another user's.
    """

    reason: str
    problem: str
    code: ErrorCode = "not_authenticated"
    forbidden: bool = False
    ref: str | None = None


# To the supervisor's inbox, from outside the session.


class Replaced(msgspec.Struct, frozen=True):
    """The same user connected elsewhere."""


class EndedByAdmin(msgspec.Struct, frozen=True):
    """An admin ended the session."""


class AccessExpired(msgspec.Struct, frozen=True):
    """What let the phone in is good no more."""


class Draining(msgspec.Struct, frozen=True):
    """This instance is going away."""


class StoreFailed(msgspec.Struct, frozen=True):
    """There is no telling whether the session that the phone asks for is still there."""


class StoreReturned(msgspec.Struct, frozen=True):
    """The store is back after it was away, and may have lost everything."""


class SpendingTold(msgspec.Struct, frozen=True):
    """What was spent today, on all instances.

    Attributes:
        user: by the session's user, if that was asked for.
        everybody: by all users.
    """

    user: Bill | None
    everybody: Bill


class DeadlinePassed(msgspec.Struct, frozen=True):
    """The time that the session asked to be woken at has come."""


ClientRequest: TypeAlias = (
    StartRequested
    | SpeechArrived
    | TextTyped
    | ListRequested
    | Acknowledged
    | StopRequested
    | PingReceived
    | TokenOffered
)
TokenChecked: TypeAlias = TokenTaken | TokenRefused
ClientTrouble: TypeAlias = SpeechLost | ClientErred | ClientLeft | ClientStalled | LimitPassed
LinkEvent: TypeAlias = LinkOpened | GeminiSaid | LinkEnded
Progress: TypeAlias = SpeechReport | SpeechAnswered | TextAnswered | SpeechRewound | DeadlinePassed
FromOutside: TypeAlias = (
    Replaced | EndedByAdmin | AccessExpired | Draining | StoreReturned | SpendingTold
)
"""What a session is told by whoever runs it."""
Order: TypeAlias = FromOutside | StoreFailed
Event: TypeAlias = ClientRequest | TokenChecked | ClientTrouble | LinkEvent | Progress | Order
