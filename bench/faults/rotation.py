"""Scenarios: Gemini announces that it will hang up, or is known to do so at some age."""

from __future__ import annotations

import asyncio
from typing import Final

from bench.faults.calls import product_call
from bench.faults.endings import Script
from bench.faults.environments import SHORT_LINK_AGE, SHORT_SESSION_AGE
from bench.faults.fresh import check_fresh
from bench.faults.outcome import Promise
from bench.faults.scenario import Scenario
from bench.faults.sentences import (
    BANANAS,
    CHOCOLATE,
    EGGS,
    JUICE,
    MILK,
    PAPER,
    POTATOES,
    TOMATOES,
    WATER,
)
from bench.faults.stage import Stage
from bench.faults.ways import CALM, SILENT, UNNOTICED


async def _idle(stage: Stage) -> None:
    await stage.start()
    await stage.hear(MILK)
    old = (await stage.link())["number"]
    await stage.strike({"go_away": "10s"})
    await stage.another_link(than=old, within_s=5)
    await stage.hear(EGGS)
    await stage.type(JUICE)
    await stage.stop()


def in_a_sentence(go_away: object) -> Script:
    """Spoken sentences before and after, and one in which Gemini announces the end."""

    async def script(stage: Stage) -> None:
        await stage.start()
        await stage.hear(MILK)
        old = (await stage.link())["number"]
        water = stage.speak(WATER)
        await water.until_middle()
        await stage.strike({"go_away": go_away})
        await water.until_over()
        await stage.all_received()
        await stage.another_link(than=old)
        await stage.hear(EGGS)
        await stage.stop()

    return script


async def _in_a_tool_call(stage: Stage) -> None:
    """The call is out, and the turn is not over, when goAway comes."""
    await stage.start()
    await stage.hear(MILK)
    old = await stage.link()
    await stage.act({"send": {"serverContent": {"inputTranscription": {"text": "dodaj kawę"}}}})
    stage.expected.append(("add", "kawa", 1))
    await stage.act({"send": product_call("by-hand-1", "kawa")})
    await stage.strike({"go_away": "3s"})
    await stage.all_received()
    await stage.another_link(than=old["number"])
    await stage.hear(EGGS)
    await stage.stop()


def _rapid_fire(pause_s: float) -> Script:
    async def script(stage: Stage) -> None:
        await stage.start()
        await stage.hear(MILK)
        for _ in range(5):
            old = (await stage.link())["number"]
            await stage.strike({"go_away": "10s"})
            await stage.another_link(than=old, within_s=8)
            await asyncio.sleep(pause_s)
        await stage.hear(WATER)
        await stage.type(EGGS)
        await stage.stop()

    return script


async def _link_age(stage: Stage) -> None:
    await stage.start()
    first = (await stage.link())["number"]
    for word in (MILK, WATER, EGGS, JUICE, CHOCOLATE):
        await stage.hear(word)
    newest = await stage.link()
    stage.check(newest["number"] > first, "the old connection was kept")
    stage.check(newest["resumed_from"], "the next connection did not resume")
    await stage.stop()


async def _session_age(stage: Stage) -> None:
    await stage.start()
    first = (await stage.link())["number"]
    for word in (JUICE, CHOCOLATE, MILK, WATER, EGGS):
        await stage.hear(word)
    check_fresh(stage, await stage.another_link(than=first))
    await stage.hear(TOMATOES)
    await stage.stop()


async def _slow(stage: Stage) -> None:
    """Each answer comes 0.5 s later than the one before: from 1 s to 7 s."""
    await stage.next(slower_by=0.3)
    await stage.start()
    first = (await stage.link())["number"]
    for word in (JUICE, CHOCOLATE, MILK, WATER, EGGS, TOMATOES, BANANAS, PAPER, POTATOES) * 2:
        await stage.hear(word)
        if (await stage.link())["number"] > first:
            break
    check_fresh(stage, await stage.link())
    await stage.hear(MILK)
    await stage.stop()


async def _short_notice(stage: Stage) -> None:
    """Announced with less notice than the sentence takes."""
    await stage.start()
    await stage.hear(MILK)
    await stage.type(CHOCOLATE)
    old = (await stage.link())["number"]
    water = stage.speak(WATER)
    await water.until_begun()
    await stage.strike({"go_away": "0.5s"})
    await water.until_over()
    await stage.all_received()
    await stage.another_link(than=old)
    await stage.hear(EGGS)
    await stage.stop()


_BY_TIMER: Final = "Left by a timer a third of the notice before the end; told nothing."

SCENARIOS: Final = (
    Scenario(
        name="goaway-idle",
        happens="goAway with 10 s of notice while nobody speaks.",
        source="Gemini API docs, live-session; adk-python#4996",
        promised=SILENT,
        promise=UNNOTICED,
        script=_idle,
        quick=True,
    ),
    Scenario(
        name="goaway-mid-sentence",
        happens="goAway with 10 s of notice in the middle of a sentence.",
        source="adk-python#4996; MemberJunction",
        promised=SILENT,
        promise=UNNOTICED,
        script=in_a_sentence("10s"),
        quick=True,
    ),
    Scenario(
        name="goaway-short-notice",
        happens="goAway with 0.5 s of notice in the middle of a sentence.",
        source="sokuji#179",
        promised=SILENT,
        promise=UNNOTICED,
        script=_short_notice,
    ),
    Scenario(
        name="goaway-then-silence",
        happens="goAway with 3 s of notice in a sentence; from then on not a word, then 1011.",
        source="tau2-bench#461",
        promised=f"{_BY_TIMER} Nothing is lost.",
        promise=UNNOTICED,
        script=in_a_sentence({"time_left": "3s", "then": "close", "silent": True}),
    ),
    Scenario(
        name="goaway-then-abort",
        happens="goAway with 3 s of notice in a sentence; silence, and a reset at its end.",
        source="tau2-bench#461",
        promised=f"{_BY_TIMER} Nothing is lost.",
        promise=UNNOTICED,
        script=in_a_sentence({"time_left": "3s", "then": "abort", "silent": True}),
    ),
    Scenario(
        name="goaway-then-nothing",
        happens="goAway with 3 s of notice in a sentence, and then nothing at all.",
        source="tau2-bench#461",
        promised=f"{_BY_TIMER} Nothing is lost.",
        promise=UNNOTICED,
        script=in_a_sentence({"time_left": "3s", "then": "nothing", "silent": True}),
    ),
    Scenario(
        name="goaway-in-a-tool-call",
        happens="goAway with 3 s of notice after a call, before its turn is complete.",
        source="voiceclaw#53",
        promised="The call has its one effect, the next turn is answered; told nothing.",
        promise=UNNOTICED,
        script=_in_a_tool_call,
    ),
    Scenario(
        name="goaway-after-goaway",
        happens="Five connections in a row announce their end 1.2 s after they opened.",
        source="discuss.ai.google.dev/186392",
        promised=SILENT,
        promise=UNNOTICED,
        script=_rapid_fire(1.2),
    ),
    Scenario(
        name="goaway-rapid-fire",
        happens="Five connections in a row announce their end as soon as they are open.",
        source="discuss.ai.google.dev/186392",
        promised="The client is told nothing, and nothing is lost; that much haste may spend "
        "restarts, so that it cannot go on for ever.",
        promise=Promise(told=(CALM,), restarts=(0, 5)),
        script=_rapid_fire(0.0),
    ),
    Scenario(
        name="connection-age",
        happens="Connections live 12 s here instead of 10 minutes; five sentences are spoken.",
        source="Gemini API docs, live-session: about 10 minutes",
        promised="Left in a pause before that age, resumed; told nothing, nothing is lost.",
        promise=UNNOTICED,
        script=_link_age,
        environment=SHORT_LINK_AGE,
        slow=True,
    ),
    Scenario(
        name="session-age",
        happens="Sessions live 20 s here instead of 58 minutes; six sentences are spoken.",
        source="discuss.ai.google.dev/186392: gemini-3.8-live ends at 58:00",
        promised="A fresh session that knows the list, before that age; told nothing.",
        promise=Promise(told=(CALM,)),
        script=_session_age,
        environment=SHORT_SESSION_AGE,
        slow=True,
    ),
    Scenario(
        name="answers-grow-slow",
        happens="Each answer of a session comes 0.3 s later than the one before.",
        source="discuss.ai.google.dev/345274: from 0.3 to 1.4 s until a new session resets it",
        promised="A fresh session that knows the list, at a quiet moment; told nothing.",
        promise=UNNOTICED,
        script=_slow,
        slow=True,
    ),
)
