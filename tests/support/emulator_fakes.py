"""Stand-ins for the parts of the emulator that hear, think and speak."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from emulator.intent import Intent
from emulator.memory import Memory
from emulator.ports import Call, Thought
from emulator.protojson import Parser
from emulator.reply import BYTES_PER_SECOND
from emulator.setup import Endpoint, SessionSettings, read_setup
from emulator.setup_message import FunctionDeclaration, Setup

DEVELOPER = Endpoint("developer", "v1beta")
VERTEX = Endpoint("vertex", "v1beta1")
MODEL = "models/gemini-3.8-live"
FUNCTION = {"name": "update_list", "parameters": {"type": "OBJECT"}}

_SETUP = Parser(Setup)


def setup_of(fields: Mapping[str, object], endpoint: Endpoint = DEVELOPER) -> SessionSettings:
    """Return the settings of a setup message with these fields beside its model."""
    return read_setup(_SETUP.convert({"model": MODEL, **fields}), endpoint)


class FakeMind:
    """Calls a function for every word of a sentence that begins with "add"."""

    def think(
        self,
        text: str,
        language: str,
        declarations: Sequence[FunctionDeclaration],
        mentioned: Sequence[Intent] = (),
    ) -> Thought:
        verb, *things = text.split() or [""]
        wanted = things if verb == "add" and declarations else []
        name = declarations[0].name or "" if declarations else ""
        return Thought(
            calls=tuple(Call(name, {"name": thing, "language": language}) for thing in wanted),
            reply=f"You said: {text}",
            capable=bool(declarations),
            mentioned=tuple(mentioned),
        )

    def note(self, text: str, language: str, mentioned: Sequence[Intent]) -> tuple[Intent, ...]:
        return (*mentioned, Intent("update", text, None, None, language))


class FakeVoice:
    """Takes one second to say anything."""

    def speak(self, text: str) -> bytes:
        return text.encode()[:1] * BYTES_PER_SECOND


class FakeHandles:
    """Numbers the handles and keeps what they stand for."""

    def __init__(self) -> None:
        self.issued: list[Memory] = []

    def issue(self, memory: Memory) -> str:
        self.issued.append(memory)
        return f"handle-{len(self.issued)}"


class FakeEars:
    """Hears what it is told to, one sentence a stretch, after `delay_s`."""

    def __init__(self, *sentences: str, delay_s: float = 0.0) -> None:
        self._sentences = list(sentences)
        self._delay_s = delay_s
        self.heard: list[tuple[bytes, str]] = []
        self.closed = False

    async def hear(self, pcm: bytes, language: str) -> str:
        self.heard.append((pcm, language))
        await asyncio.sleep(self._delay_s)
        return self._sentences.pop(0) if self._sentences else ""

    async def close(self) -> None:
        self.closed = True
