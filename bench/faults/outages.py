"""Scenarios: Gemini is not there for a while."""

from __future__ import annotations

import asyncio
from typing import Final

from bench.faults.endings import ABORT, Script
from bench.faults.environments import DEFAULT, SMALL_BUFFER
from bench.faults.outcome import Promise
from bench.faults.scenario import Scenario
from bench.faults.sentences import CHOCOLATE, EGGS, JUICE, MILK, POTATOES, WATER
from bench.faults.stage import Stage
from bench.faults.ways import ONCE

_AWAY: Final = Promise(told=(ONCE,), restarts=(2, 60), back_within_ms=20_000)
_LOSING: Final = Promise(told=(ONCE,), speech="told", restarts=(2, 60), back_within_ms=30_000)
_SHORTER: Final = "Told once; all that was said meanwhile is heard."
_LONGER: Final = "Told once; the oldest speech goes, and as much is told as is lost."


def _killed_for(seconds: float) -> Script:
    """The process dies in a sentence and comes back; another sentence is said meanwhile."""

    async def script(stage: Stage) -> None:
        await stage.start()
        await stage.hear(MILK)
        water = stage.speak(WATER)
        await water.until_middle()
        await stage.kill()
        stage.speak(POTATOES)
        await asyncio.sleep(seconds)
        await stage.revive()
        await stage.listening_again(within_s=30)
        await stage.all_received(within_s=20)
        await stage.hear(EGGS)
        await stage.type(JUICE)
        await stage.stop()

    return script


async def _unreachable_shortly(stage: Stage) -> None:
    await stage.start()
    await stage.hear(MILK)
    water = stage.speak(WATER)
    await water.until_middle()
    await stage.rule(refuse={"status": 503})
    await stage.strike(ABORT)
    stage.speak(POTATOES)
    await asyncio.sleep(6)
    await stage.well_again()
    await stage.listening_again(within_s=30)
    await stage.all_received(within_s=20)
    await stage.hear(EGGS)
    await stage.stop()


def _longer_than_the_bound(**rule: object) -> Script:
    """Quiet, then a whole sentence that is to be kept: only what is older is lost."""

    async def script(stage: Stage) -> None:
        await stage.start()
        await stage.hear(MILK)
        await stage.type(CHOCOLATE)
        await stage.rule(**rule)
        await stage.strike(ABORT)
        await asyncio.sleep(9)
        await stage.well_again()
        await stage.listening_again(within_s=30)
        await stage.hear(EGGS)
        await stage.stop()

    return script


async def _longer_with_speech(stage: Stage) -> None:
    """What is said right before the return is kept; what is said at the beginning is not."""
    await stage.start()
    await stage.hear(MILK)
    await stage.rule(refuse={"status": 503})
    await stage.strike(ABORT)
    spoken = stage.speak(WATER)
    # The loss is told, so these products are not promised.
    del stage.expected[-len(spoken.sentence.items) :]
    await spoken.until_over()
    await asyncio.sleep(8)
    await stage.well_again()
    await stage.listening_again(within_s=30)
    await stage.hear(EGGS)
    await stage.type(JUICE)
    await stage.stop()


SCENARIOS: Final = (
    Scenario(
        name="killed-and-back",
        happens="Gemini's process is killed in a sentence and is back, knowing nothing, after 3 s.",
        source="adk-streaming-guide#11: resumption does not survive backend failures",
        promised=_SHORTER,
        promise=_AWAY,
        script=_killed_for(3),
        environment=DEFAULT,
    ),
    Scenario(
        name="outage-shorter-than-bound",
        happens="For 6 s every upgrade is answered with HTTP 503; two sentences are being said.",
        source="python-genai#986",
        promised=_SHORTER,
        promise=_AWAY,
        script=_unreachable_shortly,
    ),
    Scenario(
        name="outage-longer-than-bound",
        happens="HTTP 503 for 9 s, while 4 s of speech are kept (UPLINK_BUFFER_MS).",
        source="luke#220; pipecat and livekit queue without a bound",
        promised=_LONGER,
        promise=_LOSING,
        script=_longer_than_the_bound(refuse={"status": 503}),
        environment=SMALL_BUFFER,
    ),
    Scenario(
        name="outage-of-setups",
        happens="For 9 s connections are reset in their setup, while 4 s of speech are kept.",
        source="python-genai#985",
        promised=_LONGER,
        promise=_LOSING,
        script=_longer_than_the_bound(abort_at_setup=True),
        environment=SMALL_BUFFER,
    ),
    Scenario(
        name="outage-swallows-a-sentence",
        happens="HTTP 503 for 12 s, a sentence at its beginning, 4 s of speech are kept.",
        source="luke#220",
        promised=_LONGER,
        promise=_LOSING,
        script=_longer_with_speech,
        environment=SMALL_BUFFER,
    ),
)
