"""The attackers, as a process of their own: all cases again and again, and noise beside them.

    python -m bench.hostile.attack --port 8000 --seconds 60 [--no-noise] [--nice]

It waits for a line on stdin before it begins, and prints what came of each case as JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from bench.hostile.case import Case
from bench.hostile.cases import ALONE, CASES
from bench.hostile.noise import Noise
from bench.hostile.service import target

_AT_ONCE: Final = 8
_NICE: Final = 19
_CASE_S: Final = 40.0


@dataclass(slots=True)
class Tried:
    """What came of a case: how often what."""

    group: str
    case: Case
    got: Counter[str]

    def view(self) -> dict[str, Any]:
        """Return it for the report; what was not expected is what is told."""
        others = [got for got in self.got if got != self.case.expected]
        return {
            "group": self.group,
            "case": self.case.name,
            "expected": self.case.expected,
            "got": "; ".join(others) if others else self.case.expected,
            "times": self.got.total(),
        }


async def attack(port: int, seconds: float, *, noise: bool) -> dict[str, Any]:
    """Try every case until the time is over, and each at least once; return what came of it."""
    tried = [Tried(group, case, Counter()) for group, cases in CASES.items() for case in cases]
    ends_at = time.monotonic() + seconds
    around = Noise(port)
    async with asyncio.TaskGroup() as group:
        making = [group.create_task(each, name="noise") for each in around.parts()] if noise else []
        rounds = _rounds(tried, ends_at)
        trying = [group.create_task(_try(port, rounds), name=f"try-{n}") for n in range(_AT_ONCE)]
        await asyncio.wait(trying)
        for task in making:
            task.cancel()
    alone = [Tried(group, case, Counter()) for group, cases in ALONE.items() for case in cases]
    await _try(port, iter(alone))
    return {"cases": [each.view() for each in (*tried, *alone)], "noise": around.view()}


def _rounds(tried: list[Tried], ends_at: float) -> Iterator[Tried]:
    """Yield all cases in turn: once, and then as often as there is time."""
    yield from tried
    while True:
        for each in tried:
            if time.monotonic() >= ends_at:
                return
            yield each


async def _try(port: int, rounds: Iterator[Tried]) -> None:
    for each in rounds:
        each.got[await _outcome(port, each.case)] += 1


async def _outcome(port: int, case: Case) -> str:
    attacked = target(port)
    try:
        async with asyncio.timeout(_CASE_S):
            return await case.attack(attacked)
    except TimeoutError:
        return "no answer"
    except OSError as exc:
        return f"dropped: {exc.strerror}"
    finally:
        attacked.hang_up()


def main() -> int:
    """Attack."""
    parser = argparse.ArgumentParser(prog="bench.hostile.attack", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--seconds", type=float, default=0.0)
    parser.add_argument("--no-noise", action="store_true")
    parser.add_argument(
        "--nice",
        action="store_true",
        help="leave the processors to the service: real attackers would not share them with it",
    )
    chosen = parser.parse_args()
    if chosen.nice:
        os.nice(_NICE)
    sys.stdin.readline()
    noise = not chosen.no_noise
    json.dump(asyncio.run(attack(chosen.port, chosen.seconds, noise=noise)), sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
