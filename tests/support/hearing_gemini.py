"""A Gemini that hears: it answers each sentence that it was sent whole, when a pause follows.

A sentence is 1 s in one voice (`tests.support.sounds`); its product is named after the voice.
"""

from __future__ import annotations

import asyncio
from array import array
from dataclasses import dataclass

from actors.ports import LinkRequest
from schemas.gemini import ControlMessage, TypedText
from tests.support.fake_gemini import FakeConnector, FakeLink
from tests.support.gemini_says import TURN_COMPLETE, call, calls, handle, heard
from tests.support.sounds import SAMPLES_PER_MS, silence, speech

_LOUDNESS = 3_000


def sentence(voice: int, pause_ms: int = 0) -> bytes:
    """Return 1 s of speech in one voice, with a pause in the middle."""
    half = speech(500, voice)
    return half + silence(pause_ms) + half


@dataclass(slots=True)
class Hearing:
    """How a link hears.

    It ends a sentence after `pause_ms`, acts `latency_s` later, and its turn lasts `turn_s` more.
    """

    pause_ms: int = 500
    latency_s: float = 0.3
    turn_s: float = 0.0


class HearingLink(FakeLink):
    """A link that answers what it hears, in a task of its owner's group."""

    def __init__(
        self, request: LinkRequest, number: int, hearing: Hearing, group: asyncio.TaskGroup
    ) -> None:
        super().__init__(request)
        self._number = number
        self._hearing = hearing
        self._group = group
        self._quiet = 0
        self._voices: dict[int, int] = {}
        self._turns = 0
        self._one_at_a_time = asyncio.Lock()

    def _hear(self, item: bytes | ControlMessage) -> None:
        super()._hear(item)
        if isinstance(item, TypedText):
            self._turns += 1
            self._group.create_task(self._act(self._turns, item.text))
        if isinstance(item, bytes):
            for sample in array("h", item)[::SAMPLES_PER_MS]:
                self._hear_ms(abs(sample))

    def _hear_ms(self, level: int) -> None:
        if level:
            self._quiet = 0
            voice = level - _LOUDNESS
            self._voices[voice] = self._voices.get(voice, 0) + 1
            return
        self._quiet += 1
        if self._quiet == self._hearing.pause_ms and self._voices:
            whole = [voice for voice, count in self._voices.items() if count == 1_000]
            self._voices.clear()
            self._turns += 1
            self._group.create_task(self._answer(self._turns, whole))

    async def _answer(self, turn: int, voices: list[int]) -> None:
        async with self._one_at_a_time:
            await asyncio.sleep(self._hearing.latency_s)
            name = f"{self._number}/{turn}"
            self.says(heard(f"zdanie {name}"))
            if voices:
                self.says(calls(*(call(f"{name}/{voice}", f"produkt{voice}") for voice in voices)))
            await asyncio.sleep(self._hearing.turn_s)
            self.says(TURN_COMPLETE, handle(f"after {name}"))

    async def _act(self, turn: int, name: str) -> None:
        async with self._one_at_a_time:
            await asyncio.sleep(self._hearing.latency_s)
            self.says(calls(call(f"{self._number}/{turn}/{name}", name)))
            await asyncio.sleep(self._hearing.turn_s)
            self.says(TURN_COMPLETE, handle(f"after {self._number}/{turn}"))


class HearingConnector(FakeConnector):
    """Opens links that hear."""

    def __init__(self, hearing: Hearing, group: asyncio.TaskGroup) -> None:
        super().__init__()
        self._hearing = hearing
        self._group = group

    def link(self, request: LinkRequest) -> FakeLink:
        """Return a link that hears."""
        return HearingLink(request, len(self.links) + 1, self._hearing, self._group)
