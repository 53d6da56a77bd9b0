"""Messages that the actors of one session exchange over its bounded queues.

`Uplink` travels to the audio pump, `Event` to the supervisor's inbox.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

from schemas.gemini import GeminiMessage, ToolResponse

ClosedBy: TypeAlias = Literal["peer", "us", "nobody"]
"""Who ended a link: Gemini with a close frame or an HTTP status, we, or the network."""


# To the audio pump.


class EndOfAudio(msgspec.Struct, frozen=True):
    """The microphone is closed: what came before is all there is to hear."""


Uplink: TypeAlias = bytes | EndOfAudio | ToolResponse
"""PCM16 mono 16 kHz as it came from the phone, its end, or answers, which must not be lost."""


# To the supervisor's inbox, from the client reader.


class StartRequested(msgspec.Struct, frozen=True):
    """The phone asked for the session to start, in `language` or in the service's default."""

    language: str | None


class SpeechArrived(msgspec.Struct, frozen=True):
    """Audio came while no session was running; it waits in the uplink."""


class SpeechLost(msgspec.Struct, frozen=True):
    """`ms` milliseconds were dropped: the oldest, for want of room, or all, for want of a link."""

    ms: int


class StopRequested(msgspec.Struct, frozen=True):
    """The phone asked to finish what was said and to close the link."""


class PingReceived(msgspec.Struct, frozen=True):
    """The phone asked for a pong."""


class ClientErred(msgspec.Struct, frozen=True):
    """The phone sent a frame that the protocol does not allow."""

    field: str
    problem: str


class ClientLeft(msgspec.Struct, frozen=True):
    """The phone's socket is gone. The client reader's last message."""

    code: int


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
    """Gemini began to answer something said `after_s` seconds after its end."""

    after_s: float


class SpeechRewound(msgspec.Struct, frozen=True):
    """What was sent and not confirmed is said again.

    Attributes:
        since: when the oldest of it had been sent whole, in monotonic seconds: Gemini may have
            answered it as a part of something else; `None` if none of it has been.
        utterances: how many they are, and how many turns they may be answered in.
    """

    since: float | None
    utterances: int


# To the supervisor's inbox, from outside the session.


class Replaced(msgspec.Struct, frozen=True):
    """The same user connected elsewhere."""


class EndedByAdmin(msgspec.Struct, frozen=True):
    """An admin ended the session."""


class Draining(msgspec.Struct, frozen=True):
    """This instance is going away."""


class DeadlinePassed(msgspec.Struct, frozen=True):
    """The time that the session asked to be woken at has come."""


ClientRequest: TypeAlias = StartRequested | SpeechArrived | StopRequested | PingReceived
ClientTrouble: TypeAlias = SpeechLost | ClientErred | ClientLeft | ClientStalled
LinkEvent: TypeAlias = LinkOpened | GeminiSaid | LinkEnded
Progress: TypeAlias = SpeechReport | SpeechAnswered | SpeechRewound | DeadlinePassed
Order: TypeAlias = Replaced | EndedByAdmin | Draining
Event: TypeAlias = ClientRequest | ClientTrouble | LinkEvent | Progress | Order
