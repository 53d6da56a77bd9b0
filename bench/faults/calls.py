"""Scenarios: function calls that come twice, are withdrawn, or lose their link."""

from __future__ import annotations

from typing import Any, Final

from bench.faults.endings import ABORT, Script
from bench.faults.outcome import Promise
from bench.faults.pair import Record
from bench.faults.scenario import Scenario
from bench.faults.sentences import EGGS, JUICE, MILK, WATER, said
from bench.faults.stage import Stage
from bench.faults.ways import KEPT, NOTICED, TWICE, UNNOTICED

_ONE_EFFECT: Final = "One product; told nothing."


def call(call_id: str, arguments: object, name: str = "update_shopping_list") -> dict[str, Any]:
    """Return a toolCall message with one call."""
    one = {"id": call_id, "name": name, "args": arguments}
    return {"toolCall": {"functionCalls": [one]}}


def product_call(call_id: str, product: str, action: str = "add") -> dict[str, Any]:
    """Return a toolCall message about one product."""
    item = {"name": product, "action": action, "quantity": 1, "category": "Inne", "confidence": 0.9}
    return call(call_id, item)


async def _answered(stage: Stage, call_id: str) -> Record:
    """Wait until a call that was sent by hand has its answer, and return that."""

    def found(records: list[Record]) -> Record | None:
        for record in records:
            for one in record["tool_calls"]:
                if one["id"] == call_id and one["answer"] is not None:
                    return {"answer": one["answer"], "number": record["number"]}
            if call_id in record["unknown_answers"]:
                return {"answer": None, "number": record["number"]}
        return None

    return await stage.once(found, f"call {call_id} was never answered")


def _spoken(**rule: object) -> Script:
    async def script(stage: Stage) -> None:
        await stage.rule(**rule)
        await stage.start()
        await stage.hear(MILK)
        await stage.hear(WATER)
        await stage.type(EGGS)
        await stage.stop()

    return script


async def _same_id_after_resume(stage: Stage) -> None:
    await stage.start()
    await stage.hear(MILK)
    stage.expected.append(("add", "kawa", 1))
    await stage.act({"send": product_call("by-hand-7", "kawa")})
    await stage.all_received()
    await stage.strike(ABORT)
    await stage.listening_again()
    await stage.act({"send": product_call("by-hand-7", "kawa")})
    await stage.hear(EGGS)
    await stage.stop()


async def _in_mid_turn(stage: Stage) -> None:
    """After the call and its answer, before turnComplete."""
    await stage.start()
    await stage.hear(MILK)
    await stage.act({"send": {"serverContent": {"inputTranscription": {"text": "dodaj kawę"}}}})
    stage.expected.append(("add", "kawa", 1))
    await stage.act({"send": product_call("by-hand-3", "kawa")})
    await stage.all_received()
    await _answered(stage, "by-hand-3")
    await stage.strike(ABORT)
    await stage.listening_again()
    await stage.hear(EGGS)
    await stage.stop()


async def _before_the_answer(stage: Stage) -> None:
    """Gemini reads nothing any more when it calls, and the connection is reset."""
    await stage.start()
    await stage.hear(MILK)
    old = await stage.link()
    await stage.act({"stall_reads": 30})
    stage.expected.append(("add", "kawa", 1))
    await stage.act({"send": product_call("by-hand-5", "kawa")})
    await stage.all_received()
    await stage.strike(ABORT)
    await stage.listening_again()
    await stage.hear(EGGS)
    answer = await _answered(stage, "by-hand-5")
    stage.check(answer["number"] > old["number"], "it was not settled on the next link")
    await stage.stop()


async def _cancelled_by_hand(stage: Stage) -> None:
    await stage.start()
    await stage.hear(MILK)
    stage.expected += [("add", "kawa", 1), ("remove", "kawa", 1)]
    await stage.act({"send": product_call("by-hand-8", "kawa")})
    await _answered(stage, "by-hand-8")
    stage.struck()
    await stage.act({"send": {"toolCallCancellation": {"ids": ["by-hand-8"]}}})
    await stage.all_received()
    await stage.hear(EGGS)
    await stage.stop()


def _cancelled(when: str) -> Script:
    """On a second link Gemini withdraws one sentence's call; a third one is well again."""

    async def script(stage: Stage) -> None:
        await stage.start()
        await stage.hear(MILK)
        await stage.next(cancel_calls=when)
        await stage.strike(ABORT)
        await stage.listening_again()
        await stage.type(WATER)
        stage.expected += [("remove", name, amount) for _, name, amount in said(WATER).items]
        await stage.all_received()
        await stage.strike(ABORT)
        await stage.listening_again()
        await stage.hear(EGGS)
        await stage.stop()

    return script


async def _barge_in(stage: Stage) -> None:
    """Gemini replies with sound, and the shopper speaks meanwhile: it is interrupted."""
    await stage.start()
    await stage.hear(MILK)
    sound = {"inlineData": {"mimeType": "audio/pcm;rate=24000", "data": "AAAA" * 1_000}}
    stage.expected.append(("add", "kawa", 1))
    await stage.act({"send": product_call("by-hand-9", "kawa")})
    water = stage.speak(WATER)
    for _ in range(3):
        await stage.act({"send": {"serverContent": {"modelTurn": {"parts": [sound]}}}})
    await water.until_begun()
    stage.struck()
    await stage.act({"send": {"serverContent": {"interrupted": True}}})
    await stage.act({"send": {"serverContent": {"turnComplete": True}}})
    await water.until_over()
    await stage.all_received()
    await stage.hear(EGGS)
    await stage.stop()


async def _wrong_calls(stage: Stage) -> None:
    """An unknown function, arguments that are none, and one that is right."""
    await stage.start()
    await stage.hear(MILK)
    stage.struck()
    await stage.act({"send": call("by-hand-10", {"x": 1}, name="open_the_fridge")})
    await stage.act({"send": call("by-hand-11", {"quantity": "two"})})
    for call_id in ("by-hand-10", "by-hand-11"):
        answer = (await _answered(stage, call_id))["answer"]
        stage.check(
            answer and answer.get("status") == "rejected", f"{call_id} was answered {answer}"
        )
    await stage.type(JUICE)
    await stage.hear(EGGS)
    await stage.stop()


SCENARIOS: Final = (
    Scenario(
        name="call-then-abort-mid-turn",
        happens="The connection is reset after a call and its answer, before turnComplete.",
        source="pydantic-ai realtime",
        promised=KEPT,
        promise=NOTICED,
        script=_in_mid_turn,
        quick=True,
    ),
    Scenario(
        name="call-lost-before-answer",
        happens="Gemini calls, reads nothing any more, and the connection is reset.",
        source="voiceclaw#53, pydantic-ai, livekit/agents#6569",
        promised="One product; the call is answered on the next link; nothing is lost.",
        promise=NOTICED,
        script=_before_the_answer,
    ),
    Scenario(
        name="call-twice-in-one-message",
        happens="Each call stands in `modelTurn.parts[]` and in `toolCall`.",
        source="mastra#22969",
        promised=_ONE_EFFECT,
        promise=UNNOTICED,
        script=_spoken(calls_twice=True),
    ),
    Scenario(
        name="call-again-after-resume",
        happens="After a reset and a resume a call comes again under its old id.",
        source="mastra#22969; gemini-live-api-examples#46",
        promised="One product; told once; nothing is lost.",
        promise=NOTICED,
        script=_same_id_after_resume,
    ),
    Scenario(
        name="call-cancelled-after-answer",
        happens="A call that was carried out and answered is withdrawn.",
        source="vortex#224",
        promised="The retraction is told as the opposite product event.",
        promise=UNNOTICED,
        script=_cancelled_by_hand,
    ),
    Scenario(
        name="call-cancelled-by-gemini-after",
        happens="On a resumed link Gemini withdraws a sentence's calls once they are answered.",
        source="vortex#224",
        promised="The retraction is told as the opposite product event; told of the resets only.",
        promise=Promise(told=(TWICE,), restarts=(2, 2)),
        script=_cancelled("after_answer"),
    ),
    Scenario(
        name="call-cancelled-by-gemini-before",
        happens="On a resumed link the withdrawal follows right behind the call.",
        source="vortex#224",
        promised="What was told is taken back by the opposite event; told of the resets only.",
        promise=Promise(told=(TWICE,), restarts=(2, 2)),
        script=_cancelled("before_answer"),
    ),
    Scenario(
        name="barge-in",
        happens="The shopper speaks into Gemini's reply, which is interrupted.",
        source="vortex#224; python-genai#1987",
        promised="Nothing that was said or called for before is lost; told nothing.",
        promise=UNNOTICED,
        script=_barge_in,
    ),
    Scenario(
        name="wrong-calls",
        happens="A function that there is not, and arguments that are none.",
        source="livekit/agents#6569: an unanswered call wedges the session",
        promised="Each is answered with what is wrong; the session goes on; told nothing.",
        promise=Promise(told=UNNOTICED.told),
        script=_wrong_calls,
    ),
)
