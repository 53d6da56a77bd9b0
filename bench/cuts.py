"""Phones that are cut off every few seconds: is every list right, and every event there once?

    python -m bench.cuts [--phones 20] [--seconds 300] [--every 6] [--seed 1] [--folder DIR]

The phones speak version 2. They speak, type, edit and undo; meanwhile their lines are reset, left
half-open, or not read from, and one in eight while the session is being resumed.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from bench.asked import Asked
from bench.cut_report import Ending, report
from bench.cut_shopper import CutShopper
from bench.line import Line
from bench.processes import EmulatorProcess, GatewayProcess, folder_for_logs, running
from bench.shopper import PATIENCE_S

KINDS: Final = ("reset", "half-open", "not reading")
_AT_ONCE: Final = 1 / 8
"""Of all cuts, those that come within moments of the connection."""
_MOMENTS_S: Final = 0.1
_UNREAD_S: Final = (0.5, 2.0)
"""How long a phone that does not read goes on speaking."""
_LEFT_OPEN_S: Final = (2.0, 8.0)
"""How long a line that nobody reads stays open."""
_NOTE_S: Final = 15.0
_SPARE_S: Final = 180.0


@dataclass(slots=True, kw_only=True)
class Cuts:
    """One measurement: what was cut, and what the emulator was asked for."""

    shoppers: list[CutShopper]
    every_s: float
    seed: int
    cut: Counter[str] = field(default_factory=Counter)
    asked: Asked = field(default_factory=Asked)

    async def run(self, emulator: EmulatorProcess, *, seconds: float) -> list[Ending]:
        """Have everybody shop and be cut off for so long; return how it ended."""
        ends_at = time.monotonic() + seconds
        async with asyncio.TaskGroup() as group:
            noting = group.create_task(self._note(emulator), name="asked")
            staying = [
                group.create_task(one.stay_connected(), name=f"line-{one.number}")
                for one in self.shoppers
            ]
            for one in self.shoppers:
                await one.phone.online()
            cutting = [
                group.create_task(self._cut(one, group), name=f"cut-{one.number}")
                for one in self.shoppers
            ]
            shopping = [
                group.create_task(
                    one.shop(lambda: time.monotonic() < ends_at), name=f"shopper-{one.number}"
                )
                for one in self.shoppers
            ]
            await asyncio.sleep(seconds)
            for task in cutting:
                task.cancel()
            await asyncio.wait(shopping)
            for one in self.shoppers:
                await one.wait_for_the_rest()
            for task in (noting, *staying):
                task.cancel()
            lists = [await self._last_list(one, group) for one in self.shoppers]
        self.asked.note(await asyncio.to_thread(emulator.connections))
        return [
            Ending(one, one.story(self.asked.of(one.language)), items)
            for one, items in zip(self.shoppers, lists, strict=True)
        ]

    async def _cut(self, shopper: CutShopper, group: asyncio.TaskGroup) -> None:
        chance = random.Random(f"{self.seed} {shopper.number} cuts")  # noqa: S311 - no secret
        line = None
        while True:
            line = await _newer(shopper, line)
            at_once = chance.random() < _AT_ONCE
            await asyncio.sleep(
                chance.uniform(0, _MOMENTS_S)
                if at_once
                else chance.uniform(0.5, 1.5) * self.every_s
            )
            if line.ended.is_set():
                continue
            kind = chance.choice(KINDS)
            self.cut[kind] += 1
            if kind == "reset":
                line.reset()
                continue
            group.create_task(_drop(line, chance.uniform(*_LEFT_OPEN_S)), name="left open")
            try:
                if kind == "not reading":
                    line.stop_reading()
                    await asyncio.sleep(chance.uniform(*_UNREAD_S))
            finally:
                line.fall_silent()

    async def _note(self, emulator: EmulatorProcess) -> None:
        while True:
            await asyncio.sleep(_NOTE_S)
            self.asked.note(await asyncio.to_thread(emulator.connections))

    async def _last_list(
        self, shopper: CutShopper, group: asyncio.TaskGroup
    ) -> list[dict[str, Any]]:
        """Hang up, come back and return the list that the service has."""
        await (await shopper.phone.online()).close()
        line = await shopper.phone.connect(group)
        await line.close()
        items: list[dict[str, Any]] = shopper.phone.session["list"]
        return items


async def _newer(shopper: CutShopper, last: Line | None) -> Line:
    while (line := shopper.phone.line) in (None, last):
        await asyncio.sleep(0.01)
    assert line is not None  # noqa: S101 - the loop's condition
    return line


async def _drop(line: Line, after_s: float) -> None:
    await asyncio.sleep(after_s)
    line.drop()


def main() -> int:
    """Run it; return 1 when something was lost or doubled, or a list is not as it must be."""
    parser = argparse.ArgumentParser(prog="bench.cuts", description=__doc__)
    parser.add_argument("--phones", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--every", type=float, default=6, help="seconds between a phone's cuts")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="keep the processes' logs in this directory")
    chosen = parser.parse_args()
    with folder_for_logs(chosen.folder) as folder:
        emulator = EmulatorProcess(folder, ("--ears", "tones"))
        gateway = GatewayProcess(folder)
        with running(emulator, gateway):
            cuts = Cuts(
                shoppers=[
                    CutShopper(number, gateway.port, chosen.seed) for number in range(chosen.phones)
                ],
                every_s=chosen.every,
                seed=chosen.seed,
            )
            endings = asyncio.run(_run(cuts, emulator, seconds=chosen.seconds))
        log = gateway.lines()
    return report(endings, cuts.cut, cuts.asked, log)


async def _run(cuts: Cuts, emulator: EmulatorProcess, *, seconds: float) -> list[Ending]:
    async with asyncio.timeout(seconds + PATIENCE_S + _SPARE_S):
        return await cuts.run(emulator, seconds=seconds)


if __name__ == "__main__":
    sys.exit(main())
