"""A gateway's tasks and memory over time: looked at now and then, and judged for growth."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.processes import GatewayProcess

TASKS_SPARE: Final = (1.05, 5)
"""Growth that is none, from the middle third to the last: a factor, and what is added to it."""
MEMORY_SPARE: Final = (1.02, 2.0)
"""The same, in MiB."""
_PARTS: Final = 3
_SETTLE_S: Final = 5.0
_REST_S: Final = 0.2
_ALIKE: Final = 5
_COUNTS: Final = 3
_MOMENT_S: Final = 0.01


@dataclass(frozen=True, slots=True)
class Vitals:
    """A look at the gateway, seconds after the first; files include sockets."""

    at_s: float
    tasks: int
    rss_mib: float
    files: int = 0


NO_VITALS: Final = Vitals(0.0, 0, 0.0)
"""Before the first look."""


async def watch(gateway: GatewayProcess, *, every_s: float, seen: Callable[[Vitals], None]) -> None:
    """Look at the gateway every `every_s` seconds until cancelled."""
    started_at = time.monotonic()
    while True:
        at_s = time.monotonic() - started_at
        seen(await look(gateway, at_s))
        await asyncio.sleep(every_s)


async def look(gateway: GatewayProcess, at_s: float = 0.0) -> Vitals:
    """Look at the gateway now."""
    return await asyncio.to_thread(_look, gateway, at_s)


def _look(gateway: GatewayProcess, at_s: float) -> Vitals:
    process = gateway.health()["process"]
    opened = Path(f"/proc/{process['pid']}/fd")
    counts = []
    for _ in range(_COUNTS):
        counts.append(len([*opened.iterdir()]))
        # What was asked with takes a moment to be closed.
        time.sleep(_MOMENT_S)
    return Vitals(at_s, process["tasks"], process["rss_bytes"] / (1 << 20), min(counts))


async def at_rest(gateway: GatewayProcess) -> Vitals:
    """Return how the gateway is once it has as many tasks and files for a second, or after 5 s."""
    deadline = time.monotonic() + _SETTLE_S
    seen: list[Vitals] = []
    while time.monotonic() < deadline:
        seen.append(await look(gateway))
        if len({(each.tasks, each.files) for each in seen[-_ALIKE:]}) == 1 and seen[_ALIKE - 1 :]:
            break
        await asyncio.sleep(_REST_S)
    return seen[-1]


async def settled(gateway: GatewayProcess, tasks: int, *, files: int | None = None) -> Vitals:
    """Return how the gateway is once it is down to so many tasks and files, or after 5 s."""
    deadline = time.monotonic() + _SETTLE_S
    while True:
        now = await look(gateway)
        down = now.tasks <= tasks and (files is None or now.files <= files)
        if down or time.monotonic() > deadline:
            return now
        await asyncio.sleep(0.1)


def grew(values: Sequence[float], spare: tuple[float, float]) -> bool:
    """Return whether the last third's median is above the middle third's by more than `spare`."""
    medians = medians_of_thirds(values)
    if not medians:
        return False
    factor, more = spare
    return medians[2] > medians[1] * factor + more


def medians_of_thirds(values: Sequence[float]) -> list[float]:
    """Return the median of each third of what was seen; nothing of fewer than three."""
    size = len(values) // _PARTS
    if size == 0:
        return []
    parts = values[:size], values[size : 2 * size], values[-size:]
    return [statistics.median(part) for part in parts]
