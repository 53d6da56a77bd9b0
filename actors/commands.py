"""What the pure session tells its supervisor to do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

import msgspec

from actors.ports import Fact, LinkRequest
from schemas.bill import Bill
from schemas.close_codes import CloseCode
from schemas.messages import Notice
from schemas.server import ServerMessage
from schemas.shopping_list import Step


class OpenLink(msgspec.Struct, frozen=True):
    """Open link number `link` after `delay_s`, once any older one is closed."""

    link: int
    request: LinkRequest
    delay_s: float = 0.0


class CloseLink(msgspec.Struct, frozen=True):
    """Close the current link, or stop opening it."""


class Tell(msgspec.Struct, frozen=True):
    """Send the phone a message, when it takes one."""

    message: ServerMessage


class Renew(msgspec.Struct, frozen=True):
    """Have a newer token checked; report back, as `TokenTaken` or `TokenRefused`."""

    token: str
    ref: str | None = None

    def __repr__(self) -> str:
        return "Renew(token=…)"


class Keep(msgspec.Struct, frozen=True):
    """Store a step; what follows is done once it is stored."""

    step: Step


class Save(msgspec.Struct, frozen=True):
    """Store the session as a whole, in place of what was stored of it."""


class SettleToken(msgspec.Struct, frozen=True):
    """The phone has its new resume token: the one before it is good no more."""


class Park(msgspec.Struct, frozen=True):
    """Store the session for its next connection, with what Gemini has not acted on."""


class Drop(msgspec.Struct, frozen=True):
    """Store the session no more: nobody may resume it."""


class Inform(msgspec.Struct, frozen=True):
    """Answer function calls, or let the model know something, before any speech goes to Gemini."""

    notice: Notice


class SendText(msgspec.Struct, frozen=True):
    """Put a typed sentence to Gemini, after the speech before it."""

    text: str


class EndAudio(msgspec.Struct, frozen=True):
    """Tell Gemini, after all speech, that the microphone is closed."""


class ConfirmSpeech(msgspec.Struct, frozen=True):
    """A turn is over: Gemini has acted on the oldest utterance, or typed sentence, it was sent.

    Report back, as `SpeechAnswered`, how long after an utterance's end it began to, if that is
    known; as `TextAnswered`, that it was about a typed sentence.

    Attributes:
        began_at: when Gemini began to answer, in monotonic seconds.
        idle_since: since when it had nothing else to do.
        transcribed: something was transcribed in it: it was about speech.
        called: something was called for in it. A turn that neither transcribes nor calls is about
            no speech: some models end one after the calls, and another after the reply.
        told_at: when its first product was told, if any was.
    """

    began_at: float
    idle_since: float
    transcribed: bool
    called: bool
    told_at: float | None = None


class SettleAnswers(msgspec.Struct, frozen=True):
    """Gemini has gone on: the answers that were sent have arrived."""


class AskAboutSpeech(msgspec.Struct, frozen=True):
    """Report back, as `SpeechReport`, what speech Gemini has not answered."""


class RewindSpeech(msgspec.Struct, frozen=True):
    """The link is lost: what it may not have heard is to be sent again.

    So are answers that may not have arrived, if the next link resumes the session that asked.
    Report back, as `SpeechRewound`, since when Gemini may have answered something of it.
    """

    resuming: bool


class TellLoss(msgspec.Struct, frozen=True):
    """A gap is over: report, as `SpeechLost`, what of it could not be kept and was not told."""


class ForgetSpeech(msgspec.Struct, frozen=True):
    """Nobody will hear what was said up to the end of audio; nor, if `later_too`, after it.

    If it was `lost`, report back, as `SpeechLost`, how much of it no link was sent.
    """

    later_too: bool = False
    lost: bool = False


class HangUp(msgspec.Struct, frozen=True):
    """Send what still waits for the phone, then the close frame.

    What the phone says before it sees that still comes; then comes that it has left.
    """

    code: CloseCode
    reason: str


class CloseClient(msgspec.Struct, frozen=True):
    """Send what still waits for the phone, then close its socket. The last command."""

    code: CloseCode
    reason: str


class Spend(msgspec.Struct, frozen=True):
    """Count what was billed, if anything, and report back what was spent today, as `SpendingTold`.

    That takes its time, and nobody waits for it.
    """

    bill: Bill


class Note(msgspec.Struct, frozen=True):
    """Tell the observer; `trouble` makes it a warning."""

    event: str
    facts: Mapping[str, Fact] = msgspec.field(default_factory=dict)
    trouble: bool = False


Immediate: TypeAlias = (
    OpenLink
    | CloseLink
    | Tell
    | Renew
    | Inform
    | SendText
    | EndAudio
    | ConfirmSpeech
    | SettleAnswers
    | AskAboutSpeech
    | RewindSpeech
    | TellLoss
    | ForgetSpeech
    | HangUp
    | CloseClient
    | Spend
    | Note
)
"""What is done at once."""
Command: TypeAlias = Immediate | Keep | Save | SettleToken | Park | Drop
"""The others are done by the store, and what follows them waits for that."""
