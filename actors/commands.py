"""What the pure session tells its supervisor to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from actors.ports import Fact, LinkRequest
from schemas.close_codes import CloseCode
from schemas.gemini import ToolResponse
from schemas.server import ServerMessage


@dataclass(frozen=True, slots=True)
class OpenLink:
    """Open link number `link` after `delay_s`, once any older one is closed."""

    link: int
    request: LinkRequest
    delay_s: float = 0.0


@dataclass(frozen=True, slots=True)
class CloseLink:
    """Close the current link, or stop opening it."""


@dataclass(frozen=True, slots=True)
class Tell:
    """Send the phone a message, when it takes one."""

    message: ServerMessage


@dataclass(frozen=True, slots=True)
class Answer:
    """Answer function calls before anything else goes to Gemini."""

    response: ToolResponse


@dataclass(frozen=True, slots=True)
class EndAudio:
    """Tell Gemini, after all speech, that the microphone is closed."""


@dataclass(frozen=True, slots=True)
class ConfirmSpeech:
    """A turn is over: Gemini has acted on the oldest utterance it was sent.

    Report back, as `SpeechAnswered`, how long after its end it began to, if that is known.

    Attributes:
        began_at: when Gemini began to answer, in monotonic seconds.
        idle_since: since when it had nothing else to do.
    """

    began_at: float
    idle_since: float


@dataclass(frozen=True, slots=True)
class SettleAnswers:
    """Gemini has gone on: the answers that were sent have arrived."""


@dataclass(frozen=True, slots=True)
class AskAboutSpeech:
    """Report back, as `SpeechReport`, what speech Gemini has not answered."""


@dataclass(frozen=True, slots=True)
class RewindSpeech:
    """The link is lost: what it may not have heard is to be sent again.

    So are answers that may not have arrived, if the next link resumes the session that asked.
    Report back, as `SpeechRewound`, since when Gemini may have answered something of it.
    """

    resuming: bool


@dataclass(frozen=True, slots=True)
class TellLoss:
    """A gap is over: report, as `SpeechLost`, what of it could not be kept and was not told."""


@dataclass(frozen=True, slots=True)
class ForgetSpeech:
    """Nobody will hear what was said up to the end of audio; nor, if `later_too`, after it.

    If it was `lost`, report back, as `SpeechLost`, how much of it no link was sent.
    """

    later_too: bool = False
    lost: bool = False


@dataclass(frozen=True, slots=True)
class CloseClient:
    """Send what still waits for the phone, then close its socket. The last command."""

    code: CloseCode
    reason: str


@dataclass(frozen=True, slots=True)
class Note:
    """Tell the observer; `trouble` makes it a warning."""

    event: str
    facts: Mapping[str, Fact] = field(default_factory=dict)
    trouble: bool = False


Command: TypeAlias = (
    OpenLink
    | CloseLink
    | Tell
    | Answer
    | EndAudio
    | ConfirmSpeech
    | SettleAnswers
    | AskAboutSpeech
    | RewindSpeech
    | TellLoss
    | ForgetSpeech
    | CloseClient
    | Note
)
