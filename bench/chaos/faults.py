"""Which faults come, and in which order: pure, from a seed."""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import Final


class Fault(StrEnum):
    """What goes wrong; each is named for people."""

    CUT = "client cut"
    TERMINATED = "SIGTERM"
    KILLED = "SIGKILL"
    REDIS_RESTARTED = "Redis restarted"
    REDIS_PAUSED = "Redis paused 5 s"
    REDIS_FLUSHED = "Redis flushed"
    STOPPED = "instance paused past its lease"


WEIGHTS: Final[Mapping[Fault, int]] = {
    Fault.CUT: 24,
    Fault.TERMINATED: 8,
    Fault.KILLED: 9,
    Fault.REDIS_RESTARTED: 6,
    Fault.REDIS_PAUSED: 5,
    Fault.REDIS_FLUSHED: 4,
    Fault.STOPPED: 4,
}
"""How often each comes, of as many as they are together."""


def faults(seed: int, count: int, kinds: Collection[Fault] = tuple(Fault)) -> list[Fault]:
    """Return so many faults in a random order; each kind is there, if there is room for all."""
    weights = {fault: weight for fault, weight in WEIGHTS.items() if fault in kinds}
    chance = random.Random(f"{seed} faults")  # noqa: S311 - no secret
    whole = sum(weights.values())
    chosen = [
        fault for fault, weight in weights.items() for _ in range(max(1, weight * count // whole))
    ]
    chosen += chance.choices([*weights], weights=[*weights.values()], k=max(0, count - len(chosen)))
    chance.shuffle(chosen)
    return chosen[:count]
