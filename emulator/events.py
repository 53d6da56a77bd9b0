"""What happens to a conversation: speech, text, answers, and time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from emulator.messages import ClientContent, ContextUpdate, FunctionResponse


@dataclass(frozen=True, slots=True)
class SpeechBegan:
    """The user started to speak, or said so with `activityStart`."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A stretch of speech is over and was understood as `text`, "" when it was not."""

    text: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Typed:
    """Text came through `realtimeInput`."""

    text: str


@dataclass(frozen=True, slots=True)
class ContentGiven:
    """Content was added to the context."""

    content: ClientContent


@dataclass(frozen=True, slots=True)
class Answered:
    """Function calls were answered."""

    responses: tuple[FunctionResponse, ...]


@dataclass(frozen=True, slots=True)
class ContextChanged:
    """The instruction or the tools were replaced."""

    update: ContextUpdate


@dataclass(frozen=True, slots=True)
class Tick:
    """The time that `Conversation.next_due` named has come."""


ConversationEvent: TypeAlias = (
    SpeechBegan | Heard | Typed | ContentGiven | Answered | ContextChanged | Tick
)
