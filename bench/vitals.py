"""A gateway's tasks and memory over time: looked at now and then, and judged for growth."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from bench.processes import GatewayProcess

TASKS_SPARE: Final = (1.05, 5)
"""Growth that is none, from the middle third to the last: a factor, and what is added to it."""
MEMORY_SPARE: Final = (1.02, 2.0)
"""The same, in MiB."""
_PARTS: Final = 3


@dataclass(frozen=True, slots=True)
class Vitals:
    """A look at the gateway, seconds after the first."""

    at_s: float
    tasks: int
    rss_mib: float


async def watch(gateway: GatewayProcess, *, every_s: float, seen: Callable[[Vitals], None]) -> None:
    """Look at the gateway every `every_s` seconds until cancelled."""
    started_at = time.monotonic()
    while True:
        at_s = time.monotonic() - started_at
        seen(await look(gateway, at_s))
        await asyncio.sleep(every_s)


async def look(gateway: GatewayProcess, at_s: float = 0.0) -> Vitals:
    """Look at the gateway now."""
    process = (await asyncio.to_thread(gateway.health))["process"]
    return Vitals(at_s, process["tasks"], process["rss_bytes"] / (1 << 20))


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
