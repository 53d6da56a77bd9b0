"""Scenarios: the setup of a link goes wrong, or takes long; handles that are not what they seem."""

from __future__ import annotations

from typing import Final

from bench.faults.endings import ABORT, Script
from bench.faults.outcome import Promise
from bench.faults.pair import Environment
from bench.faults.refusals import check_fresh
from bench.faults.scenario import Scenario
from bench.faults.sentences import CHOCOLATE, EGGS, JUICE, MILK, WATER
from bench.faults.stage import Stage
from bench.faults.ways import CALM, KEPT, NOTICED, ONCE, TWICE, UNNOTICED

_QUICK_TIMEOUT: Final = Environment(gateway=(("CONNECT_TIMEOUT_S", "2"),))
"""So that a setup that never comes is given up after 2 s."""
_QUICK_STALL: Final = Environment(gateway=(("STALL_S", "3"),))
"""So that a link that does not answer is given up soon."""


async def _first_words(stage: Stage) -> None:
    await stage.rule(setup_delay=2.0)
    await stage.phone.send({"type": "start_session"})
    stage.microphone.switch_on()
    stage.struck()
    milk = stage.speak(MILK)
    await milk.until_over()
    await stage.all_received()
    await stage.hear(EGGS)
    await stage.type(JUICE)
    await stage.stop()


async def _no_setup(stage: Stage) -> None:
    await stage.next(setup_never=True)
    await stage.phone.send({"type": "start_session"})
    stage.microphone.switch_on()
    stage.struck()
    await stage.speak(MILK).until_over()
    await stage.all_received()
    await stage.hear(EGGS)
    await stage.stop()


async def _no_setup_on_the_way(stage: Stage) -> None:
    await stage.start()
    await stage.hear(MILK)
    water = stage.speak(WATER)
    await water.until_middle()
    await stage.next(setup_never=True)
    await stage.strike(ABORT)
    await water.until_over()
    await stage.all_received()
    await stage.hear(EGGS)
    await stage.stop()


async def _late_setup_on_the_way(stage: Stage) -> None:
    await stage.start()
    await stage.hear(MILK)
    water = stage.speak(WATER)
    await water.until_begun()
    await stage.next(setup_delay=2.0)
    await stage.strike(ABORT)
    await water.until_over()
    await stage.all_received()
    await stage.hear(EGGS)
    await stage.stop()


async def _another_first(stage: Stage) -> None:
    await stage.rule(first_message={"usageMetadata": {"promptTokenCount": 1, "totalTokenCount": 1}})
    await stage.start()
    await stage.hear(MILK)
    water = stage.speak(WATER)
    await water.until_middle()
    await stage.strike(ABORT)
    await water.until_over()
    await stage.all_received()
    await stage.type(EGGS)
    await stage.stop()


async def _close_then_fine(stage: Stage) -> None:
    await stage.next(close_at_setup={"code": 1011, "reason": "Internal error encountered."})
    await stage.phone.send({"type": "start_session"})
    stage.microphone.switch_on()
    stage.struck()
    await stage.speak(MILK).until_over()
    await stage.all_received()
    await stage.hear(EGGS)
    await stage.stop()


async def _poisoned(stage: Stage) -> None:
    await stage.rule(handles="poison")
    await stage.start()
    await stage.hear(MILK)
    await stage.type(CHOCOLATE)
    water = stage.speak(WATER)
    await water.until_middle()
    await stage.strike(ABORT)
    await water.until_over()
    await stage.all_received(within_s=25)
    check_fresh(stage, await stage.link())
    await stage.hear(EGGS)
    await stage.stop()


async def _still_open(stage: Stage) -> None:
    """The server holds the old socket to be open for a while: it refuses the first resume."""
    await stage.start()
    await stage.hear(MILK)
    water = stage.speak(WATER)
    await water.until_middle()
    await stage.next(handles={"refuse": {"code": 1011, "reason": "Internal error encountered."}})
    await stage.strike(ABORT)
    await water.until_over()
    await stage.all_received()
    await stage.hear(EGGS)
    await stage.stop()


def _update_then_abort(update: dict[str, object]) -> Script:
    async def script(stage: Stage) -> None:
        await stage.start()
        await stage.hear(MILK)
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


def _spoilt_handles(**rule: object) -> Script:
    async def script(stage: Stage) -> None:
        await stage.rule(**rule)
        await stage.start()
        await stage.hear(MILK)
        await stage.type(CHOCOLATE)
        water = stage.speak(WATER)
        await water.until_middle()
        await stage.strike(ABORT)
        await water.until_over()
        await stage.all_received()
        check_fresh(stage, await stage.link())
        await stage.hear(EGGS)
        await stage.stop()

    return script


_SOON: Final = 5_000

SCENARIOS: Final = (
    Scenario(
        name="first-words",
        happens="Setup takes 2 s, and the shopper speaks at once.",
        source="luke#220",
        promised="What was said before the link was up is heard.",
        promise=UNNOTICED,
        script=_first_words,
        quick=True,
    ),
    Scenario(
        name="setup-never",
        happens="The first setup is never answered.",
        source="js-genai#1257, #840",
        promised="Given up after CONNECT_TIMEOUT_S (2 s here), tried again; nothing is lost.",
        promise=Promise(told=(CALM,), restarts=(1, 1), back_within_ms=_SOON),
        script=_no_setup,
        environment=_QUICK_TIMEOUT,
    ),
    Scenario(
        name="setup-never-on-the-way",
        happens="The connection is reset in a sentence, and the next setup never answered.",
        source="js-genai#1257, #840",
        promised="Given up after CONNECT_TIMEOUT_S (2 s here), tried again; nothing is lost.",
        promise=Promise(told=(ONCE,), restarts=(2, 2), back_within_ms=_SOON),
        script=_no_setup_on_the_way,
        environment=_QUICK_TIMEOUT,
    ),
    Scenario(
        name="setup-late-on-the-way",
        happens="The connection is reset in a sentence, and the next setup answered after 2 s.",
        source="luke#220",
        promised=KEPT,
        promise=NOTICED,
        script=_late_setup_on_the_way,
    ),
    Scenario(
        name="another-message-first",
        happens="Each connection sends another message before setupComplete.",
        source="python-genai: connect() takes any first frame for setupComplete",
        promised=KEPT,
        promise=NOTICED,
        script=_another_first,
    ),
    Scenario(
        name="close-at-setup-then-fine",
        happens="The first setup is closed with 1011 “Internal error encountered.”",
        source="python-genai#985",
        promised="Tried again at once; nothing is lost.",
        promise=Promise(told=(CALM,), restarts=(1, 1)),
        script=_close_then_fine,
    ),
    Scenario(
        name="poisoned-resume",
        happens="The connection is reset; the resume transcribes, but never generates a turn.",
        source="voiceclaw",
        promised="Noticed by the answer that does not come (STALL_S, 3 s here); a fresh session "
        "that knows the list goes on; nothing is lost.",
        promise=Promise(told=(TWICE, ONCE), restarts=(2, 3), back_within_ms=15_000),
        script=_poisoned,
        environment=_QUICK_STALL,
    ),
    Scenario(
        name="resume-while-still-open",
        happens="The connection is reset, and the first resume closed with 1011, as when Gemini "
        "takes the old socket to be open.",
        source="sip-to-ai#14",
        promised=KEPT,
        promise=Promise(told=(ONCE,), restarts=(2, 2)),
        script=_still_open,
    ),
    Scenario(
        name="update-not-resumable",
        happens="A sessionResumptionUpdate with a handle says `resumable: false`; then the "
        "connection is reset.",
        source="google/adk-python: such updates erase the handle there",
        promised="The good handle is used; nothing is lost.",
        promise=NOTICED,
        script=_update_then_abort({"newHandle": "no-good", "resumable": False}),
        quick=True,
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
