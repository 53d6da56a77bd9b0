"""Scenarios: Gemini refuses a link, with a close code or before with an HTTP status."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from bench.faults.endings import ABORT, INTERNAL, at_idle, close, in_mid_sentence
from bench.faults.outcome import Promise
from bench.faults.scenario import Scenario
from bench.faults.sentences import EGGS, JUICE, MILK, WATER
from bench.faults.stage import Stage
from bench.faults.ways import CALM, KEPT, NOTICED, ONCE, REFUSAL, REFUSED_BETWEEN

Script = Callable[[Stage], Awaitable[None]]


def refused_at_setup(**rule: object) -> Script:
    """A first session, one that is refused, and a third one when Gemini is well again."""

    async def script(stage: Stage) -> None:
        await stage.start()
        await stage.type(MILK)
        await stage.hear(JUICE)
        await stage.stop()
        tried = len(await stage.links())
        await stage.rule(**rule)
        stage.struck()
        await stage.phone.send({"type": "start_session"})
        await stage.phone.wait_for_status("stopped")
        # Spoken to a session that is refused: it was told that nobody hears it.
        stage.microphone.switch_on()
        await stage.microphone.until(len(stage.microphone.sent) + 32_000)
        stage.microphone.switch_off()
        attempts = len(await stage.links()) - tried
        stage.check(attempts <= 1, f"{attempts} attempts at what is refused")
        await stage.well_again()
        await stage.start()
        await stage.hear(EGGS)
        await stage.stop()

    return script


def refused_on_the_way(first: dict[str, object], **rule: object) -> Script:
    """The link is lost, and every next one refused, until the shopper asks again."""

    async def script(stage: Stage) -> None:
        await stage.start()
        await stage.hear(MILK)
        stage.speak(WATER)
        await stage.all_received()
        if rule:
            await stage.rule(**rule)
        await stage.strike(first)
        await stage.phone.wait_for_status("stopped")
        stage.microphone.switch_off()
        await stage.well_again()
        await stage.start()
        await stage.hear(EGGS)
        await stage.stop()

    return script


def _at_setup(name: str, code: int, reason: str, source: str, *, quick: bool = False) -> Scenario:
    return Scenario(
        name=name,
        happens=f"Every setup is answered with close {code} “{reason}”.",
        source=source,
        promised=REFUSAL,
        promise=Promise(told=(REFUSED_BETWEEN,), speech="unheard", restarts=(0, 1)),
        script=refused_at_setup(close_at_setup={"code": code, "reason": reason}),
        quick=quick,
    )


def _http(status: int, source: str, *, quick: bool = False) -> Scenario:
    return Scenario(
        name=f"http-{status}",
        happens=f"Every upgrade is answered with HTTP {status}.",
        source=source,
        promised=REFUSAL,
        promise=Promise(told=(REFUSED_BETWEEN,), speech="unheard", restarts=(0, 1)),
        script=refused_at_setup(refuse={"status": status}),
        quick=quick,
    )


_AGAIN: Final = (*ONCE[:3], "error: Speech is not processed", "stopped", *CALM)
_REFUSED_ON_THE_WAY: Final = Promise(
    told=(_AGAIN, (*CALM[:2], *_AGAIN[3:])), speech="unheard", restarts=(0, 2)
)
_KEY_EXPIRED: Final = "API key expired. Please renew the API key."
_QUOTA: Final = (
    "You exceeded your current quota. RESOURCE_EXHAUSTED: Maximum concurrent sessions exceeded."
)
_NOT_FOUND: Final = (
    "models/gemini-live-x is not found for API version v1beta, or is not supported for "
    "bidiGenerateContent. Call Li"
)
_NO_TEXT: Final = (
    "The requested combination of response modalities (TEXT) is not supported by the model. models/"
)

SCENARIOS: Final = (
    Scenario(
        name="1007-key-expired",
        happens=f"Gemini closes an open link with 1007 “{_KEY_EXPIRED}”",
        source="discuss.ai.google.dev; python-genai",
        promised=REFUSAL,
        promise=_REFUSED_ON_THE_WAY,
        script=refused_on_the_way(close(1007, _KEY_EXPIRED)),
        quick=True,
    ),
    _at_setup(
        "1007-key-invalid", 1007, "API key not valid. Please pass a valid API key.", "python-genai"
    ),
    _at_setup(
        "1007-invalid-argument", 1007, "Request contains an invalid argument.", "adk-python#5525"
    ),
    _at_setup("1007-text-modality", 1007, _NO_TEXT, "gemini-3.1's own text; MemberJunction"),
    _at_setup("1008-model-not-found", 1008, _NOT_FOUND, "discuss.ai.google.dev", quick=True),
    _at_setup(
        "1008-publisher-model",
        1008,
        "Publisher model gemini-live-x was not found.",
        "Vertex AI's own text",
    ),
    Scenario(
        name="1008-not-implemented",
        happens="Gemini closes with 1008 “Operation is not implemented, or supported, or "
        "enabled.” while nobody speaks.",
        source="js-genai#1236, livekit/agents#4545",
        promised=KEPT,
        promise=NOTICED,
        script=at_idle(close(1008, "Operation is not implemented, or supported, or enabled.")),
    ),
    Scenario(
        name="1008-not-implemented-mid",
        happens="The same in the middle of a sentence.",
        source="js-genai#1236, livekit/agents#4545",
        promised=KEPT,
        promise=NOTICED,
        script=in_mid_sentence(
            close(1008, "Operation is not implemented, or supported, or enabled.")
        ),
    ),
    Scenario(
        name="1011-quota",
        happens="Gemini closes an open link with 1011 “… RESOURCE_EXHAUSTED: Maximum concurrent "
        "sessions …”.",
        source="Gemini's own text; discuss.ai.google.dev/174664",
        promised=REFUSAL,
        promise=_REFUSED_ON_THE_WAY,
        script=refused_on_the_way(close(1011, _QUOTA)),
    ),
    _at_setup("1011-quota-at-setup", 1011, _QUOTA, "discuss.ai.google.dev/174664"),
    _http(401, "interpretab#13"),
    _http(403, "interpretab#13", quick=True),
    _http(429, "interpretab#13"),
    Scenario(
        name="http-429-on-the-way",
        happens="The connection is reset, and every next upgrade answered with HTTP 429.",
        source="interpretab#13",
        promised=REFUSAL,
        promise=_REFUSED_ON_THE_WAY,
        script=refused_on_the_way(ABORT, refuse={"status": 429}),
    ),
    Scenario(
        name="http-503-twice",
        happens="The connection is reset in a sentence, and two upgrades answered with HTTP 503.",
        source="python-genai#985, #986: unavailable",
        promised=KEPT,
        promise=Promise(told=(ONCE,), restarts=(3, 3)),
        script=in_mid_sentence(ABORT, 2, refuse={"status": 503}),
    ),
    Scenario(
        name="http-500-once",
        happens="The connection is reset in a sentence, and one upgrade answered with HTTP 500.",
        source="python-genai#985",
        promised=KEPT,
        promise=Promise(told=(ONCE,), restarts=(2, 2)),
        script=in_mid_sentence(ABORT, 1, refuse={"status": 500}),
    ),
    Scenario(
        name="1011-at-setup-twice",
        happens="The connection is reset in a sentence, and two setups closed with 1011.",
        source="adk-streaming-guide#11",
        promised=KEPT,
        promise=Promise(told=(ONCE,), restarts=(3, 3)),
        script=in_mid_sentence(ABORT, 2, close_at_setup=INTERNAL),
    ),
)
