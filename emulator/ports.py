"""What a conversation needs from the parts that think, speak and remember."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from emulator.intent import Intent
from emulator.memory import Memory
from emulator.setup_message import FunctionDeclaration


@dataclass(frozen=True, slots=True)
class Call:
    """A function to call, before it has an id."""

    name: str
    args: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Thought:
    """What to do about a sentence."""

    calls: tuple[Call, ...]
    reply: str
    """What to say: once the calls are answered, or at once when there are none."""
    capable: bool
    """Whether any function declared could have been called for some sentence."""
    mentioned: tuple[Intent, ...] = ()
    """What is to be remembered as mentioned, once the calls are made."""


class Mind(Protocol):
    """Decide what a sentence asks for."""

    def think(
        self,
        text: str,
        language: str,
        declarations: Sequence[FunctionDeclaration],
        mentioned: Sequence[Intent] = (),
    ) -> Thought:
        """Read one sentence, given the functions that may be called and what was mentioned."""

    def note(self, text: str, language: str, mentioned: Sequence[Intent]) -> tuple[Intent, ...]:
        """Return what is mentioned once the user was told this without being asked anything."""


class Voice(Protocol):
    """Turn text into speech."""

    def speak(self, text: str) -> bytes:
        """Return PCM16 little-endian mono at 24 kHz."""


class Handles(Protocol):
    """Mint resumption handles."""

    def issue(self, memory: Memory) -> str:
        """Return a handle for this state of the session."""
