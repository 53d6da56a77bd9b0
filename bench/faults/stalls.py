"""Scenarios: the connection is there, and nothing comes, or very late."""

from __future__ import annotations

import asyncio
from typing import Final

from bench.faults.endings import Script
from bench.faults.environments import SHORT_STALL
from bench.faults.outcome import Promise
from bench.faults.scenario import Scenario
from bench.faults.sentences import CHOCOLATE, EGGS, JUICE, MILK, WATER
from bench.faults.stage import Stage
from bench.faults.ways import CALM, ONCE, TWICE, UNNOTICED

_STALLED: Final = Promise(told=(ONCE, CALM), restarts=(0, 2), back_within_ms=14_000)
_DETECTED: Final = (
    "Given up after STALL_S (3 s here) without an answer to speech, resumed; told once, or not "
    "at all where it may have been a noise; nothing is lost."
)


def from_a_sentence_on(action: dict[str, object]) -> Script:
    """In the middle of a sentence Gemini falls silent; sentences before and after."""

    async def script(stage: Stage) -> None:
        await stage.start()
        await stage.hear(MILK)
        water = stage.speak(WATER)
        await water.until_begun()
        await stage.strike(action)
        await water.until_over()
        await stage.all_received(within_s=25)
        await stage.hear(EGGS)
        await stage.type(JUICE)
        await stage.stop()

    return script


async def _slow_pongs(stage: Stage) -> None:
    """Long enough for three pings, 20 s apart."""
    await stage.start()
    await stage.act({"pong_delay": 30})
    stage.struck()
    for word in (MILK, WATER, EGGS, JUICE):
        await stage.hear(word)
        await asyncio.sleep(14)
    await stage.act({"pong_delay": 0})
    await stage.hear(CHOCOLATE)
    await stage.stop()


async def _short_stall(stage: Stage) -> None:
    """TCP backs up for a while, then goes on: no answer is due meanwhile for long enough."""
    await stage.start()
    await stage.hear(MILK)
    await stage.strike({"stall_reads": 2})
    water = stage.speak(WATER)
    await water.until_over()
    await stage.all_received()
    await stage.hear(EGGS)
    await stage.type(JUICE)
    await stage.stop()


SCENARIOS: Final = (
    Scenario(
        name="stall-mute",
        happens="In a sentence Gemini falls silent; it goes on reading and answers pings.",
        source="cookbook#1225, js-genai#840",
        promised=_DETECTED,
        promise=_STALLED,
        script=from_a_sentence_on({"mute": True}),
        environment=SHORT_STALL,
    ),
    Scenario(
        name="stall-of-generation",
        happens="From a sentence on Gemini transcribes, but generates no turn.",
        source="voiceclaw; python-genai#2117",
        promised=_DETECTED,
        promise=Promise(told=(ONCE, TWICE), restarts=(1, 2), back_within_ms=14_000),
        script=from_a_sentence_on({"mute": "generation"}),
        environment=SHORT_STALL,
    ),
    Scenario(
        name="reads-stall-2-s",
        happens="Gemini reads nothing for 2 s, so that TCP backs up, and then goes on.",
        source="python-genai#2935, adk-python#3067",
        promised="Told nothing; nothing is lost.",
        promise=UNNOTICED,
        script=_short_stall,
    ),
    Scenario(
        name="reads-stall",
        happens="In a sentence Gemini stops reading for 30 s.",
        source="python-genai#2935",
        promised=_DETECTED,
        promise=_STALLED,
        script=from_a_sentence_on({"stall_reads": 30}),
        environment=SHORT_STALL,
    ),
    Scenario(
        name="half-open",
        happens="The connection becomes half-open in a sentence: no read, no write, no FIN; for "
        "Gemini the session stays open, and a resume is refused with 1011 meanwhile.",
        source="sip-to-ai#14",
        promised="Given up after STALL_S (3 s here); told once; nothing is lost.",
        promise=Promise(told=(ONCE,), restarts=(1, 12), back_within_ms=30_000),
        script=from_a_sentence_on({"half_open": True}),
        environment=SHORT_STALL,
        slow=True,
    ),
    Scenario(
        name="pongs-30-s-late",
        happens="Pongs come 30 s late, for more than a minute of talk.",
        source="sip-to-ai#14: 8 to 30 s",
        promised="Told nothing; nothing is lost.",
        promise=UNNOTICED,
        script=_slow_pongs,
        slow=True,
    ),
)
