"""Has the emulator make the calls of a careless model, and notes what the phone is told."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bench.detect.corpus import Careless, Operation
from bench.detect.phone import ListPhone, connected
from bench.links import Links
from bench.processes import EmulatorProcess

LANES: Final = 12
_NAME: Final = "update_shopping_list"
_LINK_S: Final = 10.0


@dataclass(frozen=True, slots=True)
class Took:
    """What the phone was told for a careless model's calls."""

    calls: Careless
    told: tuple[Operation, ...]
    trouble: str = ""

    @property
    def wrong(self) -> bool:
        """Whether it had to be what was said, or nothing, and is not."""
        must = self.calls.case.gives if self.calls.as_said else ()
        known = self.calls.as_said or not self.calls.makes
        return bool(self.trouble) or (known and sorted(self.told) != sorted(must))


async def run_careless(
    port: int, emulator: EmulatorProcess, careless: Sequence[Careless]
) -> list[Took]:
    """Make the calls, each turn in a session of its own; return them in the same order."""
    jobs = deque(enumerate(careless))
    links = Links(emulator)
    taken: dict[int, Took] = {}

    async def lane() -> None:
        while jobs:
            number, calls = jobs.popleft()
            taken[number] = await _one(port, _Model(emulator, links), number, calls)

    async with asyncio.TaskGroup() as group:
        following = group.create_task(links.follow(), name="links")
        async with asyncio.TaskGroup() as lanes:
            for number in range(min(LANES, len(jobs))):
                lanes.create_task(lane(), name=f"lane-{number}")
        following.cancel()
    return [taken[number] for number in range(len(careless))]


@dataclass(frozen=True, slots=True)
class _Model:
    """Makes the emulator's model do as it is told."""

    emulator: EmulatorProcess
    links: Links

    async def take_turn(self, language: str, calls: Careless) -> None:
        """Make the calls as one turn, on the link that has this language."""
        async with asyncio.timeout(_LINK_S):
            link = await self.links.newer(language, None)
        for message in _turn(calls):
            await asyncio.to_thread(self.emulator.act, link, {"send": message})


async def _one(port: int, model: _Model, number: int, calls: Careless) -> Took:
    # A language of its own tells which link is whose.
    language = f"{calls.case.language}-phone{number:03}"
    try:
        async with connected(port, f"careless-{number}") as phone:
            return await _took(phone, model, language, calls)
    except* (OSError, TimeoutError) as group:
        trouble = repr(group.exceptions[0])
    return Took(calls, (), trouble)


async def _took(phone: ListPhone, model: _Model, language: str, calls: Careless) -> Took:
    await phone.start(language)
    for sentence in calls.case.before:
        await phone.type(sentence)
    before = len(phone.told)
    await model.take_turn(language, calls)
    await phone.settle(before, gives=len(calls.case.gives) if calls.makes else 0)
    await phone.stop()
    return Took(calls, tuple(phone.told[before:]), "; ".join(phone.errors))


def _turn(calls: Careless) -> Iterator[dict[str, Any]]:
    yield {"serverContent": {"inputTranscription": {"text": calls.case.say}}}
    made = [
        {"id": f"careless-{number}", "name": _NAME, "args": args}
        for number, args in enumerate(calls.sent)
    ]
    yield {"toolCall": {"functionCalls": made}}
    yield {"serverContent": {"turnComplete": True}}
