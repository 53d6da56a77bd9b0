"""Plays one scenario once, and tells what came of it."""

from __future__ import annotations

import asyncio
import re
import time
from typing import Final

from websockets.exceptions import ConnectionClosed

from bench.faults.heard import unheard_ms
from bench.faults.microphone import Microphone
from bench.faults.outcome import FAULT, Outcome
from bench.faults.pair import Pair
from bench.faults.scenario import Scenario
from bench.faults.stage import Stage, stretches_of
from bench.phone import Phone, connected

_PLAYED_WITHIN_S: Final = 180.0
_LOST = re.compile(r"audio_data: (\d+) ms of speech could not be kept")
_ALWAYS: Final = frozenset({"time", "message", "severity", "user_id", "session_id", "logger"})
_AWAY: Final = frozenset({"connecting", "reconnecting"})


async def play(scenario: Scenario, pair: Pair, *, run: int) -> Outcome:
    """Play `scenario` on `pair` with a phone of its own."""
    user = f"{scenario.name}-{run}-{time.time_ns() // 1_000_000}"
    await asyncio.to_thread(pair.mend)
    async with connected(pair.port, user) as phone, asyncio.TaskGroup() as group:
        microphone = Microphone(phone, seed=user)
        stage = Stage(pair, phone, microphone, user=user)
        streaming = group.create_task(microphone.run(), name="microphone")
        try:
            async with asyncio.timeout(_PLAYED_WITHIN_S):
                await stage.open()
                await scenario.script(stage)
        except ConnectionClosed as exc:
            stage.problems.append(f"the phone's socket was closed: {exc}")
        except (OSError, RuntimeError, TimeoutError) as exc:
            stage.problems.append(str(exc) or "a status that was waited for did not come")
        finally:
            streaming.cancel()
    return await asyncio.to_thread(_outcome, stage, speech=scenario.promise.speech == "kept")


async def warm_up(pair: Pair) -> None:
    """Open one link, so that the first scenario does not wait for what is loaded only once."""
    async with connected(pair.port, "warm-up") as phone:
        await phone.send({"type": "start_session"})
        await phone.wait_for_status("listening")
        await phone.send({"type": "stop_session"})
        await phone.wait_for_status("stopped")


def _outcome(stage: Stage, *, speech: bool) -> Outcome:
    stretches = [*stage.stretches, *stretches_of(stage.links_now())]
    sent = bytes(stage.microphone.sent)
    lost = [int(found[1]) for _, text in _errors(stage.phone) if (found := _LOST.match(text))]
    unheard = unheard_ms(sent, stretches, speech=speech)
    return Outcome(
        told=told(stage.phone, stage.struck_at),
        expected=stage.expected,
        received=stage.received(),
        lost_told_ms=sum(lost),
        lost_measured_ms=unheard if unheard is not None else stage.unanswered_ms(),
        by_sentences=unheard is None,
        lost_at_most_ms=unheard_ms(sent, stretches, understood=True),
        backs_ms=backs_ms(stage.phone, stage.struck_at),
        restarts=None if stage.detail is None else stage.detail["restarts"],
        problems=stage.problems,
        log=_logged(stage),
    )


def told(phone: Phone, struck_at: list[float]) -> list[str]:
    """Return the statuses, the errors and the close that a phone got, faults among them."""
    entries = [(at, FAULT) for at in struck_at]
    for at, message in phone.received:
        if message["type"] == "status":
            entries.append((at, message["status"]))
    entries += [(at, f"error: {text}") for at, text in _errors(phone) if not _LOST.match(text)]
    entries.sort(key=lambda entry: entry[0])
    code = phone.socket.close_code
    closed = [] if code in (None, 1000) else [f"closed {code}"]
    return [*(entry for _, entry in entries), *closed]


def backs_ms(phone: Phone, struck_at: list[float]) -> list[float]:
    """Return, for each fault after which a phone was not listening, the ms until it was again.

    A session that was stopped, because Gemini refused it, does not come back by itself.
    """
    statuses = [(at, one["status"]) for at, one in phone.received if one["type"] == "status"]
    backs = []
    for struck, following in zip(struck_at, [*struck_at, float("inf")][1:], strict=True):
        away = [at for at, status in statuses if status in _AWAY and struck <= at < following]
        later = [(at, status) for at, status in statuses if away and at > away[0]]
        ended = next(((at, status) for at, status in later if status not in _AWAY), None)
        if ended is not None and ended[1] == "listening":
            backs.append((ended[0] - struck) * 1000)
    return backs


def _errors(phone: Phone) -> list[tuple[float, str]]:
    return [(at, one["message"]) for at, one in phone.received if one["type"] == "error"]


def _logged(stage: Stage) -> list[str]:
    """Return the gateway's lines about this phone, with what each says."""
    lines = []
    for line in stage.pair.log_lines(stage.user):
        facts = {key: fact for key, fact in line.items() if key not in _ALWAYS and fact != ""}
        lines.append(f"{line['time'][11:23]} {line['message']} {facts or ''}".rstrip())
    return lines
