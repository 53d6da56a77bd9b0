"""Scenarios: resumption handles that are refused, useless, or never given."""

from __future__ import annotations

from typing import Final

from bench.faults.endings import ABORT, INTERNAL, Script, in_mid_sentence
from bench.faults.environments import SHORT_STALL
from bench.faults.fresh import FRESH, check_fresh, fresh_after_resume
from bench.faults.outcome import Promise
from bench.faults.scenario import Scenario
from bench.faults.sentences import CHOCOLATE, EGGS, JUICE, WATER
from bench.faults.stage import HEARD_WITHIN_S, Stage
from bench.faults.ways import KEPT, NOTICED, ONCE, TWICE


def _update_then_abort(update: dict[str, object]) -> Script:
    async def script(stage: Stage) -> None:
        await stage.start()
        await stage.hear(JUICE)
        before = await stage.link()
        await stage.act({"send": {"sessionResumptionUpdate": update}})
        water = stage.speak(WATER)
        await water.until_begun()
        await stage.strike(ABORT)
        await water.until_over()
        await stage.all_received()
        after = await stage.another_link(than=before["number"])
        stage.check(after["resumed_from"] == before["id"], "the good handle was forgotten")
        await stage.hear(EGGS)
        await stage.stop()

    return script


def _spoilt_handles(*, within_s: float = HEARD_WITHIN_S, **rule: object) -> Script:
    async def script(stage: Stage) -> None:
        await stage.rule(**rule)
        await stage.start()
        await stage.hear(JUICE)
        await stage.type(CHOCOLATE)
        water = stage.speak(WATER)
        await water.until_middle()
        await stage.strike(ABORT)
        await water.until_over()
        await stage.all_received(within_s=within_s)
        check_fresh(stage, await stage.link())
        await stage.hear(EGGS)
        await stage.stop()

    return script


SCENARIOS: Final = (
    Scenario(
        name="1007-on-resume",
        happens="The connection is reset, and the resume is closed with 1007.",
        source="discuss.ai.google.dev/186392, python-genai#2290",
        promised=FRESH,
        promise=Promise(told=(ONCE,), restarts=(2, 3)),
        script=fresh_after_resume("refuse"),
        quick=True,
    ),
    Scenario(
        name="1008-on-resume",
        happens="The connection is reset, and every resume is closed with 1008.",
        source="MemberJunction's resume ladder",
        promised=FRESH,
        promise=Promise(told=(ONCE,), restarts=(2, 4)),
        script=fresh_after_resume({"refuse": {"code": 1008, "reason": "Session not found."}}),
    ),
    Scenario(
        name="poisoned-resume",
        happens="The connection is reset; the resume transcribes, but never generates a turn.",
        source="voiceclaw",
        promised="Noticed by the answer that does not come (STALL_S, 3 s here); a fresh session "
        "that knows the list goes on; nothing is lost.",
        promise=Promise(told=(TWICE, ONCE), restarts=(2, 3), back_within_ms=15_000),
        script=_spoilt_handles(within_s=25, handles="poison"),
        environment=SHORT_STALL,
    ),
    Scenario(
        name="resume-while-still-open",
        happens="The connection is reset, and the first resume closed with 1011, as when Gemini "
        "takes the old socket to be open.",
        source="sip-to-ai#14",
        promised=KEPT,
        promise=Promise(told=(ONCE,), restarts=(2, 2)),
        script=in_mid_sentence(ABORT, 1, handles={"refuse": INTERNAL}),
    ),
    Scenario(
        name="update-not-resumable",
        happens="A sessionResumptionUpdate with a handle says `resumable: false`; then the "
        "connection is reset.",
        source="google/adk-python: such updates erase the handle there",
        promised="The good handle is used; nothing is lost.",
        promise=NOTICED,
        script=_update_then_abort({"newHandle": "no-good", "resumable": False}),
    ),
    Scenario(
        name="update-with-empty-handle",
        happens="A sessionResumptionUpdate has an empty handle; then the connection is reset.",
        source="google/adk-python: such updates erase the handle there",
        promised="The good handle is used; nothing is lost.",
        promise=NOTICED,
        script=_update_then_abort({"newHandle": "", "resumable": True}),
    ),
    Scenario(
        name="never-resumable",
        happens="Every update says `resumable: false` with an empty handle, and the connection is "
        "reset in a sentence.",
        source="adk-python#3918",
        promised="A fresh session that knows the list goes on; nothing is lost.",
        promise=NOTICED,
        script=_spoilt_handles(not_resumable=True),
    ),
    Scenario(
        name="handles-with-false",
        happens="Every update brings a handle and says `resumable: false`.",
        source="google/adk-python",
        promised="No such handle is used: a fresh session that knows the list goes on.",
        promise=NOTICED,
        script=_spoilt_handles(handle_with_false=True),
    ),
)
