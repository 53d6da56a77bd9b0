"""What Gemini has not acted on when a session is left. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from schemas.gemini import ToolResponse, TypedText
from schemas.messages import EndOfUtterance


@dataclass(frozen=True, slots=True)
class Unheard:
    """What goes out again on the next connection's link.

    Attributes:
        said: speech as PCM16 mono 16 kHz, where the microphone was closed, and what was typed, in
            order.
        answers: to function calls, which may not have arrived.
        remarks: what the model is to know, and may not.
        untold_ms: milliseconds of speech that were lost and that nobody was told of.
    """

    said: tuple[bytes | EndOfUtterance | TypedText, ...] = ()
    answers: tuple[ToolResponse, ...] = ()
    remarks: tuple[str, ...] = ()
    untold_ms: int = 0


NOTHING_UNHEARD: Final = Unheard()
