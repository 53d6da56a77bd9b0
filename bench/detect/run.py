"""Puts every sentence into a session of its own, several at once."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final

from bench.detect.corpus import Case
from bench.detect.phone import ListPhone, connected
from bench.detect.score import Outcome, Way
from bench.detect.speech import VOICES, say

LANES: Final[dict[Way, int]] = {"typed": 16, "spoken": 8}
"""Phones at once: as many as the ears keep up with, on two cores, of those who speak."""


async def run(
    port: int, cases: Sequence[Case], way: Way, *, lanes: int, progress: Callable[[Outcome], None]
) -> list[Outcome]:
    """Put sentences in and return what the phones were told, in the order of the sentences."""
    jobs = deque(enumerate(cases))
    outcomes: dict[int, Outcome] = {}

    async def lane() -> None:
        while jobs:
            number, case = jobs.popleft()
            outcomes[number] = await _one(port, f"{way}-{number}-{case.language}", case, way)
            progress(outcomes[number])

    async with asyncio.TaskGroup() as group:
        for number in range(min(lanes, len(jobs))):
            group.create_task(lane(), name=f"lane-{number}")
    return [outcomes[number] for number in range(len(cases))]


async def _one(port: int, user: str, case: Case, way: Way) -> Outcome:
    try:
        async with connected(port, user) as phone:
            return await _outcome(phone, case, way)
    except* (OSError, TimeoutError) as group:
        trouble = repr(group.exceptions[0])
    return Outcome(case, way, (), trouble)


async def _outcome(phone: ListPhone, case: Case, way: Way) -> Outcome:
    await phone.start(case.language)
    for sentence in case.before:
        await phone.type(sentence)
    before = len(phone.told)
    phone.errors.clear()
    if way == "typed":
        await phone.type(case.say, gives=len(case.gives))
    else:
        voices = VOICES[case.language]
        # Always the same one for a sentence, whatever stands before it in the corpus.
        voice = voices[len(case.say) % len(voices)]
        await phone.speak(await asyncio.to_thread(say, case.say, voice))
    # Whatever was put in is finished before the session is stopped.
    await phone.stop()
    return Outcome(case, way, tuple(phone.told[before:]), "; ".join(phone.errors))
