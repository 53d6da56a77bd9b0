"""What a session remembers, as one immutable value that a resumption handle can stand for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from emulator.intent import Intent

HISTORY_LENGTH = 200
"""Utterances kept; older ones leave, as a sliding context window lets them."""

PENDING_LENGTH = 100
"""Unanswered calls kept from before the last sentence; answers to older ones are unknown."""

LONGEST_TEXT = 4_000
"""Characters of an utterance that are looked at and kept; all of them are billed."""

AUDIO_TOKENS_PER_SECOND = 25
CHARACTERS_PER_TOKEN = 4


@dataclass(frozen=True, slots=True)
class Tokens:
    """Token counts by modality."""

    text: int = 0
    audio: int = 0

    @property
    def total(self) -> int:
        """All tokens."""
        return self.text + self.audio

    def __add__(self, other: Tokens) -> Tokens:
        return Tokens(self.text + other.text, self.audio + other.audio)

    def details(self) -> list[dict[str, object]]:
        """Return the list that `usageMetadata` shows, without empty modalities."""
        counts = (("TEXT", self.text), ("AUDIO", self.audio))
        return [{"modality": name, "tokenCount": count} for name, count in counts if count]


NO_TOKENS = Tokens()


def text_tokens(text: str) -> Tokens:
    """Estimate a text's tokens."""
    return Tokens(text=-(-len(text) // CHARACTERS_PER_TOKEN))


def audio_tokens(seconds: float) -> Tokens:
    """Count audio's tokens as Google's prices do."""
    return Tokens(audio=round(seconds * AUDIO_TOKENS_PER_SECOND))


@dataclass(frozen=True, slots=True)
class Said:
    """One entry of the history."""

    role: Literal["user", "model"]
    text: str


@dataclass(frozen=True, slots=True)
class PendingCall:
    """A function call that the client has not answered."""

    id: str
    blocking: bool
    reply: str
    """What the model would say about it, once answered."""


@dataclass(frozen=True, slots=True)
class Memory:
    """Everything that survives a connection."""

    session_id: str
    connection_id: str
    """The connection it was last part of."""
    model: str
    language: str
    turns: int = 0
    calls: int = 0
    """Calls made so far."""
    history: tuple[Said, ...] = ()
    pending: tuple[PendingCall, ...] = ()
    context: Tokens = NO_TOKENS
    mentioned: tuple[Intent, ...] = ()
    """What was done to products, or told about them; the last one last."""

    def said(self, role: Literal["user", "model"], text: str, tokens: Tokens) -> Memory:
        """Add an utterance to the history and its tokens to the context."""
        return replace(
            self,
            history=(*self.history, Said(role, text[:LONGEST_TEXT]))[-HISTORY_LENGTH:],
            context=self.context + tokens,
        )

    def called(self, calls: tuple[PendingCall, ...]) -> Memory:
        """Add calls to those that are open, and let the oldest go beyond the bound."""
        return replace(
            self,
            calls=self.calls + len(calls),
            pending=(*self.pending[-PENDING_LENGTH:], *calls),
        )

    def answered(self, ids: frozenset[str], tokens: Tokens) -> Memory:
        """Forget the calls of these ids, and add what their answers take to the context."""
        return replace(
            self,
            pending=tuple(call for call in self.pending if call.id not in ids),
            context=self.context + tokens,
        )


def usage(prompt: Tokens, response: Tokens, *, undetailed: int = 0) -> dict[str, object]:
    """Return a turn's `usageMetadata`: the whole context is the prompt, each time.

    Args:
        prompt: The context.
        response: What the turn made of it.
        undetailed: Tokens of the prompt that no modality accounts for.
    """
    return {
        "promptTokenCount": prompt.total + undetailed,
        "responseTokenCount": response.total,
        "totalTokenCount": prompt.total + undetailed + response.total,
        "promptTokensDetails": prompt.details(),
        "responseTokensDetails": response.details(),
    }
