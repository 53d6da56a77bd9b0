"""Scenarios: a link that lived ends, with and without a close frame."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from bench.faults.outcome import Promise
from bench.faults.scenario import Scenario
from bench.faults.sentences import CHOCOLATE, EGGS, JUICE, MILK, PAPER, TOMATOES, WATER
from bench.faults.stage import Stage
from bench.faults.ways import CALM, KEPT, NOTICED, ONCE, TWICE

Script = Callable[[Stage], Awaitable[None]]


def at_idle(action: dict[str, object]) -> Script:
    """Typed sentences before and after; the fault comes when nobody speaks."""

    async def script(stage: Stage) -> None:
        await stage.start()
        await stage.type(MILK)
        await stage.strike(action)
        await stage.listening_again()
        await stage.type(EGGS)
        await stage.hear(JUICE)
        await stage.stop()

    return script


def in_mid_sentence(action: dict[str, object], hindered: int = 0, **rule: object) -> Script:
    """Spoken sentences before, during and after; the links that follow may be hindered too."""

    async def script(stage: Stage) -> None:
        await stage.start()
        await stage.hear(MILK)
        water = stage.speak(WATER)
        await water.until_middle()
        if hindered:
            await stage.next(hindered, **rule)
        await stage.strike(action)
        await water.until_over()
        await stage.all_received()
        await stage.hear(EGGS)
        await stage.stop()

    return script


def close(code: int, reason: str = "") -> dict[str, object]:
    """Return the action that closes a link."""
    return {"close": {"code": code, "reason": reason}}


ABORT: Final[dict[str, object]] = {"abort": True}
INTERNAL: Final = {"code": 1011, "reason": "Internal error encountered."}
"""How Gemini closes a link that it has made a mistake with."""


async def _as_the_product_arrives(stage: Stage) -> None:
    await stage.start()
    await stage.hear(MILK)
    await stage.speak(WATER).until_over()
    await stage.all_received()
    await stage.strike(ABORT)
    await stage.listening_again()
    await stage.hear(EGGS)
    await stage.stop()


async def _before_a_handle(stage: Stage) -> None:
    await stage.start()
    water = stage.speak(WATER)
    await water.until_middle()
    await stage.strike(ABORT)
    await water.until_over()
    await stage.all_received()
    await stage.type(EGGS)
    await stage.stop()


async def _two_in_a_row(stage: Stage) -> None:
    await stage.start()
    await stage.hear(MILK)
    water = stage.speak(WATER)
    await water.until_begun()
    for _ in range(2):
        await stage.strike(ABORT)
        await stage.listening_again()
    await water.until_over()
    await stage.all_received()
    await stage.hear(EGGS)
    await stage.stop()


async def _in_the_farewell(stage: Stage) -> None:
    await stage.start()
    await stage.hear(MILK)
    water = stage.speak(WATER)
    await stage.microphone.until(water.begins + len(water.sentence.pcm) - 22_400)
    await stage.inspect()
    stage.microphone.switch_off()
    await stage.phone.send({"type": "stop_session"})
    await stage.strike(ABORT)
    await stage.phone.wait_for_status("stopped")
    await stage.all_received(within_s=1)
    await stage.start()
    await stage.hear(EGGS)
    await stage.stop()


async def _in_every_sentence(stage: Stage) -> None:
    await stage.start()
    for word in (MILK, WATER, EGGS, JUICE, CHOCOLATE, TOMATOES, PAPER):
        speaking = stage.speak(word)
        await speaking.until_middle()
        await stage.strike(ABORT)
        await speaking.until_over()
    await stage.all_received()
    await stage.stop()


_TEXTS_1011: Final = {
    "internal": ("Internal error encountered.", "python-genai#985"),
    "unavailable": ("The service is currently unavailable.", "python-genai#986"),
    "deadline": ("Deadline expired before operation could complete.", "sokuji#179"),
    "cancelled": (
        "Thread was cancelled when writing StartStep status to channel.",
        "python-genai#985",
    ),
    "keepalive": ("keepalive ping timeout", "python-genai#2935"),
}

SCENARIOS: Final = (
    Scenario(
        name="abort-idle",
        happens="The connection is reset without a close frame (1006) while nobody speaks.",
        source="network; 1006 in python-genai#668",
        promised=KEPT,
        promise=NOTICED,
        script=at_idle(ABORT),
        quick=True,
    ),
    Scenario(
        name="abort-mid-sentence",
        happens="The connection is reset in the middle of a sentence.",
        source="network; 1006 in python-genai#668",
        promised=KEPT,
        promise=NOTICED,
        script=in_mid_sentence(ABORT),
        quick=True,
    ),
    Scenario(
        name="abort-as-product-arrives",
        happens="The connection is reset as soon as a spoken sentence's product is on the phone.",
        source="pydantic-ai realtime: calls lost with their link",
        promised=KEPT,
        promise=NOTICED,
        script=_as_the_product_arrives,
    ),
    Scenario(
        name="abort-before-a-handle",
        happens="The connection is reset in the first sentence, before Gemini gave any handle.",
        source="python-genai#2527: the handle comes after the turn",
        promised=KEPT,
        promise=NOTICED,
        script=_before_a_handle,
    ),
    Scenario(
        name="close-1000-idle",
        happens="Gemini closes with 1000 while nobody speaks.",
        source="connection lifetime; python-genai#1224",
        promised=KEPT,
        promise=NOTICED,
        script=at_idle(close(1000)),
        quick=True,
    ),
    Scenario(
        name="close-1001-mid-sentence",
        happens="Gemini closes with 1001 (going away) in the middle of a sentence.",
        source="connection lifetime; adk-python#4996",
        promised=KEPT,
        promise=NOTICED,
        script=in_mid_sentence(close(1001)),
    ),
    *(
        Scenario(
            name=f"close-1011-{name}",
            happens=f"Gemini closes with 1011 “{text}” in the middle of a sentence.",
            source=source,
            promised=KEPT,
            promise=NOTICED,
            script=in_mid_sentence(close(1011, text)),
        )
        for name, (text, source) in _TEXTS_1011.items()
    ),
    Scenario(
        name="close-1013",
        happens="Gemini closes with 1013 (try again later) while nobody speaks.",
        source="IANA's registry of close codes: overload, of a proxy on the way too",
        promised=KEPT,
        promise=NOTICED,
        script=at_idle(close(1013, "Try again later")),
    ),
    Scenario(
        name="two-losses-in-a-row",
        happens="The connection is reset in a sentence, and the next one as soon as it listens.",
        source="adk-streaming-guide#11",
        promised="Told twice, listening again each time; nothing is lost.",
        promise=Promise(told=(TWICE,), restarts=(2, 2)),
        script=_two_in_a_row,
    ),
    Scenario(
        name="loss-while-reconnecting",
        happens="The two connections that are to replace a lost one are reset in their setup.",
        source="adk-streaming-guide#11",
        promised="Told once; the third attempt listens; nothing is lost.",
        promise=Promise(told=(ONCE,), restarts=(3, 3)),
        script=in_mid_sentence(ABORT, 2, abort_at_setup=True),
    ),
    Scenario(
        name="loss-in-the-farewell",
        happens="The connection is reset after `stop_session`, before the last sentence's answer.",
        source="voiceclaw#53",
        promised="The sentence is finished on another link before `stopped` is told.",
        promise=Promise(
            told=((*ONCE, *CALM), (*CALM, *CALM)),
            restarts=(0, 1),
        ),
        script=_in_the_farewell,
    ),
    Scenario(
        name="loss-in-every-sentence",
        happens="Seven sentences, and the connection is reset in the middle of each.",
        source="python-genai#985",
        promised="Told each time, listening again each time; nothing is lost.",
        promise=Promise(
            told=(("connecting", "listening", *("reconnecting", "listening") * 7, "stopped"),),
            restarts=(7, 7),
        ),
        script=_in_every_sentence,
        slow=True,
    ),
)
