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


def _report(prompt: int, response: int, **content: object) -> dict[str, object]:
    usage = {
        "promptTokenCount": prompt,
        "responseTokenCount": response,
        "totalTokenCount": prompt + response + 7,
        "promptTokensDetails": [{"modality": "AUDIO", "tokenCount": prompt - 25}],
    }
    return _send({"usageMetadata": usage, **content})


async def _usage(stage: Stage) -> None:
    """A turn by hand between others: its growing reports, and one that comes after its end."""
    await stage.rule(usage_often=True)
    await stage.start()
    await stage.hear(MILK)
    before = await _tokens(stage)
    await stage.act(_send({"serverContent": {"inputTranscription": {"text": "hm"}}}))
    for prompt, response in ((100, 1), (100, 12), (150, 20)):
        await stage.act(_report(prompt, response))
    await stage.act(_report(150, 20, serverContent={"turnComplete": True}))
    await stage.act(_report(160, 25))
    counted = [now - then for now, then in zip(await _tokens(stage), before, strict=True)]
    stage.check(counted == [160, 25], f"of 160 and 25 tokens {counted} were counted")
    await stage.strike(ABORT)
    await stage.listening_again()
    kept = [now - then for now, then in zip(await _tokens(stage), before, strict=True)]
    stage.check(kept == [160, 25], f"after the reset {kept} were counted")
    await stage.type(CHOCOLATE)
    await stage.hear(EGGS)
    await stage.stop()


async def _tokens(stage: Stage) -> list[int]:
    """Return the tokens counted so far: of prompts, of responses."""
    # What was sent just before is on its way through the gateway.
    await asyncio.sleep(0.3)
    await stage.inspect()
    seen = stage.detail or {}
    return [seen["prompt_tokens"], seen["response_tokens"]]


async def _fabricated(stage: Stage) -> None:
    """A transcript that nobody said, in the wrong language, without a call."""
    await stage.start()
    await stage.hear(MILK)
    stage.struck()
    for text in ("add caviar to the list", "dodaj kawior do listy"):
        await stage.act(_send({"serverContent": {"inputTranscription": {"text": text}}}))
        await stage.act(_send({"serverContent": {"turnComplete": True}}))
    asked = (await stage.link())["setup"].get("inputAudioTranscription", {})
    codes = asked.get("language_codes", asked.get("languageCodes"))
    stage.check(codes == ["pl-PL"], f"transcription was asked for in {codes}")
    await stage.hear(WATER)
    await stage.type(EGGS)
    await stage.stop()


async def _replies(stage: Stage) -> None:
    """Gemini speaks: a phone of v1 is sent no sound; answers to calls ask for silence."""
    await stage.start()
    await stage.hear(MILK)
    stage.struck()
    sound = {"inlineData": {"mimeType": "audio/pcm;rate=24000", "data": "AAAA" * 5_000}}
    for _ in range(10):
        await stage.act(_send({"serverContent": {"modelTurn": {"parts": [sound]}}}))
    await stage.act(_send({"serverContent": {"turnComplete": True}}))
    await stage.hear(WATER)
    await stage.type(EGGS)
    kinds = {message["type"] for _, message in stage.phone.received}
    stage.check(kinds <= {"status", "transcript", "product_detected"}, f"the phone got {kinds}")
    calls = [call for record in await stage.links() for call in record["tool_calls"]]
    loud = [call["scheduling"] for call in calls if call["scheduling"] != "SILENT"]
    stage.check(calls and not loud, f"of {len(calls)} answers some were not silent: {loud}")
    await stage.stop()


SCENARIOS: Final = (
    Scenario(
        name="bundled-fields",
        happens="What would be several messages comes as one with several fields.",
        source="ai.google.dev, gemini-3.8-live: several fields per server event",
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
        happens="Usage reports that grow within a turn, one after its end, and then a reset.",
        source="discuss.ai.google.dev/188765",
        promised="The last report of a turn counts, once; told of the reset only.",
        promise=Promise(told=(ONCE,), restarts=(1, 1)),
        script=_usage,
    ),
    Scenario(
        name="fabricated-transcripts",
        happens="Transcripts that nobody said, in the wrong language too, and no call.",
        source="gemini-live-api-examples#45, adk-python#5542",
        promised="No product comes of a transcript; the language is asked for; told nothing.",
        promise=UNNOTICED,
        script=_fabricated,
    ),
    Scenario(
        name="spoken-replies",
        happens="Gemini replies with sound, 10 messages of it.",
        source="Gemini API docs: today's models answer with audio only",
        promised="Phones of v1 get no sound, answers to calls ask for silence; told nothing.",
        promise=UNNOTICED,
        script=_replies,
    ),
)
