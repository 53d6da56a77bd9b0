"""What Gemini has not acted on when a session is left. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from actors.loudness import levels_of, utterances_in
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


def utterances_of(said: Iterable[object]) -> int:
    """Return how many sentences it is: each utterance and each typed text is one.

    Args:
        said: in order, chunks of PCM16 mono 16 kHz, typed texts, and whatever lies between them.
    """
    count = 0
    for kind, run in groupby(said, type):
        if kind is bytes:
            count += utterances_in(levels_of(b"".join(each for each in run if type(each) is bytes)))
        elif kind is TypedText:
            count += len(list(run))
    return count
