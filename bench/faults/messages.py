"""Scenarios: messages that Gemini might send one day, or that are none."""

from __future__ import annotations

import asyncio
from typing import Final

from bench.faults.endings import ABORT, Script
from bench.faults.outcome import Promise
from bench.faults.scenario import Scenario
from bench.faults.sentences import CHOCOLATE, EGGS, JUICE, MILK, WATER
from bench.faults.stage import Stage
from bench.faults.ways import EITHER, ONCE, UNNOTICED

_NOTHING: Final = "It is passed over: told nothing, nothing is lost."


def before_a_sentence(*actions: dict[str, object]) -> Script:
    """Sentences before and after the messages, and one that is being spoken as they come."""

    async def script(stage: Stage) -> None:
        await stage.start()
        await stage.hear(MILK)
        water = stage.speak(WATER)
        await water.until_begun()
        stage.struck()
        for action in actions:
            await stage.act(action)
        await water.until_over()
        await stage.all_received()
        await stage.hear(EGGS)
        await stage.type(JUICE)
        await stage.stop()

    return script


def all_along(**rule: object) -> Script:
    """Every message of the session is of that kind, before and after a reset."""

    async def script(stage: Stage) -> None:
        await stage.rule(**rule)
        await stage.start()
        await stage.hear(MILK)
        water = stage.speak(WATER)
        await water.until_middle()
        await stage.strike(ABORT)
        await water.until_over()
        await stage.all_received()
        await stage.type(EGGS)
        await stage.stop()

    return script


def _send(message: dict[str, object]) -> dict[str, object]:
    return {"send": message}


async def _usage(stage: Stage) -> None:
    """Turns before and after a reset, each with several reports: compare both sides' sums."""
    await stage.rule(usage_often=True)
    await stage.start()
    await stage.type(MILK)
    await stage.hear(JUICE)
    await stage.strike(ABORT)
    await stage.listening_again()
    await stage.type(CHOCOLATE)
    await stage.hear(EGGS)
    # The figures of the last turn come with its end.
    await asyncio.sleep(1)
    await stage.inspect()
    billed = [record["usage"] for record in await stage.links()]
    seen = stage.detail or {}
    for ours, theirs in (("prompt_tokens", "prompt"), ("response_tokens", "response")):
        sent = sum(usage[theirs] for usage in billed)
        stage.check(seen[ours] == sent, f"{ours}: {seen[ours]} counted, {sent} sent")
    await stage.stop()


SCENARIOS: Final = (
    Scenario(
        name="bundled-fields",
        happens="What would be several messages comes as one with several fields.",
        source="Gemini 3.8's release notes: several fields per server event",
        promised="Every field counts; told of the reset only; nothing is lost.",
        promise=Promise(told=(ONCE,), restarts=(1, 1)),
        script=all_along(bundle=True),
    ),
    Scenario(
        name="unknown-messages",
        happens="Messages and fields of unknown types, and unknown values of known ones.",
        source="python-genai: unknown top-level keys crash it",
        promised=_NOTHING,
        promise=UNNOTICED,
        script=before_a_sentence(
            _send({"tasteOfThings": {"sweet": True}}),
            _send({"serverContent": {"turnCompleteReason": "TEA_TIME", "newField": [1, 2]}}),
            _send({"voiceActivity": {"voiceActivityType": "ACTIVITY_YAWN"}}),
        ),
        quick=True,
    ),
    Scenario(
        name="malformed-json",
        happens="A frame that is no JSON, and one that breaks off.",
        source="ai-shifu#2760: frames seen as opcode 2",
        promised="Passed over, or told once and resumed; nothing is lost.",
        promise=EITHER,
        script=before_a_sentence(
            {"send_text": "this is no JSON"}, {"send_text": '{"serverContent": {"turnCom'}
        ),
    ),
    Scenario(
        name="message-of-2-mb",
        happens="A well-formed message of an unknown type, 2,000,000 bytes long.",
        source="websockets: 1 MiB by default, then 1009",
        promised=_NOTHING,
        promise=UNNOTICED,
        script=before_a_sentence({"send_filler": 2_000_000}),
    ),
    Scenario(
        name="usage-often",
        happens="Each turn brings several growing usage reports; the link is reset in between.",
        source="discuss.ai.google.dev/188765",
        promised="The tokens counted are those of the turns' last reports, each once.",
        promise=Promise(told=(ONCE,), restarts=(1, 1)),
        script=_usage,
    ),
)
