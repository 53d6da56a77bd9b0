"""Scenarios: the setup of a link goes wrong, or takes long; handles that are not what they seem."""

from __future__ import annotations

from typing import Final

from bench.faults.endings import ABORT, INTERNAL, in_mid_sentence
from bench.faults.environments import SHORT_CONNECT
from bench.faults.outcome import Promise
from bench.faults.scenario import Scenario
from bench.faults.sentences import EGGS, JUICE, MILK, WATER
from bench.faults.stage import Stage
from bench.faults.ways import CALM, KEPT, NOTICED, ONCE, UNNOTICED


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
    another = {"usageMetadata": {"promptTokenCount": 1, "totalTokenCount": 1}}
    await stage.next(first_message=another)
    await stage.start()
    await stage.hear(MILK)
    water = stage.speak(WATER)
    await water.until_middle()
    await stage.next(first_message=another)
    await stage.strike(ABORT)
    await water.until_over()
    await stage.all_received()
    await stage.type(EGGS)
    await stage.stop()


async def _close_then_fine(stage: Stage) -> None:
    await stage.next(close_at_setup=INTERNAL)
    await stage.phone.send({"type": "start_session"})
    stage.microphone.switch_on()
    stage.struck()
    await stage.speak(MILK).until_over()
    await stage.all_received()
    await stage.hear(EGGS)
    await stage.stop()


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
        environment=SHORT_CONNECT,
    ),
    Scenario(
        name="setup-never-on-the-way",
        happens="The connection is reset in a sentence, and the next setup never answered.",
        source="js-genai#1257, #840",
        promised="Given up after CONNECT_TIMEOUT_S (2 s here), tried again; nothing is lost.",
        promise=Promise(told=(ONCE,), restarts=(2, 2), back_within_ms=_SOON),
        script=in_mid_sentence(ABORT, 1, setup_never=True),
        environment=SHORT_CONNECT,
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
        happens="The first connection, and the one after a reset, send something else before "
        "setupComplete.",
        source="python-genai: connect() takes any first frame for setupComplete",
        promised="Taken, or given up and tried again; told of the reset only; nothing is lost.",
        promise=Promise(told=(ONCE,), restarts=(1, 3)),
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
)
