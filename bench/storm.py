"""Many phones whose Gemini links are lost every few seconds: is anything lost, doubled or kept?

    python -m bench.storm [--phones 50] [--seconds 180] [--every 5] [--seed 1] [--folder DIR]

The storm has raged for two thirds of its time before the `--seconds` begin in which tasks and
memory are judged: until then the memory of a new process rises whatever it does, as garbage that
is collected late and the allocator's pools come to their size; less than a minute says nothing
about memory, and is not judged. Products are counted from the start.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bench.links import Links
from bench.processes import EmulatorProcess, GatewayProcess, folder_for_logs, running
from bench.shopper import PATIENCE_S, Shopper
from bench.storm_report import Loss, report
from bench.vitals import Vitals, look, settled, watch

IN_MID_SENTENCE: Final = "abort in mid sentence"
KINDS: Final[Mapping[str, Mapping[str, object]]] = {
    "abort": {"abort": True},
    IN_MID_SENTENCE: {"abort": True},
    "close 1011": {"close": {"code": 1011, "reason": "Internal error encountered."}},
    "goAway of 2 s": {"go_away": "2s"},
}
_RUN_IN: Final = 2 / 3
_SHORTEST_JUDGED_S: Final = 60.0
_LOOK_S: Final = 1.0
_SPARE_S: Final = 120.0
"""For connecting, waiting for the last products and stopping."""


@dataclass(slots=True, kw_only=True)
class Storm:
    """One storm: what was done, and what was seen of the gateway meanwhile."""

    shoppers: list[Shopper]
    every_s: float
    seed: int
    losses: list[Loss] = field(default_factory=list)
    vitals: list[Vitals] = field(default_factory=list)

    async def rage(
        self, emulator: EmulatorProcess, gateway: GatewayProcess, *, seconds: float
    ) -> None:
        """Have everybody speak for so long, and their links be lost."""
        ends_at = float("inf")
        links = Links(emulator)
        async with asyncio.TaskGroup() as group:
            following = group.create_task(links.follow(), name="links")
            shopping = [
                group.create_task(
                    shopper.shop(gateway.port, lambda: time.monotonic() < ends_at),
                    name=f"shopper-{shopper.number}",
                )
                for shopper in self.shoppers
            ]
            for shopper in self.shoppers:
                await shopper.listening.wait()
            ends_at = time.monotonic() + seconds
            raging = [
                group.create_task(
                    self._lose_links_of(shopper, links, emulator), name=f"storm-{shopper.number}"
                )
                for shopper in self.shoppers
            ]
            watching = group.create_task(
                watch(gateway, every_s=_LOOK_S, seen=self._seen), name="vitals"
            )
            await asyncio.sleep(seconds)
            self._print_row(await look(gateway, seconds))
            for task in (*raging, watching):
                task.cancel()
            await asyncio.wait(shopping)
            following.cancel()

    async def _lose_links_of(
        self, shopper: Shopper, links: Links, emulator: EmulatorProcess
    ) -> None:
        chance = random.Random(f"{self.seed} {shopper.number}")  # noqa: S311 - no secret
        link = None
        while True:
            await asyncio.sleep(chance.uniform(0.5, 1.5) * self.every_s)
            kind = chance.choice(list(KINDS))
            link = await links.newer(shopper.language, link)
            if kind == IN_MID_SENTENCE:
                await shopper.in_mid_sentence()
            at = time.time()
            if await asyncio.to_thread(emulator.act, link, KINDS[kind]):
                self.losses.append(Loss(shopper.number, kind, at))

    def _seen(self, vitals: Vitals) -> None:
        if self.vitals and vitals.at_s // 60 > self.vitals[-1].at_s // 60:
            self._print_row(vitals)
        self.vitals.append(vitals)

    def _print_row(self, vitals: Vitals) -> None:
        memory = f"{vitals.rss_mib:.1f} MiB"
        print(
            f"after {f'{vitals.at_s:.0f} s':<19} {vitals.tasks} tasks, {memory}, "
            f"{len(self.losses)} links lost so far",
            flush=True,
        )


def main() -> int:
    """Run it; return 1 when a product was lost or doubled, something grew or an exception shows."""
    parser = argparse.ArgumentParser(prog="bench.storm", description=__doc__)
    parser.add_argument("--phones", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=180)
    parser.add_argument("--every", type=float, default=5, help="seconds between a phone's losses")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="keep the processes' logs in this directory")
    chosen = parser.parse_args()
    storm = Storm(
        shoppers=[Shopper(number) for number in range(chosen.phones)],
        every_s=chosen.every,
        seed=chosen.seed,
    )
    with folder_for_logs(chosen.folder) as folder:
        emulator = EmulatorProcess(folder, ("--ears", "tones"))
        gateway = GatewayProcess(folder)
        with running(emulator, gateway):
            before, after = asyncio.run(_run(storm, emulator, gateway, seconds=chosen.seconds))
        log = gateway.lines()
    return report(
        storm.shoppers,
        storm.losses,
        vitals=storm.vitals,
        tasks=(before.tasks, after.tasks),
        memory_judged=chosen.seconds >= _SHORTEST_JUDGED_S,
        log=log,
    )


async def _run(
    storm: Storm, emulator: EmulatorProcess, gateway: GatewayProcess, *, seconds: float
) -> tuple[Vitals, Vitals]:
    """Let the storm rage; return how the gateway was before and after it."""
    run_in_s = _RUN_IN * seconds
    async with asyncio.timeout(run_in_s + seconds + _SPARE_S + PATIENCE_S):
        # One that says nothing loads whatever is loaded late.
        await Shopper(len(storm.shoppers)).shop(gateway.port, lambda: False)
        before = await settled(gateway, 0)
        await storm.rage(emulator, gateway, seconds=run_in_s + seconds)
        storm.vitals = [each for each in storm.vitals if each.at_s >= run_in_s]
        return before, await settled(gateway, before.tasks)


if __name__ == "__main__":
    sys.exit(main())
