"""Scenarios: the session is at fault, and a fresh one goes on that knows the shopping list."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from bench.faults.endings import ABORT, Script, close
from bench.faults.outcome import Promise
from bench.faults.pair import Record
from bench.faults.scenario import Scenario
from bench.faults.sentences import CHOCOLATE, EGGS, JUICE, WATER
from bench.faults.stage import Stage
from bench.faults.ways import NOTICED, ONCE

FRESH: Final = "Told once; a fresh session that knows the list goes on; nothing is lost."


async def _fresh_with_the_list(stage: Stage, strike: Callable[[], Awaitable[None]]) -> None:
    """Sentences before, during and after; then the new link's setup is looked at."""
    await stage.start()
    await stage.hear(JUICE)
    await stage.type(CHOCOLATE)
    lost = (await stage.link())["number"]
    water = stage.speak(WATER)
    await water.until_middle()
    await strike()
    await water.until_over()
    await stage.all_received()
    await stage.hear(EGGS)
    check_fresh(stage, await stage.another_link(than=lost))
    await stage.stop()


def check_fresh(stage: Stage, link: Record) -> None:
    """Note a problem unless that link began a session that was told what is on the list."""
    handle = link["setup"].get("sessionResumption", {}).get("handle")
    stage.check(not handle and link["resumed_from"] is None, "the new session brought a handle")
    instruction = str(link["setup"].get("systemInstruction", {}))
    for name in ("sok pomarańczowy", "czekolada"):
        stage.check(name in instruction, f"the new session was not told of {name}")


def _fresh_after_close(reason: str) -> Script:
    async def script(stage: Stage) -> None:
        await _fresh_with_the_list(stage, lambda: stage.strike(close(1007, reason)))

    return script


def fresh_after_resume(refusal: object) -> Script:
    """The connection is reset, and what asks to resume refused in that way."""

    async def script(stage: Stage) -> None:
        await stage.rule(handles=refusal, only="resumed")
        await _fresh_with_the_list(stage, lambda: stage.strike(ABORT))

    return script


async def _at_58_minutes(stage: Stage) -> None:
    await stage.rule(handles="refuse", only="resumed")
    expired = close(1011, "Deadline expired before operation could complete.")
    await _fresh_with_the_list(stage, lambda: stage.strike(expired))


SCENARIOS: Final = (
    Scenario(
        name="1007-context-exhausted",
        happens="Gemini closes with 1007 “Request contains an invalid argument.” in a sentence, "
        "as it does when a session's context is full.",
        source="livekit-plugins-google",
        promised=FRESH,
        promise=NOTICED,
        script=_fresh_after_close("Request contains an invalid argument."),
        quick=True,
    ),
    Scenario(
        name="1007-non-audio",
        happens="Gemini closes with 1007 “Cannot extract voices from a non-audio request.”",
        source="google-gemini/cookbook#1225",
        promised=FRESH,
        promise=NOTICED,
        script=_fresh_after_close("Cannot extract voices from a non-audio request."),
    ),
    Scenario(
        name="1007-media-chunks",
        happens="Gemini closes with 1007 “realtime_input.media_chunks is deprecated. …”",
        source="gemini-3.1-flash-live-preview's own text; MemberJunction",
        promised=FRESH,
        promise=NOTICED,
        script=_fresh_after_close(
            "realtime_input.media_chunks is deprecated. Use audio, video, or text instead."
        ),
    ),
    Scenario(
        name="58-minutes",
        happens="Gemini closes with 1011 “Deadline expired …”, and the resume with 1007, as "
        "gemini-3.8-live does when a session is 58 minutes old.",
        source="discuss.ai.google.dev/186392",
        promised=FRESH,
        promise=Promise(told=(ONCE,), restarts=(2, 2)),
        script=_at_58_minutes,
    ),
)
